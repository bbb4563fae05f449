//! AWS's APIs on one loopback port: EventBridge's, and the parts of Lambda's and SQS's that a pipeline needs.

mod answer;
mod events;
mod lambda;
mod logs;
mod rest;
mod scheduler;
mod server;
mod service;
mod sqs;
mod sts;
mod tags;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use service::{access_key, signed_service};

use crate::guard::admit;
use crate::local_bus::LocalBus;
use crate::refusal::Refusal;
pub(crate) use scheduler::adopt_schedule;
pub(crate) use server::serve;

/// Makes the router of every route, the page's included, behind the guard.
pub(crate) fn router(bus: &Arc<LocalBus>, page: Router) -> Router {
    Router::new()
        .route("/", post(dispatch))
        .route("/{account}/{queue}", post(sqs::by_path))
        .route("/2015-03-31/functions", get(lambda::list))
        .route("/2015-03-31/functions/", get(lambda::list))
        .route("/2015-03-31/functions/{name}", get(lambda::get))
        .route(
            "/2015-03-31/functions/{name}/configuration",
            get(lambda::get_configuration).put(lambda::settings::update),
        )
        .route(
            "/2015-03-31/functions/{name}/invocations",
            post(lambda::invoke),
        )
        .merge(lambda::routes())
        .merge(scheduler::routes())
        .with_state(Arc::clone(bus))
        .merge(page)
        .fallback(no_such_path)
        .layer(middleware::from_fn_with_state(Arc::clone(bus), guard))
}

/// The longest wait of a request for the bus to be ready: less than clients wait for an answer.
const READY: Duration = Duration::from_secs(20);

/// Lets only requests of this machine through, and whole ones. Those of AWS's APIs wait until the bus is ready: an event
/// that came before its rules would be lost.
async fn guard(State(bus): State<Arc<LocalBus>>, request: Request, next: Next) -> Response {
    let is_of_page = request.uri().path().starts_with("/_");
    let changes_nothing = request.method().is_safe();
    let admitted = admit(request).await;
    let is_ready = is_of_page || bus.is_ready_within(READY).await;
    let key = admitted
        .as_ref()
        .ok()
        .map(Request::headers)
        .and_then(access_key);
    if key.is_some_and(|key| bus.functions.has_ended(key)) {
        // A process that a reset has ended. What it asked for must not reach what is there now.
        return std::future::pending().await;
    }
    match admitted {
        Ok(request) if is_ready => {
            let response = next.run(request).await;
            if changes_nothing {
                // The page can be read when the disk takes no more: it says why.
                return response;
            }
            // Nothing is said to be accepted before it is kept.
            match bus.store.saved().await {
                Ok(()) => response,
                Err(why) => {
                    let message = format!("the local bus cannot keep its state: {why}");
                    bus.note_once(&message);
                    let refusal = Refusal::new("InternalFailure", message);
                    answer::refuse(StatusCode::INTERNAL_SERVER_ERROR, &refusal)
                }
            }
        }
        Ok(_) => {
            let message =
                "the local bus is not ready: its functions are being built, or do not build";
            let refusal = Refusal::new("ServiceUnavailable", message);
            answer::refuse(StatusCode::SERVICE_UNAVAILABLE, &refusal)
        }
        Err((status, refusal)) => {
            let mut response = answer::refuse(status, &refusal);
            // Where the next request would begin, nobody knows.
            let close = header::HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
            response
        }
    }
}

/// Refuses a request for a path that the bus does not have.
async fn no_such_path(request: Request) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    let service = signed_service(request.headers());
    let service = service.map_or(String::new(), |service| format!(" of {service}"));
    let message = format!("the local bus has no {method} {path}{service}");
    answer::refuse(
        StatusCode::NOT_FOUND,
        &Refusal::new("UnknownOperationException", message),
    )
}

/// Finds the service that a request to the root means: a header names it, or the body is SQS's form.
async fn dispatch(State(bus): State<Arc<LocalBus>>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: header::HeaderName| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    };
    // AWS tells its services apart by host name. Here they share one address, and SDKs post to `/` for two of them.
    let target = text(header::HeaderName::from_static("x-amz-target"));
    if let Some(operation) = target.strip_prefix("AWSEvents.") {
        return events::answer(&bus, operation, &headers, &body).await;
    }
    if let Some(operation) = target.strip_prefix("AmazonSQS.") {
        return sqs::answer_json(&bus, operation, &headers, &body).await;
    }
    if let Some(operation) = target.strip_prefix("Logs_20140328.") {
        return logs::answer(&bus, operation, &body);
    }
    let service = signed_service(&headers);
    if target.is_empty()
        && text(header::CONTENT_TYPE).starts_with("application/x-www-form-urlencoded")
    {
        return match service {
            None | Some("sqs") => sqs::answer_form(&bus, None, &body).await,
            Some("sts") => sts::answer(&bus, &body),
            Some(service) => sqs::other_service(service, &body),
        };
    }
    let service = service.map_or(String::new(), |service| format!(" of {service}"));
    let message = format!("the local bus has no operation `{target}`{service}");
    answer::refuse(
        StatusCode::BAD_REQUEST,
        &Refusal::new("UnknownOperationException", message),
    )
}
