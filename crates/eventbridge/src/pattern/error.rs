//! Why EventBridge would refuse a pattern, and what is seldom meant in one.

use std::fmt;
use std::ops::Range;

use crate::json::JsonError;

/// A pattern that EventBridge would refuse, with the reason and the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    kind: PatternErrorKind,
    message: String,
    span: Range<usize>,
}

/// The reason why EventBridge would refuse a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternErrorKind {
    /// It is not UTF-8, not JSON, or nested too deep.
    NotJson,
    /// It has more characters than a rule's pattern may have.
    TooLong,
    /// The `$or`s come to more combinations than a rule may have.
    TooManyCombinations,
    /// The wildcards are too complex.
    TooComplex,
    /// It uses an operator that the dialect does not have.
    NotInDialect,
    /// It breaks another rule of the pattern language.
    Invalid,
}

impl PatternError {
    pub(super) fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self {
            kind: PatternErrorKind::Invalid,
            message: message.into(),
            span,
        }
    }

    pub(super) fn of_kind(self, kind: PatternErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// The reason, to match on.
    pub fn kind(&self) -> PatternErrorKind {
        self.kind
    }

    /// The smallest part of the text that is wrong, in bytes; its end is at most the text's length.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }
}

/// Something in a valid pattern that is seldom meant, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternWarning {
    kind: PatternWarningKind,
    message: String,
    span: Range<usize>,
}

/// The kind of a [`PatternWarning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternWarningKind {
    /// A later field of the same path replaces this one.
    ReplacedField,
    /// It has more characters than the default quota of a rule's pattern.
    LongPattern,
    /// The wildcards are near the complexity at which the service refuses a rule.
    NearlyTooComplex,
    /// A number of `numeric` for which the service does not promise to compare exactly.
    ImpreciseNumber,
}

impl PatternWarning {
    pub(super) fn new(
        kind: PatternWarningKind,
        message: impl Into<String>,
        span: Range<usize>,
    ) -> Self {
        Self {
            kind,
            message: message.into(),
            span,
        }
    }

    pub(super) fn replaced(key: &Range<usize>) -> Self {
        let message = "the same field follows once more, and replaces this one";
        Self::new(PatternWarningKind::ReplacedField, message, key.clone())
    }

    /// The kind, to match on.
    pub fn kind(&self) -> PatternWarningKind {
        self.kind
    }

    /// The part of the text that it is about, in bytes.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }
}

impl fmt::Display for PatternWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<JsonError> for PatternError {
    fn from(error: JsonError) -> Self {
        let at = error.offset();
        let error = Self::new(format!("the pattern is not JSON: {error}"), at..at);
        error.of_kind(PatternErrorKind::NotJson)
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PatternError {}
