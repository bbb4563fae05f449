//! AWS's APIs on one loopback port: EventBridge's, and the parts of Lambda's and SQS's that a pipeline needs.

mod answer;
mod events;
mod guard;
mod lambda;
mod server;
mod sqs;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};

use crate::local_bus::LocalBus;
use crate::refusal::Refusal;
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
            "/2015-03-31/functions/{name}/invocations",
            post(lambda::invoke),
        )
        .with_state(Arc::clone(bus))
        .merge(page)
        .fallback(guard::no_such_path)
        .layer(middleware::from_fn(guard::guard))
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
        return sqs::answer_json(&bus, operation, &body).await;
    }
    if target.is_empty()
        && text(header::CONTENT_TYPE).starts_with("application/x-www-form-urlencoded")
    {
        return sqs::answer_form(&bus, None, &body).await;
    }
    let message = format!("the local bus has no operation `{target}`");
    answer::refuse(
        StatusCode::BAD_REQUEST,
        &Refusal::new("UnknownOperationException", message),
    )
}
