//! `cron(minutes hours day-of-month month day-of-week year)`.

use std::ops::Range;

use jiff::civil::{Date, DateTime, Weekday};

use super::error::{ScheduleError, ScheduleErrorKind};
use super::field::{DAY_OF_MONTH, DAY_OF_WEEK, HOURS, MINUTES, MONTH, Written, YEAR, number};
use super::meant;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    pub(super) minutes: Vec<u16>,
    pub(super) hours: Vec<u16>,
    pub(super) days: Days,
    pub(super) months: Vec<u16>,
    pub(super) years: Vec<u16>,
}

/// Which days of a month: the one of the two day fields that is not `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Days {
    OfMonth(Vec<u16>),
    /// `L`
    Last,
    /// `LW`
    LastWeekday,
    /// `15W`
    NearestWeekday(u16),
    OfWeek(Vec<u16>),
    /// `6L`
    LastOfWeek(u16),
    /// `6#3`
    NthOfWeek(u16, u16),
}

impl Cron {
    /// Reads the part of the text that stands between the parentheses.
    pub(super) fn parse(text: &str, inner: Range<usize>) -> Result<Self, ScheduleError> {
        let fields = fields(text, inner.clone());
        let [minutes, hours, of_month, month, of_week, year] = fields.as_slice() else {
            let message = format!(
                "cron has six fields (minutes hours day-of-month month day-of-week year), not {}",
                fields.len()
            );
            let error = ScheduleError::new(ScheduleErrorKind::FieldCount, message, inner.clone());
            return Err(error.with_help(meant::help(&text[inner])));
        };
        // Unlike other crons, AWS wants `?` in exactly one of the two fields.
        let days = match (of_month.text, of_week.text) {
            ("?", "?") => None,
            ("?", _) => Some(days_of_week(of_week)?),
            (_, "?") => Some(days_of_month(of_month)?),
            _ => None,
        };
        let days = days.ok_or_else(|| {
            let message = "`?` must stand in exactly one of day-of-month and day-of-week";
            let place = of_month.start..of_week.span().end;
            ScheduleError::new(ScheduleErrorKind::DayFields, message, place)
                .with_help(meant::help(&text[inner]))
        })?;
        Ok(Self {
            minutes: MINUTES.set(minutes)?,
            hours: HOURS.set(hours)?,
            days,
            months: MONTH.set(month)?,
            years: YEAR.set(year)?,
        })
    }

    pub(super) fn never_runs(&self) -> bool {
        // `cron(0 0 31 2 ? *)` is valid for AWS, and never runs.
        self.dates().next().is_none()
    }

    /// The local times of all runs on a day or later.
    pub(super) fn times_from(&self, start: Date) -> impl Iterator<Item = DateTime> + '_ {
        let years = self.years.iter().map(|year| signed(*year));
        let dates = years
            .filter(move |year| *year >= start.year())
            .flat_map(|year| self.dates_in(year))
            .filter(move |date| *date >= start);
        dates.flat_map(|date| {
            let times = self
                .hours
                .iter()
                .flat_map(|hour| self.minutes.iter().map(move |minute| (*hour, *minute)));
            times.filter_map(move |(hour, minute)| {
                let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
                Some(date.at(hour, minute, 0, 0))
            })
        })
    }

    fn dates(&self) -> impl Iterator<Item = Date> + '_ {
        let years = self.years.iter().map(|year| signed(*year));
        years.flat_map(|year| self.dates_in(year))
    }

    fn dates_in(&self, year: i16) -> impl Iterator<Item = Date> + '_ {
        let firsts = self.months.iter().filter_map(move |month| {
            let month = i8::try_from(*month).ok()?;
            Date::new(year, month, 1).ok()
        });
        firsts.flat_map(|first| self.days.in_month(first))
    }
}

fn signed(year: u16) -> i16 {
    i16::try_from(year).unwrap_or(i16::MAX)
}

impl Days {
    /// The days that fit, in order, of the month that begins with `first`.
    fn in_month(&self, first: Date) -> Vec<Date> {
        let last = first.last_of_month();
        let day = |day: u16| {
            i8::try_from(day)
                .ok()
                .and_then(|day| first.with().day(day).build().ok())
        };
        match self {
            Self::OfMonth(days) => days.iter().filter_map(|number| day(*number)).collect(),
            Self::Last => vec![last],
            Self::LastWeekday => vec![nearest_weekday(last)],
            Self::NearestWeekday(number) => day(*number).map(nearest_weekday).into_iter().collect(),
            Self::OfWeek(weekdays) => {
                let mut days: Vec<Date> = weekdays
                    .iter()
                    .flat_map(|weekday| on(*weekday, first))
                    .collect();
                days.sort_unstable();
                days
            }
            Self::LastOfWeek(weekday) => on(*weekday, first).last().copied().into_iter().collect(),
            // A month without a fifth one has no run.
            Self::NthOfWeek(weekday, nth) => on(*weekday, first)
                .get(usize::from(*nth) - 1)
                .copied()
                .into_iter()
                .collect(),
        }
    }
}

/// The days of a month that fall on a weekday, 1 for Sunday.
fn on(weekday: u16, first: Date) -> Vec<Date> {
    let matches = |date: &Date| {
        u16::try_from(date.weekday().to_sunday_one_offset()).is_ok_and(|number| number == weekday)
    };
    let days = first.series(jiff::Span::new().days(1));
    days.take_while(|date| date.month() == first.month())
        .filter(matches)
        .collect()
}

/// The weekday nearest to a day, in the same month.
fn nearest_weekday(date: Date) -> Date {
    // `W` never leaves the month: from Saturday the 1st it goes on to Monday the 3rd.
    let shift = match date.weekday() {
        Weekday::Saturday if date.day() == 1 => 2,
        Weekday::Saturday => -1,
        Weekday::Sunday if date == date.last_of_month() => -2,
        Weekday::Sunday => 1,
        _ => 0,
    };
    date.checked_add(jiff::Span::new().days(shift))
        .unwrap_or(date)
}

fn days_of_month(written: &Written<'_>) -> Result<Days, ScheduleError> {
    match written.text {
        "L" => return Ok(Days::Last),
        "LW" => return Ok(Days::LastWeekday),
        _ => {}
    }
    if let Some(day) = written.text.strip_suffix('W') {
        let day = Written {
            text: day,
            start: written.start,
        };
        return DAY_OF_MONTH.value(&day).map(Days::NearestWeekday);
    }
    if written.text.contains(['L', 'W']) {
        let message = "`L`, `LW` and `15W` stand alone in day-of-month";
        return Err(written.refuse(ScheduleErrorKind::SpecialDay, message));
    }
    DAY_OF_MONTH.set(written).map(Days::OfMonth)
}

fn days_of_week(written: &Written<'_>) -> Result<Days, ScheduleError> {
    if written.text == "L" {
        // `L` alone is every Saturday; only a weekday before it makes it the last of the month.
        return Ok(Days::OfWeek(vec![7]));
    }
    if let Some((weekday, nth)) = written.text.split_once('#') {
        let nth = number(nth).filter(|nth| (1..=5).contains(nth));
        let nth = nth.ok_or_else(|| {
            let message =
                "after `#` stands one number from 1 to 5, and nothing else in day-of-week";
            written.refuse(ScheduleErrorKind::SpecialDay, message)
        })?;
        return Ok(Days::NthOfWeek(weekday_before(weekday, written)?, nth));
    }
    match written.text.strip_suffix('L') {
        Some(weekday) => Ok(Days::LastOfWeek(weekday_before(weekday, written)?)),
        None => DAY_OF_WEEK.set(written).map(Days::OfWeek),
    }
}

fn weekday_before(text: &str, written: &Written<'_>) -> Result<u16, ScheduleError> {
    let start = written.start;
    DAY_OF_WEEK.value(&Written { text, start })
}

/// A step in day-of-week, which AWS's table of fields and wildcards does not have.
pub(super) fn step_in_day_of_week(text: &str, inner: Range<usize>) -> Option<Range<usize>> {
    let fields = fields(text, inner);
    let of_week = fields.get(4)?;
    of_week.text.contains('/').then(|| of_week.span())
}

/// The fields between spaces.
fn fields(text: &str, inner: Range<usize>) -> Vec<Written<'_>> {
    let mut start = inner.start;
    let mut fields = Vec::new();
    for text in text[inner].split(' ') {
        if !text.is_empty() {
            fields.push(Written { text, start });
        }
        start += text.len() + 1;
    }
    fields
}
