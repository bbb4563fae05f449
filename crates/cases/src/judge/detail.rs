//! What a detail should be.

use eventbridge::pattern::Event;
use pipeline::Diagnostic;
use serde_json::Value;

use super::failed;
use crate::case::Detail;
use crate::words::in_words;

/// Returns what is wrong with the detail of an event, given its envelope.
pub(super) fn check(what: &str, expected: Option<&Detail>, envelope: &str) -> Option<Diagnostic> {
    let Detail { span, pattern } = expected?;
    let event = match Event::parse(envelope) {
        Ok(event) => event,
        Err(error) => return Some(failed(*span, format!("{what} is no event: {error}"))),
    };
    let explanation = pattern.pattern.explain(&event);
    if explanation.matched {
        return None;
    }
    let read: Value = serde_json::from_str(envelope).unwrap_or_default();
    let said = explanation.deciding().map(in_words);
    let said = said.unwrap_or_else(|| "it has other values".to_owned());
    let message = format!("{what} is not as expected: {said}");
    Some(failed(*span, message).with_note(format!("it is {}", read["detail"])))
}
