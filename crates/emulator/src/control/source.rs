//! Event source mappings as Lambda's API has them, and tasks that move messages.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ControlPlane;
use crate::config::EventSourceMapping;

/// An event source mapping: a queue that a function gets its events from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Source {
    pub(crate) settings: EventSourceMapping,
    pub(crate) is_enabled: bool,
    pub(crate) modified: Timestamp,
}

/// A task that has moved messages out of a dead-letter queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MoveTask {
    pub(crate) source: String,
    pub(crate) destination: Option<String>,
    pub(crate) moved: usize,
    /// Why it did not move all.
    pub(crate) failure: Option<String>,
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
        Self::id_of(&self.settings)
    }

    /// Returns the id of the mapping with these settings.
    pub(crate) fn id_of(settings: &EventSourceMapping) -> String {
        let EventSourceMapping {
            queue, function, ..
        } = settings;
        let hash = Sha256::digest(format!("{queue} {function}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string()
    }
}

impl ControlPlane {
    /// Takes over the event source mappings of a spec. What was changed over the API stays, as long as the spec says of it
    /// what it said before.
    pub(crate) fn merge_sources(
        &mut self,
        before: &BTreeMap<String, EventSourceMapping>,
        spec: &[EventSourceMapping],
        now: Timestamp,
    ) {
        let spec = spec.iter();
        let spec: BTreeMap<String, &EventSourceMapping> = spec
            .map(|settings| (Source::id_of(settings), settings))
            .collect();
        self.sources
            .retain(|id, _| match (spec.get(id), before.get(id)) {
                (Some(given), Some(before)) => *given == before,
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            });
        for (id, given) in spec {
            // One that was deleted over the API stays away, too.
            if before.get(&id) != Some(given) {
                self.sources.insert(id, Source::new(given.clone(), now));
            }
        }
    }

    /// Returns the settings of the event source mappings that work.
    pub(crate) fn enabled_mappings(&self) -> Vec<EventSourceMapping> {
        let enabled = self.sources.values().filter(|source| source.is_enabled);
        enabled.map(|source| source.settings.clone()).collect()
    }
}
