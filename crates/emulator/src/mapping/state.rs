//! The event source mappings, and how many batches of each are on their way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::agenda::later;
use crate::config::EventSourceMapping;

/// Every event source mapping, by the name of its queue.
#[derive(Debug, Default)]
pub(crate) struct Mappings {
    by_queue: Mutex<BTreeMap<String, Mapping>>,
}

#[derive(Debug)]
struct Mapping {
    settings: Arc<EventSourceMapping>,
    /// Batches on their way.
    running: u32,
    /// The end of the window of the next batch, once it has a message.
    window_end: Option<Timestamp>,
}

/// What a mapping does with the messages that there are.
#[derive(Debug)]
pub(super) enum Turn {
    /// It takes a batch. This counts as one on its way from now on.
    Take(Arc<EventSourceMapping>),
    /// It waits for more messages until an instant.
    Wait(Timestamp),
    /// It has enough to do, or there is nothing.
    Rest,
}

impl Mappings {
    /// Replaces all mappings. Batches on their way still count.
    pub(crate) fn replace(&self, mappings: &[EventSourceMapping]) {
        let mut by_queue = self.lock();
        let replaced = mappings.iter().map(|settings| {
            let running = by_queue.get(&settings.queue).map(|mapping| mapping.running);
            let mapping = Mapping {
                settings: Arc::new(settings.clone()),
                running: running.unwrap_or_default(),
                window_end: None,
            };
            (settings.queue.clone(), mapping)
        });
        *by_queue = replaced.collect();
    }

    /// Replaces the mapping of a queue. Batches on their way still count.
    pub(crate) fn put(&self, settings: EventSourceMapping) {
        let mut by_queue = self.lock();
        let running = by_queue.get(&settings.queue).map(|mapping| mapping.running);
        let mapping = Mapping {
            running: running.unwrap_or_default(),
            window_end: None,
            settings: Arc::new(settings),
        };
        by_queue.insert(mapping.settings.queue.clone(), mapping);
    }

    /// Removes the mapping of a queue. Batches on their way end as they began.
    pub(crate) fn remove(&self, queue: &str) {
        self.lock().remove(queue);
    }

    /// Replaces all mappings, after every batch on its way has been ended.
    pub(crate) fn reset(&self, mappings: &[EventSourceMapping]) {
        self.lock().clear();
        self.replace(mappings);
    }

    /// Returns whether a function gets its events from this queue.
    pub(crate) fn has(&self, queue: &str) -> bool {
        self.lock().contains_key(queue)
    }

    /// Returns the names of all queues that functions get their events from.
    pub(crate) fn queues(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// Returns how many batches of a queue are on their way.
    pub(crate) fn running(&self, queue: &str) -> u32 {
        self.lock().get(queue).map_or(0, |mapping| mapping.running)
    }

    /// Decides what to do with the messages that can be received. `most` is the most batches at a time of a mapping that
    /// has no maximum concurrency of its own.
    pub(super) fn turn(&self, queue: &str, available: usize, most: u32, now: Timestamp) -> Turn {
        let mut by_queue = self.lock();
        let Some(mapping) = by_queue.get_mut(queue) else {
            return Turn::Rest;
        };
        let settings = Arc::clone(&mapping.settings);
        let limit = settings.max_concurrency.unwrap_or(most);
        if available == 0 {
            mapping.window_end = None;
        }
        if mapping.running >= limit || available == 0 {
            return Turn::Rest;
        }
        let is_full = available >= settings.batch_size as usize;
        if !is_full && !settings.window.is_zero() {
            let end = *mapping
                .window_end
                .get_or_insert_with(|| later(now, settings.window));
            if now < end {
                return Turn::Wait(end);
            }
        }
        mapping.window_end = None;
        mapping.running += 1;
        Turn::Take(settings)
    }

    /// Notes that a batch has ended.
    pub(super) fn ended(&self, queue: &str) {
        if let Some(mapping) = self.lock().get_mut(queue) {
            mapping.running = mapping.running.saturating_sub(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Mapping>> {
        self.by_queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn mappings(window: Duration) -> Mappings {
        let mappings = Mappings::default();
        mappings.replace(&[EventSourceMapping {
            queue: "q".to_owned(),
            function: "f".to_owned(),
            batch_size: 10,
            window,
            max_concurrency: Some(2),
            report_batch_item_failures: true,
        }]);
        mappings
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn no_more_batches_are_on_their_way_than_may_be() {
        let mappings = mappings(Duration::ZERO);
        let turn = || mappings.turn("q", 1, 8, at(0));
        assert!(matches!(turn(), Turn::Take(_)));
        assert!(matches!(turn(), Turn::Take(_)));
        assert!(matches!(turn(), Turn::Rest));
        mappings.ended("q");
        assert!(matches!(turn(), Turn::Take(_)));
        assert_eq!(mappings.running("q"), 2);
        assert!(matches!(mappings.turn("none", 1, 8, at(0)), Turn::Rest));
    }

    #[test]
    fn a_batch_waits_for_its_window_unless_it_is_full() {
        let mappings = mappings(Duration::from_secs(5));
        let turn = |available, now| mappings.turn("q", available, 8, at(now));
        assert!(matches!(turn(0, 0), Turn::Rest));
        assert!(matches!(turn(1, 1), Turn::Wait(end) if end == at(6)));
        assert!(matches!(turn(9, 5), Turn::Wait(end) if end == at(6)));
        assert!(matches!(turn(9, 6), Turn::Take(_)));
        assert!(matches!(turn(10, 6), Turn::Take(_)));
    }
}
