//! YAML text as a tree in which every node, keys included, knows its place.
//!
//! The tree is bounded before it is built: text, depth and the number of nodes after aliases are
//! expanded. Scalars keep their text, and the reader of a key decides what it means. So `no`,
//! `010` and `1e3` are never taken for something else.

mod anchor;
mod broken;
mod cut;

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::diagnostic::Diagnostic;
use crate::lints::{ALIAS_BOMB, INVALID_YAML, SPEC_TOO_LARGE, UNKNOWN_TAG};
use crate::span::Span;
use broken::Broken;

/// The largest spec, in bytes: ten thousand jobs take about a third of it.
pub(crate) const MAX_BYTES: usize = 8 << 20;
/// The deepest nesting. A pattern's own limit is far below it.
pub(crate) const MAX_DEPTH: usize = 128;
/// The most nodes, each alias counted as all that it stands for.
pub(crate) const MAX_NODES: u64 = 2_000_000;

/// A node of the tree. Aliases share their nodes.
#[derive(Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// The place of what it is written as. A block collection ends with its last child.
    pub span: Span,
    /// Nodes in this tree, itself included, aliases expanded.
    weight: u64,
}

/// What a node is.
#[derive(Debug)]
pub enum Kind {
    /// Text.
    Scalar {
        /// What it says, without quotes and escapes.
        text: String,
        /// Whether it was written without quotes, and could mean null, a number or a boolean.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Arc<Node>>),
    /// Keys and values in the order of the text, merge keys not yet applied.
    Mapping(Vec<(Arc<Node>, Arc<Node>)>),
}

impl Node {
    /// A plain scalar that stands at a place of the text.
    pub(crate) fn plain(text: &str, span: Span) -> Self {
        Self {
            kind: Kind::Scalar {
                text: text.to_owned(),
                plain: true,
            },
            span,
            weight: 1,
        }
    }

    /// An empty mapping that stands at a place of the text.
    pub fn empty(span: Span) -> Self {
        Self {
            kind: Kind::Mapping(Vec::new()),
            span,
            weight: 1,
        }
    }

    /// The words for it in a message.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar { .. } if self.is_null() => "nothing",
            Kind::Scalar { plain: false, .. } => "a quoted string",
            Kind::Scalar { text, .. } if text.parse::<f64>().is_ok() => "a number",
            Kind::Scalar { text, .. } if text == "true" || text == "false" => "a boolean",
            Kind::Scalar { .. } => "a string",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
        }
    }

    /// Whether it is an empty value, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
}

/// A text that was read.
#[derive(Clone, Debug)]
pub struct Document {
    /// The whole.
    pub root: Arc<Node>,
    /// Nodes that have a name, in the order in which they end.
    pub anchors: Vec<Anchor>,
    /// Places that stand for one of them, in the order of the text.
    pub aliases: Vec<Alias>,
    /// Values that a comma cut. The tree has them whole.
    pub(crate) cut: Vec<Diagnostic>,
    /// The text itself.
    pub(crate) text: Arc<str>,
}

/// A node with a name, by which aliases mean it: `&base`.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The place of the name, with its `&`.
    pub span: Span,
    /// The node that it names.
    pub node: Arc<Node>,
}

/// A place that stands for a node written elsewhere: `*base`. In the tree its node is that one, which has its own place.
#[derive(Clone, Copy, Debug)]
pub struct Alias {
    /// The place of the name, with its `*`.
    pub span: Span,
    /// The anchor, by its position among the document's.
    pub anchor: usize,
}

/// Reads one document.
///
/// # Errors
/// The text is not YAML, has more than one document, or exceeds a bound. There is one finding only, as nothing after
/// that place can be trusted.
pub(crate) fn parse(text: &str) -> Result<Document, Box<Diagnostic>> {
    if text.len() > MAX_BYTES {
        let message = format!("the spec has {} bytes", text.len());
        return Err(Box::new(
            Diagnostic::new(&SPEC_TOO_LARGE, Span::default(), message)
                .with_note(format!("at most {MAX_BYTES} bytes are read"))
                .with_help("split the pipeline into several, each with its own spec"),
        ));
    }
    Composer::new(text).compose()
}

struct Composer<'t> {
    text: &'t str,
    /// Byte offset of every character, if the text is not ASCII.
    offsets: Option<Vec<u32>>,
    /// Positions in `named`, by the parser's numbers.
    anchors: HashMap<usize, usize>,
    named: Vec<Anchor>,
    aliases: Vec<Alias>,
    stack: Vec<Open>,
    weight: u64,
    cut: Vec<Diagnostic>,
    /// The end of the last event.
    read: u32,
}

/// A collection whose end has not been read.
struct Open {
    /// The parser's number of its anchor, and the place of that.
    anchor: Option<(usize, Span)>,
    start: u32,
    mapping: bool,
    children: Vec<Arc<Node>>,
}

impl<'t> Composer<'t> {
    fn new(text: &'t str) -> Self {
        // The parser counts characters, spans count bytes. They differ only if the text is not ASCII.
        let offsets = (!text.is_ascii()).then(|| {
            text.char_indices()
                .map(|(at, _)| offset(at))
                .chain([offset(text.len())])
                .collect()
        });
        Self {
            text,
            offsets,
            anchors: HashMap::new(),
            named: Vec::new(),
            aliases: Vec::new(),
            stack: Vec::new(),
            weight: 0,
            cut: Vec::new(),
            read: 0,
        }
    }

    fn compose(mut self) -> Result<Document, Box<Diagnostic>> {
        let mut root = None;
        for event in Parser::new_from_str(self.text) {
            let (event, place) = event.map_err(|error| self.invalid(&error))?;
            let span = self.span(place);
            let before = std::mem::replace(&mut self.read, span.end);
            // A second document would silently replace the first.
            if matches!(event, Event::DocumentStart(_)) && root.is_some() {
                let message = "a second document in the spec";
                return Err(Box::new(
                    Diagnostic::new(&INVALID_YAML, span, message)
                        .with_help("keep one document in the file, without a `---` in between"),
                ));
            }
            if let Some(node) = self.accept(event, span, before)? {
                match self.stack.last_mut() {
                    Some(open) => open.children.push(node),
                    None => root = Some(node),
                }
            }
        }
        let empty = || Arc::new(Node::scalar("", true, Span::default()));
        Ok(Document {
            root: root.unwrap_or_else(empty),
            anchors: self.named,
            aliases: self.aliases,
            cut: self.cut,
            text: self.text.into(),
        })
    }

    /// Takes one parser event, and returns the node that it completes.
    fn accept(
        &mut self,
        event: Event<'_>,
        span: Span,
        before: u32,
    ) -> Result<Option<Arc<Node>>, Box<Diagnostic>> {
        let (is_tagged, number) = match &event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(anchor, tag)
            | Event::MappingStart(anchor, tag) => (tag.is_some(), *anchor),
            _ => (false, 0),
        };
        let mut anchor = None;
        let (whole, mut span) = (span, span);
        // The parser numbers anchors from 1; 0 means that the node has none.
        if is_tagged || number != 0 {
            let is_nothing = matches!(&event, Event::Scalar(text, ..) if text.is_empty());
            let found = anchor::properties(self.text, before, span.start);
            anchor = found.anchor.map(|place| (number, place));
            span.start = if is_nothing { found.end } else { found.content };
            span.end = span.end.max(span.start);
        }
        let (node, anchor) = match event {
            Event::Scalar(text, style, _, tag) => {
                let quoted_by_tag = check_tag(tag.as_deref(), "str", whole)?;
                // `!!str 5` is a string, as if it stood in quotes.
                let plain = style == ScalarStyle::Plain && !quoted_by_tag;
                (Node::scalar(&text, plain, self.trim(span)), anchor)
            }
            Event::SequenceStart(_, tag) => {
                check_tag(tag.as_deref(), "seq", whole)?;
                self.open(anchor, span, false)?;
                return Ok(None);
            }
            Event::MappingStart(_, tag) => {
                check_tag(tag.as_deref(), "map", whole)?;
                self.open(anchor, span, true)?;
                return Ok(None);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let open = self.stack.pop().expect("the parser pairs starts and ends");
                let anchor = open.anchor;
                (open.close(self.text, span, &mut self.cut), anchor)
            }
            Event::Alias(anchor) => {
                // A collection gets its anchor when it ends, so an alias inside it finds none. No loop can arise.
                let anchor = self.anchors.get(&anchor).copied().ok_or_else(|| {
                    Diagnostic::new(&INVALID_YAML, span, "an alias inside its own anchor")
                        .with_help("write the value out")
                })?;
                self.aliases.push(Alias { span, anchor });
                let node = Arc::clone(&self.named[anchor].node);
                // Counting the weight, not the alias, stops a text that doubles with every line.
                self.count(node.weight, span)?;
                return Ok(Some(node));
            }
            _ => return Ok(None),
        };
        self.count(1, span)?;
        let node = Arc::new(node);
        if let Some((number, span)) = anchor {
            self.anchors.insert(number, self.named.len());
            let node = Arc::clone(&node);
            self.named.push(Anchor { span, node });
        }
        Ok(Some(node))
    }

    fn open(
        &mut self,
        anchor: Option<(usize, Span)>,
        span: Span,
        mapping: bool,
    ) -> Result<(), Box<Diagnostic>> {
        if self.stack.len() >= MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} levels of nesting");
            return Err(Box::new(
                Diagnostic::new(&SPEC_TOO_LARGE, span, message)
                    .with_help("nothing in a spec needs that depth: look for an unclosed bracket"),
            ));
        }
        self.stack.push(Open {
            anchor,
            start: span.start,
            mapping,
            children: Vec::new(),
        });
        Ok(())
    }

    fn count(&mut self, weight: u64, span: Span) -> Result<(), Box<Diagnostic>> {
        self.weight = self.weight.saturating_add(weight);
        if self.weight <= MAX_NODES {
            return Ok(());
        }
        let message = format!("more than {MAX_NODES} values once aliases are expanded");
        Err(Box::new(
            Diagnostic::new(&ALIAS_BOMB, span, message)
                .with_help("use fewer aliases, or split the pipeline"),
        ))
    }

    fn span(&self, place: saphyr_parser::Span) -> Span {
        Span {
            start: self.byte(place.start.index()),
            end: self.byte(place.end.index()),
        }
    }

    fn byte(&self, index: usize) -> u32 {
        match &self.offsets {
            Some(offsets) => offsets
                .get(index)
                .copied()
                .unwrap_or(offset(self.text.len())),
            None => offset(index.min(self.text.len())),
        }
    }

    /// A scalar's span without the white space and line ends after it.
    fn trim(&self, span: Span) -> Span {
        let text = self.text.get(span.range()).unwrap_or_default();
        Span {
            start: span.start,
            end: span.start + offset(text.trim_end().len()),
        }
    }

    fn invalid(&self, error: &saphyr_parser::ScanError) -> Diagnostic {
        let at = self.byte(error.marker().index()) as usize;
        // Of a block collection nothing is written where it starts.
        let starts = self.stack.iter().map(|open| open.start as usize);
        let is_bracket =
            |start: &usize| matches!(self.text.as_bytes().get(*start), Some(b'[' | b'{'));
        let mut brackets: Vec<usize> = starts.filter(is_bracket).collect();
        broken::scan(self.text, self.read as usize..at, &mut brackets);
        let broken = Broken {
            text: self.text,
            at,
            read: self.read as usize,
            info: error.info(),
            brackets,
        };
        broken.explain()
    }
}

impl Open {
    fn close(self, text: &str, end: Span, cut: &mut Vec<Diagnostic>) -> Node {
        let weight = 1 + self.children.iter().map(|child| child.weight).sum::<u64>();
        // The parser ends a block collection where the next thing begins. Its last child says where it really ends.
        let last = self.children.last().map(|child| child.span.end);
        // The end of a flow collection is its bracket; the end of a block collection is empty.
        let is_block = end.start == end.end;
        let span = Span {
            start: self.start,
            end: last.filter(|_| is_block).unwrap_or(end.end).max(self.start),
        };
        let kind = if self.mapping {
            let mut children = self.children.into_iter();
            let mut entries = Vec::new();
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                entries.push((key, value));
            }
            if is_block {
                Kind::Mapping(entries)
            } else {
                Kind::Mapping(cut::join(text, &entries, cut))
            }
        } else {
            Kind::Sequence(self.children)
        };
        Node { kind, span, weight }
    }
}

impl Node {
    fn scalar(text: &str, plain: bool, span: Span) -> Self {
        let kind = Kind::Scalar {
            text: text.to_owned(),
            plain,
        };
        Self {
            kind,
            span,
            weight: 1,
        }
    }
}

/// Accepts the core schema's tag for the node's own kind; true if there is one.
fn check_tag(
    tag: Option<&saphyr_parser::Tag>,
    own: &str,
    span: Span,
) -> Result<bool, Box<Diagnostic>> {
    match tag {
        None => Ok(false),
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == own => Ok(true),
        Some(tag) if tag.is_yaml_core_schema() && own == "str" && is_core_scalar(&tag.suffix) => {
            Ok(false)
        }
        Some(tag) => {
            let message = format!("the tag `{}{}` has no meaning here", tag.handle, tag.suffix);
            Err(Box::new(
                Diagnostic::new(&UNKNOWN_TAG, span, message).with_help(
                    "remove the tag; if the `!` belongs to a text, put the text in quotes",
                ),
            ))
        }
    }
}

fn is_core_scalar(suffix: &str) -> bool {
    matches!(suffix, "int" | "float" | "bool" | "null")
}

/// An offset in a text that is at most [`MAX_BYTES`] long.
fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("the text is bounded")
}
