//! The paths of all patterns as a tree of what stands between their dots.

use super::PathId;

pub(super) type NodeId = usize;

#[derive(Debug)]
pub(super) struct Paths {
    nodes: Vec<Node>,
    count: usize,
}

#[derive(Debug, Default)]
struct Node {
    /// In order of their names.
    children: Vec<(Box<str>, NodeId)>,
    /// Where a pattern's path ends here.
    path: Option<PathId>,
}

/// So many names are looked through one by one.
const FEW: usize = 8;

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
        for name in path.split('.') {
            node = self.insert_child(node, name);
        }
        let path = *self.nodes[node].path.get_or_insert(self.count);
        self.count = self.count.max(path + 1);
        path
    }

    /// Where a key of an event leads; a key may hold dots itself.
    pub(super) fn child(&self, node: NodeId, key: &str) -> Option<NodeId> {
        let direct = self.named(node, key);
        if direct.is_some() || !key.contains('.') {
            return direct;
        }
        key.split('.')
            .try_fold(node, |node, name| self.named(node, name))
    }

    fn named(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let children = &self.nodes[node].children;
        if children.len() <= FEW {
            let child = children.iter().find(|(other, _)| **other == *name);
            return child.map(|(_, child)| *child);
        }
        let place = children.binary_search_by(|(other, _)| (**other).cmp(name));
        place.ok().map(|place| children[place].1)
    }

    /// The path that ends at a node.
    pub(super) fn path(&self, node: NodeId) -> Option<PathId> {
        self.nodes[node].path
    }

    fn insert_child(&mut self, node: NodeId, name: &str) -> NodeId {
        let next = self.nodes.len();
        let children = &mut self.nodes[node].children;
        match children.binary_search_by(|(other, _)| (**other).cmp(name)) {
            Ok(place) => children[place].1,
            Err(place) => {
                children.insert(place, (name.into(), next));
                self.nodes.push(Node::default());
                next
            }
        }
    }
}
