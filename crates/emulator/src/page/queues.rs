//! Lists what failed and is kept in a queue, and sends it again.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use eventbridge::arn::Arn;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::local_bus::LocalBus;
use crate::queue::{AttributeValue, Stored};

/// The most messages in one response.
const MESSAGES: usize = 500;

pub(super) async fn messages(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
) -> Response {
    let Ok(messages) = bus.queues.peek(&name) else {
        return no_queue(&name);
    };
    let messages = messages.iter().rev().take(MESSAGES).map(listed);
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
    let Ok(messages) = bus.queues.peek(&name) else {
        return no_queue(&name);
    };
    let is_wanted = |stored: &Stored| wanted.message.as_ref().is_none_or(|id| *id == stored.id);
    let (mut redriven, mut left) = (0, Vec::new());
    for stored in messages.iter().filter(|stored| is_wanted(stored)) {
        // Sent before it is deleted: in the other order, a failure would lose the message.
        match send_again(&bus, stored) {
            Ok(()) => {
                redriven += 1;
                // Somebody else may have received and deleted it in between, which is no error.
                bus.queues.remove(&name, &stored.id);
            }
            Err(why) => left.push(json!({ "id": stored.id, "why": why })),
        }
    }
    Json(json!({ "redriven": redriven, "left": left })).into_response()
}

/// Sends an undeliverable event to the target that did not take it, or repeats a failed run.
fn send_again(bus: &Arc<LocalBus>, stored: &Stored) -> Result<(), String> {
    let attribute = |name: &str| {
        let attribute = stored.message.attributes.get(name)?;
        match &attribute.value {
            AttributeValue::Text(text) => Some(text.as_str()),
            AttributeValue::Bytes(_) => None,
        }
    };
    // A message that another queue gave up goes back there, as a redrive of SQS does it.
    if let Some(arn) = &stored.given_up_by {
        let message = stored.message.clone();
        let sent = bus.send_message(arn, message);
        return sent.map(|_| ()).map_err(|refusal| refusal.message);
    }
    if let (Some(rule), Some(target)) = (attribute("RULE_ARN"), attribute("TARGET_ARN")) {
        let id = stored.message.origin.as_ref().map(|from| &*from.target);
        return bus.redeliver(&stored.message.body, rule, (target, id));
    }
    let record: Value = serde_json::from_str(&stored.message.body)
        .map_err(|_| "it is neither a dead letter nor the record of a failed run".to_owned())?;
    let arn = record["requestContext"]["functionArn"].as_str();
    let arn = arn.ok_or("it is neither a dead letter nor the record of a failed run")?;
    // Lambda writes the ARN with the version: `…:function:name:$LATEST`.
    let parsed = Arn::parse(arn).ok().and_then(|arn| arn.function());
    let function = parsed.map_or(arn, |function| function.name);
    let payload = record["requestPayload"].to_string();
    match bus.invoke_async(function, payload) {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("there is no function {function}")),
    }
}

fn no_queue(name: &str) -> Response {
    (StatusCode::NOT_FOUND, format!("there is no queue {name}\n")).into_response()
}
