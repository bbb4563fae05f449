//! What a target receives instead of the event.

use indexmap::IndexMap;

use crate::span::Spanned;

/// An input transformer, for functions that do not take the event as it is.
#[derive(Clone, Debug)]
pub struct InputTemplate {
    /// Names, and the JSON paths into the event that they stand for.
    pub paths: IndexMap<String, Spanned<String>>,
    /// Text in which `<name>` stands for a value.
    pub template: Spanned<String>,
}
