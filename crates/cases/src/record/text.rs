//! What happened, as a case writes it.

use pipeline::syntax::{is_plain, quoted};
use serde_json::{Map, Value};

use crate::case::{Detail, ExpectedEvent, ExpectedMessage, ExpectedRun};
use crate::happened::{Run, Seen, State};

pub(super) fn listed(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// Writes a run, with its attempts if the old text has them.
pub(super) fn run(run: &Run, old: Option<&ExpectedRun>) -> String {
    let old = old.filter(|old| old.job == run.job);
    let mut keys = Vec::new();
    if matches!(run.state, State::Failed(_)) {
        keys.push("fails: true".to_owned());
    }
    if old.is_some_and(|old| old.attempts.is_some()) {
        keys.push(format!("attempts: {}", run.attempts));
    }
    with_keys("job", &run.job, &keys)
}

/// Writes an event, with the fields that the old text has.
pub(super) fn emitted(seen: &Seen, old: Option<&ExpectedEvent>) -> String {
    let old = old.filter(|old| old.event == seen.name);
    let mut keys = Vec::new();
    if let (Some(by), Some(_)) = (&seen.by, old.and_then(|old| old.by.as_ref())) {
        keys.push(format!("by: {}", scalar(by)));
    }
    keys.extend(old.and_then(|old| detail(old.detail.as_ref(), seen)));
    with_keys("event", &seen.name, &keys)
}

/// Writes a message, with the fields that the old text has.
pub(super) fn message(event: Option<&Seen>, old: Option<&ExpectedMessage>) -> String {
    let Some(seen) = event else {
        return "{}".to_owned();
    };
    let old = old.filter(|old| old.event.as_ref().is_none_or(|event| *event == seen.name));
    let detail = old.and_then(|old| detail(old.detail.as_ref(), seen));
    with_keys("event", &seen.name, &detail.into_iter().collect::<Vec<_>>())
}

fn with_keys(key: &str, name: &str, keys: &[String]) -> String {
    let name = scalar(name);
    if keys.is_empty() {
        return name;
    }
    format!("{{ {key}: {name}, {} }}", keys.join(", "))
}

pub(super) fn queue_key(queue: &str) -> String {
    scalar(queue)
}

/// Writes what the fields of an old pattern are now.
fn detail(old: Option<&Detail>, seen: &Seen) -> Option<String> {
    let read: Value = serde_json::from_str(&seen.json).ok()?;
    let actual = read["detail"].as_object()?;
    let written = fields(&old?.pattern.json, actual);
    (!written.is_empty()).then(|| format!("detail: {{ {written} }}"))
}

fn fields(pattern: &Map<String, Value>, actual: &Map<String, Value>) -> String {
    let written = pattern.iter().filter_map(|(name, old)| {
        let value = match (old, actual.get(name)) {
            (_, None) => "[{ exists: false }]".to_owned(),
            (Value::Object(old), Some(Value::Object(actual))) => {
                let inside = fields(old, actual);
                (!inside.is_empty()).then(|| format!("{{ {inside} }}"))?
            }
            (_, Some(Value::Array(items))) => {
                let is_scalar = |item: &Value| !item.is_array() && !item.is_object();
                let is_list = !items.is_empty() && items.iter().all(is_scalar);
                is_list.then(|| listed(items.iter().map(json)))?
            }
            (_, Some(Value::Object(_))) => return None,
            (_, Some(value)) => json(value),
        };
        Some(format!("{}: {value}", scalar(name)))
    });
    written.collect::<Vec<_>>().join(", ")
}

fn json(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

fn scalar(text: &str) -> String {
    if is_plain(text, true) {
        text.to_owned()
    } else {
        quoted(text)
    }
}
