//! Which part of EventBridge reads a text.

/// The service that an expression or a pattern is for. They agree on most, and each takes something that another one
/// refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// A rule on an event bus (`PutRule`): its event pattern, or its schedule, which is in UTC.
    ///
    /// A schedule is `cron(…)` or `rate(…)`, and a rate's unit agrees with its number: `rate(1 hour)`, `rate(5 minutes)`.
    Rule,
    /// A schedule of EventBridge Scheduler (`CreateSchedule`), which may have a time zone.
    ///
    /// It takes every expression that a rule takes, and in addition `at(…)`, `rate(1 hours)` and `rate(5 minute)`.
    Scheduler,
    /// A pipe of EventBridge Pipes: the patterns of its filter. Pipes have no schedules.
    Pipes,
}
