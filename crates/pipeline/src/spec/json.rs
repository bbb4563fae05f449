//! YAML as the JSON of an event pattern.

use serde_json::{Map, Number, Value};

use super::reader::Reader;
use crate::yaml::{Kind, Node};

/// The JSON object that a node stands for.
pub(super) fn read_object(reader: &mut Reader, node: &Node) -> Option<Map<String, Value>> {
    if let Value::Object(object) = read(reader, node)? {
        return Some(object);
    }
    reader.wrong_type(node, "an event pattern is a mapping of fields to lists");
    None
}

fn read(reader: &mut Reader, node: &Node) -> Option<Value> {
    match &node.kind {
        Kind::Scalar { text, plain } => Some(scalar(text, *plain)),
        Kind::Sequence(items) => items.iter().map(|item| read(reader, item)).collect(),
        Kind::Mapping(_) => {
            let entries = reader.entries("an event pattern", node)?;
            let mut object = Map::new();
            for (key, (_, value)) in entries {
                object.insert(key.to_owned(), read(reader, value)?);
            }
            Some(Value::Object(object))
        }
    }
}

/// A plain scalar means what JSON would mean by it; everything else is a string.
fn scalar(text: &str, plain: bool) -> Value {
    let is_number = text
        .strip_prefix('-')
        .unwrap_or(text)
        .starts_with(|c: char| c.is_ascii_digit());
    match text {
        _ if !plain => Value::String(text.to_owned()),
        "" | "~" | "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ if is_number => serde_json::from_str::<Number>(text)
            .map_or_else(|_| Value::String(text.to_owned()), Value::Number),
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_plain_scalar_means_what_json_means() {
        for (text, expected) in [
            ("5", json!(5)),
            ("-1.5e3", json!(-1500.0)),
            // Of the digits that a double has, none is lost.
            ("-122.42916360922355", json!(-122.429_163_609_223_55)),
            ("true", json!(true)),
            ("null", json!(null)),
            ("no", json!("no")),
            ("010", json!("010")),
            ("1_000", json!("1_000")),
            (".5", json!(".5")),
            ("x", json!("x")),
        ] {
            assert_eq!(scalar(text, true), expected, "{text}");
        }
        assert_eq!(scalar("5", false), json!("5"));
    }
}
