//! How fast letters are sent.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The longest sleep at a time, so that a stop is seen soon.
const NAP: Duration = Duration::from_millis(100);

/// Turns at a steady pace, and a stop that ends the waiting for them.
#[derive(Debug)]
pub(super) struct Pace {
    between: Duration,
    next: Cell<Instant>,
    stopped: Cell<bool>,
}

impl Pace {
    /// Makes turns of which there are at most so many a second.
    pub(super) fn new(per_second: f64) -> Self {
        Self {
            between: Duration::from_secs_f64(1.0 / per_second),
            next: Cell::new(Instant::now()),
            stopped: Cell::new(false),
        }
    }

    /// Ends the waiting: nobody gets a turn any more.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.get()
    }

    /// Takes the next turn, and returns when it is.
    fn take(&self, now: Instant) -> Instant {
        let turn = self.next.get().max(now);
        self.next.set(turn + self.between);
        turn
    }

    /// Waits for the next turn, and returns whether there is one.
    pub(super) async fn turn(&self) -> bool {
        let turn = self.take(Instant::now());
        while !self.is_stopped() {
            let now = Instant::now();
            if now >= turn {
                return true;
            }
            sleep_until(turn.min(now + NAP)).await;
        }
        false
    }

    /// How many turns there are in about ten seconds, from 1 to `most`.
    pub(super) fn in_ten_seconds(&self, most: usize) -> usize {
        (1..most)
            .find(|turns| {
                self.between * u32::try_from(*turns).unwrap_or(1) >= Duration::from_secs(10)
            })
            .unwrap_or(most)
    }

    /// The time that so many turns take, in whole seconds.
    pub(super) fn seconds(&self, turns: usize) -> i32 {
        let turns = u32::try_from(turns).unwrap_or(u32::MAX);
        let time = self.between.saturating_mul(turns);
        i32::try_from(time.as_secs() + 1).unwrap_or(i32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_at_their_pace_and_none_is_made_up_for() {
        let pace = Pace::new(4.0);
        let begin = Instant::now() + Duration::from_secs(1);
        let after = |now: u64| {
            let turn = pace.take(begin + Duration::from_millis(now));
            turn.duration_since(begin).as_millis()
        };
        assert_eq!([after(0), after(0), after(0)], [0, 250, 500]);
        assert_eq!(
            [after(600), after(5_000), after(5_000)],
            [750, 5_000, 5_250]
        );
    }

    #[tokio::test]
    async fn a_stop_ends_the_waiting() {
        let pace = Pace::new(0.001);
        assert!(pace.turn().await);
        pace.stop();
        assert!(!pace.turn().await);
    }

    #[test]
    fn a_slow_pace_takes_few_letters_at_a_time() {
        let at = |per_second: f64| {
            let pace = Pace::new(per_second);
            (pace.in_ten_seconds(10), pace.seconds(10))
        };
        assert_eq!(at(10.0), (10, 2));
        assert_eq!(at(0.5), (5, 21));
        assert_eq!(at(0.01), (1, 1_001));
    }
}
