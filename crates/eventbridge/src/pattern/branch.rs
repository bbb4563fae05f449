//! The fields of a pattern, and the alternatives that they make.

use std::ops::Range;

use super::scalar::ValueTest;

/// The place of a field in its pattern's text order.
pub(super) type FieldId = u32;

/// One alternative of a pattern after `$or` is expanded: all its fields must match. Alternatives share
/// their fields, as there can be a thousand of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch {
    /// In UTF-16 order of their paths, each path once.
    pub(super) fields: Vec<FieldId>,
}

/// A field of a pattern, and what it asks of an event.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) path: String,
    pub(super) key: Range<usize>,
    pub(super) values: Range<usize>,
    pub(super) tests: Vec<ValueTest>,
    /// Whether a missing field matches.
    pub(super) absent: bool,
}

impl Field {
    /// Whether both ask the same of an event, wherever they are written.
    pub(super) fn asks_the_same(&self, other: &Self) -> bool {
        self.path == other.path && self.tests == other.tests && self.absent == other.absent
    }
}
