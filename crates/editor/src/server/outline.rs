//! Answers about the whole text: what folds, and which words mean more than a text.

use lsp_types::{FoldingRange, SemanticToken, SemanticTokens};
use serde_json::Value;

use super::ask::{Ask, answer_of};
use super::refusal::Refusal;
use crate::folding::folds;
use crate::tokens::words;

/// `textDocument/foldingRange`.
pub(super) fn folding(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let Some(document) = &ask.spec.document else {
        return Ok(Value::Null);
    };
    let mut ranges: Vec<FoldingRange> = Vec::new();
    for fold in folds(document) {
        let range = ask.range(fold);
        let (start_line, end_line) = (range.start.line, range.end.line);
        // Of several that begin in one line the outermost comes first.
        let is_new = ranges
            .last()
            .is_none_or(|last| last.start_line != start_line);
        if start_line < end_line && is_new {
            ranges.push(FoldingRange {
                start_line,
                end_line,
                ..FoldingRange::default()
            });
        }
    }
    answer_of(ranges)
}

/// `textDocument/semanticTokens/full`.
pub(super) fn tokens(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let Some(document) = &ask.spec.document else {
        return Ok(Value::Null);
    };
    let (mut line, mut start) = (0, 0);
    let words = words(&ask.spec.text, document).into_iter().map(|word| {
        let at = ask.range(word.span).start;
        let delta_line = at.line - line;
        let delta_start = if delta_line == 0 {
            at.character - start
        } else {
            at.character
        };
        (line, start) = (at.line, at.character);
        SemanticToken {
            delta_line,
            delta_start,
            length: ask.lines.units(&ask.spec.text[word.span.range()]),
            token_type: word.token as u32,
            token_modifiers_bitset: u32::from(word.is_declared),
        }
    });
    answer_of(SemanticTokens {
        result_id: None,
        data: words.collect(),
    })
}
