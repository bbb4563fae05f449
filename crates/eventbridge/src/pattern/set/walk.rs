//! The first look at an event: which fields of all rules match, wherever their values lie.

use super::super::scalar::ScalarRef;
use super::hits::Found;
use super::paths::{NodeId, PathId};
use super::{RuleSet, Scratch};
use crate::json::{JsonError, Kind, Reader};

/// One pass over an event.
pub(super) struct Walk<'w> {
    set: &'w RuleSet,
    scratch: &'w mut Scratch,
}

impl<'w> Walk<'w> {
    pub(super) fn new(set: &'w RuleSet, scratch: &'w mut Scratch) -> Self {
        Self { set, scratch }
    }

    pub(super) fn object(
        &mut self,
        reader: &mut Reader<'_>,
        node: NodeId,
        in_array: bool,
    ) -> Result<(), JsonError> {
        reader.enter()?;
        let mut first = true;
        while reader.next_object_item(first)? {
            first = false;
            // Most keys that patterns ask for have no escapes: they are compared in place.
            if let Some((child, bytes)) = self.set.paths.child_at(node, reader.key_bytes()) {
                reader.skip_key(bytes);
                reader.colon()?;
                self.value(reader, child, in_array)?;
                continue;
            }
            // A plain key that was not found in place leads nowhere, and neither does its value.
            if self.set.paths.finds_all(node) && reader.skip_plain_key()? {
                reader.colon()?;
                reader.skip_value()?;
                continue;
            }
            let key = reader.string_in(&mut self.scratch.room)?;
            let child = self.set.paths.child(node, key);
            reader.colon()?;
            match child {
                Some(child) => self.value(reader, child, in_array)?,
                None => reader.skip_value()?,
            }
        }
        Ok(())
    }

    fn value(
        &mut self,
        reader: &mut Reader<'_>,
        node: NodeId,
        in_array: bool,
    ) -> Result<(), JsonError> {
        match reader.peek()? {
            Kind::Object => self.object(reader, node, in_array),
            Kind::Array => self.array(reader, node, in_array),
            kind => match self.set.paths.path(node) {
                Some(path) => self.scalar(reader, kind, path, in_array),
                None => reader.skip_value(),
            },
        }
    }

    fn array(
        &mut self,
        reader: &mut Reader<'_>,
        node: NodeId,
        in_array: bool,
    ) -> Result<(), JsonError> {
        reader.enter()?;
        let mut first = true;
        while reader.next_element(first)? {
            first = false;
            // Plain values of one array are not bound to an element; what lies inside an element is.
            let nested = matches!(reader.peek()?, Kind::Object | Kind::Array);
            self.value(reader, node, in_array || nested)?;
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        reader: &mut Reader<'_>,
        kind: Kind,
        path: PathId,
        in_array: bool,
    ) -> Result<(), JsonError> {
        let index = &self.set.values[path];
        let state = &mut self.scratch.paths[path];
        state.seen = self.scratch.event;
        if in_array {
            state.in_array = self.scratch.event;
        }
        self.scratch.value += 1;
        let mut found = Found {
            event: self.scratch.event,
            value: self.scratch.value,
            fields: &mut self.scratch.fields,
            marks: &mut self.scratch.marks,
            satisfied: &mut self.scratch.satisfied,
        };
        match kind {
            Kind::String => {
                let text = reader.string_in(&mut self.scratch.room)?;
                index.find_text(text, &mut state.settled, &mut found);
            }
            Kind::Number => index.find_number(reader.number()?, &mut state.settled, &mut found),
            kind => {
                reader.literal(kind)?;
                index.find_literal(ScalarRef::literal(kind), &mut state.settled, &mut found);
            }
        }
        Ok(())
    }
}
