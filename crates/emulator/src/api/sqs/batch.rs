//! Operations on several messages at a time, as most consumers have them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::attributes::parse_attributes;
use super::input::required;
use super::message;
use crate::local_bus::LocalBus;
use crate::queue::Message;
use crate::refusal::{Answer, Refusal};

/// The most entries of a batch.
const ENTRIES: usize = 10;

/// Does the same for each entry of a batch, and lists what was done and what failed.
fn each(
    bus: &Arc<LocalBus>,
    input: &Value,
    act: fn(&Arc<LocalBus>, &Value) -> Answer<Value>,
) -> Answer<Value> {
    let entries = input["Entries"].as_array().map(Vec::as_slice);
    let entries = entries.unwrap_or_default();
    check(entries)?;
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

/// Checks what a batch must be as a whole. Nothing of one that is refused has been done.
fn check(entries: &[Value]) -> Answer<()> {
    match entries.len() {
        0 => {
            let message = "There should be at least one entry in the request.";
            return Err(Refusal::new("EmptyBatchRequest", message));
        }
        1..=ENTRIES => {}
        sent => {
            let message = format!(
                "Maximum number of entries per request are {ENTRIES}. You have sent {sent}."
            );
            return Err(Refusal::new("TooManyEntriesInBatchRequest", message));
        }
    }
    let mut ids = BTreeSet::new();
    for entry in entries {
        let id = required(entry, "Id")?;
        let is_of_ids = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !(1..=80).contains(&id.len()) || !id.bytes().all(is_of_ids) {
            let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";
            return Err(Refusal::new("InvalidBatchEntryId", message));
        }
        if !ids.insert(id) {
            let message = format!("Id {id} repeated.");
            return Err(Refusal::new("BatchEntryIdsNotDistinct", message));
        }
    }
    Ok(())
}

/// Checks the length of all messages of a batch together.
fn check_length(entries: &[Value]) -> Answer<()> {
    let sizes = entries.iter().map(|entry| {
        let body = entry["MessageBody"].as_str().unwrap_or_default();
        let attributes = parse_attributes(&entry["MessageAttributes"]);
        let message = Message {
            body: String::new(),
            attributes: attributes.unwrap_or_default(),
            ..Message::default()
        };
        body.len() + message.size()
    });
    let sent: usize = sizes.sum();
    if sent <= message::BYTES {
        return Ok(());
    }
    let most = message::BYTES;
    let message =
        format!("Batch requests cannot be longer than {most} bytes. You have sent {sent} bytes.");
    Err(Refusal::new("BatchRequestTooLong", message))
}

pub(super) fn send(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let entries = input["Entries"].as_array().map(Vec::as_slice);
    check_length(entries.unwrap_or_default())?;
    each(bus, input, message::send)
}

pub(super) fn delete(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    each(bus, input, message::delete)
}

pub(super) fn change_visibility(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    each(bus, input, message::change_visibility)
}
