//! Reads a request's members.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::refusal::{Answer, Refusal};

/// Reads a request's body, which is a JSON object. An empty body stands for an empty object.
pub(super) fn read(body: &[u8]) -> Answer<Value> {
    let body = if body.is_empty() { b"{}" } else { body };
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(Value::Object(members)),
        Ok(_) => Err(Refusal::new(
            "SerializationException",
            "a request is a JSON object",
        )),
        Err(error) => Err(Refusal::new("SerializationException", error.to_string())),
    }
}

/// Writes a time as AWS JSON has it: seconds since 1970.
pub(super) fn epoch(at: Timestamp) -> Value {
    json!(at.as_second())
}

pub(super) fn timestamp(input: &Value, name: &str) -> Answer<Timestamp> {
    let seconds = input[name].as_f64();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole milliseconds; what is too large is no time"
    )]
    let at = seconds.map(|seconds| Timestamp::from_millisecond((seconds * 1e3) as i64));
    match at {
        Some(Ok(at)) => Ok(at),
        _ => Err(Refusal::validation(format!(
            "Parameter {name} is not valid."
        ))),
    }
}

/// Returns the members of a request that are kept as they are.
pub(super) fn kept(input: &Value, names: &[&str]) -> Map<String, Value> {
    let kept = names.iter().filter_map(|name| {
        let value = input.get(*name).filter(|value| !value.is_null())?;
        Some(((*name).to_owned(), value.clone()))
    });
    kept.collect()
}

/// Returns the name or ARN of the bus that a request names, if it names one.
pub(super) fn bus_of(input: &Value) -> Option<&str> {
    input["EventBusName"].as_str()
}
