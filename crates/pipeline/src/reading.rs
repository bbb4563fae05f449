//! Reading other YAML files of a project as the spec is read: every mistake has its place, and what to write instead.
//!
//! ```
//! use pipeline::Span;
//! use pipeline::reading::{Reader, finish};
//! use pipeline::syntax::Document;
//!
//! let document = Document::read("colour: blue").unwrap();
//! let mut reader = Reader::default();
//! let mut fields = reader.fields("a car", &document.root, Span::default()).unwrap();
//! let _ = fields.take("color");
//! fields.finish(&mut reader);
//! let found = finish(reader, &document);
//! assert_eq!(found[0].message, "unknown key `colour` in a car");
//! assert_eq!(found[0].help.as_deref(), Some("did you mean `color`?"));
//! ```

use eventbridge::pattern::Pattern;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::diagnostic::{Diagnostic, Lint, suggest};
use crate::event_pattern::{EventPattern, pointer_at};
use crate::lints::{INVALID_PATTERN, not_declared};
use crate::mend;
use crate::model::Pipeline;
use crate::span::{Span, Spanned};
use crate::spec::{instant, json, quantity};
use crate::yaml::{Document, Node};

pub use crate::lints::{CONFLICTING_KEYS, INVALID_VALUE, MISSING_KEY, WRONG_TYPE};
pub use crate::spec::reader::{Fields, Range, Reader};

/// Returns the findings of a text that was read, in its order, each with the changes that mend it.
pub fn finish(reader: Reader, document: &Document) -> Vec<Diagnostic> {
    let mut found = reader.diagnostics;
    found.extend_from_slice(&document.cut);
    crate::sort(&mut found);
    found.dedup();
    mend::settle(document, &mut found);
    found
}

/// Makes the finding of a name that is not one of `names`: the help is the near one, or a list of them all.
pub fn unknown(
    lint: &'static Lint,
    written: &Spanned<String>,
    message: impl Into<String>,
    names: &[&str],
) -> Diagnostic {
    let help = suggest(&written.value, names);
    Diagnostic::new(lint, written.span, message).with_suggestion(written.span, help)
}

/// Returns the finding of an event that the pipeline does not declare.
pub fn unknown_event(pipeline: &Pipeline, event: &Spanned<String>) -> Option<Diagnostic> {
    not_declared(pipeline, event)
}

/// The numbers that a key accepts; `what` is what is bounded: `the number of attempts`.
pub const fn number(what: &'static str, least: u32, most: u32) -> Range {
    Range {
        lint: &INVALID_VALUE,
        ..quantity::number(what, least, most)
    }
}

/// The seconds that a key accepts as a duration such as `5m`; `what` is what is bounded.
pub const fn duration(what: &'static str, least: u32, most: u32) -> Range {
    Range {
        lint: &INVALID_VALUE,
        ..quantity::duration(what, least, most)
    }
}

/// Reads a date and a time with an offset from UTC: `2026-01-31T09:00:00Z`.
pub fn instant(reader: &mut Reader, node: &Node) -> Option<Spanned<Timestamp>> {
    instant::read(reader, node)
}

/// Reads a node as a JSON object, in which a plain scalar means what it means in JSON.
pub fn object(reader: &mut Reader, node: &Node) -> Map<String, Value> {
    let fields = json::read_object(reader, node).into_iter();
    let values = fields.filter_map(|(name, text)| {
        let value = serde_json::from_str(&text.value).ok()?;
        Some((name, value))
    });
    values.collect()
}

/// An event pattern on the detail of an event.
#[derive(Clone, Debug)]
pub struct DetailPattern {
    /// The pattern of the whole event.
    pub pattern: Pattern,
    /// The part of it that is on the detail, in which every value has its list.
    pub json: Map<String, Value>,
}

/// Reads what the detail of an event should be: an event pattern in EventBridge's own language, in which a value without
/// brackets means a list of this one value.
pub fn detail_pattern(reader: &mut Reader, node: &Node) -> Option<DetailPattern> {
    let written = json::read_pattern(reader, node)?;
    let Value::Object(json) = with_lists(Value::Object(written.json.clone())) else {
        return None;
    };
    let whole = json!({ "detail": json });
    let text = whole.to_string();
    match Pattern::parse(&text) {
        Ok(pattern) => Some(DetailPattern { pattern, json }),
        Err(error) => {
            let is_key = text
                .get(error.span().end..)
                .is_some_and(|rest| rest.starts_with(':'));
            let at = place(&written, &pointer_at(&whole, &error.span()), is_key);
            let message = error.to_string();
            let help = "write a value, a list of values, or operators in a list: `[{ prefix: x }]`";
            let span = at.unwrap_or(node.span);
            reader.report(Diagnostic::new(&INVALID_PATTERN, span, message).with_help(help));
            None
        }
    }
}

fn place(written: &EventPattern, pointer: &str, is_key: bool) -> Option<Span> {
    let pointer = pointer.strip_prefix("/detail").unwrap_or_default();
    let place = written.place(pointer)?;
    Some(if is_key { place.key } else { place.value })
}

/// Puts each value that is in no list into one of its own.
fn with_lists(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(key, value)| {
                let value = match value {
                    // Its items are patterns themselves.
                    Value::Array(items) if key == "$or" => {
                        Value::Array(items.into_iter().map(with_lists).collect())
                    }
                    list @ Value::Array(_) => list,
                    other => with_lists(other),
                };
                (key, value)
            });
            Value::Object(fields.collect())
        }
        scalar => Value::Array(vec![scalar]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, Vec<(String, String)>> {
        let document = Document::read(text).unwrap();
        let mut reader = Reader::default();
        let read = detail_pattern(&mut reader, &document.root);
        let found = finish(reader, &document).into_iter();
        let found: Vec<_> = found
            .map(|found| (text[found.span.range()].to_owned(), found.message))
            .collect();
        match read {
            Some(read) if found.is_empty() => Ok(Value::Object(read.json)),
            _ => Err(found),
        }
    }

    #[test]
    fn a_value_without_brackets_is_the_only_one() {
        let text = "{ a: 5, b: { c: x, d: [1, 2] }, n: null, e: [{ prefix: p }], $or: [{ f: 1 }, { g: [2] }] }";
        let expected = json!({
            "a": [5], "b": { "c": ["x"], "d": [1, 2] }, "n": [null], "e": [{ "prefix": "p" }],
            "$or": [{ "f": [1] }, { "g": [2] }],
        });
        assert_eq!(read(text), Ok(expected));
    }

    #[test]
    fn a_mistake_has_its_place_although_lists_were_added() {
        for (text, place) in [
            ("{ a: 1, b: [{ prefixx: p }] }", "prefixx"),
            ("{ a: 1, b: [{ numeric: [\">\", x] }] }", "[\">\", x]"),
            ("{ a: 1, b: [] }", "[]"),
        ] {
            let found = read(text).unwrap_err();
            assert_eq!(found[0].0.trim_end(), place, "{found:?}");
        }
    }
}
