//! Responses in AWS's shapes.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::refusal::{Answer, Refusal};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Makes a response of a JSON document. `version` is that of the service's protocol: `1.0` or `1.1`.
pub(super) fn json_1(version: &str, status: StatusCode, body: String) -> Response {
    let content_type = format!("application/x-amz-json-{version}");
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (REQUEST_ID, request_id()),
    ];
    (status, headers, body).into_response()
}

/// Makes EventBridge's response to a request.
pub(super) fn respond(answer: Answer<Value>) -> Response {
    match answer {
        Ok(body) => json_1("1.1", StatusCode::OK, body.to_string()),
        Err(refused) => refuse(StatusCode::BAD_REQUEST, &refused),
    }
}

/// Makes an error response. Newer clients read the error's name from the header, older ones from the body.
pub(super) fn refuse(status: StatusCode, refused: &Refusal) -> Response {
    let body = json!({ "__type": refused.code, "message": refused.message });
    let mut response = json_1("1.1", status, body.to_string());
    let kind = header::HeaderValue::from_static(refused.code);
    response.headers_mut().insert("x-amzn-errortype", kind);
    response
}

pub(super) fn request_id() -> String {
    // Not from the seeded numbers: how often clients call must not change the ids of events.
    uuid::Uuid::new_v4().to_string()
}

/// Returns one page of a list, and the token of the next page. A token is the place where its page begins.
pub(super) fn page<T>(
    items: Vec<T>,
    input: &Value,
    most: usize,
) -> Answer<(Vec<T>, Option<String>)> {
    let bad = || Refusal::validation("The NextToken is not valid.");
    let start: usize = match input["NextToken"].as_str() {
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|at| at.parse().ok())
            .ok_or_else(bad)?,
        None => 0,
    };
    let limit = match input["Limit"].as_u64().or(input["MaxResults"].as_u64()) {
        Some(limit) if (1..=most as u64).contains(&limit) => usize::try_from(limit).unwrap_or(most),
        Some(limit) => {
            let which = if limit == 0 {
                "greater than or equal to 1"
            } else {
                "less than or equal to 100"
            };
            return Err(Refusal::validation(format!(
                "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value {which}"
            )));
        }
        None => most,
    };
    let end = start.saturating_add(limit);
    let next = (end < items.len()).then(|| format!("page-{end}"));
    let page = items.into_iter().skip(start).take(limit);
    Ok((page.collect(), next))
}

/// Adds the token of the next page, if there is one.
pub(super) fn with_next(mut body: Value, next: Option<String>) -> Value {
    if let Some(next) = next {
        body["NextToken"] = Value::from(next);
    }
    body
}

/// Removes members that are null, which AWS leaves out.
pub(super) fn without_nulls(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    body
}

/// Returns a text that must be there, or AWS's refusal if it is missing.
pub(super) fn required<'i>(input: &'i Value, name: &str) -> Answer<&'i str> {
    input[name].as_str().ok_or_else(|| {
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        let field: String = first.into_iter().chain(letters).collect();
        Refusal::validation(format!(
            "1 validation error detected: Value null at '{field}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

/// Returns a text, if it is there.
pub(super) fn optional<'i>(input: &'i Value, name: &str) -> Option<&'i str> {
    input[name].as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let items: Vec<u32> = (0..5).collect();
        let (first, next) = page(items.clone(), &json!({ "Limit": 2 }), 100).unwrap();
        assert_eq!((first, next.as_deref()), (vec![0, 1], Some("page-2")));
        let rest = json!({ "Limit": 100, "NextToken": next });
        assert_eq!(
            page(items.clone(), &rest, 100).unwrap(),
            (vec![2, 3, 4], None)
        );
        for bad in [
            json!({ "NextToken": "x" }),
            json!({ "Limit": 0 }),
            json!({ "Limit": 101 }),
        ] {
            assert_eq!(
                page(items.clone(), &bad, 100).unwrap_err().code,
                "ValidationException"
            );
        }
    }
}
