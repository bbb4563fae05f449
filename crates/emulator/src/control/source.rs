//! Event source mappings as Lambda's API has them, and tasks that move messages.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::config::EventSourceMapping;

/// An event source mapping: a queue that a function gets its events from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) settings: EventSourceMapping,
    pub(crate) is_enabled: bool,
    pub(crate) modified: Timestamp,
}

/// A task that has moved messages out of a dead-letter queue.
#[derive(Clone, Debug)]
pub(crate) struct MoveTask {
    pub(crate) source: String,
    pub(crate) destination: Option<String>,
    pub(crate) moved: usize,
    /// Why it did not move all.
    pub(crate) failure: Option<&'static str>,
    pub(crate) started: Timestamp,
}

impl Source {
    pub(crate) fn new(settings: EventSourceMapping, now: Timestamp) -> Self {
        Self {
            settings,
            is_enabled: true,
            modified: now,
        }
    }

    /// Returns its id, which is the same in every run.
    pub(crate) fn id(&self) -> String {
        let EventSourceMapping {
            queue, function, ..
        } = &self.settings;
        let hash = Sha256::digest(format!("{queue} {function}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string()
    }
}
