//! Errors of an input, and of the event that it is made from.

use std::fmt;
use std::ops::Range;

use crate::json::JsonError;

/// An input that EventBridge would refuse, or an event from which it delivers nothing.
///
/// ```
/// use eventbridge::transformer::{InputTransformer, TransformerErrorKind};
///
/// let template = r#"{"id": items/<aws.events.rule-name>}"#;
/// let error = InputTransformer::new([].into(), template).unwrap_err();
/// assert_eq!(error.kind(), TransformerErrorKind::InvalidTemplate);
/// assert_eq!(error.span(), Some(7..8));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransformerError {
    kind: TransformerErrorKind,
    message: String,
    path: Option<String>,
    span: Option<Range<usize>>,
}

/// The kind of a [`TransformerError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransformerErrorKind {
    /// There are more than 100 paths.
    TooManyPaths,
    /// The name of a path has other characters than `A-Za-z0-9_-`, or not 1 to 256 of them.
    InvalidName,
    /// The name of a path starts with `AWS.`.
    ReservedName,
    /// A path has more than 256 characters.
    PathTooLong,
    /// A path is not in the subset of `JSONPath` that EventBridge reads.
    InvalidPath,
    /// The template has no character.
    EmptyTemplate,
    /// The template, or a constant input, has more than 8,192 characters.
    TooLong,
    /// The template uses a variable that no path defines.
    UndefinedVariable,
    /// A variable of the template is the key of an object.
    VariableAsKey,
    /// `<aws.events.event>` or `<aws.events.event.json>` stands inside a string.
    EventInString,
    /// The template, or a constant input, is neither JSON nor made of quoted strings.
    InvalidTemplate,
    /// The event is not JSON, or nested deeper than 1,000 levels. Nothing is delivered.
    InvalidEvent,
    /// The template makes text that is not JSON from this event. Nothing is delivered.
    InvalidOutput,
    /// The template makes more text from this event than any target takes. Nothing is delivered.
    OutputTooLong,
}

impl TransformerError {
    pub(super) fn new(kind: TransformerErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            path: None,
            span: None,
        }
    }

    /// An error about JSON text, at the place where it goes wrong.
    pub(super) fn json(
        kind: TransformerErrorKind,
        what: &str,
        text: &str,
        error: &JsonError,
    ) -> Self {
        let start = error.offset();
        // One character, so that the place never ends within one.
        let width = text.get(start..).and_then(|rest| rest.chars().next());
        let end = start + width.map_or(0, char::len_utf8);
        Self::new(kind, format!("{what}: {error}")).at(start..end)
    }

    pub(super) fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    pub(super) fn of_path(mut self, name: &str) -> Self {
        self.path = Some(name.to_owned());
        self
    }

    /// The kind of mistake.
    pub fn kind(&self) -> TransformerErrorKind {
        self.kind
    }

    /// The name of the path that is wrong; `None` if the template or something else is.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Where the mistake is, in bytes: of the path's text if [`path`](Self::path) names one, otherwise of the template
    /// or the constant. It is empty at the end of a text that ends too early. `None` if the mistake has no place in
    /// either.
    pub fn span(&self) -> Option<Range<usize>> {
        self.span.clone()
    }
}

impl fmt::Display for TransformerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TransformerError {}
