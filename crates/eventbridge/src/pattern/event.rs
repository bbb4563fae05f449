//! An event as matching sees it: paths, each with all its values.

use std::collections::BTreeMap;
use std::fmt;

use super::number::Number;
use super::scalar::Scalar;
use crate::json::{JsonError, Kind, Reader};

/// Text that cannot be matched as an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventError {
    message: &'static str,
    offset: usize,
}

impl EventError {
    /// Where it went wrong, in bytes from the start of the text; at most the text's length.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl EventError {
    /// Refuses what is no object.
    pub(super) fn unless_object(reader: &mut Reader<'_>) -> Result<(), Self> {
        if reader.peek()? == Kind::Object {
            return Ok(());
        }
        Err(Self {
            message: "an event is a JSON object",
            offset: reader.offset(),
        })
    }
}

impl From<JsonError> for EventError {
    fn from(error: JsonError) -> Self {
        Self {
            offset: error.offset(),
            message: "an event is a JSON object, and this is not JSON",
        }
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for EventError {}

/// Which element of which array of the event: arrays are numbered as they are met.
pub(super) type Element = (usize, usize);

/// One value and the array elements that it lies in, outermost first.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) value: Scalar,
    pub(super) elements: Vec<Element>,
}

/// An event, ready to be matched: objects flattened to paths joined with `.`, arrays to the values
/// of their elements.
#[derive(Clone, Debug)]
pub struct Event {
    fields: BTreeMap<String, Vec<Leaf>>,
}

impl Event {
    /// Reads an event from JSON. What follows the first value is ignored, as the service's own
    /// parser does.
    ///
    /// # Errors
    /// When the text is not JSON, is no object, or is nested deeper than 1,000 levels.
    pub fn parse(text: &str) -> Result<Self, EventError> {
        let mut reader = Reader::new(text);
        let mut flattener = Flattener::default();
        EventError::unless_object(&mut reader)?;
        flattener.object(&mut reader, false)?;
        Ok(Self {
            fields: flattener.fields,
        })
    }

    pub(super) fn leaves(&self, path: &str) -> &[Leaf] {
        self.fields.get(path).map_or(&[], Vec::as_slice)
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }
}

#[derive(Default)]
struct Flattener {
    fields: BTreeMap<String, Vec<Leaf>>,
    path: String,
    elements: Vec<Element>,
    arrays: usize,
}

impl Flattener {
    fn object(&mut self, reader: &mut Reader<'_>, nested: bool) -> Result<(), JsonError> {
        let top = self.path.len();
        reader.enter()?;
        let mut first = true;
        while let Some(key) = reader.next_key(first)? {
            if nested {
                self.path.push('.');
            }
            self.path.push_str(&key);
            // The service's matcher does not see a value behind an empty name.
            self.value(reader, !key.is_empty())?;
            self.path.truncate(top);
            first = false;
        }
        Ok(())
    }

    fn array(&mut self, reader: &mut Reader<'_>, visible: bool) -> Result<(), JsonError> {
        let array = self.arrays;
        let outer = self.elements.len();
        self.arrays += 1;
        reader.enter()?;
        let mut index = 0;
        while reader.next_element(index == 0)? {
            // Only what lies in an element is bound to it: plain values of one array stand side by side.
            let bound = matches!(reader.peek()?, Kind::Object | Kind::Array);
            self.elements.extend(bound.then_some((array, index)));
            self.value(reader, visible)?;
            self.elements.truncate(outer);
            index += 1;
        }
        Ok(())
    }

    fn value(&mut self, reader: &mut Reader<'_>, visible: bool) -> Result<(), JsonError> {
        let value = match reader.peek()? {
            Kind::Object => return self.object(reader, true),
            Kind::Array => return self.array(reader, visible),
            Kind::String => Scalar::Text(reader.string()?.into_owned()),
            Kind::Number => Scalar::Number(Number::new(reader.number()?.text)),
            kind => {
                reader.literal(kind)?;
                match kind {
                    Kind::Null => Scalar::Null,
                    kind => Scalar::Bool(kind == Kind::True),
                }
            }
        };
        let leaf = Leaf {
            value,
            elements: self.elements.clone(),
        };
        if visible {
            self.fields.entry(self.path.clone()).or_default().push(leaf);
        }
        Ok(())
    }
}
