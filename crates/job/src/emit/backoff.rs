//! Exponential backoff with
//! [full jitter](https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).

use std::time::Duration;

/// How often an emission is tried, and how long to wait in between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    /// Attempts in all, the first included.
    pub(super) attempts: u32,
    /// The longest pause after the first attempt; it doubles with each.
    pub(super) base: Duration,
    /// The longest pause of all.
    pub(super) cap: Duration,
    /// A number from 0 up to 1, different each time: which part of the longest pause is waited.
    pub(super) jitter: fn() -> f64,
}

impl Default for Backoff {
    /// Eight attempts, within about 13 seconds at the most and half of that on average.
    fn default() -> Self {
        Self {
            attempts: 8,
            base: Duration::from_millis(100),
            cap: Duration::from_secs(20),
            jitter: fastrand::f64,
        }
    }
}

impl Backoff {
    /// The pause after an attempt, counted from 1; `None` after the last.
    pub(super) fn pause_after(&self, attempt: u32) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doublings = 2_u32.saturating_pow(attempt.saturating_sub(1));
        let longest = self.base.saturating_mul(doublings).min(self.cap);
        Some(longest.mul_f64((self.jitter)().clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest_pauses(backoff: Backoff) -> Vec<Option<Duration>> {
        let backoff = Backoff {
            jitter: || 1.0,
            ..backoff
        };
        (1..=backoff.attempts)
            .map(|attempt| backoff.pause_after(attempt))
            .collect()
    }

    #[test]
    fn the_longest_pause_doubles_up_to_the_cap_and_ends_with_the_last_attempt() {
        let backoff = Backoff {
            attempts: 5,
            base: Duration::from_secs(1),
            cap: Duration::from_secs(3),
            ..Backoff::default()
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let expected = [seconds(1), seconds(2), seconds(3), seconds(3), None];
        assert_eq!(longest_pauses(backoff), expected);
    }

    #[test]
    fn jitter_takes_any_part_of_the_longest_pause() {
        let backoff = Backoff::default();
        let pauses: Vec<_> = (0..200).filter_map(|_| backoff.pause_after(7)).collect();
        let longest = Duration::from_millis(6_400);
        assert!(pauses.iter().all(|pause| *pause <= longest));
        assert!(pauses.iter().any(|pause| *pause < longest / 4));
        assert!(pauses.iter().any(|pause| *pause > longest / 4 * 3));
    }

    #[test]
    fn the_pauses_of_a_function_come_to_seconds_not_minutes() {
        let all: Duration = longest_pauses(Backoff::default())
            .into_iter()
            .flatten()
            .sum();
        assert_eq!(all, Duration::from_millis(12_700));
    }
}
