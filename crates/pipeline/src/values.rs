//! What each environment says for itself: values, and the texts and settings that name them.
//!
//! A spec is read for one [`Setting`]: an environment, or this machine. Every text and number is there as it is in that
//! setting, for all who check, compare and run. Beside it stands how it is written, for Terraform, which serves every
//! environment with the same files.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

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
    Reference(Reference),
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

impl Part {
    fn as_written(&self) -> &str {
        match self {
            Self::Literal(text) => text,
            Self::Reference(Reference::Environment) => "environment",
            Self::Reference(Reference::Region) => "region",
            Self::Reference(Reference::Account) => "account",
            Self::Reference(Reference::Value { name, .. }) => name,
        }
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

    /// The part behind the first `mark`; `None` if no mark stands in what is the same everywhere.
    pub(crate) fn behind(&self, mark: &str) -> Option<Self> {
        let (_, value) = self.value.split_once(mark)?;
        let mut behind = Self::literal(value, self.span);
        let Some(parts) = &self.parts else {
            return Some(behind);
        };
        let (place, rest) = parts
            .iter()
            .enumerate()
            .find_map(|(place, part)| match part {
                Part::Literal(text) => text.split_once(mark).map(|(_, rest)| (place, rest)),
                Part::Reference(_) => None,
            })?;
        let mut parts = parts[place + 1..].to_vec();
        if !rest.is_empty() {
            parts.insert(0, Part::Literal(rest.to_owned()));
        }
        let is_literal = parts.iter().all(|part| matches!(part, Part::Literal(_)));
        behind.parts = (!is_literal).then_some(parts);
        Some(behind)
    }

    /// The text as it is written, as a word of small letters, digits and hyphens.
    pub(crate) fn as_word(&self) -> String {
        let written: String = match &self.parts {
            None => self.value.clone(),
            Some(parts) => parts.iter().map(Part::as_written).collect(),
        };
        let words = written.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        words.join("-").to_lowercase()
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
            is_local: false,
        }
    }
}
