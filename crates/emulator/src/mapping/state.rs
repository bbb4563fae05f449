//! The event source mappings, and how many batches of each are on their way.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::filter::Filter;
use crate::agenda::later;
use crate::config::EventSourceMapping;

/// Every event source mapping, by the name of its queue.
#[derive(Debug, Default)]
pub(crate) struct Mappings {
    by_queue: Mutex<BTreeMap<String, VecDeque<Mapping>>>,
}

#[derive(Debug)]
struct Mapping {
    settings: Arc<EventSourceMapping>,
    filter: Arc<Filter>,
    /// Batches on their way.
    running: u32,
    /// The end of the window of the next batch, once it has a message.
    window_end: Option<Timestamp>,
}

/// What a mapping does with the messages that there are.
#[derive(Debug)]
pub(super) enum Turn {
    /// It takes a batch. This counts as one on its way from now on.
    Take(Arc<EventSourceMapping>, Arc<Filter>),
    /// It waits for more messages until an instant.
    Wait(Timestamp),
    /// It has enough to do, or there is nothing.
    Rest,
}

impl Mapping {
    /// A mapping that has some batches on their way.
    fn new(settings: EventSourceMapping, running: u32) -> Self {
        Self {
            filter: Arc::new(Filter::new(&settings.filters)),
            settings: Arc::new(settings),
            running,
            window_end: None,
        }
    }

    /// Decides what to do with the messages that can be received.
    fn turn(&mut self, available: usize, most: u32, now: Timestamp) -> Turn {
        let limit = self.settings.max_concurrency.unwrap_or(most);
        if available == 0 {
            self.window_end = None;
        }
        if self.running >= limit || available == 0 {
            return Turn::Rest;
        }
        let is_full = available >= self.settings.batch_size as usize;
        if !is_full && !self.settings.window.is_zero() {
            let end = *self
                .window_end
                .get_or_insert_with(|| later(now, self.settings.window));
            if now < end {
                return Turn::Wait(end);
            }
        }
        self.window_end = None;
        self.running += 1;
        Turn::Take(Arc::clone(&self.settings), Arc::clone(&self.filter))
    }
}

impl Mappings {
    /// Replaces all mappings. Batches on their way still count.
    pub(crate) fn replace(&self, mappings: &[EventSourceMapping]) {
        let mut by_queue = self.lock();
        let before = std::mem::take(&mut *by_queue);
        for settings in mappings {
            let of_queue = before.get(&settings.queue).into_iter().flatten();
            let mut same = of_queue.filter(|one| one.settings.function == settings.function);
            let running = same.next().map_or(0, |mapping| mapping.running);
            let mapping = Mapping::new(settings.clone(), running);
            by_queue
                .entry(settings.queue.clone())
                .or_default()
                .push_back(mapping);
        }
    }

    /// Makes the mapping of a queue and a function, or replaces it. Batches on their way still count.
    pub(crate) fn put(&self, settings: EventSourceMapping) {
        let mut by_queue = self.lock();
        let of_queue = by_queue.entry(settings.queue.clone()).or_default();
        let same = |one: &&mut Mapping| one.settings.function == settings.function;
        match of_queue.iter_mut().find(same) {
            Some(mapping) => *mapping = Mapping::new(settings, mapping.running),
            None => of_queue.push_back(Mapping::new(settings, 0)),
        }
    }

    /// Removes the mapping of a queue and a function. Batches on their way end as they began.
    pub(crate) fn remove(&self, queue: &str, function: &str) {
        let mut by_queue = self.lock();
        if let Some(of_queue) = by_queue.get_mut(queue) {
            of_queue.retain(|mapping| mapping.settings.function != function);
            if of_queue.is_empty() {
                by_queue.remove(queue);
            }
        }
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
        let by_queue = self.lock();
        let of_queue = by_queue.get(queue).into_iter().flatten();
        of_queue.map(|mapping| mapping.running).sum()
    }

    /// Decides what to do with the messages that can be received. Of several mappings, each has its turn. `most` is the most
    /// batches at a time of a mapping that has no maximum concurrency of its own.
    pub(super) fn turn(&self, queue: &str, available: usize, most: u32, now: Timestamp) -> Turn {
        let mut by_queue = self.lock();
        let Some(of_queue) = by_queue.get_mut(queue) else {
            return Turn::Rest;
        };
        let mut wait = None;
        for place in 0..of_queue.len() {
            let Some(mapping) = of_queue.get_mut(place) else {
                break;
            };
            match mapping.turn(available, most, now) {
                Turn::Take(settings, filter) => {
                    // The next batch is for the one behind it.
                    of_queue.rotate_left(place + 1);
                    return Turn::Take(settings, filter);
                }
                Turn::Wait(until) => wait = wait.min(Some(until)).or(Some(until)),
                Turn::Rest => {}
            }
        }
        wait.map_or(Turn::Rest, Turn::Wait)
    }

    /// Notes that a batch has ended.
    pub(super) fn ended(&self, settings: &EventSourceMapping) {
        let mut by_queue = self.lock();
        let of_queue = by_queue.get_mut(&settings.queue).into_iter().flatten();
        for mapping in of_queue {
            if mapping.settings.function == settings.function {
                mapping.running = mapping.running.saturating_sub(1);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, VecDeque<Mapping>>> {
        self.by_queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn mapping(function: &str, window: Duration) -> EventSourceMapping {
        EventSourceMapping {
            queue: "q".to_owned(),
            function: function.to_owned(),
            batch_size: 10,
            window,
            max_concurrency: Some(2),
            report_batch_item_failures: true,
            filters: Vec::new(),
        }
    }

    fn mappings(window: Duration) -> Mappings {
        let mappings = Mappings::default();
        mappings.replace(&[mapping("f", window)]);
        mappings
    }

    #[test]
    fn several_mappings_of_a_queue_take_turns() {
        let mappings = mappings(Duration::ZERO);
        mappings.put(mapping("g", Duration::ZERO));
        mappings.put(mapping("h", Duration::from_secs(5)));
        let turn = |now| match mappings.turn("q", 1, 8, at(now)) {
            Turn::Take(settings, _) => settings.function.clone(),
            Turn::Wait(until) => until.to_string(),
            Turn::Rest => "rest".to_owned(),
        };
        let turns: Vec<String> = (0..5).map(|_| turn(0)).collect();
        assert_eq!(turns, ["f", "g", "f", "g", "1970-01-01T00:00:05Z"]);
        assert_eq!(turn(5), "h");
        mappings.ended(&mapping("g", Duration::ZERO));
        assert_eq!(mappings.running("q"), 4);
        // What replaces one goes on counting.
        mappings.replace(&[mapping("f", Duration::ZERO), mapping("g", Duration::ZERO)]);
        assert_eq!(turn(6), "g");
        assert_eq!(turn(6), "rest");
        mappings.remove("q", "f");
        assert_eq!((mappings.running("q"), mappings.has("q")), (2, true));
        mappings.remove("q", "g");
        assert!(!mappings.has("q"));
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn no_more_batches_are_on_their_way_than_may_be() {
        let mappings = mappings(Duration::ZERO);
        let turn = || mappings.turn("q", 1, 8, at(0));
        assert!(matches!(turn(), Turn::Take(..)));
        assert!(matches!(turn(), Turn::Take(..)));
        assert!(matches!(turn(), Turn::Rest));
        mappings.ended(&mapping("f", Duration::ZERO));
        assert!(matches!(turn(), Turn::Take(..)));
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
        assert!(matches!(turn(9, 6), Turn::Take(..)));
        assert!(matches!(turn(10, 6), Turn::Take(..)));
    }
}
