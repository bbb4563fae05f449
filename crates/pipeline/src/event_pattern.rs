//! An event pattern that the spec writes, as JSON in which every part knows its place.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::span::Span;
use crate::values::Text;

/// An event pattern, or the `detail` part of one.
#[derive(Clone, Debug, Default)]
pub struct EventPattern {
    /// The pattern as JSON.
    pub json: Map<String, Value>,
    /// The texts in it that name values, by their pointers.
    pub texts: BTreeMap<String, Text>,
    /// Where its parts stand, by their JSON pointers ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)).
    pub(crate) places: BTreeMap<String, Place>,
}

/// Where a part of a pattern stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The place of its key, or of the part itself in a list.
    pub(crate) key: Span,
    pub(crate) value: Span,
}

impl EventPattern {
    /// Finds the place of a part, or of the nearest part around it.
    pub(crate) fn place(&self, pointer: &str) -> Option<Place> {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.places.get(pointer) {
                return Some(*place);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }
}

/// The pointer of a key below another pointer.
pub fn below(pointer: &str, key: &str) -> String {
    // `~` first: the other order would escape the tilde of `~1` again.
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The pointer of the smallest part of a value whose compact JSON text holds these bytes.
pub(crate) fn pointer_at(value: &Value, bytes: &std::ops::Range<usize>) -> String {
    let mut pointer = String::new();
    descend(value, 0, bytes, &mut pointer);
    pointer
}

/// Descends to the part that holds the bytes. `start` is where the value's text begins. Returns where it ends.
fn descend(
    value: &Value,
    start: usize,
    bytes: &std::ops::Range<usize>,
    pointer: &mut String,
) -> usize {
    let parts: Vec<(String, usize, &Value)> = match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| {
                (
                    key.clone(),
                    Value::from(key.as_str()).to_string().len() + 1,
                    value,
                )
            })
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), 0, value))
            .collect(),
        scalar => return start + scalar.to_string().len(),
    };
    let mut at = start + 1;
    let outer = pointer.clone();
    for (key, prefix, value) in parts {
        let mut inner = below(&outer, &key);
        let end = descend(value, at + prefix, bytes, &mut inner);
        if at <= bytes.start && bytes.end <= end {
            *pointer = inner;
        }
        // One byte for the comma or the closing bracket: compact JSON has no spaces.
        at = end + 1;
    }
    // An empty collection has no part that moves `at`, but two brackets.
    at.max(start + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bytes_of_the_text_are_found_in_the_value() {
        let value = json!({"a": [1, {"b/c": "x"}], "d": {}, "e": [], "f": true});
        let text = value.to_string();
        for (part, pointer) in [
            ("1", "/a/0"),
            (r#""x""#, "/a/1/b~1c"),
            (r#""b/c""#, "/a/1/b~1c"),
            (r#"[1,{"b/c":"x"}]"#, "/a"),
            ("true", "/f"),
            ("{}", "/d"),
            ("[]", "/e"),
            (text.as_str(), ""),
        ] {
            let start = text.find(part).unwrap();
            assert_eq!(pointer_at(&value, &(start..start + part.len())), pointer);
        }
    }
}
