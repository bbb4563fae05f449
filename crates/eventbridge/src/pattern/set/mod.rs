//! Many patterns at once: one pass over an event finds every rule that it matches.
//!
//! All paths of all patterns make one tree, so that what no rule asks about is passed over unread. The
//! values of a path are looked up in an index of what the rules want there. A rule is looked at only
//! when its rarest field has matched.

mod hits;
mod numbers;
mod paths;
mod runs;
mod values;

use std::collections::HashMap;

use super::Pattern;
use super::branch::{Branch, Field};
use super::event::{Event, EventError};
use super::matching::branch_matches;
use super::scalar::ScalarRef;
use crate::json::{JsonError, Kind, Reader};
use hits::{FieldId, Found};
use paths::{NodeId, PathId, Paths};
use values::{Settled, ValueIndex, Values};

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
    fields: Vec<FieldId>,
    /// For events in which the array elements of several fields have to agree.
    reference: Branch,
}

/// State while a set is compiled.
#[derive(Default)]
struct Known {
    /// By their paths.
    fields: HashMap<String, Vec<(Field, FieldId)>>,
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
            for branch in &pattern.branches {
                let fields = branch
                    .fields
                    .iter()
                    .map(|field| set.intern(field, &mut known));
                let fields = fields.collect();
                set.branches.push(CompiledBranch {
                    rule: set.rules,
                    fields,
                    reference: branch.clone(),
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

    /// What matches events one after the other, with the memory that it needs for that.
    pub fn matcher(&self) -> Matcher<'_> {
        let exclusions = self.values.iter().map(ValueIndex::exclusions);
        Matcher {
            set: self,
            scratch: Scratch {
                fields: vec![0; self.fields.len()],
                paths: vec![PathState::default(); self.values.len()],
                rules: vec![0; self.rules],
                excluded: vec![0; exclusions.max().unwrap_or(0)],
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
        let exclusions = self.values.iter().map(ValueIndex::exclusions).max();
        if fits && scratch.excluded.len() == exclusions.unwrap_or(0) {
            return Matcher { set: self, scratch };
        }
        self.matcher()
    }

    fn intern(&mut self, field: &Field, known: &mut Known) -> FieldId {
        let same_path = known.fields.entry(field.path.clone()).or_default();
        if let Some((_, id)) = same_path
            .iter()
            .find(|(other, _)| other.asks_the_same(field))
        {
            return *id;
        }
        let id = self.fields.len();
        same_path.push((field.clone(), id));
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

/// What is known of the event at hand. Marks are the event's number, so that nothing has to be cleared.
#[derive(Debug, Default)]
struct Scratch {
    event: u64,
    value: u64,
    fields: Vec<u64>,
    /// By the `anything-but` tests of a path.
    excluded: Vec<u64>,
    paths: Vec<PathState>,
    rules: Vec<u64>,
    /// Fields that matched.
    satisfied: Vec<FieldId>,
    matched: Vec<usize>,
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
    /// What [`RuleSet::matcher_with`] takes, for the same set.
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
        let mut reader = Reader::new(event);
        EventError::unless_object(&mut reader)?;
        let mut walk = Walk {
            set: self.set,
            scratch: &mut self.scratch,
        };
        walk.object(&mut reader, Paths::ROOT, false)?;
        self.judge(event)?;
        self.scratch.put_in_order();
        Ok(&self.scratch.matched)
    }

    /// Looks at the branches that a field has opened.
    fn judge(&mut self, event: &str) -> Result<(), EventError> {
        let set = self.set;
        let mut parsed = None;
        for place in 0..self.scratch.satisfied.len() {
            let field = &set.fields[self.scratch.satisfied[place]];
            for rule in &field.decides {
                self.scratch.add(*rule);
            }
            for branch in &field.opens {
                self.judge_branch(&set.branches[*branch], event, &mut parsed)?;
            }
        }
        for branch in &set.absent_only {
            self.judge_branch(&set.branches[*branch], event, &mut parsed)?;
        }
        Ok(())
    }

    fn judge_branch(
        &mut self,
        branch: &CompiledBranch,
        event: &str,
        parsed: &mut Option<Event>,
    ) -> Result<(), EventError> {
        let scratch = &mut self.scratch;
        if scratch.rules[branch.rule] == scratch.event {
            return Ok(());
        }
        let mut in_arrays = 0;
        for field in &branch.fields {
            let compiled = &self.set.fields[*field];
            let path = scratch.paths[compiled.path];
            let in_array = path.in_array == scratch.event;
            let matched = scratch.fields[*field] == scratch.event;
            // In an array the field can be missing from one element and be there in another.
            let missing = compiled.absent && (in_array || path.seen != scratch.event);
            if !matched && !missing {
                return Ok(());
            }
            in_arrays += usize::from(in_array);
        }
        if in_arrays > 1 {
            // The elements of the fields have to agree: the simple matcher decides.
            let event = match parsed {
                Some(event) => event,
                None => parsed.insert(Event::parse(event)?),
            };
            if !branch_matches(&branch.reference, event) {
                return Ok(());
            }
        } else if !self.holds_alone(branch) {
            return Ok(());
        }
        self.scratch.add(branch.rule);
        Ok(())
    }

    /// Whether a branch with at most one field in an array matches: a field that may be missing and is
    /// there, in that array, is not missing.
    fn holds_alone(&self, branch: &CompiledBranch) -> bool {
        branch.fields.iter().all(|field| {
            let path = self.scratch.paths[self.set.fields[*field].path];
            let matched = self.scratch.fields[*field] == self.scratch.event;
            matched || path.seen != self.scratch.event
        })
    }
}

/// One pass over an event.
struct Walk<'w> {
    set: &'w RuleSet,
    scratch: &'w mut Scratch,
}

impl Walk<'_> {
    fn object(
        &mut self,
        reader: &mut Reader<'_>,
        node: NodeId,
        in_array: bool,
    ) -> Result<(), JsonError> {
        reader.enter()?;
        let mut first = true;
        while reader.next_object_item(first)? {
            first = false;
            // Most keys that patterns ask for have no escapes: they are compared in place.
            if let Some((child, bytes)) = self.set.paths.child_at(node, reader.key_bytes()) {
                reader.skip_key(bytes);
                reader.colon()?;
                self.value(reader, child, in_array, true)?;
                continue;
            }
            // A plain key that was not found in place leads nowhere, and neither does its value.
            if self.set.paths.finds_all(node) && reader.skip_plain_key()? {
                reader.colon()?;
                reader.skip_value()?;
                continue;
            }
            let key = reader.string_in(&mut self.scratch.room)?;
            let visible = !key.is_empty();
            let child = self.set.paths.child(node, key);
            reader.colon()?;
            match child {
                Some(child) => self.value(reader, child, in_array, visible)?,
                None => reader.skip_value()?,
            }
        }
        Ok(())
    }

    fn value(
        &mut self,
        reader: &mut Reader<'_>,
        node: NodeId,
        in_array: bool,
        visible: bool,
    ) -> Result<(), JsonError> {
        match reader.peek()? {
            Kind::Object => self.object(reader, node, in_array),
            Kind::Array => self.array(reader, node, in_array, visible),
            kind => match self.set.paths.path(node).filter(|_| visible) {
                Some(path) => self.scalar(reader, kind, path, in_array),
                None => reader.skip_value(),
            },
        }
    }

    fn array(
        &mut self,
        reader: &mut Reader<'_>,
        node: NodeId,
        in_array: bool,
        visible: bool,
    ) -> Result<(), JsonError> {
        reader.enter()?;
        let mut first = true;
        while reader.next_element(first)? {
            first = false;
            // Plain values of one array are not bound to an element; what lies inside an element is.
            let nested = matches!(reader.peek()?, Kind::Object | Kind::Array);
            self.value(reader, node, in_array || nested, visible)?;
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        reader: &mut Reader<'_>,
        kind: Kind,
        path: PathId,
        in_array: bool,
    ) -> Result<(), JsonError> {
        let index = &self.set.values[path];
        let state = &mut self.scratch.paths[path];
        state.seen = self.scratch.event;
        if in_array {
            state.in_array = self.scratch.event;
        }
        self.scratch.value += 1;
        let mut found = Found {
            event: self.scratch.event,
            value: self.scratch.value,
            fields: &mut self.scratch.fields,
            excluded: &mut self.scratch.excluded,
            satisfied: &mut self.scratch.satisfied,
        };
        match kind {
            Kind::String => {
                let text = reader.string_in(&mut self.scratch.room)?;
                index.find_text(text, &mut found);
            }
            Kind::Number => index.find_number(reader.number()?, &mut state.settled, &mut found),
            kind => {
                reader.literal(kind)?;
                let value = match kind {
                    Kind::Null => ScalarRef::Null,
                    kind => ScalarRef::Bool(kind == Kind::True),
                };
                index.find_literal(value, &mut found);
            }
        }
        Ok(())
    }
}
