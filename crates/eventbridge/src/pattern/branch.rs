//! The alternatives of a pattern, and their fields.

use std::ops::Range;

use super::scalar::ValueTest;

/// One alternative of a pattern after `$or` is expanded: all its fields must match.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch {
    /// In UTF-16 order of their paths, each path once.
    pub(super) fields: Vec<Field>,
}

impl Branch {
    /// Adds a field, and returns the one of the same path that it replaces.
    pub(super) fn put(&mut self, field: Field) -> Option<Field> {
        // As in the service, the later of two fields with one path wins.
        let known = self
            .fields
            .iter()
            .position(|known| known.path == field.path);
        let replaced = known.map(|place| self.fields.remove(place));
        self.fields.push(field);
        replaced
    }
}

/// A field of a branch, and what it asks of an event.
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
