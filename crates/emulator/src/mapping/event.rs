//! The event that Lambda makes of a batch:
//! [its shape](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::queue::{Attribute, AttributeValue, Received, checksum};

/// Makes the event of a batch from the queue with this ARN.
pub(super) fn event(messages: &[Received], arn: &str, region: &str) -> Value {
    let records = messages
        .iter()
        .map(|received| record(received, arn, region));
    json!({ "Records": records.collect::<Vec<_>>() })
}

pub(super) fn record(received: &Received, arn: &str, region: &str) -> Value {
    let stored = &received.stored;
    let message = &stored.message;
    let system = stored.system_attributes().into_iter();
    let system: Map<String, Value> = system
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let own = message.attributes.iter();
    let own: Map<String, Value> = own
        .map(|(name, value)| (name.clone(), attribute(value)))
        .collect();
    let mut record = json!({
        "messageId": stored.id,
        "receiptHandle": received.receipt_handle,
        "body": message.body,
        "attributes": system,
        "messageAttributes": own,
        "md5OfBody": checksum::of_text(&message.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    });
    if !message.attributes.is_empty() {
        record["md5OfMessageAttributes"] = checksum::of_attributes(&message.attributes).into();
    }
    record
}

fn attribute(attribute: &Attribute) -> Value {
    let (name, value) = match &attribute.value {
        AttributeValue::Text(text) => ("stringValue", text.clone()),
        AttributeValue::Bytes(bytes) => ("binaryValue", STANDARD.encode(bytes)),
    };
    json!({
        name: value,
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": attribute.data_type,
    })
}
