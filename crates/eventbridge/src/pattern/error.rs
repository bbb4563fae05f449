//! Why EventBridge would refuse a pattern, and what is seldom meant in one.

use std::fmt;
use std::ops::Range;

use crate::json::JsonError;

/// A pattern that EventBridge would refuse, with the reason and the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    message: String,
    span: Range<usize>,
}

impl PatternError {
    pub(super) fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self {
            message: message.into(),
            span,
        }
    }

    /// The smallest part of the text that is wrong, in bytes; its end is at most the text's length.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }
}

/// Something in a valid pattern that is seldom meant, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternWarning {
    message: String,
    span: Range<usize>,
}

impl PatternWarning {
    pub(super) fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self {
            message: message.into(),
            span,
        }
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
        Self::new(format!("the pattern is not JSON: {error}"), at..at)
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PatternError {}
