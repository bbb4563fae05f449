//! The part of [SQS's API](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html) that
//! makes queues, sends to them and reads them, in both of its protocols: JSON, and the older one of forms and XML.

mod attributes;
mod batch;
mod form;
mod input;
mod kept;
mod message;
mod moves;
mod operations;
mod queues;
mod tags;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answer::json_1;
use super::no_such_path;
use super::service::{access_key, signed_service};
use crate::local_bus::LocalBus;
use crate::refusal::Refusal;

pub(super) async fn answer_json(
    bus: &Arc<LocalBus>,
    operation: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let input: Value = match serde_json::from_slice(body) {
        Ok(input) => input,
        Err(error) => {
            return json_error(&Refusal::new("SerializationException", error.to_string()));
        }
    };
    match operations::run(bus, operation, &input).await {
        Ok(output) => {
            let caller = access_key(headers).and_then(|key| bus.functions.caller(key));
            if let Some(caller) = caller.filter(|_| operation == "SendMessage") {
                kept::note(bus, &caller, &input);
            }
            json_1("1.0", StatusCode::OK, output.to_string())
        }
        Err(error) => json_error(&error),
    }
}

fn json_error(error: &Refusal) -> Response {
    let kind = format!("com.amazonaws.sqs#{}", error.code);
    let body = json!({ "__type": kind, "message": error.message });
    let mut response = json_1("1.0", StatusCode::BAD_REQUEST, body.to_string());
    // SDKs that also know the older protocol look for its code in this header.
    if let Ok(code) = HeaderValue::from_str(&format!("{};Sender", form::query_code(error))) {
        response.headers_mut().insert("x-amzn-query-error", code);
    }
    response
}

/// Handles a request in the older protocol that was sent to a queue's own URL.
pub(super) async fn by_path(
    State(bus): State<Arc<LocalBus>>,
    Path((_, queue)): Path<(String, String)>,
    request: Request,
) -> Response {
    // Other services have paths of this form, too, as `/schedules/name`.
    if signed_service(request.headers()).is_some_and(|service| service != "sqs") {
        return no_such_path(request).await;
    }
    match Bytes::from_request(request, &()).await {
        Ok(body) => answer_form(&bus, Some(queue), &body).await,
        Err(rejection) => rejection.into_response(),
    }
}

/// Refuses a form of a service that is not here.
pub(super) fn other_service(service: &str, body: &[u8]) -> Response {
    let (operation, _) = form::read(body);
    let message = format!("the local bus has no operation {operation} of {service}");
    form::refuse(&Refusal::new("UnknownOperationException", message))
}

pub(super) async fn answer_form(
    bus: &Arc<LocalBus>,
    queue: Option<String>,
    body: &[u8],
) -> Response {
    let (operation, mut input) = form::read(body);
    if let Some(queue) = queue {
        input["QueueUrl"] = Value::from(queue);
    }
    match operations::run(bus, &operation, &input).await {
        Ok(output) => form::respond(&operation, &output),
        Err(error) => form::refuse(&error),
    }
}
