//! Events that have come to a bus.

use std::sync::Arc;

use eventbridge::envelope::Envelope;
use serde::{Deserialize, Serialize};

use crate::subject::{SubjectPath, Summary};

/// An event that has come to a bus.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BusEvent {
    pub(crate) id: Arc<str>,
    /// The name of the bus.
    pub(crate) bus: Arc<str>,
    /// The envelope as JSON.
    pub(crate) json: Arc<str>,
    /// The envelope's `time`.
    pub(crate) time: String,
    /// The number of functions and buses that the event has gone through.
    pub(crate) hops: u32,
    /// Whether another bus sent it here.
    pub(crate) is_from_bus: bool,
}

impl BusEvent {
    pub(crate) fn new(envelope: &Envelope, bus: Arc<str>, hops: u32) -> Self {
        Self {
            id: envelope.id.as_str().into(),
            bus,
            json: envelope.to_json().into(),
            time: envelope.time.clone(),
            hops,
            is_from_bus: false,
        }
    }

    /// Reads the fields that a trace shows.
    pub(crate) fn summary(&self, subject: &SubjectPath) -> Summary {
        subject.summary(&self.json)
    }
}
