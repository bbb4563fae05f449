//! Archives, which keep events, and replays, which send them again.

use std::collections::VecDeque;
use std::sync::Arc;

use eventbridge::pattern::{Event, Pattern};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kept::ARCHIVED;
use crate::refusal::Answer;
use crate::state::Store;

/// About the bytes that an archived event takes beside its text.
const FRAME: usize = 100;

/// Keeps the events of a bus.
#[derive(Debug)]
pub(crate) struct Archive {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) bus: Arc<str>,
    pub(crate) bus_arn: String,
    pub(crate) description: Option<String>,
    pub(crate) pattern: Option<(Arc<str>, Arc<Pattern>)>,
    /// Days until an event may be dropped. 0 keeps it for ever.
    pub(crate) retention_days: u32,
    pub(crate) created: Timestamp,
    pub(crate) events: VecDeque<Archived>,
    /// The bytes of the events.
    pub(crate) size: usize,
    /// The number of the next event.
    pub(crate) next: u64,
}

/// An event in an archive.
#[derive(Clone, Debug)]
pub(crate) struct Archived {
    /// Counts the events of the archive.
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    /// The envelope as JSON.
    pub(crate) event: Arc<str>,
}

/// An archive without its events.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptArchive {
    name: String,
    arn: String,
    bus: Arc<str>,
    bus_arn: String,
    description: Option<String>,
    pattern: Option<Arc<str>>,
    retention_days: u32,
    created: Timestamp,
}

/// Sends the events of an archive again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Replay {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) description: Option<String>,
    pub(crate) source_arn: String,
    pub(crate) destination_arn: String,
    pub(crate) filter_arns: Vec<String>,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) started: Timestamp,
    pub(crate) ended: Timestamp,
    pub(crate) last_event: Option<Timestamp>,
}

impl Archive {
    /// Keeps an event if the archive's pattern matches it, or if there is no pattern.
    pub(super) fn keep(&mut self, event: &Arc<str>, parsed: &Event, now: Timestamp, store: &Store) {
        let is_meant = self
            .pattern
            .as_ref()
            .is_none_or(|(_, pattern)| pattern.matches(parsed));
        if !is_meant {
            return;
        }
        self.size += event.len();
        store.put(
            &[ARCHIVED, &self.name, &self.next.to_string()],
            &(now, event),
        );
        self.events.push_back(Archived {
            number: self.next,
            at: now,
            event: Arc::clone(event),
        });
        self.next += 1;
    }

    /// Returns about how many bytes of memory its events take.
    pub(super) fn bytes(&self) -> usize {
        self.size + self.events.len() * FRAME
    }

    /// Drops the oldest event.
    pub(super) fn drop_oldest(&mut self, store: &Store) {
        if let Some(oldest) = self.events.pop_front() {
            self.size -= oldest.event.len();
            store.remove(&[ARCHIVED, &self.name, &oldest.number.to_string()]);
        }
    }

    pub(super) fn without_events(&self) -> KeptArchive {
        let Self {
            name,
            arn,
            bus,
            bus_arn,
            description,
            pattern,
            retention_days,
            created,
            events: _,
            size: _,
            next: _,
        } = self;
        KeptArchive {
            name: name.clone(),
            arn: arn.clone(),
            bus: Arc::clone(bus),
            bus_arn: bus_arn.clone(),
            description: description.clone(),
            pattern: pattern.as_ref().map(|(text, _)| Arc::clone(text)),
            retention_days: *retention_days,
            created: *created,
        }
    }
}

impl KeptArchive {
    pub(super) fn into_archive(self) -> Answer<Archive> {
        let Self {
            name,
            arn,
            bus,
            bus_arn,
            description,
            pattern,
            retention_days,
            created,
        } = self;
        let pattern = pattern.map(|text| super::pattern(&text)).transpose()?;
        Ok(Archive {
            name,
            arn,
            bus,
            bus_arn,
            description,
            pattern,
            retention_days,
            created,
            events: VecDeque::new(),
            size: 0,
            next: 0,
        })
    }
}
