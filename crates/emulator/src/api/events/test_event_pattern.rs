//! [`TestEventPattern`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html).

use eventbridge::pattern::Event;
use serde_json::{Value, json};

use super::super::answer::required;
use crate::control::pattern;
use crate::refusal::{Answer, Refusal};

/// The fields that `TestEventPattern` wants in an event, in the order of AWS's page.
const REQUIRED: [&str; 7] = [
    "id",
    "account",
    "source",
    "time",
    "region",
    "resources",
    "detail-type",
];

pub(super) fn test(input: &Value) -> Answer<Value> {
    let (_, pattern) = pattern(required(input, "EventPattern")?)?;
    let text = required(input, "Event")?;
    let refuse = |reason: &str| {
        Refusal::validation(format!("Parameter Event is not valid. Reason: {reason}"))
    };
    let fields: Value = serde_json::from_str(text).map_err(|error| refuse(&error.to_string()))?;
    if let Some(missing) = REQUIRED.iter().find(|name| fields.get(name).is_none()) {
        return Err(refuse(&format!("{missing} is a required field.")));
    }
    let event = Event::parse(text).map_err(|error| refuse(&error.to_string()))?;
    Ok(json!({ "Result": pattern.matches(&event) }))
}
