//! Archives, which keep events, and replays, which send them again.

use std::collections::VecDeque;
use std::sync::Arc;

use eventbridge::pattern::{Event, Pattern};
use jiff::Timestamp;

/// The most events that an archive keeps, and their most bytes; older ones go first.
const EVENTS: usize = 100_000;
const BYTES: usize = 64 << 20;

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
    pub(crate) events: VecDeque<(Timestamp, Arc<str>)>,
    /// The bytes of the events.
    pub(crate) size: usize,
}

/// Sends the events of an archive again.
#[derive(Clone, Debug)]
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
    pub(super) fn keep(&mut self, event: &Arc<str>, parsed: &Event, now: Timestamp) {
        let is_meant = self
            .pattern
            .as_ref()
            .is_none_or(|(_, pattern)| pattern.matches(parsed));
        if is_meant {
            self.size += event.len();
            self.events.push_back((now, Arc::clone(event)));
            while self.events.len() > EVENTS || self.size > BYTES {
                let Some((_, oldest)) = self.events.pop_front() else {
                    return;
                };
                self.size -= oldest.len();
            }
        }
    }
}
