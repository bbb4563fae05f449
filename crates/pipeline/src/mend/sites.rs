//! Where things are written: the scalars, the entries and the brackets of a text.

use std::collections::HashMap;

use crate::span::Span;
use crate::yaml::{Alias, Anchor, Document, Kind, Node};

/// The places of a tree.
pub(super) struct Sites<'t> {
    pub(super) text: &'t str,
    aliases: &'t [Alias],
    anchors: &'t [Anchor],
    scalars: HashMap<Span, Scalar<'t>>,
    collections: Vec<Collection>,
    /// The collection and the number in it, by the place of a key, a value or an item.
    entries: HashMap<Span, (usize, usize)>,
}

/// A key or a text.
pub(super) struct Scalar<'t> {
    pub(super) value: &'t str,
    /// Whether it stands within brackets.
    pub(super) in_flow: bool,
}

/// A mapping or a list.
pub(super) struct Collection {
    /// Whether it has brackets.
    pub(super) has_brackets: bool,
    pub(super) entries: Vec<Entry>,
    holder: Option<(usize, usize)>,
}

/// A key with its value, or an item.
pub(super) struct Entry {
    /// The collection and the number in it.
    pub(super) place: (usize, usize),
    pub(super) start: u32,
    /// Behind the last character of its value, an alias included.
    pub(super) end: u32,
    /// The place of its key.
    pub(super) key: Option<Span>,
    /// The text of its key.
    pub(super) name: Option<String>,
}

impl<'t> Sites<'t> {
    pub(super) fn new(document: &'t Document) -> Self {
        let mut sites = Self {
            text: &document.text,
            aliases: &document.aliases,
            anchors: &document.anchors,
            scalars: HashMap::new(),
            collections: Vec::new(),
            entries: HashMap::new(),
        };
        sites.visit(&document.root, 0, false, None);
        sites
    }

    pub(super) fn scalar(&self, at: Span) -> Option<&Scalar<'t>> {
        self.scalars.get(&at)
    }

    pub(super) fn entry(&self, at: Span) -> Option<&Entry> {
        let (collection, number) = self.entries.get(&at)?;
        self.collections.get(*collection)?.entries.get(*number)
    }

    /// Whether an alias stands for what holds a place.
    pub(super) fn is_shared(&self, place: Span) -> bool {
        let mut meant = self.aliases.iter().map(|alias| &self.anchors[alias.anchor]);
        meant.any(|anchor| anchor.node.span.contains(place))
    }

    /// The collection that an entry stands in.
    pub(super) fn collection(&self, entry: &Entry) -> &Collection {
        &self.collections[entry.place.0]
    }

    /// The entry whose value is the collection that an entry stands in.
    pub(super) fn holder(&self, entry: &Entry) -> Option<&Entry> {
        let (collection, number) = self.collection(entry).holder?;
        self.collections.get(collection)?.entries.get(number)
    }

    /// Notes what a node is made of, and returns where it ends. It begins behind `floor`, or is an alias.
    fn visit(
        &mut self,
        node: &'t Node,
        floor: u32,
        in_flow: bool,
        within: Option<(usize, usize)>,
    ) -> u32 {
        if node.span.start < floor {
            return self.alias(floor).map_or(floor, |alias| alias.span.end);
        }
        match &node.kind {
            Kind::Scalar { text, .. } => {
                if node.span.start == node.span.end {
                    return floor;
                }
                let scalar = Scalar {
                    value: text,
                    in_flow,
                };
                self.scalars.insert(node.span, scalar);
                node.span.end
            }
            Kind::Sequence(items) => {
                let first = items.first().map(|item| item.span);
                let collection = self.open(node, first, within);
                let has_brackets = self.collections[collection].has_brackets;
                let mut end = node.span.start;
                for item in items {
                    let place = (collection, self.collections[collection].entries.len());
                    let start = self.start(item, end);
                    end = self.visit(item, end, has_brackets, Some(place));
                    self.push(place, (start, end), None, [Some(item.span), None]);
                }
                if has_brackets { self.behind(node) } else { end }
            }
            Kind::Mapping(pairs) => {
                let first = pairs.first().map(|(key, _)| key.span);
                let collection = self.open(node, first, within);
                let has_brackets = self.collections[collection].has_brackets;
                let mut end = node.span.start;
                for (key, value) in pairs {
                    let place = (collection, self.collections[collection].entries.len());
                    let start = self.start(key, end);
                    let behind_key = self.visit(key, end, has_brackets, None);
                    end = self
                        .visit(value, behind_key, has_brackets, Some(place))
                        .max(behind_key);
                    let name = match &key.kind {
                        Kind::Scalar { text, .. } => Some(text.clone()),
                        _ => None,
                    };
                    let is_here = value.span.start >= behind_key;
                    let spans = [is_here.then_some(value.span), Some(key.span)];
                    self.push(place, (start, end), name, spans);
                }
                if has_brackets { self.behind(node) } else { end }
            }
        }
    }

    fn open(&mut self, node: &Node, first: Option<Span>, holder: Option<(usize, usize)>) -> usize {
        let starts = self.text.as_bytes().get(node.span.start as usize);
        // A block mapping may begin with a key in brackets.
        let has_brackets = matches!(starts, Some(b'[' | b'{'))
            && first.is_none_or(|first| first.start != node.span.start);
        self.collections.push(Collection {
            has_brackets,
            entries: Vec::new(),
            holder,
        });
        self.collections.len() - 1
    }

    fn push(
        &mut self,
        place: (usize, usize),
        (start, end): (u32, u32),
        name: Option<String>,
        spans: [Option<Span>; 2],
    ) {
        for span in spans.iter().flatten() {
            self.entries.insert(*span, place);
        }
        self.collections[place.0].entries.push(Entry {
            place,
            start,
            end,
            key: name.is_some().then_some(spans[1]).flatten(),
            name,
        });
    }

    /// Behind the closing bracket. White space behind it may count as its own.
    fn behind(&self, node: &Node) -> u32 {
        let written = self.text.get(node.span.range()).unwrap_or_default();
        let length = u32::try_from(written.trim_end().len()).unwrap_or_default();
        node.span.start + length
    }

    /// Where a node begins that is written behind `floor`.
    fn start(&self, node: &Node, floor: u32) -> u32 {
        if node.span.start < floor {
            return self.alias(floor).map_or(floor, |alias| alias.span.start);
        }
        node.span.start
    }

    /// The first alias behind a place.
    fn alias(&self, floor: u32) -> Option<&'t Alias> {
        let next = self
            .aliases
            .partition_point(|alias| alias.span.start < floor);
        self.aliases.get(next)
    }
}
