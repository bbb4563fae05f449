//! EventBridge's API: AWS JSON 1.1, one operation a file.

mod put_events;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use crate::emulator::Inner;

/// A request beyond this is cut off: PutEvents takes less than 1 MB.
const MAX_BODY: usize = 2 << 20;

/// An answer that is not a success, in AWS's shape.
#[derive(Debug)]
struct ApiError {
    kind: &'static str,
    message: String,
}

pub(crate) fn router(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/", post(dispatch))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(inner)
}

async fn dispatch(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let answer = match target {
        "AWSEvents.PutEvents" => put_events::put_events(&inner, &headers, &body),
        _ => Err(ApiError {
            kind: "UnknownOperationException",
            message: format!("the local bus has no operation {target}"),
        }),
    };
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => (
            StatusCode::BAD_REQUEST,
            json!({ "__type": error.kind, "message": error.message }),
        ),
    };
    respond(status, &body)
}

fn respond(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE.as_str(),
            "application/x-amz-json-1.1".to_owned(),
        ),
        ("x-amzn-requestid", uuid::Uuid::new_v4().to_string()),
    ];
    (status, headers, body.to_string()).into_response()
}

/// The access key that a request is signed with: which process sent it.
fn access_key(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let credential = authorization.split("Credential=").nth(1)?;
    credential.split('/').next()
}
