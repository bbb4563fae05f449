//! Times that start a job.

use eventbridge::Dialect;
use eventbridge::schedule::{Lifetime, ScheduleError};
use indexmap::IndexMap;
use jiff::Timestamp;

use crate::span::Spanned;
use crate::values::Text;

/// A schedule: a rule, or with a zone, a window, a start, an end or a group, an EventBridge Scheduler schedule.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// `cron(…)` or `rate(…)`, and `at(…)` on EventBridge Scheduler.
    pub expression: Spanned<String>,
    /// An IANA time zone, such as `Europe/Berlin`.
    pub timezone: Option<Spanned<String>>,
    /// Nothing runs before it.
    pub start: Option<Spanned<Timestamp>>,
    /// Nothing runs from it on.
    pub end: Option<Spanned<Timestamp>>,
    /// The name of the group that it is in, which is there already; without one it is in the `default` group.
    pub group: Option<Text>,
    /// Minutes in which the run may start, 1–1,440.
    pub flexible_window_minutes: Option<u32>,
    /// The number of deliveries that a run is split into, at least 1.
    pub shards: u32,
    /// The scheduled event's own fields, in the order of the spec.
    pub detail: ScheduledDetail,
    /// Names of the events that a run of this schedule may emit.
    pub emits: Vec<Spanned<String>>,
}

/// Fields of a scheduled event's detail: each has the place of its name, and its value as JSON text.
///
/// JSON text keeps the order of the spec. A `serde_json` object would not: its order depends on a feature of that
/// crate, and the same spec must always give the same bytes.
pub type ScheduledDetail = IndexMap<String, Spanned<String>>;

impl Schedule {
    /// Whether it needs EventBridge Scheduler: rules have no zone, no window, no start, no end and no group.
    pub fn needs_scheduler(&self) -> bool {
        self.timezone.is_some()
            || self.flexible_window_minutes.is_some()
            || self.start.is_some()
            || self.end.is_some()
            || self.group.is_some()
    }

    /// Reads its expression as the service that will run it does.
    ///
    /// # Errors
    /// An expression that AWS would refuse there.
    pub fn parse(&self) -> Result<eventbridge::schedule::Schedule, ScheduleError> {
        let dialect = if self.needs_scheduler() {
            Dialect::Scheduler
        } else {
            Dialect::Rule
        };
        eventbridge::schedule::Schedule::parse_in(&self.expression.value, dialect)
    }

    /// Returns when it may run.
    pub fn lifetime(&self) -> Lifetime {
        Lifetime {
            start: self.start.as_ref().map(|start| start.value),
            end: self.end.as_ref().map(|end| end.value),
        }
    }

    /// Returns the time zone in which it runs: UTC unless the spec names one.
    pub fn zone(&self) -> &str {
        self.timezone
            .as_ref()
            .map_or("UTC", |zone| zone.value.as_str())
    }
}
