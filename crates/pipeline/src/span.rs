//! Places in the spec's text.

use std::ops::Range;

/// A range of bytes in the spec's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span as a range for slicing.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether another span lies in this one.
    pub(crate) fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A value and the place where the spec says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value itself.
    pub value: T,
    /// The place that it comes from.
    pub span: Span,
}

impl Spanned<String> {
    /// Finds the place of a part of a text, in bytes of its value. Returns the whole place if the spec does not
    /// write the value letter by letter.
    pub(crate) fn part(&self, bytes: &std::ops::Range<usize>) -> Span {
        let written = self.span.range().len();
        // Only the lengths are compared: escapes and folded lines make the text in the file longer than the value.
        let quote = match written.checked_sub(self.value.len()) {
            Some(0) => 0,
            Some(2) => 1,
            _ => return self.span,
        };
        let place = |at: usize| {
            u32::try_from(at)
                .ok()
                .map(|at| self.span.start + quote + at)
        };
        match (place(bytes.start), place(bytes.end)) {
            (Some(start), Some(end)) if start < end && end <= self.span.end => Span { start, end },
            _ => self.span,
        }
    }
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}
