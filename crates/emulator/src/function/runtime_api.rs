//! The [Lambda Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) for one process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{Notify, mpsc, oneshot};

use super::extensions::{self, Extensions};
use super::settings::Settings;
use super::work::Work;
use crate::guard::{BODY, admit};
use crate::trace::Failure;

/// The state of the API, between its process and the bus.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    /// Work for the process, which holds one request open until there is some.
    work: tokio::sync::Mutex<mpsc::Receiver<Handover>>,
    running: Mutex<Option<Running>>,
    /// Told once, when the process first asks for work.
    ready: Mutex<Option<oneshot::Sender<Result<(), Failure>>>>,
    pub(super) settings: Arc<Settings>,
    pub(super) extensions: Extensions,
}

/// Work on its way to the process.
#[derive(Debug)]
pub(super) struct Handover {
    pub(super) work: Work,
    pub(super) deadline_ms: u128,
    pub(super) done: oneshot::Sender<Result<String, Failure>>,
    /// Told to kill the process when it first speaks, if the run is doomed.
    pub(super) doom: Option<Arc<Notify>>,
    /// Set when the process asks for the work.
    pub(super) is_taken: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Running {
    request: Arc<str>,
    done: oneshot::Sender<Result<String, Failure>>,
    doom: Option<Arc<Notify>>,
}

/// An error as a runtime reports it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Diagnostic {
    #[serde(default)]
    error_type: String,
    #[serde(default)]
    error_message: String,
}

impl RuntimeApi {
    pub(super) fn new(
        work: mpsc::Receiver<Handover>,
        ready: oneshot::Sender<Result<(), Failure>>,
        settings: Arc<Settings>,
    ) -> Arc<Self> {
        Arc::new(Self {
            work: tokio::sync::Mutex::new(work),
            running: Mutex::new(None),
            ready: Mutex::new(Some(ready)),
            settings,
            extensions: Extensions::default(),
        })
    }

    pub(super) fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(response),
            )
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .merge(extensions::routes())
            .with_state(Arc::clone(self))
            .layer(DefaultBodyLimit::disable())
            // A web page must not be able to take a function's event, nor to answer for the function.
            .layer(middleware::from_fn_with_state(Arc::clone(self), guard))
    }

    fn is_ready(&self, outcome: Result<(), Failure>) {
        let ready = self
            .ready
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(ready) = ready {
            // Nobody waits any more if the start was given up.
            let _ = ready.send(outcome);
        }
    }

    /// Whether the process has asked for work.
    pub(super) fn has_begun(&self) -> bool {
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.is_none()
    }

    /// Ends the start of the process, because something in it says that it has failed.
    pub(super) fn init_failed(&self, status: String) {
        self.is_ready(Err(Failure::Init { status }));
    }

    /// Ends the run that there is, if there is one, because something else in its process has failed.
    pub(super) fn run_failed(&self, error_type: String, message: String) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let request = running.as_ref().map(|run| Arc::clone(&run.request));
        drop(running);
        if let Some(request) = request {
            let failure = Failure::Handler {
                error_type,
                message,
            };
            self.finish(&request, Err(failure));
        }
    }

    fn finish(&self, request: &str, outcome: Result<String, Failure>) -> StatusCode {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match running.take() {
            Some(current) if &*current.request == request => {
                match current.doom {
                    // A doomed run must not succeed, so its response goes nowhere.
                    Some(doom) => doom.notify_one(),
                    // Nobody waits any more if the run was stopped.
                    None => drop(current.done.send(outcome)),
                }
                StatusCode::ACCEPTED
            }
            other => {
                *running = other;
                StatusCode::BAD_REQUEST
            }
        }
    }
}

/// Lets only requests of this machine through. A response that is too large ends its run, as on Lambda.
async fn guard(State(api): State<Arc<RuntimeApi>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match admit(request).await {
        Ok(request) => next.run(request).await,
        Err((status, refusal)) => {
            let run = path.strip_suffix("/response");
            let run = run.and_then(|path| path.rsplit('/').next());
            if let (Some(run), StatusCode::PAYLOAD_TOO_LARGE) = (run, status) {
                api.finish(run, Err(too_large()));
            }
            (status, refusal.message).into_response()
        }
    }
}

fn too_large() -> Failure {
    Failure::Handler {
        error_type: "Function.ResponseSizeTooLarge".to_owned(),
        message: format!(
            "Response payload size exceeded maximum allowed payload size ({BODY} bytes)."
        ),
    }
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response {
    // On Lambda, too, the first request for work ends the init phase.
    api.is_ready(Ok(()));
    // Tokio's lock, the only one that is held across an `await`: the process holds this request open.
    let handover = api.work.lock().await.recv().await;
    let Some(Handover {
        work,
        deadline_ms,
        done,
        doom,
        is_taken,
    }) = handover
    else {
        // The process is about to be stopped. Any response would make it fail loudly, so the request stays open.
        return std::future::pending().await;
    };
    is_taken.store(true, Ordering::Relaxed);
    let (arn, trace) = (&api.settings.arn, trace_id(&work.request));
    let told = json!({
        "eventType": "INVOKE",
        "deadlineMs": u64::try_from(deadline_ms).unwrap_or(u64::MAX),
        "requestId": &*work.request,
        "invokedFunctionArn": arn,
        "tracing": { "type": "X-Amzn-Trace-Id", "value": trace },
    });
    let headers = [
        ("lambda-runtime-aws-request-id", work.request.to_string()),
        ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", arn.clone()),
        ("lambda-runtime-trace-id", trace),
        ("content-type", "application/json".to_owned()),
    ];
    let running = Running {
        request: work.request,
        done,
        doom,
    };
    *api.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
    if !api.extensions.is_empty() {
        api.extensions.tell(&told).await;
    }
    (headers, work.payload.to_string()).into_response()
}

/// Makes an X-Ray trace id from the request's id, so that all attempts share it.
fn trace_id(request_id: &str) -> String {
    let hex: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    let hex = format!("{hex:0<32}");
    format!("Root=1-{}-{};Sampled=0", &hex[..8], &hex[8..32])
}

async fn response(
    State(api): State<Arc<RuntimeApi>>,
    Path(id): Path<String>,
    body: Bytes,
) -> StatusCode {
    api.finish(&id, Ok(String::from_utf8_lossy(&body).into_owned()))
}

async fn error(
    State(api): State<Arc<RuntimeApi>>,
    Path(id): Path<String>,
    body: Bytes,
) -> StatusCode {
    api.finish(&id, Err(failure(&body)))
}

async fn init_error(State(api): State<Arc<RuntimeApi>>, body: Bytes) -> StatusCode {
    api.init_failed(failure(&body).to_string());
    StatusCode::ACCEPTED
}

fn failure(body: &[u8]) -> Failure {
    match serde_json::from_slice::<Diagnostic>(body) {
        Ok(diagnostic) => match diagnostic.error_message.strip_prefix(PANICKED) {
            Some(message) => Failure::Panic {
                message: message.to_owned(),
            },
            None => Failure::Handler {
                error_type: diagnostic.error_type,
                message: diagnostic.error_message,
            },
        },
        Err(_) => Failure::Handler {
            error_type: "Unknown".to_owned(),
            message: String::from_utf8_lossy(body).into_owned(),
        },
    }
}

/// The start of the Rust runtime's message about a handler that panicked.
const PANICKED: &str = "Lambda panicked: ";

/// The longest time until a process asks for work: Lambda's own limit for the init phase.
pub(super) const INIT_TIMEOUT: Duration = Duration::from_secs(10);
