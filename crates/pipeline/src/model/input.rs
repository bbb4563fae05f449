//! What a target receives instead of the event.

use indexmap::IndexMap;

use crate::span::{Span, Spanned};

/// What a target receives, as a trigger's `input` says it.
#[derive(Clone, Debug)]
pub enum TriggerInput {
    /// What a template makes of the event.
    Template(InputTemplate),
    /// The same for every event, as JSON text with its keys in the order of the spec.
    Value(Spanned<String>),
    /// A part of the event, by its JSON path.
    Path(Spanned<String>),
}

impl TriggerInput {
    /// Where it says what arrives.
    pub fn span(&self) -> Span {
        match self {
            Self::Template(input) => input.template.span,
            Self::Value(text) | Self::Path(text) => text.span,
        }
    }
}

/// An input transformer, for functions that do not take the event as it is.
#[derive(Clone, Debug)]
pub struct InputTemplate {
    /// Names, and the JSON paths into the event that they stand for.
    pub paths: IndexMap<String, Spanned<String>>,
    /// Text in which `<name>` stands for a value.
    pub template: Spanned<String>,
}
