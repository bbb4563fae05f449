//! The paths of all patterns as a tree of what stands between their dots.

use crate::json::skip;

pub(super) type NodeId = usize;
/// The number of a path of a set.
pub(super) type PathId = usize;

#[derive(Debug)]
pub(super) struct Paths {
    nodes: Vec<Node>,
    count: usize,
}

#[derive(Debug, Default)]
struct Node {
    /// In order of their names.
    children: Vec<Child>,
    /// Whether a child's name has what is escaped in JSON, or is empty.
    special: bool,
    /// Whether a child has children, so that a key with dots can lead to one.
    deep: bool,
    /// Where a pattern's path ends here.
    path: Option<PathId>,
}

impl Node {
    /// Whether its children are found by their bytes in the event.
    fn plain(&self) -> bool {
        self.children.len() <= FEW && !self.special
    }
}

#[derive(Debug)]
struct Child {
    name: Box<str>,
    start: Start,
    node: NodeId,
}

/// The first bytes of a name and its closing quote, to be compared at once.
#[derive(Debug)]
struct Start {
    bytes: u64,
    mask: u64,
}

impl Start {
    fn of(name: &str) -> Self {
        // With its closing quote a name is not taken for the start of a longer one.
        let quoted = name.bytes().chain([b'"']);
        Self {
            bytes: word(quoted.clone()),
            mask: word(quoted.map(|_| 0xff)),
        }
    }
}

/// The first eight bytes, the first of them lowest.
fn word(bytes: impl Iterator<Item = u8>) -> u64 {
    let bytes = bytes.take(size_of::<u64>()).enumerate();
    bytes.fold(0, |word, (place, byte)| {
        word | u64::from(byte) << (8 * place)
    })
}

/// So many names are looked through one by one.
const FEW: usize = 8;

/// Whether a name stands in JSON as it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && skip::plain(name.as_bytes(), 0) == name.len()
}

impl Paths {
    pub(super) const ROOT: NodeId = 0;

    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Node::default()],
            count: 0,
        }
    }

    /// The number of a path, which is the next one if it is new.
    pub(super) fn insert(&mut self, path: &str) -> PathId {
        let mut node = Self::ROOT;
        let mut above: Option<NodeId> = None;
        for name in path.split('.') {
            if let Some(above) = above {
                self.nodes[above].deep = true;
            }
            above = Some(node);
            node = self.insert_child(node, name);
        }
        let path = *self.nodes[node].path.get_or_insert(self.count);
        self.count = self.count.max(path + 1);
        path
    }

    /// Where a key leads whose bytes in the event these begin with, up to its closing quote, and how long it
    /// is. What this does not find can be a key of a pattern as well.
    pub(super) fn child_at(&self, node: NodeId, bytes: &[u8]) -> Option<(NodeId, usize)> {
        let node = &self.nodes[node];
        if !node.plain() {
            return None;
        }
        let start = match bytes.first_chunk() {
            Some(start) => u64::from_le_bytes(*start),
            None => word(bytes.iter().copied()),
        };
        let child = node.children.iter().find(|child| {
            let name = child.name.as_bytes();
            // Eight bytes are compared at once, and most names end within them.
            start & child.start.mask == child.start.bytes
                && (name.len() < size_of::<u64>()
                    || bytes.starts_with(name) && bytes.get(name.len()) == Some(&b'"'))
        })?;
        Some((child.node, child.name.len()))
    }

    /// Whether [`child_at`](Self::child_at) finds every key that leads anywhere and has no escapes.
    pub(super) fn finds_all(&self, node: NodeId) -> bool {
        let node = &self.nodes[node];
        node.plain() && !node.deep
    }

    /// Where a key of an event leads; a key may hold dots itself.
    pub(super) fn child(&self, node: NodeId, key: &str) -> Option<NodeId> {
        let direct = self.named(node, key);
        if direct.is_some() || !self.nodes[node].deep || !key.contains('.') {
            return direct;
        }
        // The key `a.b` reaches the same field as `b` in `a`.
        key.split('.')
            .try_fold(node, |node, name| self.named(node, name))
    }

    fn named(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let children = &self.nodes[node].children;
        if children.len() <= FEW {
            let child = children.iter().find(|child| *child.name == *name);
            return child.map(|child| child.node);
        }
        let place = children.binary_search_by(|child| (*child.name).cmp(name));
        place.ok().map(|place| children[place].node)
    }

    /// The path that ends at a node.
    pub(super) fn path(&self, node: NodeId) -> Option<PathId> {
        self.nodes[node].path
    }

    fn insert_child(&mut self, node: NodeId, name: &str) -> NodeId {
        let next = self.nodes.len();
        self.nodes[node].special |= !is_plain(name);
        let children = &mut self.nodes[node].children;
        match children.binary_search_by(|child| (*child.name).cmp(name)) {
            Ok(place) => children[place].node,
            Err(place) => {
                let child = Child {
                    name: name.into(),
                    start: Start::of(name),
                    node: next,
                };
                children.insert(place, child);
                self.nodes.push(Node::default());
                next
            }
        }
    }
}
