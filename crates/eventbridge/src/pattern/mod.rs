//! Event patterns: parsed, validated, matched and explained.
//!
//! A pattern is a JSON object whose leaves are lists; all its fields must match, and of a list one
//! element. Sources: the EventBridge user guide, "Creating event patterns" and "Comparison
//! operators", and the behaviour of the service's open matcher.

mod branch;
mod complexity;
mod error;
mod event;
mod explain;
mod ip;
mod leaf;
mod matching;
mod number;
mod parse;
mod scalar;
mod set;
mod text;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::limits::{PATTERN_CHARACTERS_MAX, PATTERN_CHARACTERS_QUOTA, WILDCARD_COMPLEXITY_MAX};
use branch::{Branch, Field};
pub use error::{PatternError, PatternWarning};
pub use event::{Event, EventError};
pub use explain::{Explanation, Finding, Outcome};
pub use parse::RESERVED_IN_OR;
pub use set::{Matcher, MatcherMemory, RuleSet};

/// A valid event pattern.
///
/// ```
/// use eventbridge::pattern::{Event, Pattern};
///
/// let pattern = Pattern::parse(r#"{"detail": {"state": [{"prefix": "run"}]}}"#)?;
/// let event = Event::parse(r#"{"detail": {"state": "running"}}"#)?;
/// assert!(pattern.matches(&event));
///
/// let error = Pattern::parse(r#"{"source": "shop"}"#).unwrap_err();
/// assert_eq!(error.to_string(), "`source` wants a list of values, in square brackets");
/// assert_eq!(error.span(), 11..17);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pattern {
    branches: Vec<Branch>,
    /// The keys of fields that a later one of the same path replaces.
    replaced: Vec<Range<usize>>,
    /// The characters of the text, from its first brace to its last.
    span: Range<usize>,
    characters: usize,
}

/// A field of a pattern, with its places in the text in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternField<'p> {
    /// The keys from the top, joined with dots.
    pub path: &'p str,
    /// The key, with its quotes.
    pub key: Range<usize>,
    /// The list of values, with its brackets.
    pub values: Range<usize>,
}

impl Pattern {
    /// Reads a pattern from JSON. What follows the first value is ignored, as the service's own
    /// parser does.
    ///
    /// # Errors
    /// With the reason and the place when EventBridge would refuse the pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        parse::parse_pattern(text)
    }

    /// Each field once, in text order. A field of a `$or` stands in several alternatives.
    pub fn fields(&self) -> impl Iterator<Item = PatternField<'_>> {
        let fields = self.branches.iter().flat_map(|branch| &branch.fields);
        let by_place: BTreeMap<usize, &Field> =
            fields.map(|field| (field.key.start, field)).collect();
        by_place.into_values().map(|field| PatternField {
            path: &field.path,
            key: field.key.clone(),
            values: field.values.clone(),
        })
    }

    /// How complex the wildcards are, in the measure of the service's open matching engine: the most
    /// starts of wildcards that one string can fit at a time; 0 without a wildcard. The service refuses a
    /// rule that is too complex, at about [`WILDCARD_COMPLEXITY_MAX`]. Far beyond that the figure is a
    /// lower bound.
    ///
    /// ```
    /// use eventbridge::pattern::Pattern;
    ///
    /// let pattern = Pattern::parse(r#"{"source": [{"wildcard": "*/dir/*"}]}"#)?;
    /// assert_eq!(pattern.wildcard_complexity(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wildcard_complexity(&self) -> usize {
        complexity::complexity(&self.branches)
    }

    /// What EventBridge takes, or may take, and a reader would not expect: a field that a later one of the
    /// same path replaces, more characters than the quota, wildcards near the limit of complexity.
    pub fn warnings(&self) -> Vec<PatternWarning> {
        let replaced = self.replaced.iter().map(|key| {
            let message = "the same field follows once more, and replaces this one";
            PatternWarning::new(message, key.clone())
        });
        let mut warnings: Vec<PatternWarning> = replaced.collect();
        let mut warn = |message: String| {
            warnings.push(PatternWarning::new(message, self.span.clone()));
        };
        if self.characters > PATTERN_CHARACTERS_QUOTA {
            warn(format!(
                "{} characters: the quota of a rule's pattern is {PATTERN_CHARACTERS_QUOTA}, and can be raised to {PATTERN_CHARACTERS_MAX}",
                self.characters
            ));
        }
        let complexity = self.wildcard_complexity();
        if complexity >= WILDCARD_COMPLEXITY_MAX {
            warn(format!(
                "wildcards of complexity {complexity}: the service refuses a rule as too complex at about {WILDCARD_COMPLEXITY_MAX}; use fewer stars in one string"
            ));
        }
        warnings
    }

    /// Whether the event matches.
    pub fn matches(&self, event: &Event) -> bool {
        self.branches
            .iter()
            .any(|branch| matching::branch_matches(branch, event))
    }

    /// Why the event matches or not, field by field.
    pub fn explain(&self, event: &Event) -> Explanation {
        explain::explain(&self.branches, event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[(&str, &str)]) {
        let pattern = Pattern::parse(text).expect("a pattern");
        let warnings = pattern.warnings();
        let warnings: Vec<(&str, String)> = warnings
            .iter()
            .map(|warning| (&text[warning.span()], warning.to_string()))
            .collect();
        assert_eq!(warnings.len(), wanted.len(), "{warnings:?}");
        for ((place, message), (wanted_place, part)) in warnings.iter().zip(wanted) {
            assert_eq!(place, wanted_place, "{message}");
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn what_is_seldom_meant_is_a_warning() {
        check(r#"{"a": [1], "b": ["*:*:*:*:*:*"]}"#, &[]);
        check(
            r#"{"a": {"b": [1]}, "a.b": [2]}"#,
            &[(r#""b""#, "replaces")],
        );
        let or = r#"{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}"#;
        check(or, &[(r#""a""#, "replaces")]);
        let complex = r#"{"a": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}"#;
        check(complex, &[(complex, "complexity 11")]);
        let long = format!(
            r#"{{"a": ["{}"]}}"#,
            "é".repeat(PATTERN_CHARACTERS_QUOTA - 10)
        );
        check(&long, &[(&long, "2049 characters")]);
        check(&long.replacen('é', "", 1), &[]);
    }
}
