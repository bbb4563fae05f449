//! How complex the wildcards of a pattern are, in the measure of the service's open matching engine.
//!
//! The engine follows all wildcards of a field at once, and counts, over the starts of wildcards that a
//! text fits at the same time, the wildcards that each start can still become. It compares texts with
//! their quotes.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::branch::{Branch, Field, FieldId};
use super::scalar::ValueTest;
use super::text::{TextTest, Wildcard};

/// Steps of the search in all machines: enough for every pattern that is not far beyond the limit.
const STEPS_MAX: usize = 100_000;

/// The search ends where it has found so much: far beyond the limit.
const WIDE_ENOUGH: usize = 100;

/// How complex the wildcards of a pattern are.
#[derive(Clone, Debug, Default)]
pub(super) struct Complexity {
    /// The most that one text comes to, over the fields.
    pub(super) figure: usize,
    /// The place of the values of a field that comes to so much.
    pub(super) values: Option<Range<usize>>,
}

impl Complexity {
    pub(super) fn of(fields: &[Field], branches: &[Branch]) -> Self {
        let mut most = Self::default();
        let mut steps = 0;
        for machine in machines(fields, branches) {
            let mut tree = Tree::default();
            let mut values = None;
            for field in machine {
                let field = &fields[field as usize];
                values = values.or(Some(&field.values));
                for (wildcard, group) in wildcards(field) {
                    tree.insert(wildcard, group);
                }
            }
            let figure = tree.widest(&mut steps);
            if figure > most.figure {
                let values = values.cloned();
                most = Self { figure, values };
            }
        }
        most
    }
}

/// The sets of fields whose wildcards the engine follows together: those of one path, if what is asked
/// before them is the same.
fn machines(fields: &[Field], branches: &[Branch]) -> BTreeSet<BTreeSet<FieldId>> {
    let has_wildcards: Vec<bool> = fields
        .iter()
        .map(|field| wildcards(field).next().is_some())
        .collect();
    if !has_wildcards.contains(&true) {
        return BTreeSet::new();
    }
    let alike = |field: &Field| fields.iter().position(|other| other.asks_the_same(field));
    let alike: Vec<Option<usize>> = fields.iter().map(alike).collect();
    let mut states: FxHashMap<(usize, Option<usize>), usize> = FxHashMap::default();
    let mut machines: BTreeMap<(usize, &str), BTreeSet<FieldId>> = BTreeMap::new();
    for branch in branches {
        let mut state = 0;
        let last = branch
            .fields
            .iter()
            .rposition(|id| has_wildcards[*id as usize]);
        for id in &branch.fields[..last.map_or(0, |last| last + 1)] {
            let place = *id as usize;
            if has_wildcards[place] {
                let machine = machines.entry((state, &fields[place].path));
                machine.or_default().insert(*id);
            }
            let next = states.len() + 1;
            state = *states.entry((state, alike[place])).or_insert(next);
        }
    }
    // A thousand branches come to few different sets.
    machines.into_values().collect()
}

/// The wildcards of a field, each with what makes it one of its own: all of one `anything-but` count as
/// one, and so do two that are the same.
fn wildcards(field: &Field) -> impl Iterator<Item = (&Wildcard, Group<'_>)> {
    field
        .tests
        .iter()
        .enumerate()
        .flat_map(move |(place, test)| {
            let (tests, excluded) = match test {
                ValueTest::Text(test) => (std::slice::from_ref(test), false),
                ValueTest::NotText(tests) => (tests.as_slice(), true),
                _ => (&[][..], false),
            };
            tests.iter().filter_map(move |test| match test {
                TextTest::Wildcard(wildcard) if excluded => {
                    Some((wildcard, Group::Excluded(field.values.start, place)))
                }
                TextTest::Wildcard(wildcard) => Some((wildcard, Group::Single(wildcard.parts()))),
                _ => None,
            })
        })
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group<'f> {
    Single(&'f [Vec<u8>]),
    Excluded(usize, usize),
}

/// Every text begins and ends with it.
const QUOTE: u8 = b'"';

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Byte(u8),
    Star,
}

/// The starts of a field's wildcards; the first is the empty one.
struct Tree<'f> {
    nodes: Vec<Node<'f>>,
    /// The end of each group: texts that make different wildcards of one group match come to the same.
    ends: BTreeMap<Group<'f>, usize>,
}

#[derive(Default)]
struct Node<'f> {
    /// Whether it ends in a star, and so fits whatever follows.
    stays: bool,
    children: BTreeMap<Token, usize>,
    /// Where a closing quote leads.
    ends: BTreeSet<usize>,
    /// The wildcards that it can still become.
    groups: BTreeSet<Group<'f>>,
}

impl Default for Tree<'_> {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
            ends: BTreeMap::new(),
        }
    }
}

/// In order.
type Starts = Vec<usize>;

impl<'f> Tree<'f> {
    fn insert(&mut self, wildcard: &Wildcard, group: Group<'f>) {
        let mut node = self.child(0, Token::Byte(QUOTE));
        self.nodes[node].groups.insert(group);
        let parts = wildcard.parts().iter().enumerate();
        let tokens = parts.flat_map(|(place, part)| {
            let star = (place > 0).then_some(Token::Star);
            let bytes = part.iter().copied().map(Token::Byte);
            star.into_iter().chain(bytes)
        });
        for token in tokens {
            node = self.child(node, token);
            self.nodes[node].groups.insert(group);
        }
        let next = self.nodes.len();
        let end = *self.ends.entry(group).or_insert(next);
        if end == next {
            self.nodes.push(Node {
                groups: BTreeSet::from([group]),
                ..Node::default()
            });
        }
        self.nodes[node].ends.insert(end);
    }

    fn child(&mut self, node: usize, token: Token) -> usize {
        if let Some(child) = self.nodes[node].children.get(&token) {
            return *child;
        }
        let child = self.nodes.len();
        self.nodes[node].children.insert(token, child);
        self.nodes.push(Node {
            stays: token == Token::Star,
            ..Node::default()
        });
        child
    }

    /// The most that the starts come to which one text fits. Texts are tried by what their starts come to,
    /// most first; after many steps it returns what was found until then.
    fn widest(&self, steps: &mut usize) -> usize {
        let size = |starts: &Starts| -> usize {
            starts
                .iter()
                .map(|start| self.nodes[*start].groups.len())
                .sum()
        };
        let mut widest = 0;
        let mut known: FxHashSet<Starts> = FxHashSet::default();
        let mut queue = BinaryHeap::from([(0, vec![0])]);
        while let Some((_, starts)) = queue.pop() {
            for next in self.next(&starts) {
                let size = size(&next);
                widest = widest.max(size);
                *steps += next.len();
                if known.insert(next.clone()) {
                    queue.push((size, next));
                }
            }
            if *steps > STEPS_MAX || widest > WIDE_ENOUGH {
                break;
            }
        }
        widest
    }

    /// Finds the starts that a text with one more byte fits, for each byte that makes a difference.
    fn next(&self, starts: &Starts) -> Vec<Starts> {
        let staying = starts
            .iter()
            .copied()
            .filter(|start| self.nodes[*start].stays);
        let staying: Starts = staying.collect();
        let mut by_byte: BTreeMap<u8, Starts> = BTreeMap::new();
        for start in starts {
            let node = &self.nodes[*start];
            let children = node
                .children
                .iter()
                .filter_map(|(token, child)| match token {
                    Token::Byte(byte) => Some((*byte, *child)),
                    Token::Star => None,
                });
            let ends = node.ends.iter().map(|end| (QUOTE, *end));
            for (byte, child) in children.chain(ends) {
                let starts = by_byte.entry(byte).or_insert_with(|| staying.clone());
                starts.push(child);
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
        starts.sort_unstable();
        starts.dedup();
        starts
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Pattern, PatternErrorKind};

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
        check(r#"{"wildcard": "*"}"#, 2);
        check(r#"{"wildcard": "a*b*c"}"#, 3);
        check(r#"{"wildcard": "*/dir/*"}"#, 4);
        check(r#"{"wildcard": "*a*aaac"}, {"wildcard": "*a*c*"}"#, 10);
        check(r#"{"wildcard": "*a*c*"}, {"wildcard": "*a*c*"}"#, 4);
        check(
            r#"{"anything-but": {"wildcard": ["*/init/*", "*/dir/*"]}}"#,
            5,
        );
    }

    #[test]
    fn fields_are_followed_apart() {
        let of = |pattern: &str| {
            Pattern::parse(pattern)
                .expect("valid")
                .wildcard_complexity()
        };
        let one = r#"[{"wildcard": "*/dir/*"}]"#;
        assert_eq!(of(&format!(r#"{{"a": {one}, "b": {one}}}"#)), 4);
        let or = |first: &str, second: &str| {
            of(&format!(
                r#"{{"$or": [{{"a": [{first}], "b": [{{"wildcard": "*x"}}]}}, {{"a": [{second}], "b": [{{"wildcard": "*y"}}]}}]}}"#
            ))
        };
        assert_eq!((or("1", "2"), or("1", "1")), (2, 4));
        assert_eq!(
            of(r#"{"$or": [{"a": [{"wildcard": "*x"}]}, {"a": [{"wildcard": "*y"}]}]}"#),
            4
        );
    }

    #[test]
    fn the_search_ends() {
        let many: Vec<String> = (0..200).map(|letter| format!("*{}", letter % 7)).collect();
        let text = format!(r#"{{"a": [{{"wildcard": "{}"}}]}}"#, many.concat());
        let error = Pattern::parse(&text).expect_err("too complex");
        assert_eq!(error.kind(), PatternErrorKind::TooComplex);
    }
}
