//! How complex the wildcards of a pattern are, in the measure of the service's open matching engine.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashSet};

use super::branch::{Branch, Field};
use super::scalar::ValueTest;
use super::text::{TextTest, Wildcard};

/// Steps of the search: enough for every pattern that is not far beyond the limit.
const STEPS_MAX: usize = 20_000;

/// The most starts of wildcards that one string can fit at a time, over the fields: `a*b` has the starts
/// `a`, `a*` and `a*b`, and `ab` fits the last two. Starts that wildcards of a field share count once.
pub(super) fn complexity(branches: &[Branch]) -> usize {
    let mut trees: BTreeMap<&str, Tree> = BTreeMap::new();
    for field in branches.iter().flat_map(|branch| &branch.fields) {
        for wildcard in wildcards(field) {
            let tree = trees.entry(field.path.as_str()).or_default();
            tree.insert(wildcard);
        }
    }
    trees.values().map(Tree::widest).max().unwrap_or(0)
}

fn wildcards(field: &Field) -> impl Iterator<Item = &Wildcard> {
    let texts = field.tests.iter().flat_map(|test| match test {
        ValueTest::Text(test) => std::slice::from_ref(test),
        ValueTest::NotText(tests) => tests.as_slice(),
        _ => &[],
    });
    texts.filter_map(|test| match test {
        TextTest::Wildcard(wildcard) => Some(wildcard),
        _ => None,
    })
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Byte(u8),
    Star,
}

/// The starts of a field's wildcards; the first is the empty one.
struct Tree {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    /// Whether it ends in a star, and so fits whatever follows.
    stays: bool,
    children: BTreeMap<Token, usize>,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }
}

type Starts = BTreeSet<usize>;

impl Tree {
    fn insert(&mut self, wildcard: &Wildcard) {
        let mut node = 0;
        for (place, part) in wildcard.parts().iter().enumerate() {
            let star = (place > 0).then_some(Token::Star);
            let bytes = part.iter().copied().map(Token::Byte);
            for token in star.into_iter().chain(bytes) {
                node = self.child(node, token);
            }
        }
    }

    fn child(&mut self, node: usize, token: Token) -> usize {
        if let Some(child) = self.nodes[node].children.get(&token) {
            return *child;
        }
        let child = self.nodes.len();
        self.nodes[node].children.insert(token, child);
        self.nodes.push(Node {
            stays: token == Token::Star,
            children: BTreeMap::new(),
        });
        child
    }

    /// The most starts that one string fits. Strings are tried by the starts that they fit, most first;
    /// after many steps it returns what was found until then.
    fn widest(&self) -> usize {
        let first = self.with_stars(Starts::from([0]));
        // The empty start counts if it is a whole wildcard.
        let mut widest = first.len().saturating_sub(1).max(1);
        let mut known = HashSet::from([first.clone()]);
        let mut queue = BinaryHeap::from([(first.len(), first)]);
        let mut steps = 0;
        while let Some((_, starts)) = queue.pop() {
            for next in self.next(&starts) {
                widest = widest.max(next.len());
                steps += next.len();
                if known.insert(next.clone()) {
                    queue.push((next.len(), next));
                }
            }
            if steps > STEPS_MAX {
                break;
            }
        }
        widest
    }

    /// What a string fits that has one more byte, for each byte that makes a difference.
    fn next(&self, starts: &Starts) -> Vec<Starts> {
        let staying: Starts = starts
            .iter()
            .copied()
            .filter(|start| self.nodes[*start].stays)
            .collect();
        let mut by_byte: BTreeMap<u8, Starts> = BTreeMap::new();
        for start in starts {
            for (token, child) in &self.nodes[*start].children {
                if let Token::Byte(byte) = token {
                    let starts = by_byte.entry(*byte).or_insert_with(|| staying.clone());
                    starts.insert(*child);
                }
            }
        }
        let moved = by_byte.into_values().map(|starts| self.with_stars(starts));
        moved.collect()
    }

    /// A star also fits nothing.
    fn with_stars(&self, mut starts: Starts) -> Starts {
        let starred = |start: &usize| self.nodes[*start].children.get(&Token::Star).copied();
        let more: Vec<usize> = starts.iter().filter_map(starred).collect();
        starts.extend(more);
        starts
    }
}

#[cfg(test)]
mod tests {
    use super::super::Pattern;
    use crate::limits::WILDCARD_COMPLEXITY_MAX;

    #[track_caller]
    fn check(tests: &str, complexity: usize) {
        let text = format!(r#"{{"detail": {{"a": [{tests}]}}}}"#);
        let pattern = Pattern::parse(&text).expect("a pattern");
        assert_eq!(pattern.wildcard_complexity(), complexity, "{tests}");
    }

    #[test]
    fn starts_that_fit_at_once() {
        check(r#""a", {"prefix": "b"}"#, 0);
        check(r#"{"wildcard": "a"}"#, 1);
        check(r#"{"wildcard": "a*b*c"}"#, 3);
        check(r#"{"wildcard": "*/dir/*"}"#, 4);
        check(r#"{"wildcard": "*:*:*:*:*:event-bus/*"}"#, 11);
        check(
            r#"{"wildcard": "a*"}, {"anything-but": {"wildcard": "*b"}}"#,
            3,
        );
    }

    #[test]
    fn the_search_ends() {
        let many: Vec<String> = (0..200).map(|letter| format!("*{}", letter % 7)).collect();
        let text = format!(r#"{{"a": [{{"wildcard": "{}"}}]}}"#, many.concat());
        let pattern = Pattern::parse(&text).expect("a pattern");
        assert!(pattern.wildcard_complexity() > WILDCARD_COMPLEXITY_MAX);
    }
}
