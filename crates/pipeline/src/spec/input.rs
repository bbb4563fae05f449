//! A trigger's `input:`.

use indexmap::IndexMap;

use super::json;
use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::lints::{CONFLICTING_KEYS, MISSING_KEY};
use crate::model::{InputTemplate, TriggerInput};
use crate::span::{Span, Spanned};
use crate::yaml::Node;

/// Keys of which an input has exactly one.
const KINDS: [&str; 3] = ["template", "value", "path"];

/// Reads an `input:`, whose key is at `at`.
pub(super) fn read(reader: &mut Reader, node: &Node, at: Span) -> Option<TriggerInput> {
    let mut fields = reader.fields("`input`", node, at)?;
    let found: Vec<_> = KINDS
        .iter()
        .filter_map(|key| {
            fields
                .take_entry(key)
                .map(|(span, node)| (*key, span, node))
        })
        .collect();
    let paths = fields.take_entry("paths");
    let is_misspelt = fields.has_misspelt(&KINDS);
    fields.finish(reader);
    let (key, span, node) = match found.as_slice() {
        [one] => *one,
        // The misspelt key is reported, and nothing is missing beside it.
        [] if is_misspelt => return None,
        [] => {
            let message = "`input` needs the key `template`, `value` or `path`";
            let help = "write for example `input: { path: $.detail }`";
            reader.report(Diagnostic::new(&MISSING_KEY, at, message).with_help(help));
            return None;
        }
        [first, second, ..] => {
            let message = format!("an input has either `{}` or `{}`", first.0, second.0);
            let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, second.1, message)
                .with_related(first.1, "the other one")
                .or_remove(second.1)
                .or_remove(first.1)
                .with_help("remove one of the two");
            reader.report(diagnostic);
            return None;
        }
    };
    if let Some((place, _)) = paths.filter(|_| key != "template") {
        let message = "`paths` are for a `template`";
        let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, place, message)
            .with_related(span, "this takes nothing else from the event")
            .with_help("remove `paths`, or write a `template` that uses them");
        reader.report(diagnostic);
    }
    match key {
        "value" => {
            let text = json::read_text(reader, node)?;
            Some(TriggerInput::Value(Spanned::new(text, node.span)))
        }
        "path" => reader.string(node).map(TriggerInput::Path),
        _ => {
            let mut named = IndexMap::new();
            if let Some((_, node)) = paths {
                for (name, (_, path)) in reader.entries("`paths`", node).unwrap_or_default() {
                    if let Some(path) = reader.string(path) {
                        named.insert(name.to_owned(), path);
                    }
                }
            }
            Some(TriggerInput::Template(InputTemplate {
                paths: named,
                template: reader.string(node)?,
            }))
        }
    }
}
