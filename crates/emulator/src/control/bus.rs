//! A bus with its rules.

use std::fmt;
use std::sync::Arc;

use eventbridge::pattern::{MatcherMemory, RuleSet};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Tracked;
use super::rule::Rule;

/// An event bus.
pub(crate) struct Bus {
    pub(crate) name: Arc<str>,
    pub(crate) arn: String,
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// The statements of its policy. Nobody checks them.
    pub(crate) policy: Vec<Value>,
    /// Members that are kept and returned, and mean nothing here.
    pub(crate) others: Map<String, Value>,
    rules: Tracked<Arc<str>, Arc<Rule>>,
    /// The enabled rules with a pattern as one set. `None` after a change, until the next event.
    compiled: Option<Compiled>,
}

struct Compiled {
    rules: Vec<Arc<Rule>>,
    set: RuleSet,
    /// The matcher's buffers, kept from event to event.
    memory: Option<MatcherMemory>,
}

impl Bus {
    pub(super) fn new(name: &str, arn: String, now: Timestamp) -> Self {
        Self {
            name: name.into(),
            arn,
            description: None,
            created: now,
            modified: now,
            policy: Vec::new(),
            others: Map::new(),
            rules: Tracked::default(),
            compiled: None,
        }
    }

    pub(crate) fn rules(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.rules.values()
    }

    pub(crate) fn rule(&self, name: &str) -> Option<&Arc<Rule>> {
        self.rules.get(name)
    }

    pub(super) fn put(&mut self, rule: Rule) {
        self.compiled = None;
        self.rules.insert(Arc::clone(&rule.name), Arc::new(rule));
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Arc<Rule>> {
        self.compiled = None;
        self.rules.remove(name)
    }

    pub(super) fn clear(&mut self) {
        self.compiled = None;
        self.rules.clear();
    }

    /// Returns the rules that may have changed since the last time, by their names.
    pub(super) fn take_changed(&mut self) -> impl Iterator<Item = (Arc<str>, Option<&Arc<Rule>>)> {
        self.rules.take_changed()
    }

    /// Returns the enabled rules whose pattern an event matches. The event is JSON.
    pub(super) fn matching(&mut self, event: &str) -> Matching {
        let rules = &self.rules;
        let compiled = self
            .compiled
            .get_or_insert_with(|| Compiled::new(rules.values()));
        // Only the memory is kept from event to event: the matcher itself borrows the set beside it.
        let mut matcher = match compiled.memory.take() {
            Some(memory) => compiled.set.matcher_with(memory),
            None => compiled.set.matcher(),
        };
        let rules = |places: &[usize]| -> Vec<Arc<Rule>> {
            let rules = places.iter().map(|place| &compiled.rules[*place]);
            rules.cloned().collect()
        };
        // Matching fails only on text that is not JSON, and an event on the bus always is JSON.
        let matching = Matching {
            matched: rules(matcher.matches(event).unwrap_or_default()),
            undecided: rules(matcher.undecided()),
        };
        compiled.memory = Some(matcher.into_memory());
        matching
    }
}

/// The rules that an event is for.
#[derive(Debug, Default)]
pub(crate) struct Matching {
    pub(crate) matched: Vec<Arc<Rule>>,
    /// Rules for which finding out was given up: they count as not matched.
    pub(crate) undecided: Vec<Arc<Rule>>,
}

impl Compiled {
    fn new<'r>(rules: impl Iterator<Item = &'r Arc<Rule>>) -> Self {
        let rules = rules.filter(|rule| rule.enabled && rule.pattern.is_some());
        let rules: Vec<Arc<Rule>> = rules.cloned().collect();
        // A match is a place in the set and in `rules`, so both have the same order. Each rule here has a pattern.
        let set = RuleSet::new(rules.iter().filter_map(|rule| rule.pattern()));
        Self {
            rules,
            set,
            memory: None,
        }
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
