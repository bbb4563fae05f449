//! JSON whose keys stay in their order. That of a `serde_json` object depends on a feature of that crate, and the same
//! spec has to give the same bytes.

use std::fmt::Write as _;

/// A value.
pub(super) enum Json {
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

pub(super) fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

pub(super) fn array(items: impl IntoIterator<Item = Json>) -> Json {
    Json::Array(items.into_iter().collect())
}

pub(super) fn object<K: Into<String>>(entries: impl IntoIterator<Item = (K, Json)>) -> Json {
    let entries = entries.into_iter();
    Json::Object(entries.map(|(key, value)| (key.into(), value)).collect())
}

impl Json {
    /// Writes the value on lines, each level two spaces further in.
    pub(super) fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(0, &mut out);
        out.push('\n');
        out
    }

    fn write(&self, depth: usize, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(&literal(text)),
            Self::Array(items) if items.is_empty() => out.push_str("[]"),
            Self::Object(entries) if entries.is_empty() => out.push_str("{}"),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    begin(index, depth, out);
                    item.write(depth + 1, out);
                }
                end(']', depth, out);
            }
            Self::Object(entries) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    begin(index, depth, out);
                    out.push_str(&literal(key));
                    out.push_str(": ");
                    value.write(depth + 1, out);
                }
                end('}', depth, out);
            }
        }
    }
}

fn begin(index: usize, depth: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth + 1));
}

fn end(bracket: char, depth: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
    out.push(bracket);
}

/// Writes a text as a literal of JSON, with everything escaped that a reader would not see.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            ' '..='~' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _infallible = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_keys_stay_in_order() {
        let value = object([
            ("b", array([text("a\"\\\n\u{202e}\u{1f600}é"), array([])])),
            ("a", object::<&str>([])),
        ]);
        let expected = "{\n  \"b\": [\n    \"a\\\"\\\\\\n\\u202e\\ud83d\\ude00é\",\n    []\n  ],\n  \"a\": {}\n}\n";
        assert_eq!(value.pretty(), expected);
    }
}
