//! Tells the trace once for all who wait. What earlier steps know takes as much memory as the trace itself, so that it must
//! not be there once for each of them.

use std::collections::{HashMap, VecDeque};
use std::mem::{Discriminant, discriminant};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use eventbridge::pattern::Event;
use serde_json::{Map, Value};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::known::Story;
use crate::trace::{Journal, Record, Step};

/// The most records that are read at a time.
const RECORDS: usize = 100;
/// The most bytes of them, unless the first one has more.
const BYTES: usize = 4 << 20;
/// The most steps that are kept as they were told, and about their most bytes: those who wait are all at the end.
const TOLD: usize = 1_000;
const TOLD_BYTES: usize = 4 << 20;

/// The trace of a bus, as it is told.
#[derive(Debug)]
pub(crate) struct Narrator {
    state: Mutex<State>,
    /// The places for clients that wait.
    places: Semaphore,
    /// The turn of whoever has much to read.
    turn: Semaphore,
}

#[derive(Debug, Default)]
struct State {
    story: Story,
    /// The first record that has not been told.
    next: u64,
    /// The last ones that have.
    told: VecDeque<(u64, Arc<Told>)>,
    bytes: usize,
    jobs: Map<String, Value>,
    /// The names of steps that have come.
    names: HashMap<Discriminant<Step>, String>,
}

/// A step with what earlier ones know of it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) step: Map<String, Value>,
    bytes: usize,
    event: OnceLock<Option<Event>>,
}

/// The most clients that wait at a time. The bus has more connections than that: what is awaited comes over one of them.
const PLACES: usize = 256;

impl Narrator {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            places: Semaphore::new(PLACES),
            turn: Semaphore::new(1),
        }
    }

    /// Takes a place for a client that waits.
    ///
    /// # Errors
    /// Every place is taken.
    pub(crate) fn take_place(&self) -> Result<SemaphorePermit<'_>, String> {
        let place = self.places.try_acquire();
        place.map_err(|_| {
            format!("{PLACES} others wait already: ask again when one of them is done")
        })
    }

    /// Waits for the turn to read much.
    pub(crate) async fn take_turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turn.acquire().await.ok()
    }

    /// Returns the first record that has not been told.
    pub(crate) fn next(&self) -> u64 {
        self.lock().next
    }

    /// Whether a step is known to have none of these names.
    pub(crate) fn is_another(&self, step: &Step, names: &[&str]) -> bool {
        let state = self.lock();
        let name = state.names.get(&discriminant(step));
        name.is_some_and(|name| !names.contains(&name.as_str()))
    }

    /// Reads what has come to the trace since the last time.
    pub(crate) async fn catch_up(&self, journal: &Journal, jobs: &Map<String, Value>) {
        loop {
            let next = self.lock().next;
            let page = journal.page(next, RECORDS, BYTES);
            if page.is_empty() {
                return;
            }
            self.lock().read(&page, jobs);
            // A long trace must not keep everybody else waiting.
            tokio::task::yield_now().await;
        }
    }

    /// Returns a step as it was told, which it has been.
    pub(crate) fn told(&self, record: &Record, jobs: &Map<String, Value>) -> Arc<Told> {
        let state = self.lock();
        let place = state
            .told
            .binary_search_by_key(&record.sequence, |(sequence, _)| *sequence);
        match place.ok().and_then(|place| state.told.get(place)) {
            Some((_, told)) if state.jobs == *jobs => Arc::clone(told),
            _ => Arc::new(Told::new(state.story.tell(record, jobs), record)),
        }
    }

    /// Forgets what it knows of the records before one.
    pub(crate) fn forget(&self, before: u64) {
        *self.lock() = State {
            next: before,
            ..State::default()
        };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn read(&mut self, page: &[Record], jobs: &Map<String, Value>) {
        if self.jobs != *jobs {
            self.jobs.clone_from(jobs);
            self.told.clear();
            self.bytes = 0;
        }
        // Somebody else may have read some of them meanwhile.
        for record in page.iter().filter(|record| record.sequence >= self.next) {
            let step = self.story.tell(record, jobs);
            self.story.learn(&record.step, &step);
            if let Some(Value::String(name)) = step.get("step") {
                let names = self.names.entry(discriminant(&record.step));
                names.or_insert_with(|| name.clone());
            }
            let told = Arc::new(Told::new(step, record));
            self.bytes += told.bytes;
            self.told.push_back((record.sequence, told));
            while self.told.len() > TOLD || self.bytes > TOLD_BYTES && self.told.len() > 1 {
                self.bytes -= self.told.pop_front().map_or(0, |(_, told)| told.bytes);
            }
        }
        if let Some(last) = page.last() {
            self.next = self.next.max(last.sequence + 1);
        }
    }
}

impl Told {
    fn new(step: Map<String, Value>, record: &Record) -> Self {
        Self {
            step,
            bytes: 3 * record.step.bytes(),
            event: OnceLock::new(),
        }
    }

    /// Returns it as an event, for patterns.
    pub(crate) fn event(&self) -> Option<&Event> {
        let event = self.event.get_or_init(|| {
            let text = serde_json::to_string(&self.step).ok()?;
            Event::parse(&text).ok()
        });
        event.as_ref()
    }
}
