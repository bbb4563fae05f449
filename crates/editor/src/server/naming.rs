//! Answers about names: where one is declared and used, what it may be called instead, and the outline of a text.

use lsp_types::{SymbolKind as Shown, TextEdit};
use serde_json::{Value, json};

use super::ask::{Ask, answer_of};
use super::refusal::Refusal;
use crate::names::{Names, rename};
use crate::symbols::{Symbol, SymbolKind, symbols};

impl Ask<'_> {
    fn names(&self) -> Option<Names> {
        let document = self.spec.document.as_ref()?;
        Some(Names::find(&self.spec.text, document))
    }

    fn place(&self) -> u32 {
        u32::try_from(self.offset).unwrap_or(u32::MAX)
    }

    fn location(&self, span: pipeline::Span) -> Value {
        json!({ "uri": self.file.uri, "range": self.range(span) })
    }
}

/// `textDocument/definition`.
pub(super) fn definition(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let found = ask.names().and_then(|names| names.definition(ask.place()));
    answer_of(found.map(|span| ask.location(span)))
}

/// `textDocument/references`.
pub(super) fn references(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let with_declaration = ask.params["context"]["includeDeclaration"] == true;
    answer_of(ask.names().map(|names| {
        let found = names.references(ask.place(), with_declaration);
        let found = found.into_iter().map(|span| ask.location(span));
        found.collect::<Vec<Value>>()
    }))
}

/// `textDocument/documentHighlight`: the same places as the references.
pub(super) fn highlights(ask: &Ask<'_>) -> Result<Value, Refusal> {
    answer_of(ask.names().map(|names| {
        let found = names.references(ask.place(), true).into_iter();
        let found = found.map(|span| json!({ "range": ask.range(span) }));
        found.collect::<Vec<Value>>()
    }))
}

/// `textDocument/prepareRename`.
pub(super) fn prepare(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let names = ask.names().ok_or_else(unreadable)?;
    let name = names.prepare_rename(ask.place());
    let name = name.map_err(|why| Refusal::failed(why.to_string()))?;
    Ok(json!({ "range": ask.range(name.span), "placeholder": name.text }))
}

/// `textDocument/rename`.
pub(super) fn rename_to(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let new = ask.params["newName"].as_str();
    let new = new.ok_or_else(|| Refusal::invalid("a rename without a new name"))?;
    let edits = rename(&ask.spec.text, ask.place(), new);
    let edits = edits.map_err(|why| Refusal::failed(why.to_string()))?;
    let edits = edits.into_iter();
    let edits = edits.map(|edit| TextEdit::new(ask.range(edit.span), edit.text));
    let edits: Vec<TextEdit> = edits.collect();
    Ok(json!({ "changes": { ask.file.uri.as_str(): edits } }))
}

fn unreadable() -> Refusal {
    Refusal::failed("the text is not YAML: mend that first")
}

/// `textDocument/documentSymbol`.
pub(super) fn outline(ask: &Ask<'_>) -> Result<Value, Refusal> {
    answer_of(ask.spec.document.as_ref().map(|document| {
        let found = symbols(document);
        let shown = found.iter().map(|symbol| shown(ask, symbol));
        shown.collect::<Vec<Value>>()
    }))
}

fn shown(ask: &Ask<'_>, symbol: &Symbol) -> Value {
    let Symbol {
        name,
        detail,
        kind,
        span,
        name_span,
        children,
    } = symbol;
    let kind = match kind {
        SymbolKind::Group => Shown::NAMESPACE,
        SymbolKind::Event => Shown::EVENT,
        SymbolKind::Job => Shown::FUNCTION,
        SymbolKind::Trigger => Shown::KEY,
        SymbolKind::Value => Shown::VARIABLE,
    };
    let children = children.iter().map(|child| shown(ask, child));
    json!({
        "name": name,
        "detail": detail,
        "kind": kind,
        "range": ask.range(*span),
        "selectionRange": ask.range(*name_span),
        "children": children.collect::<Vec<_>>(),
    })
}
