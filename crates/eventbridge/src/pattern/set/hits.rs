//! Effects that a value which an index finds has on the fields of rules.

use super::super::text::TextTest;

/// The index of a field of a set.
pub(super) type FieldId = usize;

#[derive(Clone, Copy, Debug)]
pub(super) enum Effect {
    /// The field matches.
    Matches(FieldId),
    /// The value is excluded by this `anything-but` of its path.
    Excludes(usize),
}

/// An effect that a string has, if it passes the test that is left to do.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) effect: Effect,
    pub(super) check: Option<Box<TextTest>>,
}

/// The fields that have matched in an event, and what excludes the value at hand. Marks are the numbers of
/// the event and of the value.
pub(super) struct Found<'f> {
    pub(super) event: u64,
    pub(super) value: u64,
    pub(super) fields: &'f mut [u64],
    /// The `anything-but` tests that the value at hand is excluded by, and behind them the parts of wildcards
    /// that it has been checked for.
    pub(super) marks: &'f mut [u64],
    pub(super) satisfied: &'f mut Vec<FieldId>,
}

impl Found<'_> {
    /// Whether an effect would change anything.
    pub(super) fn is_new(&self, effect: Effect) -> bool {
        match effect {
            Effect::Matches(field) => self.fields[field] != self.event,
            Effect::Excludes(test) => self.marks[test] != self.value,
        }
    }

    pub(super) fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Matches(field) => self.add(field),
            Effect::Excludes(test) => self.marks[test] = self.value,
        }
    }

    pub(super) fn apply_all(&mut self, effects: &[Effect]) {
        for effect in effects {
            self.apply(*effect);
        }
    }

    /// Applies what a string means, once its test has passed.
    pub(super) fn hit(&mut self, hit: &Hit, text: &str) {
        let passes = |test: &TextTest| test.matches(text);
        if self.is_new(hit.effect) && hit.check.as_deref().is_none_or(passes) {
            self.apply(hit.effect);
        }
    }

    /// Applies what a part of a string means. A part may stand in a string a million times: its test is done
    /// once.
    pub(super) fn hit_once(&mut self, part: usize, hit: &Hit, text: &str) {
        if self.marks[part] != self.value {
            self.marks[part] = self.value;
            self.hit(hit, text);
        }
    }

    pub(super) fn add(&mut self, field: FieldId) {
        if self.fields[field] != self.event {
            self.fields[field] = self.event;
            self.satisfied.push(field);
        }
    }

    /// Adds the fields of those `anything-but` tests that nothing has excluded.
    pub(super) fn add_unless_excluded(&mut self, tests: &[FieldId]) {
        for (test, field) in tests.iter().enumerate() {
            if self.marks[test] != self.value {
                self.add(*field);
            }
        }
    }

    /// Whether all fields have matched in the event by now.
    pub(super) fn has_all(&self, fields: &[FieldId]) -> bool {
        fields.iter().all(|field| self.fields[*field] == self.event)
    }
}
