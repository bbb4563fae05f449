//! A second look at an event in which the fields of a rule lie in arrays, whose elements have to agree:
//! which element holds each value.

use rustc_hash::FxHashMap;

use super::super::elements::{Budget, ElementId, Elements, FieldValues, Verdict, agree};
use super::super::event::EventError;
use super::super::scalar::ScalarRef;
use super::RuleSet;
use super::hits::{FieldId, Found};
use super::paths::{NodeId, PathId, Paths};
use super::values::{Settled, ValueIndex};
use crate::json::{JsonError, Kind, Reader};

/// So many places of values are kept for one event: far more than one of a megabyte has for a few rules.
const PLACES_MAX: usize = 8_000_000;

/// Where the values of an event lie.
#[derive(Debug, Default)]
pub(super) struct Arrays {
    elements: Elements,
    /// The elements of the values at each path.
    paths: Vec<Vec<ElementId>>,
    /// The elements of the values that each field matches.
    fields: Vec<Vec<ElementId>>,
    /// The values of the fields that branches have asked for.
    arranged: FxHashMap<FieldId, FieldValues>,
    places: usize,
    /// As in a matcher's memory, but each value counts as an event of its own.
    value: u64,
    seen: Vec<u64>,
    marks: Vec<u64>,
    satisfied: Vec<FieldId>,
    room: String,
}

impl Arrays {
    /// Reads where the values of an event lie.
    pub(super) fn read(&mut self, set: &RuleSet, event: &str) -> Result<(), EventError> {
        self.elements.clear();
        self.arranged.clear();
        self.paths.iter_mut().for_each(Vec::clear);
        self.fields.iter_mut().for_each(Vec::clear);
        self.places = 0;
        self.paths.resize_with(set.values.len(), Vec::new);
        self.fields.resize_with(set.fields.len(), Vec::new);
        self.seen.resize(set.fields.len(), 0);
        let marks = set.values.iter().map(ValueIndex::marks).max();
        self.marks.resize(marks.unwrap_or(0), 0);
        let mut reader = Reader::of_event(event);
        EventError::unless_object(&mut reader)?;
        let mut walk = Walk {
            set,
            arrays: self,
            element: Elements::NONE,
        };
        walk.object(&mut reader, Paths::ROOT)?;
        Ok(())
    }

    /// Whether the fields of a branch match values in elements that agree.
    pub(super) fn agree(
        &mut self,
        set: &RuleSet,
        fields: &[FieldId],
        budget: &mut Budget,
    ) -> Verdict {
        if self.places >= PLACES_MAX {
            return Verdict::Undecided;
        }
        for field in fields {
            if self.arranged.contains_key(field) {
                continue;
            }
            let compiled = &set.fields[*field];
            let (all, passing) = (&self.paths[compiled.path], &self.fields[*field]);
            match FieldValues::new(compiled.absent, all, passing, &self.elements, budget) {
                Some(values) => self.arranged.insert(*field, values),
                None => return Verdict::Undecided,
            };
        }
        let fields = fields.iter().filter_map(|field| self.arranged.get(field));
        let fields: Vec<&FieldValues> = fields.collect();
        agree(&fields, &self.elements, budget)
    }

    fn add_value(&mut self, path: PathId, element: ElementId) {
        let mut add = |elements: &mut Vec<ElementId>| {
            // Values of one element are one place, and mostly follow each other.
            if elements.last() != Some(&element) {
                elements.push(element);
                self.places += 1;
            }
        };
        add(&mut self.paths[path]);
        for field in self.satisfied.drain(..) {
            add(&mut self.fields[field]);
        }
    }
}

struct Walk<'w> {
    set: &'w RuleSet,
    arrays: &'w mut Arrays,
    /// The element that the reader is in.
    element: ElementId,
}

impl Walk<'_> {
    fn object(&mut self, reader: &mut Reader<'_>, node: NodeId) -> Result<(), JsonError> {
        reader.enter()?;
        let mut first = true;
        while reader.next_object_item(first)? {
            first = false;
            let key = reader.string_in(&mut self.arrays.room)?;
            let child = self.set.paths.child(node, key);
            reader.colon()?;
            match child {
                Some(child) => self.value(reader, child)?,
                None => reader.skip_value()?,
            }
        }
        Ok(())
    }

    fn array(&mut self, reader: &mut Reader<'_>, node: NodeId) -> Result<(), JsonError> {
        let outer = self.element;
        let array = self.arrays.elements.add_array(outer);
        reader.enter()?;
        let mut first = true;
        while reader.next_element(first)? {
            first = false;
            if matches!(reader.peek()?, Kind::Object | Kind::Array) {
                self.element = self.arrays.elements.add_element(array);
            }
            self.value(reader, node)?;
            self.element = outer;
        }
        Ok(())
    }

    fn value(&mut self, reader: &mut Reader<'_>, node: NodeId) -> Result<(), JsonError> {
        match reader.peek()? {
            Kind::Object => self.object(reader, node),
            Kind::Array => self.array(reader, node),
            kind => match self.set.paths.path(node) {
                Some(path) if self.arrays.places < PLACES_MAX => self.scalar(reader, kind, path),
                _ => reader.skip_value(),
            },
        }
    }

    fn scalar(
        &mut self,
        reader: &mut Reader<'_>,
        kind: Kind,
        path: PathId,
    ) -> Result<(), JsonError> {
        let index = &self.set.values[path];
        let arrays = &mut *self.arrays;
        arrays.value += 1;
        let mut found = Found {
            event: arrays.value,
            value: arrays.value,
            fields: &mut arrays.seen,
            marks: &mut arrays.marks,
            satisfied: &mut arrays.satisfied,
        };
        let settled = &mut Settled::default();
        match kind {
            Kind::String => {
                index.find_text(reader.string_in(&mut arrays.room)?, settled, &mut found);
            }
            Kind::Number => index.find_number(reader.number()?, settled, &mut found),
            kind => {
                reader.literal(kind)?;
                index.find_literal(ScalarRef::literal(kind), settled, &mut found);
            }
        }
        self.arrays.add_value(path, self.element);
        Ok(())
    }
}
