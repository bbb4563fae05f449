//! The time in which a schedule of EventBridge Scheduler runs.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Kind, Schedule};

/// The [`StartDate` and `EndDate`](https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html) of
/// a schedule. A schedule that runs once, `at(…)`, has neither: AWS ignores them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lifetime {
    /// Nothing runs before it, and a rate counts from it.
    pub start: Option<Timestamp>,
    /// Nothing runs at it or later.
    pub end: Option<Timestamp>,
}

impl Schedule {
    /// The runs after a time that lie in its lifetime, in order. The first run of a `rate` with a start is at the start.
    ///
    /// ```
    /// use eventbridge::schedule::{Lifetime, Schedule};
    /// use jiff::tz::TimeZone;
    ///
    /// let schedule: Schedule = "rate(2 hours)".parse()?;
    /// let (start, end) = ("2026-01-01T09:00:00Z".parse()?, "2026-01-01T13:00:00Z".parse()?);
    /// let lifetime = Lifetime { start: Some(start), end: Some(end) };
    /// let runs = |from: &str| -> Result<Vec<_>, jiff::Error> {
    ///     Ok(schedule.runs_within(from.parse()?, &TimeZone::UTC, lifetime).collect())
    /// };
    /// let second = "2026-01-01T11:00:00Z".parse()?;
    /// assert_eq!(runs("2026-01-01T00:00:00Z")?, [start, second]);
    /// assert_eq!(runs("2026-01-01T09:30:00Z")?, [second]);
    /// assert!(runs("2026-01-01T11:00:00Z")?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn runs_within(
        &self,
        from: Timestamp,
        zone: &TimeZone,
        lifetime: Lifetime,
    ) -> Box<dyn Iterator<Item = Timestamp> + '_> {
        let Lifetime { start, end } = lifetime;
        let runs: Box<dyn Iterator<Item = Timestamp>> = match (&self.kind, start) {
            (Kind::At(_), _) => return self.runs_after(from, zone),
            (_, None) => self.runs_after(from, zone),
            (Kind::Rate(_), Some(start)) if from < start => {
                Box::new(std::iter::once(start).chain(self.runs_after(start, zone)))
            }
            (Kind::Rate(period), Some(start)) => {
                self.runs_after(last_of(*period, start, from), zone)
            }
            // A run at the start itself is one.
            (Kind::Cron(_), Some(start)) => {
                let before = start.checked_sub(SignedDuration::from_nanos(1));
                self.runs_after(from.max(before.unwrap_or(start)), zone)
            }
        };
        Box::new(runs.take_while(move |run| end.is_none_or(|end| *run < end)))
    }

    /// Returns the instant after which a `rate` that was made at `made` goes on counting: its last run by `from`, or
    /// `made` if there was none. A schedule that does not count goes on after `from`.
    ///
    /// ```
    /// use eventbridge::schedule::Schedule;
    ///
    /// let (made, from) = ("2026-01-01T09:00:00Z".parse()?, "2026-01-01T09:07:30Z".parse()?);
    /// let schedule: Schedule = "rate(5 minutes)".parse()?;
    /// assert_eq!(schedule.goes_on_after(made, from), "2026-01-01T09:05:00Z".parse()?);
    /// let schedule: Schedule = "cron(0 9 * * ? *)".parse()?;
    /// assert_eq!(schedule.goes_on_after(made, from), from);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn goes_on_after(&self, made: Timestamp, from: Timestamp) -> Timestamp {
        match &self.kind {
            Kind::Rate(period) => last_of(*period, made, from),
            Kind::Cron(_) | Kind::At(_) => from,
        }
    }
}

/// Returns the last instant by `from` that lies whole periods after `start`, or `start` if it is later.
fn last_of(period: SignedDuration, start: Timestamp, from: Timestamp) -> Timestamp {
    let passed = from.duration_since(start);
    if passed.is_negative() {
        return start;
    }
    let periods = passed.as_secs() / period.as_secs().max(1);
    let counted = SignedDuration::from_secs(periods.saturating_mul(period.as_secs()));
    start.checked_add(counted).unwrap_or(from)
}
