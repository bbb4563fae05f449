//! As much of [SQS's API](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html) as dead
//! letters are read with, in both of its protocols: JSON, and the older one of forms and XML.

mod checksum;
mod form;
mod message;
mod operations;
mod queues;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::json_1;
use crate::emulator::Inner;

/// Why SQS refuses a request.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SqsError {
    /// The exception's name in the JSON protocol, without the namespace.
    kind: &'static str,
    /// Its name in the older one.
    code: &'static str,
    message: String,
}

type Answer<T> = Result<T, SqsError>;

impl SqsError {
    fn no_queue() -> Self {
        Self {
            kind: "QueueDoesNotExist",
            code: "AWS.SimpleQueueService.NonExistentQueue",
            message: "The specified queue does not exist.".to_owned(),
        }
    }

    fn invalid(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: kind,
            message: message.into(),
        }
    }
}

pub(super) async fn answer_json(inner: &Arc<Inner>, operation: &str, body: &[u8]) -> Response {
    let input: Value = match serde_json::from_slice(body) {
        Ok(input) => input,
        Err(error) => {
            return json_error(&SqsError::invalid(
                "SerializationException",
                error.to_string(),
            ));
        }
    };
    match operations::run(inner, operation, &input).await {
        Ok(output) => json_1("1.0", StatusCode::OK, output.to_string()),
        Err(error) => json_error(&error),
    }
}

fn json_error(error: &SqsError) -> Response {
    let kind = format!("com.amazonaws.sqs#{}", error.kind);
    let body = json!({ "__type": kind, "message": error.message });
    let mut response = json_1("1.0", StatusCode::BAD_REQUEST, body.to_string());
    if let Ok(code) = HeaderValue::from_str(&format!("{};Sender", error.code)) {
        response.headers_mut().insert("x-amzn-query-error", code);
    }
    response
}

/// The older protocol, sent to a queue's own URL.
pub(super) async fn by_path(
    State(inner): State<Arc<Inner>>,
    Path((_, queue)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    answer_form(&inner, Some(queue), &body).await
}

pub(super) async fn answer_form(
    inner: &Arc<Inner>,
    queue: Option<String>,
    body: &[u8],
) -> Response {
    let (operation, mut input) = form::read(body);
    if let Some(queue) = queue {
        input["QueueUrl"] = Value::from(queue);
    }
    match operations::run(inner, &operation, &input).await {
        Ok(output) => form::respond(&operation, &output),
        Err(error) => form::refuse(&error),
    }
}
