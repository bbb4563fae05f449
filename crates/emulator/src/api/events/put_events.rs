//! [`PutEvents`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html).

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use eventbridge::put_events::{Entry, Rejection, check_request};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::answer::{json_1, refuse, respond};
use super::super::service::access_key;
use crate::local_bus::LocalBus;
use crate::publish::{Put, Received};
use crate::refusal::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request<'b> {
    #[serde(borrow)]
    entries: Vec<&'b RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answered<'a> {
    failed_entry_count: usize,
    entries: Vec<Verdict<'a>>,
}

/// The result of one entry.
#[derive(Serialize)]
#[serde(untagged)]
enum Verdict<'a> {
    #[serde(rename_all = "PascalCase")]
    Taken { event_id: &'a str },
    #[serde(rename_all = "PascalCase")]
    Refused {
        error_code: &'a str,
        error_message: &'a str,
    },
}

pub(super) async fn put_events(bus: &Arc<LocalBus>, headers: &HeaderMap, body: &[u8]) -> Response {
    let request: Request = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(error) => {
            return respond(Err(Refusal::new(
                "SerializationException",
                error.to_string(),
            )));
        }
    };
    let entries = request.entries.iter();
    let entries: Vec<Received> = entries.map(|json| Entry::from_json(json.get())).collect();
    if let Err(refused) = check_request(entries.iter().map(as_far_as_read)) {
        return respond(Err(Refusal::validation(refused.message)));
    }
    // Each process has an access key of its own, so the key tells who asks. Nobody checks the signature.
    let caller = access_key(headers).and_then(|key| bus.functions.caller(key));
    match bus.put(entries, caller.as_ref()) {
        // AWS says 200 even if it took no entry: a client has to look at `FailedEntryCount`.
        Put::Answered(answers) => json_1("1.1", StatusCode::OK, answer(&answers)),
        Put::Failed => refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            &Refusal::new("InternalException", "Internal Service Failure"),
        ),
        // Nothing is sent. The connection ends with the process, which is about to be killed.
        Put::Unanswered => std::future::pending().await,
    }
}

/// An entry with a mistake counts for the limits of its request, too.
fn as_far_as_read(received: &Received) -> &Entry {
    match received {
        Ok(entry) => entry,
        Err(malformed) => &malformed.entry,
    }
}

fn answer(answers: &[Result<Arc<str>, Rejection>]) -> String {
    let entries = answers.iter().map(|answer| match answer {
        Ok(id) => Verdict::Taken { event_id: id },
        Err(rejection) => Verdict::Refused {
            error_code: rejection.kind.code(),
            error_message: &rejection.message,
        },
    });
    let response = Answered {
        failed_entry_count: answers.iter().filter(|answer| answer.is_err()).count(),
        entries: entries.collect(),
    };
    serde_json::to_string(&response).expect("texts always serialize")
}
