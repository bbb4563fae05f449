//! Why EventBridge would refuse a schedule, and what its documentation does not describe.

use std::fmt;
use std::ops::Range;

/// The kind of mistake in a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScheduleErrorKind {
    /// More than 256 characters.
    TooLong,
    /// Neither `cron(…)` nor `rate(…)` nor `at(…)`, as with a plain `0 9 * * 1-5`.
    Form,
    /// A form that this part of EventBridge does not take, such as `at(…)` on a rule.
    Dialect,
    /// A `cron(…)` without exactly six fields.
    FieldCount,
    /// A `?` that stands in both day fields or in none.
    DayFields,
    /// A value that its field does not have, or that is missing.
    Value,
    /// A step that is no number, or out of range.
    Step,
    /// A range of years that runs backwards. In all other fields such a range goes on over the end of the field.
    BackwardYears,
    /// `L`, `W` or `#` where it may not stand.
    SpecialDay,
    /// A `rate(…)` that is not a number and a unit, or whose unit does not agree with its number.
    Rate,
    /// An `at(…)` that is not exactly `yyyy-mm-ddThh:mm:ss`, or no time of the calendar.
    Time,
}

/// A schedule that EventBridge would refuse, with the reason and the place.
///
/// ```
/// use eventbridge::Dialect;
/// use eventbridge::schedule::{Schedule, ScheduleErrorKind};
///
/// let text = "cron(0 9 * * 1-5)";
/// let error = Schedule::parse_in(text, Dialect::Rule).unwrap_err();
/// assert_eq!(error.kind(), ScheduleErrorKind::FieldCount);
/// assert_eq!(&text[error.span()], "0 9 * * 1-5");
/// assert_eq!(error.help(), Some("write `cron(0 9 ? * MON-FRI *)`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleError {
    kind: ScheduleErrorKind,
    message: String,
    span: Range<usize>,
    help: Option<String>,
}

impl ScheduleError {
    pub(super) fn new(
        kind: ScheduleErrorKind,
        message: impl Into<String>,
        span: Range<usize>,
    ) -> Self {
        Self {
            kind,
            message: message.into(),
            span,
            help: None,
        }
    }

    pub(super) fn with_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// The kind of mistake, for programs.
    pub fn kind(&self) -> ScheduleErrorKind {
        self.kind
    }

    /// The smallest part of the expression that is wrong, in bytes.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Advice for this very expression, if there is any: most often the expression that was meant.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ScheduleError {}

/// Something in a valid schedule that AWS does not document, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleWarning {
    message: String,
    span: Range<usize>,
}

impl ScheduleWarning {
    pub(super) fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self {
            message: message.into(),
            span,
        }
    }

    /// The part of the expression that it is about, in bytes.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }
}

impl fmt::Display for ScheduleWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
