//! Schedule expressions: `cron(…)`, `rate(…)` and `at(…)`, and when they run.
//!
//! Sources: the EventBridge user guide, "Setting a schedule pattern for scheduled rules", and the
//! EventBridge Scheduler user guide, "Schedule types" and "Daylight savings time".

mod cron;
mod describe;
mod error;
mod field;
mod lifetime;
mod meant;
#[cfg(feature = "serde")]
mod serialize;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use cron::Cron;
pub use error::{ScheduleError, ScheduleErrorKind, ScheduleWarning};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};
pub use lifetime::Lifetime;

use crate::dialect::Dialect;
use crate::limits::SCHEDULE_CHARACTERS_MAX;

/// A valid schedule expression.
///
/// Two schedules are equal if they have the same values in every field, no matter how these are written: `MON-FRI` is
/// `2-6`. As text, for [`Display`](fmt::Display) and serde, a schedule is the expression as it was written.
///
/// ```
/// use eventbridge::Dialect;
/// use eventbridge::schedule::Schedule;
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let schedule = Schedule::parse_in("cron(0 1 * * ? *)", Dialect::Rule)?;
/// let from: Timestamp = "2026-01-01T00:59:00Z".parse()?;
/// let mut runs = schedule.runs_after(from, &TimeZone::UTC);
/// assert_eq!(runs.next(), Some("2026-01-01T01:00:00Z".parse()?));
///
/// let error = Schedule::parse_in("cron(0 1 * * * *)", Dialect::Rule).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`?` must stand in exactly one of day-of-month and day-of-week"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The expression as it was written.
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Cron(Cron),
    Rate(SignedDuration),
    At(DateTime),
}

impl Schedule {
    /// Reads an expression of at most 256 characters, as a rule or as EventBridge Scheduler takes it.
    ///
    /// ```
    /// use eventbridge::Dialect;
    /// use eventbridge::schedule::{Schedule, ScheduleErrorKind};
    ///
    /// let text = "at(2030-01-31T09:00:00)";
    /// assert!(Schedule::parse_in(text, Dialect::Scheduler).is_ok());
    /// let error = Schedule::parse_in(text, Dialect::Rule).unwrap_err();
    /// assert_eq!(error.kind(), ScheduleErrorKind::Dialect);
    /// ```
    ///
    /// # Errors
    /// With the reason and the place when AWS would refuse the expression. [`Dialect::Pipes`] refuses all of them.
    pub fn parse_in(text: &str, dialect: Dialect) -> Result<Self, ScheduleError> {
        let refuse = |kind, message: &str| Err(ScheduleError::new(kind, message, 0..text.len()));
        if dialect == Dialect::Pipes {
            return refuse(ScheduleErrorKind::Dialect, "a pipe has no schedule");
        }
        if text.chars().count() > SCHEDULE_CHARACTERS_MAX {
            let message = format!("a schedule has at most {SCHEDULE_CHARACTERS_MAX} characters");
            return refuse(ScheduleErrorKind::TooLong, &message);
        }
        let kind = if let Some(inner) = arguments(text, "cron(") {
            Kind::Cron(Cron::parse(text, inner)?)
        } else if let Some(inner) = arguments(text, "rate(") {
            Kind::Rate(parse_rate(text, inner, dialect)?)
        } else if let Some(inner) = arguments(text, "at(") {
            let time = parse_at(text, inner)?;
            if dialect != Dialect::Scheduler {
                let message = "`at(…)` needs EventBridge Scheduler: a rule's schedule is `cron(…)` or `rate(…)`";
                return refuse(ScheduleErrorKind::Dialect, message);
            }
            Kind::At(time)
        } else {
            let message = "a schedule is `cron(…)`, `rate(…)` or `at(…)`";
            return refuse(ScheduleErrorKind::Form, message)
                .map_err(|error: ScheduleError| error.with_help(meant::help(text)));
        };
        Ok(Self {
            text: text.to_owned(),
            kind,
        })
    }

    /// Finds what AWS's documentation does not describe in a valid expression.
    ///
    /// ```
    /// use eventbridge::Dialect;
    /// use eventbridge::schedule::Schedule;
    ///
    /// let text = "cron(0 9 ? * MON-FRI/2 *)";
    /// let warnings = Schedule::parse_in(text, Dialect::Rule)?.warnings();
    /// assert_eq!(&text[warnings[0].span()], "MON-FRI/2");
    /// # Ok::<(), eventbridge::schedule::ScheduleError>(())
    /// ```
    pub fn warnings(&self) -> Vec<ScheduleWarning> {
        // The table "Fields, values, wildcards" of the EventBridge and the Scheduler user guide has no `/` for this
        // field alone, and AWS takes it today.
        let place = arguments(&self.text, "cron(")
            .and_then(|inner| cron::step_in_day_of_week(&self.text, inner));
        let message = "AWS documents no `/` for day-of-week";
        let warning = place.map(|place| ScheduleWarning::new(message, place));
        warning.into_iter().collect()
    }

    /// The runs after a time, in order. A local time that the zone skips in spring has no run; one
    /// that it repeats in autumn has one, at the first of the two. A `rate` is counted from `from`.
    pub fn runs_after(
        &self,
        from: Timestamp,
        zone: &TimeZone,
    ) -> Box<dyn Iterator<Item = Timestamp> + '_> {
        let zone = zone.clone();
        match &self.kind {
            Kind::Cron(cron) => {
                let local = zone.to_datetime(from);
                // A local time of the day before can still lie ahead, if clocks are put back at midnight.
                let starts = local.date().yesterday().unwrap_or(local.date());
                let times = cron.times_from(starts);
                Box::new(
                    times
                        .filter_map(move |time| instant(time, &zone))
                        .filter(move |run| *run > from),
                )
            }
            Kind::Rate(period) => {
                // AWS counts from when the rule was made, which nobody here knows: `from` stands for it.
                let period = *period;
                let next = move |last: &Timestamp| last.checked_add(period).ok();
                Box::new(std::iter::successors(next(&from), next))
            }
            Kind::At(time) => Box::new(instant(*time, &zone).filter(|run| *run > from).into_iter()),
        }
    }

    /// The local times, from a time on and for so many years, at which a zone's clocks are put forward and a
    /// run of a `cron` is skipped for that.
    ///
    /// ```
    /// use eventbridge::schedule::{Schedule, time_zone};
    ///
    /// let schedule: Schedule = "cron(30 2 * * ? *)".parse()?;
    /// let zone = time_zone("Europe/Berlin").ok_or("a zone")?;
    /// let skipped = schedule.skipped_runs("2026-01-01T00:00:00Z".parse()?, 1, &zone);
    /// assert_eq!(skipped, ["2026-03-29T02:30:00".parse()?]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn skipped_runs(&self, from: Timestamp, years: u8, zone: &TimeZone) -> Vec<DateTime> {
        let cron = match &self.kind {
            Kind::Cron(cron) => cron,
            Kind::At(time) if *time >= zone.to_datetime(from) && instant(*time, zone).is_none() => {
                return vec![*time];
            }
            _ => return Vec::new(),
        };
        let period = SignedDuration::from_hours(24 * 366 * i64::from(years));
        let until = from.saturating_add(period).unwrap_or(Timestamp::MAX);
        let changes = zone.following(from).map(|change| change.timestamp());
        let changes = changes.take_while(|change| *change < until);
        let mut skipped = Vec::new();
        for change in changes {
            let Ok(before) = change.checked_sub(SignedDuration::from_secs(1)) else {
                continue;
            };
            // The last second before the change, and the first after it.
            let (last, first) = (zone.to_datetime(before), zone.to_datetime(change));
            let times = cron.times_from(last.date());
            let times = times.skip_while(|time| *time <= last);
            skipped.extend(times.take_while(|time| *time < first));
        }
        skipped
    }

    /// Whether no day of the given years fits, as with 30 February.
    pub fn never_runs(&self) -> bool {
        matches!(&self.kind, Kind::Cron(cron) if cron.never_runs())
    }
}

/// Reads what EventBridge Scheduler takes, which is all that a rule takes, and more: see [`Dialect`]. So every schedule
/// can be read again from its text.
impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        Self::parse_in(text, Dialect::Scheduler)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for Schedule {}

/// The time zone of an IANA name, as in `Europe/Berlin`.
pub fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// None in the gap of a spring change; the first of two in autumn.
fn instant(time: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(time);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => None,
        _ => ambiguous.compatible().ok(),
    }
}

/// The place of what stands between a keyword's parentheses.
fn arguments(text: &str, keyword: &str) -> Option<Range<usize>> {
    let inner = text.strip_prefix(keyword)?.strip_suffix(')')?;
    Some(keyword.len()..keyword.len() + inner.len())
}

fn parse_rate(
    text: &str,
    inner: Range<usize>,
    dialect: Dialect,
) -> Result<SignedDuration, ScheduleError> {
    let refuse = |message: &str| {
        let kind = ScheduleErrorKind::Rate;
        Err(ScheduleError::new(kind, message, inner.clone()))
    };
    let Some((value, unit)) = text[inner.clone()].split_once(' ') else {
        return refuse("a rate is a number and a unit, as in `rate(5 minutes)`");
    };
    let all_digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let Some(count) = value
        .parse::<u32>()
        .ok()
        .filter(|count| all_digits && *count > 0)
    else {
        return refuse("the number of a rate is a whole number from 1");
    };
    let (singular, minutes) = match unit.strip_suffix('s').unwrap_or(unit) {
        "minute" => ("minute", 1),
        "hour" => ("hour", 60),
        "day" => ("day", 24 * 60),
        _ => return refuse("the unit of a rate is minutes, hours or days"),
    };
    // A rule refuses `rate(1 minutes)` and `rate(5 minute)`. Scheduler takes both: the API reference of CreateSchedule
    // lists all six units for any number.
    let (wrong, ending) = match (count, unit == singular) {
        _ if dialect == Dialect::Scheduler => ("", ""),
        (1, false) => ("the plural of a unit behind 1", ""),
        (2.., true) => ("the singular of a unit behind more than 1", "s"),
        _ => ("", ""),
    };
    if !wrong.is_empty() {
        let help = format!("write `rate({count} {singular}{ending})`");
        return refuse(wrong).map_err(|error| error.with_help(Some(help)));
    }
    Ok(SignedDuration::from_mins(i64::from(count) * minutes))
}

fn parse_at(text: &str, inner: Range<usize>) -> Result<DateTime, ScheduleError> {
    let time = civil_time(&text[inner.clone()]);
    time.ok_or_else(|| {
        let message = "`at` takes a local date and time, as in `at(2026-01-31T09:00:00)`";
        ScheduleError::new(ScheduleErrorKind::Time, message, inner)
    })
}

/// Reads exactly `yyyy-mm-ddThh:mm:ss`, the one form of the Scheduler user guide ("One-time schedules").
fn civil_time(text: &str) -> Option<DateTime> {
    // `jiff` would take a space or `t`, offsets, fractions, the basic format, and second 60.
    const FORM: &[u8] = b"0000-00-00T00:00:00";
    let fits = |(byte, form): (u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        _ => byte == *form,
    };
    if text.len() != FORM.len() || !text.bytes().zip(FORM).all(fits) {
        return None;
    }
    let number = |place: Range<usize>| text[place].parse::<i8>().ok();
    let (year, month, day) = (text[..4].parse().ok()?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests;
