//! Many patterns at once: one pass over an event finds every rule that it matches.
//!
//! All paths of all patterns make one tree, so that what no rule asks about is passed over unread. The
//! values of a path are looked up in an index of what the rules want there. A rule is looked at only
//! when its rarest field has matched.

mod arrays;
mod hits;
mod numbers;
mod paths;
mod rules;
mod runs;
mod values;
mod walk;

use rustc_hash::FxHashMap;

use super::Pattern;
use super::branch::Field;
use super::elements::{Budget, Verdict};
use super::event::EventError;
use crate::json::Reader;
use arrays::Arrays;
use hits::FieldId;
use paths::{PathId, Paths};
pub use rules::Rules;
use values::{Settled, ValueIndex, Values};
use walk::Walk;

type BranchId = usize;

/// A compiled set of patterns. Compiling takes time and memory in proportion to their size.
///
/// ```
/// use eventbridge::pattern::{Pattern, RuleSet};
///
/// let rules = [
///     Pattern::parse(r#"{"source": ["shop"]}"#)?,
///     Pattern::parse(r#"{"source": ["bank"]}"#)?,
///     Pattern::parse(r#"{"detail": {"total": [{"numeric": [">", 100]}]}}"#)?,
/// ];
/// let set = RuleSet::new(&rules);
/// let mut matcher = set.matcher();
/// let matched = matcher.matches(r#"{"source": "shop", "detail": {"total": 120}}"#)?;
/// assert_eq!(matched, [0, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RuleSet {
    paths: Paths,
    /// The values that rules want at each path.
    values: Vec<ValueIndex>,
    fields: Vec<CompiledField>,
    branches: Vec<CompiledBranch>,
    /// Branches that an event without any of their fields matches.
    absent_only: Vec<BranchId>,
    rules: usize,
}

/// A field with its tests; the same field of several rules is kept once.
#[derive(Debug)]
struct CompiledField {
    path: PathId,
    absent: bool,
    /// The rules that match when this field has.
    decides: Vec<usize>,
    /// The branches that are looked at when this field has matched.
    opens: Vec<BranchId>,
}

#[derive(Debug)]
struct CompiledBranch {
    rule: usize,
    /// In UTF-16 order of their paths.
    fields: Box<[FieldId]>,
}

/// State while a set is compiled.
#[derive(Default)]
struct Known<'p> {
    /// By their paths, and by their tests as they are written.
    fields: FxHashMap<(&'p str, &'p str), FieldId>,
    values: Vec<Values>,
}

impl RuleSet {
    /// Compiles patterns; a match returns their places in the order given.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p Pattern>) -> Self {
        let mut set = Self {
            paths: Paths::new(),
            values: Vec::new(),
            fields: Vec::new(),
            branches: Vec::new(),
            absent_only: Vec::new(),
            rules: 0,
        };
        let mut known = Known::default();
        for pattern in patterns {
            let fields = pattern.fields.iter().map(|field| {
                let tests = &pattern.text[field.values.clone()];
                set.intern(field, tests, &mut known)
            });
            let fields: Vec<FieldId> = fields.collect();
            for branch in &pattern.branches {
                let fields = branch.fields.iter().map(|field| fields[*field as usize]);
                set.branches.push(CompiledBranch {
                    rule: set.rules,
                    fields: fields.collect(),
                });
            }
            set.rules += 1;
        }
        set.values = known.values.into_iter().map(Values::build).collect();
        set.open_branches();
        set
    }

    /// How many patterns there are.
    pub fn len(&self) -> usize {
        self.rules
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules == 0
    }

    /// Makes a matcher of events one after the other, with the memory that it needs for that.
    pub fn matcher(&self) -> Matcher<'_> {
        let marks = self.values.iter().map(ValueIndex::marks);
        Matcher {
            set: self,
            scratch: Scratch {
                fields: vec![0; self.fields.len()],
                paths: vec![PathState::default(); self.values.len()],
                rules: vec![0; self.rules],
                marks: vec![0; marks.max().unwrap_or(0)],
                ..Scratch::default()
            },
        }
    }

    /// A matcher with the memory of an earlier one of this set; the memory of another set is not used.
    pub fn matcher_with(&self, memory: MatcherMemory) -> Matcher<'_> {
        let scratch = memory.scratch;
        // Old marks do no harm: they are only compared with the number of the event at hand.
        let fits = scratch.fields.len() == self.fields.len()
            && scratch.paths.len() == self.values.len()
            && scratch.rules.len() == self.rules;
        let marks = self.values.iter().map(ValueIndex::marks).max();
        if fits && scratch.marks.len() == marks.unwrap_or(0) {
            return Matcher { set: self, scratch };
        }
        self.matcher()
    }

    fn intern<'p>(&mut self, field: &'p Field, tests: &'p str, known: &mut Known<'p>) -> FieldId {
        if let Some(id) = known.fields.get(&(&*field.path, tests)) {
            return *id;
        }
        let id = self.fields.len();
        known.fields.insert((&field.path, tests), id);
        let path = self.paths.insert(&field.path);
        // Paths are numbered as they come, so a new one is the next.
        if path == known.values.len() {
            known.values.push(Values::default());
        }
        for test in &field.tests {
            known.values[path].insert(test, id);
        }
        self.fields.push(CompiledField {
            path,
            absent: field.absent,
            decides: Vec::new(),
            opens: Vec::new(),
        });
        id
    }

    /// Lets each branch be opened by the one of its fields that the fewest branches share.
    fn open_branches(&mut self) {
        let mut shared = vec![0_usize; self.fields.len()];
        for branch in &self.branches {
            for field in &branch.fields {
                shared[*field] += 1;
            }
        }
        for (id, branch) in self.branches.iter().enumerate() {
            let fields = branch.fields.iter().copied();
            // A field that may be missing can open nothing: it also matches if no value is seen.
            let rarest = fields
                .filter(|field| !self.fields[*field].absent)
                .min_by_key(|field| shared[*field]);
            match rarest {
                // With one field there is nothing left to judge.
                Some(field) if branch.fields.len() == 1 => {
                    self.fields[field].decides.push(branch.rule);
                }
                Some(field) => self.fields[field].opens.push(id),
                None => self.absent_only.push(id),
            }
        }
    }
}

/// Matches events against a [`RuleSet`]. Once it has seen a few, it allocates nothing for an event, but
/// if rules ask for several fields of one array, which are then compared one by one.
#[derive(Debug)]
pub struct Matcher<'s> {
    set: &'s RuleSet,
    scratch: Scratch,
}

/// State of the event at hand. Marks are the event's number, so that nothing has to be cleared.
#[derive(Debug, Default)]
struct Scratch {
    event: u64,
    value: u64,
    fields: Vec<u64>,
    /// Marks of the value at hand, by the tests of its path.
    marks: Vec<u64>,
    paths: Vec<PathState>,
    rules: Vec<u64>,
    /// Fields that matched.
    satisfied: Vec<FieldId>,
    matched: Vec<usize>,
    undecided: Vec<usize>,
    /// Where the values of the event lie in its arrays, if a rule asks for that.
    arrays: Arrays,
    /// Room for a string or key that has escapes.
    room: String,
}

#[derive(Clone, Copy, Debug, Default)]
struct PathState {
    /// The last event that has a value there.
    seen: u64,
    /// The last event in which such a value lies in an array of objects or lists.
    in_array: u64,
    settled: Settled,
}

impl Scratch {
    /// Adds a rule that matches.
    fn add(&mut self, rule: usize) {
        if self.rules[rule] != self.event {
            self.rules[rule] = self.event;
            self.matched.push(rule);
        }
    }

    fn put_in_order(&mut self) {
        // Where many rules have matched, reading all their marks is faster than sorting.
        if self.matched.len() < self.rules.len() / 8 {
            self.matched.sort_unstable();
            return;
        }
        self.matched.clear();
        let marks = self.rules.iter().enumerate();
        let matched = marks.filter(|(_, mark)| **mark == self.event);
        self.matched.extend(matched.map(|(rule, _)| rule));
    }
}

/// The memory of a [`Matcher`], for a caller that cannot keep the matcher itself.
///
/// ```
/// use eventbridge::pattern::{Pattern, RuleSet};
///
/// let set = RuleSet::new([&Pattern::parse(r#"{"source":["shop"]}"#)?]);
/// let mut memory = set.matcher().into_memory();
/// for _ in 0..2 {
///     let mut matcher = set.matcher_with(memory);
///     assert_eq!(matcher.matches(r#"{"source":"shop"}"#)?, [0]);
///     memory = matcher.into_memory();
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MatcherMemory {
    scratch: Scratch,
}

impl Matcher<'_> {
    /// Returns the memory for [`RuleSet::matcher_with`] of the same set.
    pub fn into_memory(self) -> MatcherMemory {
        MatcherMemory {
            scratch: self.scratch,
        }
    }

    /// The places of the patterns that an event matches, in order. What no pattern asks about is not
    /// checked further than its brackets and quotes.
    ///
    /// # Errors
    /// When the text is no JSON object, or is nested deeper than 1,000 levels.
    pub fn matches(&mut self, event: &str) -> Result<&[usize], EventError> {
        // With a new number all marks of the last event are stale.
        self.scratch.event += 1;
        self.scratch.satisfied.clear();
        self.scratch.matched.clear();
        self.scratch.undecided.clear();
        let mut reader = Reader::of_event(event);
        EventError::unless_object(&mut reader)?;
        let mut walk = Walk::new(self.set, &mut self.scratch);
        walk.object(&mut reader, Paths::ROOT, false)?;
        self.judge(event)?;
        self.scratch.put_in_order();
        Ok(&self.scratch.matched)
    }

    /// As [`matches`](Self::matches), for the bytes of an event.
    ///
    /// # Errors
    /// As `matches`, and when the bytes are not UTF-8.
    pub fn matches_slice(&mut self, event: &[u8]) -> Result<&[usize], EventError> {
        self.matches(std::str::from_utf8(event)?)
    }

    /// The places of the patterns for which the last event took too much work to decide: they count as
    /// not matched. No event of practice has any.
    pub fn undecided(&self) -> &[usize] {
        &self.scratch.undecided
    }

    /// Looks at the branches that a field has opened.
    fn judge(&mut self, event: &str) -> Result<(), EventError> {
        let set = self.set;
        let mut in_arrays: Vec<BranchId> = Vec::new();
        for place in 0..self.scratch.satisfied.len() {
            let field = &set.fields[self.scratch.satisfied[place]];
            for rule in &field.decides {
                self.scratch.add(*rule);
            }
            for branch in &field.opens {
                self.judge_branch(*branch, &mut in_arrays);
            }
        }
        for branch in &set.absent_only {
            self.judge_branch(*branch, &mut in_arrays);
        }
        if in_arrays.is_empty() {
            return Ok(());
        }
        // The branches of a rule share one budget.
        in_arrays.sort_unstable();
        self.scratch.arrays.read(set, event)?;
        let mut rule = None;
        let mut budget = Budget::default();
        for branch in in_arrays {
            let branch = &set.branches[branch];
            if self.scratch.rules[branch.rule] == self.scratch.event {
                continue;
            }
            if rule.replace(branch.rule) != Some(branch.rule) {
                budget = Budget::default();
            }
            match self.scratch.arrays.agree(set, &branch.fields, &mut budget) {
                Verdict::Match => self.scratch.add(branch.rule),
                Verdict::NoMatch => {}
                Verdict::Undecided => self.scratch.undecided.push(branch.rule),
            }
        }
        let Scratch {
            undecided,
            rules,
            event,
            ..
        } = &mut self.scratch;
        undecided.dedup();
        undecided.retain(|rule| rules[*rule] != *event);
        Ok(())
    }

    /// Decides a branch, or puts it aside if the array elements of its fields have to agree.
    fn judge_branch(&mut self, id: BranchId, aside: &mut Vec<BranchId>) {
        let set = self.set;
        let scratch = &mut self.scratch;
        let branch = &set.branches[id];
        if scratch.rules[branch.rule] == scratch.event {
            return;
        }
        let mut in_arrays = 0;
        for field in &branch.fields {
            let compiled = &set.fields[*field];
            let path = &scratch.paths[compiled.path];
            let in_array = path.in_array == scratch.event;
            let matched = scratch.fields[*field] == scratch.event;
            // In an array the field can be missing from one element and be there in another.
            let missing = compiled.absent && (in_array || path.seen != scratch.event);
            if !matched && !missing {
                return;
            }
            in_arrays += usize::from(in_array);
        }
        if in_arrays > 1 {
            aside.push(id);
        } else if self.holds_alone(branch) {
            self.scratch.add(branch.rule);
        }
    }

    /// Whether a branch with at most one field in an array matches: a field that may be missing and is
    /// there, in that array, is not missing.
    fn holds_alone(&self, branch: &CompiledBranch) -> bool {
        branch.fields.iter().all(|field| {
            let path = &self.scratch.paths[self.set.fields[*field].path];
            let matched = self.scratch.fields[*field] == self.scratch.event;
            matched || path.seen != self.scratch.event
        })
    }
}
