//! Rules that come and go.

use std::collections::BTreeMap;

use super::{MatcherMemory, RuleSet};
use crate::pattern::{EventError, Pattern};

/// Patterns under keys of the caller's own, which can be added and removed. The set is compiled when it is
/// first asked after a change, so make changes together.
///
/// ```
/// use eventbridge::pattern::{Pattern, Rules};
///
/// let mut rules = Rules::new();
/// rules.insert("large", r#"{"detail": {"total": [{"numeric": [">", 100]}]}}"#.parse()?);
/// rules.insert("shop", r#"{"source": ["shop"]}"#.parse()?);
/// let event = r#"{"source": "shop", "detail": {"total": 120}}"#;
/// assert_eq!(rules.matches(event)?, [&"large", &"shop"]);
///
/// rules.remove(&"large");
/// assert_eq!(rules.matches(event)?, [&"shop"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Rules<K> {
    patterns: BTreeMap<K, Pattern>,
    compiled: Option<(RuleSet, Option<MatcherMemory>)>,
}

impl<K> Default for Rules<K> {
    fn default() -> Self {
        Self {
            patterns: BTreeMap::new(),
            compiled: None,
        }
    }
}

impl<K: Ord> Rules<K> {
    /// A set without rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pattern, and returns the one that the key had before.
    pub fn insert(&mut self, key: K, pattern: Pattern) -> Option<Pattern> {
        self.compiled = None;
        self.patterns.insert(key, pattern)
    }

    /// Removes the pattern of a key, and returns it.
    pub fn remove(&mut self, key: &K) -> Option<Pattern> {
        let removed = self.patterns.remove(key);
        if removed.is_some() {
            self.compiled = None;
        }
        removed
    }

    /// The pattern of a key.
    pub fn get(&self, key: &K) -> Option<&Pattern> {
        self.patterns.get(key)
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The keys of the patterns that an event matches, in order.
    ///
    /// # Errors
    /// When the text is no JSON object, or is nested deeper than 1,000 levels below the top.
    pub fn matches(&mut self, event: &str) -> Result<Vec<&K>, EventError> {
        let compile = || (RuleSet::new(self.patterns.values()), None);
        let (set, memory) = self.compiled.get_or_insert_with(compile);
        let mut matcher = match memory.take() {
            Some(memory) => set.matcher_with(memory),
            None => set.matcher(),
        };
        let keys: Vec<&K> = self.patterns.keys().collect();
        let places = matcher.matches(event);
        let found = places.map(|places| places.iter().map(|place| keys[*place]).collect());
        *memory = Some(matcher.into_memory());
        found
    }
}
