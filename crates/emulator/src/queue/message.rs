//! Messages, as a sender makes them and as a receiver gets them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A message as a sender makes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) body: String,
    pub(crate) attributes: BTreeMap<String, Attribute>,
    /// The message group, in a FIFO queue.
    pub(crate) group: Option<String>,
    /// Keeps the message from being taken twice, in a FIFO queue.
    pub(crate) deduplication: Option<String>,
    /// The delivery that sent it, if the bus did.
    pub(crate) origin: Option<Origin>,
}

/// The delivery that put a message into a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The number of functions that the event has gone through.
    pub(crate) hops: u32,
    /// The id of the rule's target, which AWS's dead letters do not tell. Several targets may have one ARN.
    pub(crate) target: Arc<str>,
}

/// A message attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attribute {
    /// `String`, `Number` or `Binary`, with or without a suffix.
    pub(crate) data_type: String,
    pub(crate) value: AttributeValue,
}

/// The value of a message attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AttributeValue {
    Text(String),
    Bytes(Vec<u8>),
}

/// A message in a queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) message: Message,
    pub(crate) sent: Timestamp,
    /// Every receive so far, those in another queue included.
    pub(crate) receives: u32,
    pub(crate) first_received: Option<Timestamp>,
    /// The message's number in a FIFO queue, which only grows.
    pub(crate) sequence: Option<u64>,
    /// The ARN of the queue that gave the message up, if one did.
    pub(crate) given_up_by: Option<String>,
    pub(super) visible_at: Timestamp,
    pub(super) receipt: u64,
    /// Receives before the message came to this queue.
    pub(super) receives_before: u32,
}

/// A message as a receiver gets it.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) stored: Stored,
    pub(crate) receipt_handle: String,
}

/// The answer to a sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) id: String,
    /// Only a FIFO queue has one.
    pub(crate) sequence: Option<u64>,
}

/// About the bytes that a message takes beside its texts.
const FRAME: usize = 400;

impl Stored {
    /// Returns about how many bytes of memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.message.size() + FRAME
    }

    /// Returns the attributes that SQS itself gives a received message.
    pub(crate) fn system_attributes(&self) -> Vec<(&'static str, String)> {
        let first = self.first_received.unwrap_or(self.sent);
        let mut attributes = vec![
            ("ApproximateReceiveCount", self.receives.to_string()),
            (
                "ApproximateFirstReceiveTimestamp",
                first.as_millisecond().to_string(),
            ),
            ("SentTimestamp", self.sent.as_millisecond().to_string()),
            ("SenderId", "AIDALOCAL".to_owned()),
        ];
        let sequence = self.sequence.map(sequence_number);
        let only_some_have = [
            ("MessageGroupId", self.message.group.clone()),
            ("MessageDeduplicationId", self.message.deduplication.clone()),
            ("SequenceNumber", sequence),
            ("DeadLetterQueueSourceArn", self.given_up_by.clone()),
        ];
        let own = only_some_have.into_iter();
        attributes.extend(own.filter_map(|(name, value)| Some((name, value?))));
        attributes
    }
}

impl Message {
    /// Makes a message whose attributes are texts.
    pub(crate) fn text(body: &str, attributes: Vec<(&str, String)>) -> Self {
        let attributes = attributes.into_iter().map(|(name, value)| {
            let attribute = Attribute {
                data_type: "String".to_owned(),
                value: AttributeValue::Text(value),
            };
            (name.to_owned(), attribute)
        });
        Self {
            body: body.to_owned(),
            attributes: attributes.collect(),
            ..Self::default()
        }
    }

    /// Returns the size that counts for SQS's limits: the body and the attributes, in bytes.
    pub(crate) fn size(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, attribute)| {
            let value = match &attribute.value {
                AttributeValue::Text(text) => text.len(),
                AttributeValue::Bytes(bytes) => bytes.len(),
            };
            name.len() + attribute.data_type.len() + value
        });
        self.body.len() + attributes.sum::<usize>()
    }
}

/// Writes a sequence number as SQS does: twenty digits.
pub(crate) fn sequence_number(sequence: u64) -> String {
    format!("{sequence:020}")
}
