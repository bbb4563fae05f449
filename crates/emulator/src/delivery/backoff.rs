//! The waits of EventBridge between two attempts.
//!
//! AWS says that it retries for 24 hours and up to 185 times, "with an exponential back off and jitter", and does not
//! publish the steps ([retrying](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html)).
//! This model doubles from one second up to ten minutes and takes three quarters of that on average, so that the
//! 185 attempts of the default policy and its 24 hours end at about the same time.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(10);

/// Returns the wait after an attempt. Attempts count from 1, and `jitter` is from 0 to 1.
pub(crate) fn wait_after(attempt: u32, jitter: f64) -> Duration {
    let doublings = 2_u32.saturating_pow(attempt.saturating_sub(1));
    let wait = FIRST.saturating_mul(doublings).min(LONGEST);
    wait / 2 + (wait / 2).mul_f64(jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_ten_minutes() {
        let longest: Vec<u64> = (1..=12).map(|n| wait_after(n, 1.0).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
        assert_eq!(wait_after(1, 0.0), Duration::from_millis(500));
        assert_eq!(wait_after(u32::MAX, 0.0), LONGEST / 2);
    }

    #[test]
    fn the_default_policy_spans_about_a_day() {
        let day: Duration = (1..=185).map(|n| wait_after(n, 0.5)).sum();
        let hours = day.as_secs_f64() / 3_600.0;
        assert!((20.0..26.0).contains(&hours), "{hours}");
    }
}
