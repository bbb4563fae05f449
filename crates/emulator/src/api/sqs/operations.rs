//! What an operation does, whichever protocol asked for it. Inputs and outputs have the shapes of the JSON protocol.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Answer, SqsError, message, queues};
use crate::emulator::Inner;
use crate::queue::NoSuchQueue;

pub(super) async fn run(inner: &Arc<Inner>, operation: &str, input: &Value) -> Answer<Value> {
    match operation {
        "CreateQueue" => queues::create(inner, input),
        "DeleteQueue" => queues::delete(inner, input),
        "ListQueues" => queues::list(inner, input),
        "GetQueueUrl" => queues::url(inner, input),
        "GetQueueAttributes" => queues::attributes(inner, input),
        "PurgeQueue" => queues::purge(inner, input),
        "SendMessage" => message::send(inner, input),
        "ReceiveMessage" => message::receive(inner, input).await,
        "DeleteMessage" => message::delete(inner, input),
        "DeleteMessageBatch" => message::delete_batch(inner, input),
        _ => Err(SqsError {
            kind: "UnknownOperationException",
            code: "InvalidAction",
            message: format!("the local bus has no operation SQS {operation}"),
        }),
    }
}

impl From<NoSuchQueue> for SqsError {
    fn from(_: NoSuchQueue) -> Self {
        Self::no_queue()
    }
}

/// The name of the queue that a request is about, at the end of its URL.
pub(super) fn queue_of(input: &Value) -> Answer<&str> {
    let url = required(input, "QueueUrl")?;
    Ok(url.rsplit('/').next().unwrap_or(url))
}

pub(super) fn required<'i>(input: &'i Value, name: &str) -> Answer<&'i str> {
    input[name].as_str().ok_or_else(|| SqsError {
        kind: "MissingParameter",
        code: "MissingParameter",
        message: format!("The request must contain the parameter {name}."),
    })
}

/// A whole number, which the older protocol sends as a text.
pub(super) fn number(
    input: &Value,
    name: &str,
    range: std::ops::RangeInclusive<u32>,
    default: u32,
) -> Answer<u32> {
    let value = match &input[name] {
        Value::Null => return Ok(default),
        Value::String(text) => text.parse().ok(),
        value => value.as_u64().and_then(|number| u32::try_from(number).ok()),
    };
    value.filter(|number| range.contains(number)).ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        SqsError::invalid(
            "InvalidParameterValue",
            format!("Value {} for parameter {name} is invalid. Reason: Must be between {least} and {most}, if provided.", input[name]),
        )
    })
}

/// A list of texts.
pub(super) fn texts<'i>(input: &'i Value, name: &str) -> Vec<&'i str> {
    let list = input[name]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    list.iter().filter_map(Value::as_str).collect()
}

pub(super) fn nothing() -> Value {
    json!({})
}
