//! YAML as JSON: event patterns, and the details of scheduled events.

use serde_json::{Map, Number, Value};

use super::reader::Reader;
use crate::event_pattern::{EventPattern, Place, below};
use crate::model::ScheduledDetail;
use crate::span::Spanned;
use crate::yaml::{Kind, Node};

/// Reads a node as an event pattern, and fills in the values that its texts name.
pub(crate) fn read_pattern(reader: &mut Reader, node: &Node) -> Option<EventPattern> {
    let mut pattern = EventPattern::default();
    let place = Place {
        key: node.span,
        value: node.span,
    };
    if let Value::Object(json) = read(reader, node, "", place, Some(&mut pattern))? {
        return Some(EventPattern { json, ..pattern });
    }
    reader.wrong_type(node, "an event pattern is a mapping of fields to lists");
    None
}

/// Reads a node as a JSON object.
pub(crate) fn read_mapping(reader: &mut Reader, node: &Node) -> Option<Map<String, Value>> {
    let place = Place {
        key: node.span,
        value: node.span,
    };
    if let Value::Object(object) = read(reader, node, "", place, None)? {
        return Some(object);
    }
    reader.wrong_type(node, "this is a mapping of names to values");
    None
}

/// Reads the fields of a mapping, each as JSON text with its keys in the order of the spec.
pub(crate) fn read_object(reader: &mut Reader, node: &Node) -> ScheduledDetail {
    let mut fields = ScheduledDetail::new();
    for (name, (at, node)) in reader.entries("a detail", node).unwrap_or_default() {
        reader.refuse_values(&Spanned::new(name.to_owned(), at));
        if let Some(text) = read_text(reader, node) {
            fields.insert(name.to_owned(), Spanned::new(text, at));
        }
    }
    fields
}

/// Writes a node as JSON text in one line, as `serde_json` does.
pub(super) fn read_text(reader: &mut Reader, node: &Node) -> Option<String> {
    Some(match &node.kind {
        Kind::Scalar { text, plain } => match scalar(text, *plain) {
            // Copy the digits as they are written: a double would lose some of a long number.
            Value::Number(_) => text.clone(),
            value => {
                reader.refuse_values(&Spanned::new(text.clone(), node.span));
                value.to_string()
            }
        },
        Kind::Sequence(items) => {
            let items = items.iter().map(|item| read_text(reader, item));
            format!("[{}]", items.collect::<Option<Vec<_>>>()?.join(","))
        }
        Kind::Mapping(_) => {
            let entries = reader.entries("an object", node)?.into_iter();
            let entries = entries.map(|(key, (at, value))| {
                reader.refuse_values(&Spanned::new(key.to_owned(), at));
                let value = read_text(reader, value)?;
                Some(format!("{}:{value}", Value::from(key)))
            });
            format!("{{{}}}", entries.collect::<Option<Vec<_>>>()?.join(","))
        }
    })
}

fn read(
    reader: &mut Reader,
    node: &Node,
    pointer: &str,
    place: Place,
    mut pattern: Option<&mut EventPattern>,
) -> Option<Value> {
    if let Some(pattern) = &mut pattern {
        pattern.places.insert(pointer.to_owned(), place);
    }
    match &node.kind {
        Kind::Scalar { text, plain } => Some(match (scalar(text, *plain), pattern) {
            (Value::String(text), Some(pattern)) => {
                let text = reader.fill_in(&Spanned::new(text, node.span));
                let value = Value::String(text.value.clone());
                if text.parts.is_some() {
                    pattern.texts.insert(pointer.to_owned(), text);
                }
                value
            }
            (value, _) => value,
        }),
        Kind::Sequence(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                let place = Place {
                    key: item.span,
                    value: item.span,
                };
                let pointer = below(pointer, &index.to_string());
                list.push(read(reader, item, &pointer, place, pattern.as_deref_mut())?);
            }
            Some(Value::Array(list))
        }
        Kind::Mapping(_) => {
            let entries = reader.entries("an event pattern", node)?;
            let mut object = Map::new();
            for (key, (span, value)) in entries {
                let place = Place {
                    key: span,
                    value: value.span,
                };
                if pattern.is_some() {
                    reader.refuse_values(&Spanned::new(key.to_owned(), span));
                }
                let pointer = below(pointer, key);
                let value = read(reader, value, &pointer, place, pattern.as_deref_mut())?;
                object.insert(key.to_owned(), value);
            }
            Some(Value::Object(object))
        }
    }
}

/// Reads a plain scalar as JSON does; everything else is a string.
fn scalar(text: &str, plain: bool) -> Value {
    // JSON knows no `.5`, `+1` or `NaN`: such a scalar is a string.
    let is_number = text
        .strip_prefix('-')
        .unwrap_or(text)
        .starts_with(|c: char| c.is_ascii_digit());
    match text {
        _ if !plain => Value::String(text.to_owned()),
        // YAML 1.1 also reads `yes`, `no` and `010` as other types. Here they stay text, as in YAML 1.2.
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
