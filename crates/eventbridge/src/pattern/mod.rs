//! Event patterns: parsed, validated, matched and explained.
//!
//! A pattern is a JSON object whose leaves are lists; all its fields must match, and of a list one
//! element. Sources: the EventBridge user guide, "Creating event patterns" and "Comparison
//! operators", and the behaviour of the service's open matcher.

mod branch;
mod complexity;
mod elements;
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

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::dialect::Dialect;
use crate::limits::{
    PATTERN_CHARACTERS_MAX, PATTERN_CHARACTERS_QUOTA, WILDCARD_COMPLEXITY_MAX,
    WILDCARD_COMPLEXITY_WARNED,
};
use branch::{Branch, Field, FieldId};
use complexity::Complexity;
use elements::Verdict;
pub use error::{PatternError, PatternErrorKind, PatternWarning, PatternWarningKind};
pub use event::{Event, EventError, EventErrorKind};
pub use explain::{Explanation, Finding, Outcome};
use matching::Judge;
pub use parse::RESERVED_IN_OR;
pub use set::{Matcher, MatcherMemory, RuleSet, Rules};

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
    /// The text up to the pattern's last brace.
    text: Box<str>,
    /// Where its first brace is.
    start: usize,
    fields: Vec<Field>,
    branches: Vec<Branch>,
    warnings: Vec<PatternWarning>,
    complexity: Complexity,
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
        Self::parse_in(text, Dialect::Rule)
    }

    /// Reads a pattern as a rule or the filter of a pipe takes it: pipes lack a few operators.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and when the dialect does not have an operator.
    ///
    /// ```
    /// use eventbridge::Dialect;
    /// use eventbridge::pattern::{Pattern, PatternErrorKind};
    ///
    /// let text = r#"{"body": {"id": [{"wildcard": "a*b"}]}}"#;
    /// assert!(Pattern::parse_in(text, Dialect::Rule).is_ok());
    /// let error = Pattern::parse_in(text, Dialect::Pipes).unwrap_err();
    /// assert_eq!(error.kind(), PatternErrorKind::NotInDialect);
    /// ```
    pub fn parse_in(text: &str, dialect: Dialect) -> Result<Self, PatternError> {
        parse::parse_pattern(text, dialect)
    }

    /// Each field once, in text order. A field of a `$or` stands in several alternatives.
    pub fn fields(&self) -> impl Iterator<Item = PatternField<'_>> {
        let used = self.branches.iter().flat_map(|branch| &branch.fields);
        // Fields are numbered in text order. One that is replaced everywhere is left out.
        let used: BTreeSet<&FieldId> = used.collect();
        let used = used.into_iter().map(|id| &self.fields[*id as usize]);
        used.map(|field| PatternField {
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
        self.complexity.figure
    }

    fn check_wildcards(&self) -> Result<(), PatternError> {
        let Complexity { figure, values } = &self.complexity;
        if *figure <= WILDCARD_COMPLEXITY_MAX {
            return Ok(());
        }
        let message = format!(
            "wildcards of complexity {figure}: the service refuses a rule as too complex above {WILDCARD_COMPLEXITY_MAX}; use fewer `*` in one string, and fewer texts that repeat behind a `*`"
        );
        let error = PatternError::new(message, values.clone().unwrap_or(self.span()));
        Err(error.of_kind(PatternErrorKind::TooComplex))
    }

    /// Lists what EventBridge takes, or may take, and a reader would not expect: a field that a later one of the
    /// same path replaces, numbers that it need not compare exactly, more characters than the quota, wildcards
    /// near the limit of complexity.
    pub fn warnings(&self) -> Vec<PatternWarning> {
        let mut warnings = self.warnings.clone();
        let mut warn = |kind, message: String| {
            warnings.push(PatternWarning::new(kind, message, self.span()));
        };
        let characters = parse::compact_characters(&self.text);
        if characters > PATTERN_CHARACTERS_QUOTA {
            warn(
                PatternWarningKind::LongPattern,
                format!(
                    "{characters} characters: the quota of a rule's pattern is {PATTERN_CHARACTERS_QUOTA}, and can be raised to {PATTERN_CHARACTERS_MAX}"
                ),
            );
        }
        let complexity = self.wildcard_complexity();
        if complexity > WILDCARD_COMPLEXITY_WARNED {
            warn(
                PatternWarningKind::NearlyTooComplex,
                format!(
                    "wildcards of complexity {complexity}: the service refuses a rule as too complex above {WILDCARD_COMPLEXITY_MAX}, and does not document the figure; use fewer `*` in one string"
                ),
            );
        }
        warnings
    }

    /// The pattern's place in the text, from its first brace to its last.
    fn span(&self) -> Range<usize> {
        self.start..self.text.len()
    }

    /// Whether the event matches. If it takes too much work to find out, it does not:
    /// [`Explanation::undecided`] tells the two apart.
    pub fn matches(&self, event: &Event) -> bool {
        self.verdict(event) == Verdict::Match
    }

    fn verdict(&self, event: &Event) -> Verdict {
        let mut judge = Judge::new(self, event);
        let mut verdict = Verdict::NoMatch;
        for branch in &self.branches {
            match judge.verdict(branch) {
                Verdict::NoMatch => {}
                Verdict::Match => return Verdict::Match,
                // A later branch may still match, if that is easy to see.
                Verdict::Undecided => verdict = Verdict::Undecided,
            }
        }
        verdict
    }

    /// Why the event matches or not, field by field.
    pub fn explain(&self, event: &Event) -> Explanation {
        explain::explain(self, event)
    }
}

/// Patterns are equal if they ask the same of an event in the same order of `$or`s, however they are spaced.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        let asks_the_same = |(left, right): (&FieldId, &FieldId)| {
            self.fields[*left as usize].asks_the_same(&other.fields[*right as usize])
        };
        let same = |(left, right): (&Branch, &Branch)| {
            left.fields.len() == right.fields.len()
                && left.fields.iter().zip(&right.fields).all(asks_the_same)
        };
        self.branches.len() == other.branches.len()
            && self.branches.iter().zip(&other.branches).all(same)
    }
}

/// Writes the pattern as it was read.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text[self.start..])
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

/// As a string with the pattern's JSON, as the API has it.
#[cfg(feature = "serde")]
impl serde::Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
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

    #[track_caller]
    fn refused(text: &str) -> (PatternErrorKind, String) {
        let error = Pattern::parse(text).expect_err("no pattern");
        (error.kind(), text[error.span()].to_owned())
    }

    /// Alternatives of fields `f0`, `f1`, …, two each.
    fn either(count: usize) -> String {
        let fields =
            (0..count).map(|place| format!(r#""f{place}":{{"$or":[{{"x":[1]}},{{"y":[1]}}]}}"#));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    }

    #[test]
    fn limits_have_their_kind_and_place() {
        assert!(Pattern::parse(&either(9)).is_ok());
        let (kind, place) = refused(&either(10));
        assert_eq!(kind, PatternErrorKind::TooManyCombinations);
        assert_eq!(place, "\"$or\"");
        let long = format!(r#"{{"a": ["{}"]}}"#, "x".repeat(160_000));
        assert_eq!(refused(&long).0, PatternErrorKind::TooLong);
        let fields = |count| {
            let fields: Vec<String> = (0..count).map(|place| format!("\"{place}\":[1]")).collect();
            format!("{{{}}}", fields.join(","))
        };
        assert!(Pattern::parse(&fields(256)).is_ok());
        assert_eq!(refused(&fields(257)).1, "\"256\"");
        assert_eq!(refused("{").0, PatternErrorKind::NotJson);
        assert_eq!(refused(r#"{"a": 1}"#).0, PatternErrorKind::Invalid);
    }

    #[test]
    fn patterns_are_equal_if_they_ask_the_same() {
        let parse = |text: &str| Pattern::parse(text).expect(text);
        let one = parse(r#"{"b":[1],"a":{"x":[{"prefix":"p"}]}}"#);
        assert_eq!(one, parse(r#" {"a.x" : [ {"prefix": "p"} ], "b": [1]}"#));
        assert_ne!(one, parse(r#"{"b":[2],"a":{"x":[{"prefix":"p"}]}}"#));
        assert_eq!(one.to_string(), r#"{"b":[1],"a":{"x":[{"prefix":"p"}]}}"#);
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
        let complex = r#"{"a": [{"wildcard": "*:*:*:*:event-bus/*"}]}"#;
        check(complex, &[(complex, "complexity 9")]);
        check(r#"{"a": [{"numeric": ["<=", 5000000000]}]}"#, &[]);
        check(
            r#"{"a": [{"numeric": [">=", 1767225600000, "<", 1.7672256000001e12]}]}"#,
            &[
                ("1767225600000", "outside"),
                ("1.7672256000001e12", "outside"),
            ],
        );
        check(
            r#"{"a": [{"numeric": ["=", 0.1234567890123456]}]}"#,
            &[("0.1234567890123456", "this one has 16")],
        );
        let long = format!(
            r#"{{"a": ["{}"]}}"#,
            "é".repeat(PATTERN_CHARACTERS_QUOTA - 9)
        );
        check(&long, &[(&long, "2049 characters")]);
        check(&long.replacen('é', "", 1), &[]);
    }
}
