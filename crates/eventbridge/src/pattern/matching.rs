//! The simple matcher: the branches of a pattern against one event.

use super::Pattern;
use super::branch::{Branch, Field};
use super::elements::{Budget, ElementId, FieldValues, Verdict, agree};
use super::event::Event;

/// Judges the branches of a pattern, and keeps what it finds of a field for the next branch.
pub(super) struct Judge<'m> {
    pattern: &'m Pattern,
    event: &'m Event,
    /// The values of each field, once they are known.
    values: Vec<Option<FieldValues>>,
    budget: Budget,
}

impl<'m> Judge<'m> {
    pub(super) fn new(pattern: &'m Pattern, event: &'m Event) -> Self {
        Self {
            pattern,
            event,
            values: std::iter::repeat_with(|| None)
                .take(pattern.fields.len())
                .collect(),
            budget: Budget::default(),
        }
    }

    pub(super) fn verdict(&mut self, branch: &Branch) -> Verdict {
        for id in &branch.fields {
            let id = *id as usize;
            if self.values[id].is_none() {
                self.values[id] = self.find(&self.pattern.fields[id]);
            }
            match &self.values[id] {
                None => return Verdict::Undecided,
                // One field that nothing can match is enough: the others need not be looked at.
                Some(values) if !values.may_match() => return Verdict::NoMatch,
                Some(_) => {}
            }
        }
        let fields = branch
            .fields
            .iter()
            .filter_map(|id| self.values[*id as usize].as_ref());
        let fields: Vec<&FieldValues> = fields.collect();
        agree(&fields, self.event.elements(), &mut self.budget)
    }

    fn find(&mut self, field: &Field) -> Option<FieldValues> {
        let leaves = self.event.leaves(&field.path);
        let passing = leaves.iter().filter(|leaf| {
            let value = leaf.value.borrowed();
            field.tests.iter().any(|test| test.matches(value))
        });
        let passing: Vec<ElementId> = passing.map(|leaf| leaf.element).collect();
        let all: Vec<ElementId> = leaves.iter().map(|leaf| leaf.element).collect();
        let elements = self.event.elements();
        FieldValues::new(field.absent, &all, &passing, elements, &mut self.budget)
    }
}
