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
use tokio::net::TcpListener;

use crate::control::Refused;
use crate::emulator::Inner;

/// A request beyond this is cut off: PutEvents takes less than 1 MB.
const MAX_BODY: usize = 2 << 20;

/// Serves until it is aborted.
pub(crate) async fn serve(listener: TcpListener, inner: Arc<Inner>) {
    let router = Router::new()
        .route("/", post(dispatch))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(inner);
    // It ends by being aborted.
    let _ = axum::serve(listener, router).await;
}

async fn dispatch(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match target {
        "AWSEvents.PutEvents" => put_events::put_events(&inner, &headers, &body).await,
        _ => refuse(&Refused::new(
            "UnknownOperationException",
            format!("the local bus has no operation {target}"),
        )),
    }
}

fn refuse(refused: &Refused) -> Response {
    let body = json!({ "__type": refused.kind, "message": refused.message });
    respond(StatusCode::BAD_REQUEST, &body)
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
