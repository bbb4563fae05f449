//! One request, with all that an answer needs.

use lsp_types::Range;
use pipeline::Span;
use serde::Serialize;
use serde_json::Value;

use super::files::File;
use super::refusal::Refusal;
use crate::spec::Spec;
use crate::text::Lines;

/// A request about a text.
pub(super) struct Ask<'a> {
    pub(super) spec: &'a Spec,
    pub(super) lines: &'a Lines,
    pub(super) file: &'a File,
    pub(super) params: &'a Value,
    /// The byte that it is about; 0 if it is about the whole.
    pub(super) offset: usize,
}

impl Ask<'_> {
    /// The range of a span, as the editor counts.
    pub(super) fn range(&self, span: Span) -> Range {
        self.lines.range(&self.spec.text, span)
    }
}

/// An answer as the protocol writes it.
pub(super) fn answer_of(answer: impl Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(answer).map_err(|error| Refusal::failed(error.to_string()))
}
