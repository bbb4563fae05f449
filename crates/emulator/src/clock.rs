//! The pipeline's time, and what is due later.
//!
//! Time is virtual: it stands still while anything is on its way, and then jumps to what is due next.
//! A day of schedules and the minutes between retries take no time of the user's.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// Something to do at an instant.
#[derive(Clone, Debug)]
pub(crate) enum Due {
    /// A rule's schedule fires.
    Schedule {
        /// Its place among the rules.
        rule: usize,
    },
    /// An invocation is tried again.
    Retry {
        /// Which.
        invocation: crate::delivery::Invocation,
    },
}

/// Time, and the agenda in the order of time and then of entry.
#[derive(Debug)]
pub(crate) struct Clock {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    sequence: u64,
    agenda: BTreeMap<(Timestamp, u64), Due>,
}

impl Clock {
    pub(crate) fn starting_at(now: Timestamp) -> Self {
        let state = State {
            now,
            sequence: 0,
            agenda: BTreeMap::new(),
        };
        Self {
            state: Mutex::new(state),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.lock().now
    }

    /// Puts something on the agenda.
    pub(crate) fn schedule(&self, at: Timestamp, due: Due) {
        let mut state = self.lock();
        let sequence = state.sequence;
        state.sequence += 1;
        state.agenda.insert((at, sequence), due);
    }

    /// Takes what is due next, not after `until`, and moves time there.
    pub(crate) fn advance(&self, until: Timestamp) -> Option<Due> {
        let mut state = self.lock();
        let entry = state.agenda.first_entry()?;
        let at = entry.key().0;
        if at > until {
            return None;
        }
        let due = entry.remove();
        state.now = state.now.max(at);
        Some(due)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
