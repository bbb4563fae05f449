//! Operations on several messages at a time, as most consumers have them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::input::required;
use super::message;
use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};

/// Does the same for each entry of a batch, and lists what was done and what failed.
fn each(
    bus: &Arc<LocalBus>,
    input: &Value,
    act: fn(&Arc<LocalBus>, &Value) -> Answer<Value>,
) -> Answer<Value> {
    let entries = input["Entries"].as_array().map(Vec::as_slice);
    let entries = entries.unwrap_or_default();
    if !(1..=10).contains(&entries.len()) {
        return Err(Refusal::new(
            "TooManyEntriesInBatchRequest",
            "A batch has 1 to 10 entries.",
        ));
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        let id = required(entry, "Id")?;
        let mut one = entry.clone();
        one["QueueUrl"] = input["QueueUrl"].clone();
        match act(bus, &one) {
            Ok(mut done) => {
                done["Id"] = Value::from(id);
                successful.push(done);
            }
            // Without its queue, the whole request fails.
            Err(refusal) if refusal == Refusal::no_queue() => return Err(refusal),
            Err(Refusal { code, message }) => failed.push(json!({
                "Id": id,
                "SenderFault": true,
                "Code": code,
                "Message": message,
            })),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

pub(super) fn send(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    each(bus, input, message::send)
}

pub(super) fn delete(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    each(bus, input, message::delete)
}

pub(super) fn change_visibility(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    each(bus, input, message::change_visibility)
}
