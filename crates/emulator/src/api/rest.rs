//! Responses of the services whose operations are paths: Lambda and EventBridge Scheduler.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answer::request_id;
use crate::refusal::{Answer, Refusal};

pub(super) fn ok(body: &Value) -> Response {
    with_status(StatusCode::OK, body)
}

pub(super) fn with_status(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/json".to_owned()),
        ("x-amzn-requestid", request_id()),
    ];
    (status, headers, body.to_string()).into_response()
}

pub(super) fn refuse(status: StatusCode, kind: &'static str, message: &str) -> Response {
    let body = json!({ "Type": "User", "Message": message, "message": message });
    let mut response = with_status(status, &body);
    response
        .headers_mut()
        .insert("x-amzn-errortype", HeaderValue::from_static(kind));
    response
}

/// Makes a refusal with the status that its code has in these services.
pub(super) fn refused(refusal: &Refusal) -> Response {
    let status = match refusal.code {
        "TooManyRequestsException" => StatusCode::TOO_MANY_REQUESTS,
        "ServiceException" => StatusCode::INTERNAL_SERVER_ERROR,
        "ResourceNotFoundException" => StatusCode::NOT_FOUND,
        "ResourceConflictException" | "ConflictException" => StatusCode::CONFLICT,
        _ => StatusCode::BAD_REQUEST,
    };
    refuse(status, refusal.code, &refusal.message)
}

/// Makes the response of an operation.
pub(super) fn respond(status: StatusCode, answer: Answer<Value>) -> Response {
    match answer {
        Ok(body) => with_status(status, &body),
        Err(refusal) => refused(&refusal),
    }
}

/// Reads a body that is a JSON object. An empty one stands for an empty object.
pub(super) fn read(body: &[u8]) -> Answer<Value> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(Value::Object(members)),
        Ok(_) => Err(Refusal::new(
            "SerializationException",
            "a request is a JSON object",
        )),
        Err(error) => Err(Refusal::new("SerializationException", error.to_string())),
    }
}
