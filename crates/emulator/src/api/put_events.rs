//! [`PutEvents`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html).

use std::sync::Arc;

use axum::http::HeaderMap;
use eventbridge::put_events::{Entry, check_request};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ApiError, access_key};
use crate::emulator::Inner;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    entries: Vec<Entry>,
}

pub(super) fn put_events(
    inner: &Arc<Inner>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, ApiError> {
    let request: Request = serde_json::from_slice(body).map_err(|error| ApiError {
        kind: "SerializationException",
        message: error.to_string(),
    })?;
    check_request(&request.entries).map_err(|message| ApiError {
        kind: "ValidationException",
        message,
    })?;
    let emitted_by = access_key(headers).and_then(|key| inner.functions.working_on(key));
    let mut failed = 0;
    let answers: Vec<Value> = request
        .entries
        .into_iter()
        .map(|entry| match inner.publish(entry, emitted_by.clone()) {
            Ok(id) => json!({ "EventId": id }),
            Err(rejection) => {
                failed += 1;
                json!({ "ErrorCode": rejection.code, "ErrorMessage": rejection.message })
            }
        })
        .collect();
    Ok(json!({ "FailedEntryCount": failed, "Entries": answers }))
}
