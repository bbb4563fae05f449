//! Events on their way to the bus, and what a scheduled run returns of them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a handler returns for a scheduled run: `()`, an [`Outcome`](crate::Outcome) or a
/// [`ScheduleOutcome`](crate::ScheduleOutcome).
pub trait Emissions: Sealed {
    /// The events, in order.
    fn into_events(self) -> Vec<Outgoing>;
}

impl Emissions for () {
    fn into_events(self) -> Vec<Outgoing> {
        Vec::new()
    }
}

/// Keeps [`Emissions`] to the types of this crate.
pub trait Sealed {}

impl Sealed for () {}

/// An event on its way to the bus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    name: Cow<'static, str>,
    source: Cow<'static, str>,
    detail_type: Cow<'static, str>,
    detail: Map<String, Value>,
}

impl Outgoing {
    /// An event with its detail, to which its name is added.
    pub(crate) fn new(
        [name, source, detail_type]: [&'static str; 3],
        detail: Value,
    ) -> Result<Self, String> {
        let Value::Object(mut detail) = detail else {
            return Err(format!("the event `{name}` is not a JSON object"));
        };
        // Inserted last, so that it overrides a field of this name.
        detail.insert("event_type".to_owned(), name.into());
        Ok(Self {
            name: name.into(),
            source: source.into(),
            detail_type: detail_type.into(),
            detail,
        })
    }

    /// The event's name in the spec.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `source` on the bus.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// `detail-type` on the bus.
    pub fn detail_type(&self) -> &str {
        &self.detail_type
    }

    /// The detail, `event_type` included.
    pub fn detail(&self) -> &Map<String, Value> {
        &self.detail
    }

    /// The detail as text.
    pub(crate) fn detail_json(&self) -> String {
        serde_json::to_string(&self.detail).expect("a JSON object has string keys only")
    }

    /// The whole event, as the fields of an envelope.
    pub(crate) fn to_json(&self) -> Value {
        serde_json::json!({
            "source": self.source,
            "detail-type": self.detail_type,
            "detail": self.detail,
        })
    }
}
