//! Answers about one place: what it means, and what may be written there.

use std::sync::LazyLock;

use lsp_types::{
    CompletionItemKind, CompletionList, CompletionTextEdit, Documentation, Hover, HoverContents,
    MarkupContent, MarkupKind, TextEdit,
};
use schema::Guide;
use serde_json::Value;

use super::ask::{Ask, answer_of};
use super::refusal::Refusal;
use crate::complete::{Candidate, Kind, complete};
use crate::hover::hover;

static GUIDE: LazyLock<Guide> = LazyLock::new(Guide::default);

/// `textDocument/hover`.
pub(super) fn hover_at(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let found = hover(ask.spec, &GUIDE, ask.file.findings(), ask.offset);
    let found = found.map(|found| Hover {
        contents: HoverContents::Markup(markdown(found.text)),
        range: Some(ask.range(found.span)),
    });
    answer_of(found)
}

/// `textDocument/completion`.
pub(super) fn complete_at(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let found = complete(ask.spec, &GUIDE, ask.offset);
    answer_of(found.map(|found| {
        let range = ask.range(found.replace);
        let candidates = found.candidates.into_iter().enumerate();
        CompletionList {
            is_incomplete: false,
            items: candidates
                .map(|(at, candidate)| item(at, candidate, range))
                .collect(),
        }
    }))
}

fn item(at: usize, candidate: Candidate, range: lsp_types::Range) -> lsp_types::CompletionItem {
    let Candidate {
        label,
        kind,
        detail,
        documentation,
        insert,
    } = candidate;
    let kind = match kind {
        Kind::Key => CompletionItemKind::PROPERTY,
        Kind::Word => CompletionItemKind::ENUM_MEMBER,
        Kind::Event => CompletionItemKind::EVENT,
        Kind::Field => CompletionItemKind::FIELD,
        Kind::Operator => CompletionItemKind::OPERATOR,
        Kind::Value => CompletionItemKind::VARIABLE,
        Kind::Name => CompletionItemKind::VALUE,
        Kind::Example => CompletionItemKind::TEXT,
    };
    lsp_types::CompletionItem {
        filter_text: Some(label.clone()),
        // Editors sort by letters, and the likeliest comes first here.
        sort_text: Some(format!("{at:04}")),
        label,
        kind: Some(kind),
        detail,
        documentation: documentation.map(|text| Documentation::MarkupContent(markdown(text))),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit::new(range, insert))),
        ..lsp_types::CompletionItem::default()
    }
}

fn markdown(value: String) -> MarkupContent {
    let kind = MarkupKind::Markdown;
    MarkupContent { kind, value }
}
