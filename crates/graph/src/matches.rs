//! What an event pattern matches, in a few short lines.

use serde_json::{Map, Value};

/// How many fields have a line of their own; the others are counted.
const LINES: usize = 3;

/// A line for each field: `detail.carrier: dhl-…`.
pub(crate) fn lines(pattern: &Map<String, Value>) -> Vec<String> {
    let mut lines = Vec::new();
    // Where events come from, and what they are, before what is in them.
    let mut fields: Vec<_> = pattern.iter().collect();
    fields.sort_by_key(|(key, _)| match key.as_str() {
        "source" => 0,
        "detail-type" => 1,
        _ => 2,
    });
    collect("", fields, &mut lines);
    if lines.len() > LINES {
        let more = lines.len() - (LINES - 1);
        lines.truncate(LINES - 1);
        lines.push(format!("and {more} more fields"));
    }
    lines
}

fn collect<'p>(
    prefix: &str,
    fields: impl IntoIterator<Item = (&'p String, &'p Value)>,
    lines: &mut Vec<String>,
) {
    for (key, value) in fields {
        match value {
            Value::Array(alternatives) if key == "$or" => {
                let count = alternatives.len();
                lines.push(format!("{prefix}one of {count} alternatives"));
            }
            Value::Object(fields) => collect(&format!("{prefix}{key}."), fields, lines),
            Value::Array(values) => {
                let values: Vec<String> = values.iter().map(condition).collect();
                lines.push(format!("{prefix}{key}: {}", values.join(" or ")));
            }
            other => lines.push(format!("{prefix}{key}: {}", scalar(other))),
        }
    }
}

/// One value of a field's list: itself, or a condition such as `{"prefix": "dhl-"}`.
fn condition(value: &Value) -> String {
    let Value::Object(object) = value else {
        return scalar(value);
    };
    let mut entries = object.iter();
    let (Some((operator, operand)), None) = (entries.next(), entries.next()) else {
        return value.to_string();
    };
    match (operator.as_str(), operand) {
        ("exists", Value::Bool(true)) => "present".to_owned(),
        ("exists", Value::Bool(false)) => "absent".to_owned(),
        ("prefix", text) => format!("{}…", ignoring_case(text)),
        ("suffix", text) => format!("…{}", ignoring_case(text)),
        ("equals-ignore-case" | "wildcard" | "cidr", text) => scalar(text),
        ("anything-but", Value::Array(values)) => {
            let values: Vec<String> = values.iter().map(scalar).collect();
            format!("not {}", values.join(", "))
        }
        ("anything-but", object @ Value::Object(_)) => format!("not {}", condition(object)),
        ("anything-but", value) => format!("not {}", scalar(value)),
        ("numeric", Value::Array(parts)) => numeric(parts),
        _ => value.to_string(),
    }
}

/// The text of `"dhl-"` and of `{"equals-ignore-case": "dhl-"}`.
fn ignoring_case(value: &Value) -> String {
    match value {
        Value::Object(_) => condition(value),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(scalar).collect();
            format!("({})", values.join(", "))
        }
        _ => scalar(value),
    }
}

/// `[">=", 0, "<", 5]` as `≥ 0 and < 5`.
fn numeric(parts: &[Value]) -> String {
    let pairs = parts.chunks(2).map(|pair| {
        let words = pair.iter().map(|part| match part.as_str() {
            Some(">=") => "≥".to_owned(),
            Some("<=") => "≤".to_owned(),
            _ => scalar(part),
        });
        words.collect::<Vec<_>>().join(" ")
    });
    pairs.collect::<Vec<_>>().join(" and ")
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_in_short() {
        for (pattern, expected) in [
            (json!({ "source": ["a", "b"] }), "source: a or b"),
            (
                json!({ "detail": { "n": [1, null, true] } }),
                "detail.n: 1 or null or true",
            ),
            (json!({ "a": [{ "prefix": "dhl-" }] }), "a: dhl-…"),
            (
                json!({ "a": [{ "suffix": { "equals-ignore-case": ".png" } }] }),
                "a: ….png",
            ),
            (
                json!({ "a": [{ "anything-but": ["zpl", "epl"] }] }),
                "a: not zpl, epl",
            ),
            (
                json!({ "a": [{ "anything-but": { "prefix": "x" } }] }),
                "a: not x…",
            ),
            (
                json!({ "a": [{ "anything-but": { "prefix": ["x", "y"] } }] }),
                "a: not (x, y)…",
            ),
            (
                json!({ "a": [{ "numeric": [">=", 0, "<", 5] }] }),
                "a: ≥ 0 and < 5",
            ),
            (json!({ "a": [{ "exists": false }] }), "a: absent"),
            (json!({ "a": [{ "cidr": "10.0.0.0/8" }] }), "a: 10.0.0.0/8"),
            (json!({ "a": [""] }), "a: \"\""),
            (
                json!({ "$or": [{ "a": [1] }, { "b": [2] }] }),
                "one of 2 alternatives",
            ),
            (json!({}), ""),
            (
                json!({ "detail": { "a": [1] }, "source": ["s"] }),
                "source: s\ndetail.a: 1",
            ),
            (
                json!({ "a": [1], "b": [2], "c": [3], "d": [4] }),
                "a: 1\nb: 2\nand 2 more fields",
            ),
        ] {
            let found = lines(pattern.as_object().unwrap()).join("\n");
            assert_eq!(found, expected, "{pattern}");
        }
    }
}
