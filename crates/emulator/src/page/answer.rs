//! Why the page is refused something.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Why a request cannot be done.
pub(super) fn refuse(message: &str) -> Response {
    errors(&[("", message)])
}

/// Why a request cannot be done, field by field.
pub(super) fn errors(errors: &[(&str, &str)]) -> Response {
    let errors = errors
        .iter()
        .map(|(field, message)| json!({ "field": field, "message": message }));
    let body = json!({ "errors": errors.collect::<Value>() });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
