//! [`PutEvents`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html).

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use eventbridge::put_events::{Entry, check_request};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{access_key, refuse, respond};
use crate::control::Refused;
use crate::emulator::Inner;
use crate::publish::Put;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    entries: Vec<Entry>,
}

pub(super) async fn put_events(inner: &Arc<Inner>, headers: &HeaderMap, body: &[u8]) -> Response {
    let request: Request = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(error) => return refuse(&Refused::new("SerializationException", error.to_string())),
    };
    if let Err(message) = check_request(&request.entries) {
        return refuse(&Refused::validation(message));
    }
    let caller = access_key(headers).and_then(|key| inner.functions.caller(key));
    match inner.put(request.entries, caller.as_ref()) {
        Put::Answered(answers) => respond(StatusCode::OK, &answer(&answers)),
        Put::Failed => {
            let body = json!({ "__type": "InternalException", "message": "Internal Service Failure" });
            respond(StatusCode::INTERNAL_SERVER_ERROR, &body)
        }
        // The connection ends with the process.
        Put::Unanswered => std::future::pending().await,
    }
}

fn answer(answers: &[Result<Arc<str>, eventbridge::put_events::Rejection>]) -> Value {
    let failed = answers.iter().filter(|answer| answer.is_err()).count();
    let entries = answers.iter().map(|answer| match answer {
        Ok(id) => json!({ "EventId": &**id }),
        Err(rejection) => {
            json!({ "ErrorCode": rejection.code, "ErrorMessage": rejection.message })
        }
    });
    json!({ "FailedEntryCount": failed, "Entries": entries.collect::<Value>() })
}
