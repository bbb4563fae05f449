//! Changes of the text that mend findings.

use lsp_types::{Range, TextEdit};
use pipeline::{Diagnostic, Fix, Span};
use serde_json::{Value, json};

use super::ask::Ask;
use super::refusal::Refusal;
use super::show;
use crate::fixes;

/// `textDocument/codeAction`: the fixes of the findings that a range touches.
pub(super) fn actions(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let range: Range = serde_json::from_value(ask.params["range"].clone())
        .map_err(|error| Refusal::invalid(format!("a range: {error}")))?;
    let text = &ask.spec.text;
    let (start, end) = (
        ask.lines.offset(text, range.start),
        ask.lines.offset(text, range.end),
    );
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let range = Span {
        start: offset(start),
        end: offset(end),
    };
    let found = fixes::at(ask.file.findings(), range);
    let actions = found.map(|(found, fix)| action(ask, found, fix));
    Ok(actions.collect())
}

fn action(ask: &Ask<'_>, found: &Diagnostic, fix: &Fix) -> Value {
    let edits = fix.edits.iter();
    let edits = edits.map(|edit| TextEdit::new(ask.range(edit.span), edit.text.clone()));
    json!({
        "title": fix.title,
        "kind": "quickfix",
        "diagnostics": [show::finding(ask.file, found, None)],
        // With several there is something to choose.
        "isPreferred": found.fixes.len() == 1,
        "edit": { "changes": { ask.file.uri.as_str(): edits.collect::<Vec<_>>() } },
    })
}
