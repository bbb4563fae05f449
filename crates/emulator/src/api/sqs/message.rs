//! Operations on messages.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::attributes::{parse_attributes, shown};
use super::input::{nothing, number, queue_of, required, texts};
use crate::local_bus::LocalBus;
use crate::queue::{Attribute, Message, Most, Received, Receiver, checksum, sequence_number};
use crate::refusal::{Answer, Refusal};

/// The longest message in bytes, attributes included.
pub(super) const BYTES: usize = 1 << 20;

pub(super) fn send(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let message = Message {
        body: required(input, "MessageBody")?.to_owned(),
        attributes: parse_attributes(&input["MessageAttributes"])?,
        group: fifo_text(input, "MessageGroupId")?,
        deduplication: fifo_text(input, "MessageDeduplicationId")?,
        origin: None,
    };
    if message.body.is_empty() {
        return Err(Refusal::new(
            "InvalidParameterValue",
            "The request must contain the parameter MessageBody.",
        ));
    }
    if !message.body.chars().all(may_be_sent) {
        return Err(Refusal::new(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        ));
    }
    if message.size() > BYTES {
        return Err(Refusal::new(
            "InvalidParameterValue",
            format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {BYTES} bytes."
            ),
        ));
    }
    let delay = match &input["DelaySeconds"] {
        Value::Null => None,
        _ => Some(number(input, "DelaySeconds", 0..=900, 0)?),
    };
    let mut output = json!({ "MD5OfMessageBody": checksum::of_text(&message.body) });
    if !message.attributes.is_empty() {
        output["MD5OfMessageAttributes"] = checksum::of_attributes(&message.attributes).into();
    }
    bus.queues.check_room()?;
    let sent = bus.send_to_queue(queue_of(input)?, message, delay)?;
    output["MessageId"] = Value::from(sent.id);
    if let Some(sequence) = sent.sequence {
        output["SequenceNumber"] = sequence_number(sequence).into();
    }
    Ok(output)
}

/// Whether SQS takes a character: those that XML can hold.
pub(super) fn may_be_sent(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r')
        || letter >= ' ' && !matches!(letter, '\u{fffe}' | '\u{ffff}')
}

/// Returns a group or deduplication id: 1 to 128 letters, digits and punctuation.
fn fifo_text(input: &Value, name: &str) -> Answer<Option<String>> {
    let Some(text) = input[name].as_str() else {
        return Ok(None);
    };
    if (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Some(text.to_owned()));
    }
    Err(Refusal::new(
        "InvalidParameterValue",
        format!(
            "Value {text} for parameter {name} is invalid. Reason: {name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
        ),
    ))
}

/// Receives messages. Waits for one if there is none, for as long as the request or the queue says.
pub(super) async fn receive(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let queue = queue_of(input)?;
    let most = Most {
        messages: number(input, "MaxNumberOfMessages", 1..=10, 1)? as usize,
        bytes: usize::MAX,
        receiver: Receiver::Client,
    };
    let set = bus.queues.attributes(queue, bus.clock.now())?;
    let set = |name: &str| {
        set.get(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(0)
    };
    let visibility = match &input["VisibilityTimeout"] {
        Value::Null => None,
        _ => Some(number(input, "VisibilityTimeout", 0..=43_200, 0)?),
    };
    let wait = number(
        input,
        "WaitTimeSeconds",
        0..=20,
        set("ReceiveMessageWaitTimeSeconds"),
    )?;
    // The wait takes real time, even if the bus's time is virtual: the client holds its connection open.
    let end = Instant::now() + Duration::from_secs(wait.into());
    let mut arrivals = bus.queues.arrivals();
    // A receiver of before a reset must not take a message of after it.
    let resets = *bus.resets.borrow();
    loop {
        // Marked before the queue is read: a message that arrives after the read ends the wait below.
        arrivals.mark_unchanged();
        if *bus.resets.borrow() != resets {
            return Ok(nothing());
        }
        let received = bus.receive_messages(queue, most, visibility)?.messages;
        if !received.is_empty() || Instant::now() >= end {
            return Ok(listed(&received, input));
        }
        // A message that comes back wakes this, too. In virtual time nothing comes back while a client waits.
        let _ = tokio::time::timeout_at(end, arrivals.changed()).await;
    }
}

fn listed(received: &[Received], input: &Value) -> Value {
    if received.is_empty() {
        return nothing();
    }
    let messages = received.iter().map(|received| one(received, input));
    json!({ "Messages": messages.collect::<Vec<_>>() })
}

fn one(received: &Received, input: &Value) -> Value {
    let stored = &received.stored;
    let mut message = json!({
        "MessageId": stored.id,
        "ReceiptHandle": received.receipt_handle,
        "MD5OfBody": checksum::of_text(&stored.message.body),
        "Body": stored.message.body,
    });
    let system = stored.system_attributes();
    // `AttributeNames` is the older name of the other field. Clients send either.
    let asked = [
        texts(input, "AttributeNames"),
        texts(input, "MessageSystemAttributeNames"),
    ]
    .concat();
    let system = system
        .into_iter()
        .filter(|(name, _)| asked.contains(&"All") || asked.contains(name));
    let system: Map<String, Value> = system
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    if !system.is_empty() {
        message["Attributes"] = Value::Object(system);
    }
    let asked = texts(input, "MessageAttributeNames");
    let wanted = stored
        .message
        .attributes
        .iter()
        .filter(|(name, _)| is_wanted(name, &asked));
    let wanted: BTreeMap<String, Attribute> = wanted
        .map(|(name, attribute)| (name.clone(), attribute.clone()))
        .collect();
    if !wanted.is_empty() {
        // A client checks the sum against what it got, so the sum covers only the attributes it asked for.
        message["MD5OfMessageAttributes"] = checksum::of_attributes(&wanted).into();
        let shown: Map<String, Value> = wanted
            .iter()
            .map(|(name, attribute)| (name.clone(), shown(attribute)))
            .collect();
        message["MessageAttributes"] = Value::Object(shown);
    }
    message
}

/// Returns whether a name is among those asked for: by itself, by a prefix like `order.*`, or by `All`.
fn is_wanted(name: &str, asked: &[&str]) -> bool {
    asked.iter().any(|asked| match asked.strip_suffix(".*") {
        Some(prefix) => name.starts_with(prefix),
        None => matches!(*asked, "All" | "*") || *asked == name,
    })
}

pub(super) fn delete(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let (queue, handle) = (queue_of(input)?, required(input, "ReceiptHandle")?);
    if bus.delete_message(queue, handle)? {
        return Ok(nothing());
    }
    Err(Refusal::new(
        "ReceiptHandleIsInvalid",
        format!("The input receipt handle \"{handle}\" is not a valid receipt handle."),
    ))
}

/// Hides a received message for another time.
pub(super) fn change_visibility(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let (queue, handle) = (queue_of(input)?, required(input, "ReceiptHandle")?);
    required_number(input, "VisibilityTimeout")?;
    let seconds = number(input, "VisibilityTimeout", 0..=43_200, 0)?;
    bus.change_visibility(queue, handle, seconds)?;
    Ok(nothing())
}

fn required_number(input: &Value, name: &str) -> Answer<()> {
    if input[name].is_null() {
        required(input, name)?;
    }
    Ok(())
}
