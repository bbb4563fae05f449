//! An event as matching sees it: paths, each with all its values.

use std::fmt;

use rustc_hash::FxHashMap;

use super::elements::{ElementId, Elements};
use super::number::Number;
use super::scalar::Scalar;
use crate::json::{JsonError, Kind, Reader};

/// Text that cannot be matched as an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventError {
    kind: EventErrorKind,
    offset: usize,
}

/// The reason why a text cannot be matched as an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventErrorKind {
    /// It is not UTF-8, not JSON, or nested too deep.
    NotJson,
    /// It is JSON, and no object.
    NoObject,
}

impl EventError {
    /// The reason, to match on.
    pub fn kind(&self) -> EventErrorKind {
        self.kind
    }

    /// Where it went wrong, in bytes from the start of the text; at most the text's length.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Refuses what is no object.
    pub(super) fn unless_object(reader: &mut Reader<'_>) -> Result<(), Self> {
        if reader.peek()? == Kind::Object {
            return Ok(());
        }
        Err(Self {
            kind: EventErrorKind::NoObject,
            offset: reader.offset(),
        })
    }
}

impl From<JsonError> for EventError {
    fn from(error: JsonError) -> Self {
        Self {
            kind: EventErrorKind::NotJson,
            offset: error.offset(),
        }
    }
}

impl From<std::str::Utf8Error> for EventError {
    fn from(error: std::str::Utf8Error) -> Self {
        Self {
            kind: EventErrorKind::NotJson,
            offset: error.valid_up_to(),
        }
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            EventErrorKind::NotJson => "an event is a JSON object, and this is not JSON",
            EventErrorKind::NoObject => "an event is a JSON object",
        })
    }
}

impl std::error::Error for EventError {}

/// One value, and the array element that it lies in.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) value: Scalar,
    pub(super) element: ElementId,
}

type NodeId = usize;

/// An event, ready to be matched: objects flattened to paths joined with `.`, arrays to the values
/// of their elements.
#[derive(Clone, Debug)]
pub struct Event {
    /// The paths as a tree of what stands between their dots; the first node is the top.
    nodes: Vec<Node>,
    elements: Elements,
}

#[derive(Clone, Debug, Default)]
struct Node {
    above: NodeId,
    name: Box<str>,
    children: FxHashMap<Box<str>, NodeId>,
    leaves: Vec<Leaf>,
}

impl Event {
    /// Reads an event from JSON. What follows the first value is ignored, as the service's own
    /// parser does.
    ///
    /// # Errors
    /// When the text is not JSON, is no object, or is nested deeper than 1,000 levels below the top.
    pub fn parse(text: &str) -> Result<Self, EventError> {
        let mut reader = Reader::of_event(text);
        let mut flattener = Flattener {
            event: Self {
                nodes: vec![Node::default()],
                elements: Elements::default(),
            },
            element: Elements::NONE,
        };
        EventError::unless_object(&mut reader)?;
        flattener.object(&mut reader, Self::TOP)?;
        Ok(flattener.event)
    }

    /// Reads an event from the bytes of its JSON.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and when the bytes are not UTF-8.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, EventError> {
        Self::parse(std::str::from_utf8(bytes)?)
    }

    const TOP: NodeId = 0;

    pub(super) fn elements(&self) -> &Elements {
        &self.elements
    }

    pub(super) fn leaves(&self, path: &str) -> &[Leaf] {
        let found = path.split('.').try_fold(Self::TOP, |node, name| {
            self.nodes[node].children.get(name).copied()
        });
        found.map_or(&[], |node| &self.nodes[node].leaves)
    }

    /// A path with values that is the given one in another case, or ends with the same name.
    pub(super) fn path_near(&self, path: &str) -> Option<String> {
        let last = path.rsplit('.').next().unwrap_or(path);
        let with_values =
            || (0..self.nodes.len()).filter(|node| !self.nodes[*node].leaves.is_empty());
        let mut in_another_case = with_values().filter(|node| self.is_in_any_case(*node, path));
        let mut same_name = with_values().filter(|node| *self.nodes[*node].name == *last);
        let near = in_another_case.next().or_else(|| same_name.next())?;
        Some(self.path(near))
    }

    fn is_in_any_case(&self, node: NodeId, path: &str) -> bool {
        let mut names = path.rsplit('.');
        self.upwards(node).all(|node| {
            names
                .next()
                .is_some_and(|name| node.name.eq_ignore_ascii_case(name))
        }) && names.next().is_none()
    }

    /// A node and those above it, without the top.
    fn upwards(&self, node: NodeId) -> impl Iterator<Item = &Node> {
        let above = |node: &NodeId| Some(self.nodes[*node].above);
        let nodes = std::iter::successors(Some(node), above);
        nodes
            .take_while(|node| *node != Self::TOP)
            .map(|node| &self.nodes[node])
    }

    fn path(&self, node: NodeId) -> String {
        let mut names: Vec<&str> = self.upwards(node).map(|node| &*node.name).collect();
        names.reverse();
        names.join(".")
    }

    /// The node that a key leads to; a key with dots leads to where nested keys would.
    fn below(&mut self, node: NodeId, key: &str) -> NodeId {
        key.split('.').fold(node, |node, name| {
            if let Some(child) = self.nodes[node].children.get(name) {
                return *child;
            }
            let child = self.nodes.len();
            self.nodes[node].children.insert(name.into(), child);
            self.nodes.push(Node {
                above: node,
                name: name.into(),
                ..Node::default()
            });
            child
        })
    }
}

#[cfg(feature = "serde")]
impl TryFrom<&serde_json::Value> for Event {
    type Error = EventError;

    /// Takes the event from a value tree, which has lost duplicate keys, and with them what the
    /// service would see in them.
    fn try_from(value: &serde_json::Value) -> Result<Self, EventError> {
        Self::parse(&value.to_string())
    }
}

impl std::str::FromStr for Event {
    type Err = EventError;

    fn from_str(text: &str) -> Result<Self, EventError> {
        Self::parse(text)
    }
}

struct Flattener {
    event: Event,
    /// The element that the reader is in.
    element: ElementId,
}

impl Flattener {
    fn object(&mut self, reader: &mut Reader<'_>, node: NodeId) -> Result<(), JsonError> {
        reader.enter()?;
        let mut first = true;
        while let Some(key) = reader.next_key(first)? {
            let child = self.event.below(node, &key);
            self.value(reader, child)?;
            first = false;
        }
        Ok(())
    }

    fn array(&mut self, reader: &mut Reader<'_>, node: NodeId) -> Result<(), JsonError> {
        let outer = self.element;
        let array = self.event.elements.add_array(outer);
        reader.enter()?;
        let mut first = true;
        while reader.next_element(first)? {
            first = false;
            // Only what lies in an element is bound to it: plain values of one array stand side by side.
            if matches!(reader.peek()?, Kind::Object | Kind::Array) {
                self.element = self.event.elements.add_element(array);
            }
            self.value(reader, node)?;
            self.element = outer;
        }
        Ok(())
    }

    fn value(&mut self, reader: &mut Reader<'_>, node: NodeId) -> Result<(), JsonError> {
        let value = match reader.peek()? {
            Kind::Object => return self.object(reader, node),
            Kind::Array => return self.array(reader, node),
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
            element: self.element,
        };
        self.event.nodes[node].leaves.push(leaf);
        Ok(())
    }
}
