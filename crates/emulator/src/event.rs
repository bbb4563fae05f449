//! An event on a bus.

use std::sync::Arc;

use eventbridge::envelope::Envelope;
use serde::Deserialize;
use serde_json::Value;

/// An event on a bus.
#[derive(Clone, Debug)]
pub(crate) struct BusEvent {
    pub(crate) id: Arc<str>,
    /// The name of the bus.
    pub(crate) bus: Arc<str>,
    /// The envelope as JSON.
    pub(crate) json: Arc<str>,
    /// The envelope's `time`.
    pub(crate) time: String,
    /// How many functions it has gone through.
    pub(crate) hops: u32,
}

impl BusEvent {
    pub(crate) fn new(envelope: &Envelope, bus: Arc<str>, hops: u32) -> Self {
        Self {
            id: envelope.id.as_str().into(),
            bus,
            json: envelope.to_json().into(),
            time: envelope.time.clone(),
            hops,
        }
    }

    /// What a trace shows of it.
    pub(crate) fn summary(&self) -> Summary {
        serde_json::from_str(&self.json).unwrap_or_default()
    }
}

/// The fields that a trace shows, whatever they hold.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Summary {
    pub(crate) source: String,
    #[serde(rename = "detail-type")]
    pub(crate) detail_type: String,
    pub(crate) detail: Subject,
}

/// What the detail of a pipeline's events says of whom they are about.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Subject {
    event_type: Value,
    user_id: Value,
}

impl Subject {
    pub(crate) fn event_type(&self) -> Option<String> {
        self.event_type.as_str().map(str::to_owned)
    }

    pub(crate) fn user_id(&self) -> Option<String> {
        self.user_id.as_str().map(str::to_owned)
    }
}
