//! Events that jobs emit and wait for.

use std::fmt;

use indexmap::IndexMap;

use super::used::Foreign;

use crate::allow::Allow;
use crate::span::{Span, Spanned};

/// The prefix of the sources of AWS.
pub const SOURCE_RESERVED: &str = "aws.";

/// How a rule tells two events of one detail type apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discriminator {
    /// Every detail carries the event's name as `event_type`, and rules match on it.
    EventType,
    /// Rules match on `source` and `detail-type` alone.
    None,
}

/// An event that a job may emit or be triggered by.
#[derive(Clone, Debug)]
pub struct Event {
    /// Where its name stands.
    pub name_span: Span,
    /// What it means, for people.
    pub description: Option<String>,
    /// `source` on the bus: the pipeline's unless the event says another.
    pub source: Spanned<String>,
    /// `detail-type` on the bus, at most 128 characters.
    pub detail_type: Spanned<String>,
    /// Whether a rule for it also matches `detail.event_type`: as the pipeline says unless the event says otherwise.
    pub discriminator: Discriminator,
    /// Whether something outside the pipeline emits it. An event of another source always is.
    pub external: bool,
    /// The fields of its detail, without `event_type`.
    pub detail: IndexMap<String, Field>,
    /// Findings about this event that stay on purpose.
    pub allow: Vec<Allow>,
    /// What it is in the pipeline that has it, if that is another one.
    pub used: Option<Foreign>,
}

impl Event {
    /// Whether its source is AWS's. AWS may add fields to such an event at any time.
    pub fn is_of_aws(&self) -> bool {
        self.source.value.starts_with(SOURCE_RESERVED)
    }

    /// What its details say as `event_type`, if they say it: its name in the pipeline that has it.
    pub fn event_type<'a>(&'a self, name: &'a str) -> &'a str {
        self.used.as_ref().map_or(name, |used| &used.event)
    }
}

/// One field of a detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What the field holds.
    pub field_type: FieldType,
    /// Whether it may be null or absent (`string?`).
    pub optional: bool,
}

/// The type of a detail's field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Any text.
    String,
    /// A whole number, 64 bits.
    Integer,
    /// A double.
    Number,
    /// `true` or `false`.
    Boolean,
    /// RFC 3339, UTC: `2026-01-01T01:00:00Z`.
    Timestamp,
    /// A calendar day: `2026-01-01`.
    Date,
    /// Any JSON value.
    Json,
    /// One of some texts, at least one, all different.
    Enum(Vec<String>),
    /// A list of one type: `[string]`.
    List(Box<Field>),
    /// A nested object.
    Object(IndexMap<String, Field>),
}

/// Writes a field as a spec does: `string?`.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.optional { "?" } else { "" };
        write!(f, "{}{mark}", self.field_type)
    }
}

/// Writes a type as a spec does: `[string]`.
impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String => f.write_str("string"),
            Self::Integer => f.write_str("integer"),
            Self::Number => f.write_str("number"),
            Self::Boolean => f.write_str("boolean"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Date => f.write_str("date"),
            Self::Json => f.write_str("json"),
            Self::Enum(values) => write!(f, "enum({})", values.join(", ")),
            Self::List(item) => write!(f, "[{item}]"),
            Self::Object(fields) if fields.is_empty() => f.write_str("{}"),
            Self::Object(fields) => {
                let fields = fields.iter();
                let fields = fields.map(|(name, field)| format!("{name}: {field}"));
                write!(f, "{{ {} }}", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }
}
