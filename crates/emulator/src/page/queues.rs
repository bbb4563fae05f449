//! Lists what failed and is kept in a queue, and sends it again.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use eventbridge::arn::Arn;
use eventbridge::envelope::Envelope;
use eventbridge::kept::Kept;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::invocation::TOO_MANY_REQUESTS;
use crate::local_bus::LocalBus;
use crate::queue::{AttributeValue, Stored};

pub(super) async fn messages(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
) -> Response {
    let Ok(messages) = bus.queues.peek_last(&name) else {
        return no_queue(&name);
    };
    let messages = messages.iter().map(listed);
    Json(json!({ "messages": messages.collect::<Value>() })).into_response()
}

fn listed(stored: &Stored) -> Value {
    let attributes = stored.message.attributes.iter().map(|(name, attribute)| {
        let value = match &attribute.value {
            AttributeValue::Text(text) => text.clone(),
            AttributeValue::Bytes(bytes) => format!("{} bytes", bytes.len()),
        };
        (name.clone(), Value::from(value))
    });
    json!({
        "id": stored.id,
        "sent": stored.sent,
        "body": stored.message.body,
        "attributes": attributes.collect::<Value>(),
        "receive_count": stored.receives,
        "given_up_by": stored.given_up_by,
    })
}

/// The message to send again, by its id. Without an id, all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    message: Option<String>,
}

pub(super) async fn redrive(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Json(wanted): Json<Wanted>,
) -> Response {
    if !bus.queues.has(&name) {
        return no_queue(&name);
    }
    let is_wanted = |stored: &Stored| wanted.message.as_ref().is_none_or(|id| *id == stored.id);
    let (mut redriven, mut left, mut passed) = (0, Vec::new(), 0);
    // What comes meanwhile, as what fails again at once does, is for the next time.
    let mut all = bus.queues.count(&name);
    while all > 0 {
        let mut messages = bus.queues.peek(&name, passed).unwrap_or_default();
        messages.truncate(all);
        if messages.is_empty() {
            break;
        }
        all -= messages.len();
        for stored in messages {
            if !is_wanted(&stored) {
                passed += 1;
                continue;
            }
            // Sent before it is deleted: in the other order, a failure would lose the message.
            match send_again(&bus, &name, &stored) {
                Ok(()) => {
                    redriven += 1;
                    // Somebody else may have received and deleted it in between, which is no error.
                    bus.queues.remove(&name, &stored.id);
                }
                Err(why) => {
                    passed += 1;
                    left.push(json!({ "id": stored.id, "why": why }));
                }
            }
        }
    }
    Json(json!({ "redriven": redriven, "left": left })).into_response()
}

/// Sends an undeliverable event to the target that did not take it, or repeats a failed run.
fn send_again(bus: &Arc<LocalBus>, queue: &str, stored: &Stored) -> Result<(), String> {
    let attribute = |name: &str| {
        let attribute = stored.message.attributes.get(name)?;
        match &attribute.value {
            AttributeValue::Text(text) => Some(text.as_str()),
            AttributeValue::Bytes(_) => None,
        }
    };
    let id = stored.message.origin.as_ref().map(|from| &*from.target);
    let given_up_by = stored.given_up_by.as_deref();
    match Kept::read(&stored.message.body, given_up_by, attribute) {
        Ok(Kept::DeadLetter { rule, target }) => {
            bus.redeliver(&stored.message.body, rule, (target, id))
        }
        Ok(Kept::Scheduled {
            schedule, target, ..
        }) => {
            // What the target receives is made again, of the same run.
            let run = |name| attribute(name).unwrap_or_default().to_owned();
            let event = Envelope::scheduled(
                run("EXECUTION_ID"),
                bus.account.clone(),
                bus.region.clone(),
                run("SCHEDULED_TIME"),
                schedule.to_owned(),
            );
            bus.redeliver(&event.to_json(), schedule, (target, id))
        }
        // Back to that queue, as a redrive of SQS does it.
        Ok(Kept::GivenUp { queue }) => send_back(bus, queue, stored),
        Ok(Kept::PutAway) => {
            let sources = bus.queues.sources_of(queue);
            let source = sources.first();
            let source = source.ok_or("no queue gives its messages up to this one")?;
            send_back(bus, &bus.queues.arn(source), stored)
        }
        Ok(Kept::FailedRun {
            function, payload, ..
        }) => {
            let parsed = Arn::parse(function).ok().and_then(|arn| arn.function());
            let name = parsed.map_or(function, |function| function.name);
            match bus.invoke_async(name, payload.to_owned()) {
                Ok(_) => Ok(()),
                Err(refusal) if refusal.code == TOO_MANY_REQUESTS => Err(refusal.message),
                Err(_) => Err(format!("there is no function {name}")),
            }
        }
        Ok(_) => Err("nothing says where it belongs".to_owned()),
        Err(unknown) => Err(unknown.to_string()),
    }
}

/// Sends a message to the queue before a function once more. It is no repetition of the one that was given up.
fn send_back(bus: &LocalBus, arn: &str, stored: &Stored) -> Result<(), String> {
    let mut message = stored.message.clone();
    message.deduplication = message.deduplication.map(|_| stored.id.clone());
    let sent = bus.send_message(arn, message);
    sent.map(|_| ()).map_err(|refusal| refusal.message)
}

fn no_queue(name: &str) -> Response {
    (StatusCode::NOT_FOUND, format!("there is no queue {name}\n")).into_response()
}
