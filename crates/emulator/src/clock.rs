//! The bus's time, and its agenda of what is due later.
//!
//! Virtual time stands still while anything is on its way, and then jumps to what is due next. So the user does not
//! wait for a day of schedules or the hours between retries. Real time passes by itself, and can be put forward.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

/// The way the bus's time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// Starts at an instant, and passes only when nothing else is to do.
    Virtual(Timestamp),
    /// Passes as the machine's clock does.
    Real,
}

/// The time, and an agenda sorted by time. Entries of one instant keep the order in which they were put.
#[derive(Debug)]
pub(crate) struct Clock<D> {
    state: Mutex<State<D>>,
    /// Told when the agenda's first entry may have changed.
    changed: Notify,
}

#[derive(Debug)]
struct State<D> {
    flow: Flow,
    sequence: u64,
    agenda: BTreeMap<(Timestamp, u64), D>,
}

#[derive(Debug)]
enum Flow {
    Virtual(Timestamp),
    /// The machine's time, with the bus ahead of it by this much.
    Real(SignedDuration),
}

impl<D> Clock<D> {
    pub(crate) fn new(time: Time) -> Self {
        Self {
            state: Mutex::new(State {
                flow: Flow::new(time),
                sequence: 0,
                agenda: BTreeMap::new(),
            }),
            changed: Notify::new(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.lock().now()
    }

    /// Puts something on the agenda.
    pub(crate) fn schedule(&self, at: Timestamp, due: D) {
        let mut state = self.lock();
        // The number keeps entries of one instant apart, and in order.
        let sequence = state.sequence;
        state.sequence += 1;
        state.agenda.insert((at, sequence), due);
        drop(state);
        self.changed.notify_one();
    }

    /// Takes the next entry that is due at `until` or earlier, and moves time to it.
    pub(crate) fn advance(&self, until: Timestamp) -> Option<D> {
        let mut state = self.lock();
        let entry = state.agenda.first_entry()?;
        let at = entry.key().0;
        if at > until {
            return None;
        }
        let due = entry.remove();
        state.move_to(at);
        Some(due)
    }

    /// Takes the next entry that is due by now.
    pub(crate) fn due(&self) -> Option<D> {
        let mut state = self.lock();
        let now = state.now();
        let entry = state.agenda.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    /// Moves time forward to an instant. Never moves it back.
    pub(crate) fn move_to(&self, at: Timestamp) {
        self.lock().move_to(at);
        self.changed.notify_one();
    }

    /// Returns how far real time has been put forward.
    pub(crate) fn ahead(&self) -> SignedDuration {
        match self.lock().flow {
            Flow::Virtual(_) => SignedDuration::ZERO,
            Flow::Real(ahead) => ahead,
        }
    }

    /// Puts real time forward by this much in all.
    pub(crate) fn put_forward(&self, by: SignedDuration) {
        if let Flow::Real(ahead) = &mut self.lock().flow {
            *ahead = by;
        }
        self.changed.notify_one();
    }

    /// Returns the instant of the next entry.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.lock().agenda.first_key_value().map(|(key, _)| key.0)
    }

    /// Waits, in real time, until something may be due.
    pub(crate) async fn wait(&self) {
        let left = self.next().map(|at| at.duration_since(self.now()));
        // `notify_one` keeps its notice if nobody waits, so a change since the line above is not lost.
        let changed = self.changed.notified();
        match left {
            None => changed.await,
            Some(left) => {
                let left = std::time::Duration::try_from(left).unwrap_or_default();
                // Either the entry is due, or another one may be earlier: the caller looks again.
                let _ = tokio::time::timeout(left, changed).await;
            }
        }
    }

    /// Removes the entries that `keep` says no to.
    pub(crate) fn retain(&self, keep: impl Fn(&D) -> bool) {
        self.lock().agenda.retain(|_, due| keep(due));
        self.changed.notify_one();
    }

    /// Empties the agenda, and sets time back to what it was in the beginning.
    pub(crate) fn reset(&self, time: Time) {
        let mut state = self.lock();
        state.flow = Flow::new(time);
        state.agenda.clear();
        drop(state);
        self.changed.notify_one();
    }

    /// Returns the number of entries.
    pub(crate) fn len(&self) -> usize {
        self.lock().agenda.len()
    }

    fn lock(&self) -> MutexGuard<'_, State<D>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flow {
    fn new(time: Time) -> Self {
        match time {
            Time::Virtual(now) => Self::Virtual(now),
            Time::Real => Self::Real(SignedDuration::ZERO),
        }
    }
}

impl<D> State<D> {
    fn now(&self) -> Timestamp {
        match self.flow {
            Flow::Virtual(now) => now,
            Flow::Real(ahead) => {
                let now = Timestamp::now();
                now.checked_add(ahead).unwrap_or(now)
            }
        }
    }

    fn move_to(&mut self, at: Timestamp) {
        match &mut self.flow {
            Flow::Virtual(now) => *now = at.max(*now),
            Flow::Real(ahead) => *ahead = (*ahead).max(at.duration_since(Timestamp::now())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    #[test]
    fn what_is_due_comes_in_the_order_of_time_and_then_of_entry() {
        let begin = Timestamp::UNIX_EPOCH;
        let clock = Clock::new(Time::Virtual(begin));
        for (hours, name) in [(2, "c"), (1, "a"), (1, "b"), (9, "d")] {
            clock.schedule(begin + HOUR * hours, name);
        }
        let until = begin + HOUR * 5;
        let order: Vec<_> = std::iter::from_fn(|| clock.advance(until)).collect();
        assert_eq!(order, ["a", "b", "c"]);
        assert_eq!(clock.now(), begin + HOUR * 2);
        assert_eq!(clock.len(), 1);
    }

    #[test]
    fn real_time_can_be_put_forward_and_never_back() {
        let clock = Clock::new(Time::Real);
        let (before, later) = (clock.now(), clock.now() + HOUR);
        clock.schedule(later, ());
        assert_eq!(clock.due(), None);
        clock.move_to(later);
        assert!(clock.now() >= later);
        assert_eq!(clock.due(), Some(()));
        clock.move_to(before);
        assert!(clock.now() >= later);
    }
}
