//! Changes of the text that mend findings.

use lsp_types::{Range, TextEdit};
use pipeline::{Diagnostic, Fix};
use serde_json::{Value, json};

use super::answer::Ask;
use super::refusal::Refusal;
use super::show;

/// `textDocument/codeAction`: the fixes of the findings that a range touches.
pub(super) fn actions(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let range: Range = serde_json::from_value(ask.params["range"].clone())
        .map_err(|error| Refusal::invalid(format!("a range: {error}")))?;
    let text = &ask.spec.text;
    let (start, end) = (
        ask.lines.offset(text, range.start),
        ask.lines.offset(text, range.end),
    );
    let touches = |found: &&Diagnostic| {
        let place = found.span.range();
        place.start <= end && start <= place.end
    };
    let found = ask.file.findings().iter().filter(touches);
    let actions = found.flat_map(|found| {
        let shown = show::finding(ask.file, found, None);
        found
            .fixes
            .iter()
            .map(move |fix| action(ask, found, &shown, fix))
    });
    Ok(actions.collect())
}

fn action(ask: &Ask<'_>, found: &Diagnostic, shown: &Value, fix: &Fix) -> Value {
    let edits = fix.edits.iter();
    let edits = edits.map(|edit| TextEdit::new(ask.range(edit.span), edit.text.clone()));
    json!({
        "title": fix.title,
        "kind": "quickfix",
        "diagnostics": [shown],
        // With several there is something to choose.
        "isPreferred": found.fixes.len() == 1,
        "edit": { "changes": { ask.file.uri.as_str(): edits.collect::<Vec<_>>() } },
    })
}
