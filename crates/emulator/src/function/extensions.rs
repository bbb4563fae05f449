//! The [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html) for one process, as far
//! as Lambda has it for internal extensions: those that run in the process of the function. They are told of each
//! invocation, and because of them a process is asked to end before it is ended.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use super::runtime_api::RuntimeApi;

/// The most extensions of a function.
const MOST: usize = 10;

const NAME: &str = "lambda-extension-name";
const IDENTIFIER: &str = "lambda-extension-identifier";
const EVENT_IDENTIFIER: &str = "lambda-extension-event-identifier";
const ACCEPT: &str = "lambda-extension-accept-feature";
const ERROR_TYPE: &str = "lambda-extension-function-error-type";

/// The extensions that a process has registered, by their identifiers.
#[derive(Debug, Default)]
pub(super) struct Extensions(Mutex<BTreeMap<String, Arc<Extension>>>);

#[derive(Debug)]
struct Extension {
    name: String,
    is_told_of_runs: bool,
    /// One event: the next run begins once the extension has taken the one before.
    tell: mpsc::Sender<Value>,
    told: tokio::sync::Mutex<mpsc::Receiver<Value>>,
    /// The events that it was told of, and how often it has asked for one.
    events: AtomicU64,
    asked: watch::Sender<u64>,
}

/// Lambda's refusal of what an extension asks.
struct Refused {
    kind: &'static str,
    message: String,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "errorType": self.kind, "errorMessage": self.message });
        (StatusCode::FORBIDDEN, Json(body)).into_response()
    }
}

/// The body of a registration.
#[derive(Default, Deserialize)]
struct Registration {
    #[serde(default)]
    events: Vec<String>,
}

impl Extensions {
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Tells of a run every extension that wants to know.
    pub(super) async fn tell(&self, event: &Value) {
        let extensions: Vec<_> = self.lock().values().map(Arc::clone).collect();
        for extension in extensions.iter().filter(|one| one.is_told_of_runs) {
            // Its receiver is in the same place, so that this cannot fail.
            let _ = extension.tell.send(event.clone()).await;
            extension.events.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until no extension works on a run any more: each has asked for the next event.
    pub(super) async fn rest(&self) {
        let extensions: Vec<_> = self.lock().values().map(Arc::clone).collect();
        for extension in extensions.iter().filter(|one| one.is_told_of_runs) {
            let events = extension.events.load(Ordering::Relaxed);
            let mut asked = extension.asked.subscribe();
            // The sender is in the same place, so that this cannot fail.
            let _ = asked.wait_for(|asked| *asked > events).await;
        }
    }

    /// Takes an extension, and returns its identifier.
    fn register(&self, name: &str, events: &[String]) -> Result<String, Refused> {
        let mut extensions = self.lock();
        for event in events {
            let why = match event.as_str() {
                "INVOKE" => continue,
                // Lambda tells external extensions only, and ends the process of internal ones with a signal.
                "SHUTDOWN" => "ShutdownEventNotSupportedForInternalExtension",
                _ => "ErrorInvalidEventType",
            };
            let message = format!("{event}: {why}");
            return Err(refuse("Extension.InvalidEventType", &message));
        }
        if extensions.values().any(|one| one.name == name) {
            let message = format!("{name} is registered already");
            return Err(refuse("Extension.AlreadyRegistered", &message));
        }
        if extensions.len() == MOST {
            let message = format!("a function has at most {MOST} extensions");
            return Err(refuse("Extension.TooManyExtensions", &message));
        }
        let identifier = Uuid::new_v4().to_string();
        let (tell, told) = mpsc::channel(1);
        let extension = Extension {
            name: name.to_owned(),
            is_told_of_runs: events.iter().any(|event| event == "INVOKE"),
            tell,
            told: tokio::sync::Mutex::new(told),
            events: AtomicU64::new(0),
            asked: watch::Sender::new(0),
        };
        extensions.insert(identifier.clone(), Arc::new(extension));
        Ok(identifier)
    }

    /// Finds the extension that asks.
    fn find(&self, headers: &HeaderMap) -> Result<Arc<Extension>, Refused> {
        let given = text(headers, IDENTIFIER);
        let given = given.ok_or_else(|| {
            let message = format!("the header {IDENTIFIER} is missing");
            refuse("Extension.MissingExtensionIdentifier", &message)
        })?;
        let found = self.lock().get(given).map(Arc::clone);
        found.ok_or_else(|| {
            let message = format!("no extension is registered as {given}");
            refuse("Extension.UnknownExtensionIdentifier", &message)
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Extension>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the routes of the API.
pub(super) fn routes() -> Router<Arc<RuntimeApi>> {
    Router::new()
        .route("/2020-01-01/extension/register", post(register))
        .route("/2020-01-01/extension/event/next", get(next))
        .route("/2020-01-01/extension/init/error", post(init_error))
        .route("/2020-01-01/extension/exit/error", post(exit_error))
}

async fn register(
    State(api): State<Arc<RuntimeApi>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let name = text(&headers, NAME).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| {
        let message = format!("the header {NAME} is missing");
        refuse("Extension.InvalidExtensionName", &message)
    })?;
    let wanted: Registration = match &*body {
        b"" => Registration::default(),
        body => serde_json::from_slice(body)
            .map_err(|error| refuse("InvalidRequestFormat", &error.to_string()))?,
    };
    if api.has_begun() {
        let message =
            "the function has asked for its first event: an extension is registered before that";
        return Err(refuse("Extension.RegistrationClosed", message));
    }
    let identifier = api.extensions.register(name, &wanted.events)?;
    let mut answer = json!({
        "functionName": api.settings.name,
        "functionVersion": "$LATEST",
        "handler": api.settings.function.handler,
    });
    let accepts = text(&headers, ACCEPT).unwrap_or_default();
    if accepts
        .split(',')
        .any(|feature| feature.trim() == "accountId")
    {
        answer["accountId"] = json!(api.settings.arn.split(':').nth(4));
    }
    Ok(([(IDENTIFIER, identifier)], Json(answer)).into_response())
}

async fn next(State(api): State<Arc<RuntimeApi>>, headers: HeaderMap) -> Result<Response, Refused> {
    let extension = api.extensions.find(&headers)?;
    extension.asked.send_modify(|asked| *asked += 1);
    // Tokio's lock, as for the function's own events: the extension holds this request open.
    let event = extension.told.lock().await.recv().await;
    let identifier = [(EVENT_IDENTIFIER, Uuid::new_v4().to_string())];
    Ok((identifier, Json(event)).into_response())
}

async fn init_error(
    State(api): State<Arc<RuntimeApi>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let (kind, why) = error(&api, &headers, &body)?;
    api.init_failed(format!("{kind}: {why}"));
    Ok(accepted())
}

async fn exit_error(
    State(api): State<Arc<RuntimeApi>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let (kind, why) = error(&api, &headers, &body)?;
    api.run_failed(kind, why);
    Ok(accepted())
}

/// Reads what an extension says of its failure: the kind, and who says what.
fn error(api: &RuntimeApi, headers: &HeaderMap, body: &[u8]) -> Result<(String, String), Refused> {
    let extension = api.extensions.find(headers)?;
    let kind = text(headers, ERROR_TYPE).ok_or_else(|| {
        let message = format!("the header {ERROR_TYPE} is missing");
        refuse("Extension.MissingHeader", &message)
    })?;
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let message = body["errorMessage"].as_str().unwrap_or_default();
    let why = format!("the extension {} has failed: {message}", extension.name);
    Ok((kind.to_owned(), why))
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "status": "OK" }))).into_response()
}

fn refuse(kind: &'static str, message: &str) -> Refused {
    let message = message.to_owned();
    Refused { kind, message }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
