//! What each environment says for itself: values, and the texts and settings that name them.
//!
//! A spec is read for one [`Setting`]: an environment, or this machine. Every text and number is there as it is in that
//! setting, for all who check, compare and run. Beside it stands how it is written, for Terraform, which serves every
//! environment with the same files.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use crate::diagnostic::Elsewhere;
use crate::span::Span;

/// A value that a spec declares and each environment sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Where its name stands.
    pub name_span: Span,
    /// What it means, for people.
    pub description: Option<String>,
    /// What it may be.
    pub kind: ValueType,
    /// What it is on this machine, as a spec writes it.
    pub local: String,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueType {
    /// Any text.
    String,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A time such as `30s`.
    Duration,
}

/// Something that an environment decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// The name of the environment.
    Environment,
    /// The region.
    Region,
    /// The id of the account.
    Account,
    /// A declared value.
    Value {
        /// The name.
        name: String,
        /// The type.
        kind: ValueType,
    },
}

impl Reference {
    /// The name between the brackets.
    pub fn name(&self) -> &str {
        match self {
            Self::Environment => "environment",
            Self::Region => "region",
            Self::Account => "account",
            Self::Value { name, .. } => name,
        }
    }
}

/// The values that nobody declares.
pub const BUILT_IN: [(&str, Reference); 3] = [
    ("environment", Reference::Environment),
    ("region", Reference::Region),
    ("account", Reference::Account),
];

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Text that is the same everywhere.
    Literal(String),
    /// What an environment says.
    Reference {
        /// What the text names.
        reference: Reference,
        /// What it is in the setting that the spec was read for.
        value: String,
    },
}

/// A text that may name values. Two are equal if they say the same, wherever they stand.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text in the setting that the spec was read for.
    pub value: String,
    /// The place that it comes from.
    pub span: Span,
    /// How it is put together; `None` if it is the same everywhere.
    pub parts: Option<Vec<Part>>,
}

impl Text {
    fn key(&self) -> (&str, &Option<Vec<Part>>) {
        (&self.value, &self.parts)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl Text {
    /// A text that is the same everywhere.
    pub fn literal(value: impl Into<String>, span: Span) -> Self {
        Self {
            value: value.into(),
            span,
            parts: None,
        }
    }

    /// Splits the text in front of and behind a mark, of which the first `skipped` do not count. A mark counts only where
    /// the text is the same everywhere. Returns `None` if there is none.
    pub(crate) fn split(&self, mark: &str, skipped: usize) -> Option<(Self, Self)> {
        let own = [Part::Literal(self.value.clone())];
        let parts = self.parts.as_deref().unwrap_or(&own);
        let mut passed = 0;
        for (place, part) in parts.iter().enumerate() {
            let Part::Literal(text) = part else {
                continue;
            };
            for (at, _) in text.match_indices(mark) {
                if passed < skipped {
                    passed += 1;
                    continue;
                }
                let before = Part::Literal(text[..at].to_owned());
                let behind = Part::Literal(text[at + mark.len()..].to_owned());
                let before = parts[..place].iter().cloned().chain([before]);
                let behind = std::iter::once(behind).chain(parts[place + 1..].iter().cloned());
                return Some((self.made_of(before), self.made_of(behind)));
            }
        }
        None
    }

    /// Puts texts that are the same everywhere in front of it and behind it.
    pub(crate) fn within(&self, before: &str, behind: &str) -> Self {
        let own = [Part::Literal(self.value.clone())];
        let parts = self.parts.as_deref().unwrap_or(&own).iter().cloned();
        let literal = |text: &str| Part::Literal(text.to_owned());
        let before = std::iter::once(literal(before));
        self.made_of(before.chain(parts).chain([literal(behind)]))
    }

    /// Puts a text together, for the place of this one.
    fn made_of(&self, parts: impl Iterator<Item = Part>) -> Self {
        let is_empty = |part: &Part| matches!(part, Part::Literal(text) if text.is_empty());
        let parts: Vec<Part> = parts.filter(|part| !is_empty(part)).collect();
        Self::new(parts, self.span)
    }

    /// Puts a text together.
    pub(crate) fn new(parts: Vec<Part>, span: Span) -> Self {
        let value = parts.iter().map(|part| match part {
            Part::Literal(text) | Part::Reference { value: text, .. } => text.as_str(),
        });
        let is_literal = parts.iter().all(|part| matches!(part, Part::Literal(_)));
        Self {
            value: value.collect(),
            span,
            parts: (!is_literal).then_some(parts),
        }
    }

    /// The text as a spec writes it.
    pub fn as_written(&self) -> String {
        let escaped = |text: &str| text.replace("${", "$${");
        let Some(parts) = &self.parts else {
            return escaped(&self.value);
        };
        let parts = parts.iter().map(|part| match part {
            Part::Literal(text) => escaped(text),
            Part::Reference { reference, .. } => format!("${{{}}}", reference.name()),
        });
        parts.collect()
    }

    /// Whether the text may be another one in each environment of an account and region.
    pub(crate) fn tells_environments_apart(&self) -> bool {
        let parts = self.parts.iter().flatten();
        parts.into_iter().any(|part| match part {
            Part::Literal(_) => false,
            Part::Reference { reference, .. } => match reference {
                Reference::Environment | Reference::Value { .. } => true,
                Reference::Region | Reference::Account => false,
            },
        })
    }

    /// The number of bytes of the text in the environment in which it is longest, if a value there may have `most`.
    pub(crate) fn longest(&self, most: usize) -> usize {
        match self.parts {
            None => self.value.len(),
            Some(_) => most.max(self.value.len()),
        }
    }
}

/// A number or a switch that may come from a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Valued<T> {
    /// What it is in the setting that the spec was read for.
    pub value: T,
    /// The value that it comes from; `None` if it is the same everywhere.
    pub from: Option<String>,
}

impl<T> From<T> for Valued<T> {
    fn from(value: T) -> Self {
        Self { value, from: None }
    }
}

/// An environment, or this machine, with what is true in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What findings call it.
    pub name: String,
    /// The name of the environment.
    pub environment: String,
    /// The region.
    pub region: String,
    /// The id of the account.
    pub account: String,
    /// What it says for declared values, as a spec would write it.
    pub values: BTreeMap<String, String>,
    /// Where it says each of them, if it is known.
    pub places: BTreeMap<String, Elsewhere>,
    /// Whether a value that it does not say is the one of this machine. In an environment, that is a finding.
    pub is_local: bool,
}

impl Default for Setting {
    /// This machine.
    fn default() -> Self {
        Self {
            name: "local".to_owned(),
            environment: "local".to_owned(),
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            values: BTreeMap::new(),
            places: BTreeMap::new(),
            is_local: true,
        }
    }
}

impl Setting {
    /// An environment, for a check that knows neither its region nor its account.
    pub fn environment(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            environment: name.to_owned(),
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            values: BTreeMap::new(),
            places: BTreeMap::new(),
            is_local: false,
        }
    }
}
