//! Refusals of the page's requests.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Refuses a request of the page.
pub(super) fn refuse(message: &str) -> Response {
    errors(&[("", message)])
}

/// Refuses a request of the page, with a message for each bad field.
pub(super) fn errors(errors: &[(&str, &str)]) -> Response {
    let errors = errors
        .iter()
        .map(|(field, message)| json!({ "field": field, "message": message }));
    let body = json!({ "errors": errors.collect::<Value>() });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
