//! Reads a request's members.

use serde_json::{Value, json};

use crate::refusal::{Answer, Refusal};

/// Returns the name of the queue that a request is about: the last part of its URL.
pub(super) fn queue_of(input: &Value) -> Answer<&str> {
    let url = required(input, "QueueUrl")?;
    Ok(url.rsplit('/').next().unwrap_or(url))
}

pub(super) fn required<'i>(input: &'i Value, name: &str) -> Answer<&'i str> {
    input[name].as_str().ok_or_else(|| {
        Refusal::new(
            "MissingParameter",
            format!("The request must contain the parameter {name}."),
        )
    })
}

/// Returns a whole number, or the default if there is none. The older protocol sends numbers as texts.
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
        Refusal::new(
            "InvalidParameterValue",
            format!("Value {} for parameter {name} is invalid. Reason: Must be between {least} and {most}, if provided.", input[name]),
        )
    })
}

/// Returns the texts of a list.
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
