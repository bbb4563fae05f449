//! The result of a run for one event: the events that it emits.

use std::marker::PhantomData;

use serde_json::{Map, Value};

use crate::event::{EmittedBy, Job};
use crate::handler::Error;

/// The result of a run of the job `J` for one event, with the events that are to be emitted.
///
/// They are emitted when the handler has returned, in this order. A scheduled run has no outcome: it
/// emits nothing.
#[derive(Clone, Debug)]
pub struct Outcome<J> {
    events: Vec<Outgoing>,
    job: PhantomData<fn() -> J>,
}

impl<J: Job> Outcome<J> {
    /// The work is done, and nothing is emitted.
    pub fn done() -> Self {
        Self {
            events: Vec::new(),
            job: PhantomData,
        }
    }

    /// Adds an event. The spec says which events a job may emit; any other does not compile.
    ///
    /// # Errors
    ///
    /// The event is not a JSON object; generated types always are.
    pub fn emit<E: EmittedBy<J>>(mut self, event: &E) -> Result<Self, Error> {
        self.events.push(Outgoing::new(event)?);
        Ok(self)
    }

    /// The events so far, in order.
    pub fn events(&self) -> &[Outgoing] {
        &self.events
    }
}

/// An event on its way to the bus.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    name: &'static str,
    source: &'static str,
    detail_type: &'static str,
    detail: Map<String, Value>,
}

impl Outgoing {
    fn new<E: crate::Event>(event: &E) -> Result<Self, Error> {
        let Value::Object(mut detail) = serde_json::to_value(event)? else {
            return Err(format!("the event `{}` is not a JSON object", E::NAME).into());
        };
        // Inserted last, so that it overrides a field of this name.
        detail.insert("event_type".to_owned(), E::NAME.into());
        Ok(Self {
            name: E::NAME,
            source: E::SOURCE,
            detail_type: E::DETAIL_TYPE,
            detail,
        })
    }

    /// The event's name in the spec.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// `source` on the bus.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// `detail-type` on the bus.
    pub fn detail_type(&self) -> &'static str {
        self.detail_type
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
