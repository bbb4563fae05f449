//! [Message attributes](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html),
//! as a sender writes them and as a receiver gets them.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::message::may_be_sent;
use crate::queue::{Attribute, AttributeValue};
use crate::refusal::{Answer, Refusal};

/// The most attributes of a message.
const MOST: usize = 10;
/// The longest name, in characters.
const NAME: usize = 256;

/// Reads the attributes of a message, and refuses what SQS would.
pub(super) fn parse_attributes(input: &Value) -> Answer<BTreeMap<String, Attribute>> {
    let given = match input {
        Value::Null => return Ok(BTreeMap::new()),
        Value::Object(given) => given,
        _ => {
            let message = "MessageAttributes is an object of attributes";
            return Err(Refusal::new("SerializationException", message));
        }
    };
    if given.len() > MOST {
        let sent = given.len();
        let message =
            format!("Number of message attributes [{sent}] exceeds the allowed maximum [{MOST}].");
        return Err(refused(message));
    }
    let attributes = given.iter().map(|(name, value)| {
        check_name(name)?;
        Ok((name.clone(), parse_attribute(name, value)?))
    });
    attributes.collect()
}

fn refused(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidParameterValue", message)
}

fn check_name(name: &str) -> Answer<()> {
    let is_of_names = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let lower = name.to_ascii_lowercase();
    let is_reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
    let has_bad_dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    let is_name = (1..=NAME).contains(&name.len()) && name.bytes().all(is_of_names);
    if is_name && !is_reserved && !has_bad_dots {
        return Ok(());
    }
    Err(refused(format!(
        "Invalid message attribute name '{name}': 1 to {NAME} letters, digits, underscores, hyphens and dots, \
         which does not begin with AWS. or Amazon."
    )))
}

fn parse_attribute(name: &str, value: &Value) -> Answer<Attribute> {
    let bad = |why: &str| refused(format!("The message attribute '{name}' {why}."));
    let data_type = value["DataType"].as_str().filter(|text| !text.is_empty());
    let data_type =
        data_type.ok_or_else(|| bad("must contain a non-empty message attribute type"))?;
    let kind = data_type.split('.').next().unwrap_or_default();
    let text = || {
        let text = value["StringValue"]
            .as_str()
            .filter(|text| !text.is_empty());
        let text =
            text.ok_or_else(|| bad(&format!("must contain a non-empty value of type '{kind}'")))?;
        if text.chars().all(may_be_sent) {
            return Ok(text.to_owned());
        }
        Err(bad("has a character that XML cannot hold"))
    };
    let value = match kind {
        "String" => AttributeValue::Text(text()?),
        "Number" => {
            let text = text()?;
            if text.trim().parse::<f64>().is_err() {
                return Err(refused(format!(
                    "Can't cast the value of message attribute '{name}' to a number."
                )));
            }
            AttributeValue::Text(text)
        }
        "Binary" => {
            let bytes = value["BinaryValue"].as_str();
            let bytes = bytes.and_then(|text| STANDARD.decode(text).ok());
            AttributeValue::Bytes(bytes.ok_or_else(|| bad("must contain a value in base64"))?)
        }
        _ => return Err(bad("has a type that is not String, Number or Binary")),
    };
    Ok(Attribute {
        data_type: data_type.to_owned(),
        value,
    })
}

/// Writes an attribute as a receiver gets it.
pub(super) fn shown(attribute: &Attribute) -> Value {
    match &attribute.value {
        AttributeValue::Text(text) => {
            json!({ "DataType": attribute.data_type, "StringValue": text })
        }
        AttributeValue::Bytes(bytes) => {
            json!({ "DataType": attribute.data_type, "BinaryValue": STANDARD.encode(bytes) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqs_refuses_is_refused() {
        let text = |value: &str| json!({ "DataType": "String", "StringValue": value });
        let number = |value: &str| json!({ "DataType": "Number.int", "StringValue": value });
        let many: serde_json::Map<_, _> = (0..11).map(|n| (n.to_string(), text("v"))).collect();
        for bad in [
            json!([1]),
            json!({ "": text("v") }),
            json!({ "a b": text("v") }),
            json!({ "AWS.x": text("v") }),
            json!({ "a..b": text("v") }),
            json!({ "n".repeat(257): text("v") }),
            json!({ "a": text("") }),
            json!({ "a": text("\u{1}") }),
            json!({ "a": number("abc") }),
            json!({ "a": { "DataType": "", "StringValue": "v" } }),
            json!({ "a": { "DataType": "Binary", "BinaryValue": "?" } }),
            json!({ "a": "text" }),
            Value::Object(many),
        ] {
            assert!(parse_attributes(&bad).is_err(), "{bad}");
        }
        let good = json!({ "a.b_c-9": number("-1.5e3"), "Text": text("é\t"), "x": { "DataType": "Binary", "BinaryValue": "YQ==" } });
        assert_eq!(parse_attributes(&good).unwrap().len(), 3);
        assert!(parse_attributes(&Value::Null).unwrap().is_empty());
    }
}
