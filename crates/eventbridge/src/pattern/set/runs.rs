//! Strings that a value may begin with, several at once: a tree of their bytes.

use super::hits::Hit;

#[derive(Debug, Default)]
pub(super) struct Runs {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// In order of their bytes.
    children: Vec<(u8, usize)>,
    /// For every value that goes on from here.
    begins: Vec<Hit>,
    /// For a value that ends here.
    ends: Vec<Hit>,
}

impl Runs {
    /// Adds what a value means that begins with these bytes.
    pub(super) fn begins(&mut self, bytes: impl Iterator<Item = u8>, hit: Hit) {
        self.node(bytes).begins.push(hit);
    }

    /// Adds what a value means that is these bytes.
    pub(super) fn equals(&mut self, bytes: impl Iterator<Item = u8>, hit: Hit) {
        self.node(bytes).ends.push(hit);
    }

    fn node(&mut self, bytes: impl Iterator<Item = u8>) -> &mut Node {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut node = 0;
        for byte in bytes {
            let next = self.nodes.len();
            let children = &mut self.nodes[node].children;
            match children.binary_search_by_key(&byte, |(other, _)| *other) {
                Ok(place) => node = children[place].1,
                Err(place) => {
                    children.insert(place, (byte, next));
                    self.nodes.push(Node::default());
                    node = next;
                }
            }
        }
        &mut self.nodes[node]
    }

    /// Calls `each` with what a value means.
    pub(super) fn find(&self, bytes: impl Iterator<Item = u8>, mut each: impl FnMut(&Hit)) {
        let Some(mut node) = self.nodes.first() else {
            return;
        };
        node.begins.iter().for_each(&mut each);
        for byte in bytes {
            let child = node
                .children
                .binary_search_by_key(&byte, |(other, _)| *other);
            let Ok(place) = child else {
                return;
            };
            node = &self.nodes[node.children[place].1];
            node.begins.iter().for_each(&mut each);
        }
        node.ends.iter().for_each(each);
    }
}
