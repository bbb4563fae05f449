//! Event patterns: parsed, validated, matched and explained.
//!
//! A pattern is a JSON object whose leaves are lists; all its fields must match, and of a list one
//! element. Sources: the EventBridge user guide, "Creating event patterns" and "Comparison
//! operators", and the behaviour of the service's open matcher.

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

pub use error::PatternError;
pub use event::{Event, EventError};
pub use explain::{Explanation, Finding, Outcome};
use scalar::ValueTest;
pub use set::{Matcher, RuleSet};

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
}

impl Pattern {
    /// Reads a pattern from JSON. What follows the first value is ignored, as the service's own
    /// parser does.
    ///
    /// # Errors
    /// With the reason and the place when EventBridge would refuse the pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        parse::branches(text).map(|branches| Self { branches })
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

/// One alternative of a pattern after `$or` is expanded: all its fields must match.
#[derive(Clone, Debug, Default)]
struct Branch {
    /// In UTF-16 order of their paths, each path once.
    fields: Vec<Field>,
}

impl Branch {
    /// Adds a field; the same path a second time replaces the first.
    fn put(&mut self, field: Field) {
        self.fields.retain(|known| known.path != field.path);
        self.fields.push(field);
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Field {
    path: String,
    tests: Vec<ValueTest>,
    /// Whether a missing field matches.
    absent: bool,
}
