//! A value as YAML in one line.

use serde_json::Value;

/// A key with its value.
pub(crate) fn with_key(key: &str, value: &Value) -> String {
    format!("{key}: {}", in_yaml(value))
}

/// A value. What stands inside brackets is quoted sooner, as a comma would end it.
pub(super) fn in_yaml(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        _ => inside(value),
    }
}

fn inside(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) && !text.contains(['?', '*', '$']) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inside).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                format!("{}: {}", inside(&Value::from(key.as_str())), inside(value))
            });
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        // Inside single quotes, YAML needs no backslash before a double quote.
        Value::String(text) if text.contains('"') && !text.contains('\'') => format!("'{text}'"),
        // YAML reads JSON as well.
        other => other.to_string(),
    }
}

/// Returns whether YAML takes a text for itself without quotes.
fn is_plain(text: &str) -> bool {
    if is_duration(text) {
        return true;
    }
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$');
    // YAML 1.1, which some readers still follow, does not take these for text.
    let is_word = matches!(
        text,
        "true" | "false" | "null" | "yes" | "no" | "on" | "off"
    );
    let kept = |c: char| c.is_ascii_alphanumeric() || " ._-/()*?$:@".contains(c);
    starts
        && !is_word
        && text.chars().all(kept)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
}

/// Returns whether a text is a number and a unit, which YAML does not take for a number.
fn is_duration(text: &str) -> bool {
    let number = text.strip_suffix(['s', 'm', 'h', 'd']).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}
