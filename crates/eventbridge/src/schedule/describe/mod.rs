//! A schedule in words.
//!
//! Words are found for what people write; what has no short words gets plainer ones, which say less
//! and are never wrong.

mod series;

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::cron::{Cron, Days};
use super::field::{HOURS, MONTH, YEAR};
use super::{Kind, Schedule};
use series::{even_step, progression, round_progression, round_rows, round_runs, rows};

/// As many times of day are listed one by one.
const LISTED_TIMES: usize = 4;
/// As many numbers and ranges are listed one by one.
const LISTED: usize = 6;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// From Monday, as people count.
const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// The places of [`WEEKDAYS`].
const FROM_MONDAY: RangeInclusive<u16> = 0..=6;

impl Schedule {
    /// When it runs, in English, without a time zone.
    ///
    /// ```
    /// use eventbridge::schedule::Schedule;
    ///
    /// let schedule: Schedule = "cron(0/5 8-17 ? * MON-FRI *)".parse()?;
    /// assert_eq!(
    ///     schedule.describe(),
    ///     "every 5 minutes from 08:00 to 17:55, Monday to Friday"
    /// );
    /// # Ok::<(), eventbridge::schedule::ScheduleError>(())
    /// ```
    pub fn describe(&self) -> String {
        self.words(None)
    }

    /// A description with the name of a time zone, if the zone makes a difference.
    ///
    /// ```
    /// use eventbridge::schedule::Schedule;
    ///
    /// let schedule: Schedule = "cron(0 18 L * ? *)".parse()?;
    /// assert_eq!(
    ///     schedule.describe_in("UTC"),
    ///     "at 18:00 UTC on the last day of the month"
    /// );
    /// # Ok::<(), eventbridge::schedule::ScheduleError>(())
    /// ```
    pub fn describe_in(&self, zone: &str) -> String {
        self.words(Some(zone))
    }

    fn words(&self, zone: Option<&str>) -> String {
        match &self.kind {
            Kind::Cron(cron) if cron.never_runs() => "never".to_owned(),
            Kind::Cron(cron) => cron_words(cron, zone),
            Kind::Rate(period) => rate(*period),
            Kind::At(time) => {
                let zone = zone.map(|zone| format!(" {zone}")).unwrap_or_default();
                format!("{}{zone}", once(*time))
            }
        }
    }
}

fn rate(period: SignedDuration) -> String {
    let minutes = period.as_mins();
    let (count, unit) = match minutes {
        _ if minutes % (24 * 60) == 0 => (minutes / (24 * 60), "day"),
        _ if minutes % 60 == 0 => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    match count {
        1 => format!("every {unit}"),
        _ => format!("every {count} {unit}s"),
    }
}

fn once(time: DateTime) -> String {
    let clock = match time.second() {
        0 => time.strftime("%H:%M"),
        _ => time.strftime("%H:%M:%S"),
    };
    format!("once, on {} at {clock}", time.strftime("%-d %B %Y"))
}

fn cron_words(cron: &Cron, zone: Option<&str>) -> String {
    let clock = clock(&cron.minutes, &cron.hours);
    // `from 20:00 to 02:59` sounds like one night. To AWS, these are hours of one date.
    let apart = if clock.over_midnight && !is_daily(&cron.days) {
        ", each day by itself"
    } else {
        ""
    };
    let rest = format!("{}{}{apart}", days(cron), years(&cron.years));
    let daily = if clock.ends_in_time && clock.text.starts_with("at ") && is_daily(&cron.days) {
        "every day "
    } else {
        ""
    };
    let text = &clock.text;
    match zone {
        Some(zone) if clock.ends_in_time => format!("{daily}{text} {zone}{rest}"),
        Some(zone) if clock.needs_zone || !rest.is_empty() => {
            format!("{daily}{text}{rest}, {zone}")
        }
        _ => format!("{daily}{text}{rest}"),
    }
}

/// The times of a day, in words.
struct Clock {
    text: String,
    /// A text that ends in `HH:MM`, which a zone may follow.
    ends_in_time: bool,
    /// Runs differ from zone to zone, even on every day of every year.
    needs_zone: bool,
    /// The hours are said from one before midnight to one after it.
    over_midnight: bool,
}

impl Clock {
    fn time(text: String) -> Self {
        Self {
            text,
            ends_in_time: true,
            needs_zone: true,
            over_midnight: false,
        }
    }

    fn phrase(text: String) -> Self {
        Self {
            text,
            ends_in_time: false,
            needs_zone: true,
            over_midnight: false,
        }
    }

    fn anywhere(text: String) -> Self {
        Self {
            needs_zone: false,
            ..Self::phrase(text)
        }
    }
}

fn clock(minutes: &[u16], hours: &[u16]) -> Clock {
    let (Some(first), Some(last)) = (minutes.first(), minutes.last()) else {
        return Clock::phrase("never".to_owned());
    };
    if minutes.len() * hours.len() <= LISTED_TIMES {
        let times = hours
            .iter()
            .flat_map(|hour| minutes.iter().map(|minute| time(*hour, *minute)));
        return Clock::time(format!("at {}", and(times.collect())));
    }
    let all_day = hours.len() == 24;
    let step = even_step(minutes);
    match (step, minutes) {
        (Some(step), [0, ..]) if all_day => return Clock::anywhere(every(step, "minute")),
        (None, [0]) if all_day => return Clock::anywhere("every hour".to_owned()),
        _ => {}
    }
    // What is even over the hour, or within one, has a first and a last time between which it is even.
    let span = |step, unit, from: u16, to: u16| {
        // Over midnight, the last run is no longer the last of the date: the hours are a window.
        let window = from > to && unit == "minute";
        let last = if window { 59 } else { *last };
        let (first, last) = (time(from, *first), time(to, last));
        Clock {
            over_midnight: from > to,
            ..Clock::time(format!("{} from {first} to {last}", every(step, unit)))
        }
    };
    match round_runs(hours, &HOURS.values).as_slice() {
        [(hour, _)] if hours.len() == 1 => {
            if let Some(step) = progression(minutes) {
                return span(step, "minute", *hour, *hour);
            }
        }
        [(from, to)] => match (step, minutes) {
            (Some(step), _) => return span(step, "minute", *from, *to),
            (None, [_]) if !all_day => return span(1, "hour", *from, *to),
            _ => {}
        },
        _ => {}
    }
    if let ([_], Some((step, from, to))) = (minutes, round_progression(hours, &HOURS.values))
        && step > 1
    {
        return span(step, "hour", from, to);
    }
    match (minutes_of(minutes), hours_of(hours)) {
        (Some(minutes), Some((hours, over_midnight))) => Clock {
            over_midnight,
            ..Clock::phrase(format!("{minutes} of {hours}"))
        },
        _ => Clock::phrase(format!("{} times a day", minutes.len() * hours.len())),
    }
}

/// `at minutes 5 and 17`, `every 7 minutes from minute 0 to 56`; nothing if that is too long.
fn minutes_of(minutes: &[u16]) -> Option<String> {
    match (minutes, progression(minutes)) {
        ([only], _) => Some(format!("at minute {only}")),
        ([first, .., last], Some(step)) if minutes.len() > LISTED_TIMES => Some(format!(
            "{} from minute {first} to {last}",
            every(step, "minute")
        )),
        _ => {
            let minutes = ranges(&rows(minutes))?;
            Some(format!("at minutes {}", and(minutes)))
        }
    }
}

/// `every hour`, `the hours 8 to 11 and 20`, and whether these go over midnight; nothing if that is too long.
fn hours_of(hours: &[u16]) -> Option<(String, bool)> {
    if hours.len() == 24 {
        return Some(("every hour".to_owned(), false));
    }
    if let [only] = hours {
        return Some((format!("hour {only}"), false));
    }
    if let Some((step, first, last)) = round_progression(hours, &HOURS.values)
        && step > 1
        && hours.len() > LISTED_TIMES
    {
        let step = ordinal(step);
        let text = format!("every {step} hour from {first} to {last}");
        return Some((text, first > last));
    }
    let runs = round_rows(hours, &HOURS.values);
    let over_midnight = runs.iter().any(|(from, to)| from > to);
    Some((format!("the hours {}", and(ranges(&runs)?)), over_midnight))
}

fn is_daily(days: &Days) -> bool {
    match days {
        Days::OfMonth(days) => days.len() == 31,
        Days::OfWeek(days) => days.len() == 7,
        _ => false,
    }
}

/// The days and months, as they follow the times of a day; nothing for every day.
fn days(cron: &Cron) -> String {
    let months = &cron.months;
    if is_daily(&cron.days) {
        return in_months(months, "");
    }
    let of = of_months(months);
    match &cron.days {
        Days::OfMonth(days) => format!(" on {} {of}", days_of_month(days)),
        Days::Last => format!(" on the last day {of}"),
        Days::LastWeekday => format!(" on the last weekday {of}"),
        Days::NearestWeekday(day) => format!(" on the weekday nearest the {} {of}", ordinal(*day)),
        Days::OfWeek(days) => {
            let (text, comma) = weekdays(days);
            format!("{text}{}", in_months(months, comma))
        }
        Days::LastOfWeek(day) => format!(" on the last {} {of}", weekday(*day)),
        Days::NthOfWeek(day, nth) => {
            let nth = ["first", "second", "third", "fourth", "fifth"][usize::from(*nth) - 1];
            format!(" on the {nth} {} {of}", weekday(*day))
        }
    }
}

fn days_of_month(days: &[u16]) -> String {
    let item = |(from, to): (u16, u16)| row(ordinal(from), &ordinal(to));
    if let ([first, .., last], Some(step)) = (days, progression(days))
        && step > 1
        && days.len() > LISTED_TIMES
    {
        let (first, last) = (ordinal(*first), ordinal(*last));
        return format!("every {} day from the {first} to the {last}", ordinal(step));
    }
    let runs = rows(days);
    if runs.len() > LISTED {
        return format!("{} days", days.len());
    }
    format!("the {}", and(runs.into_iter().map(item).collect()))
}

/// The words, and what separates them from what follows.
fn weekdays(days: &[u16]) -> (String, &'static str) {
    let mut places: Vec<u16> = days.iter().map(|day| (day + 5) % 7).collect();
    places.sort_unstable();
    let name = |place: u16| WEEKDAYS[usize::from(place)];
    let runs = round_rows(&places, &FROM_MONDAY);
    if runs.iter().all(|(from, to)| from == to) {
        let days = runs.iter().map(|(day, _)| format!("{}s", name(*day)));
        return (format!(" on {}", and(days.collect())), "");
    }
    let days = runs
        .iter()
        .map(|(from, to)| row(name(*from).to_owned(), name(*to)));
    (format!(", {}", and(days.collect())), ",")
}

/// The name of a weekday in cron's numbers, 1 for Sunday.
fn weekday(day: u16) -> &'static str {
    WEEKDAYS[usize::from((day + 5) % 7)]
}

fn month(month: u16) -> &'static str {
    MONTHS[usize::from(month) - 1]
}

fn of_months(months: &[u16]) -> String {
    match round_rows(months, &MONTH.values).as_slice() {
        [(1, 12)] => "of the month".to_owned(),
        [(from, to)] if from != to => {
            format!("of each month from {} to {}", month(*from), month(*to))
        }
        _ => format!("of {}", and(month_names(months))),
    }
}

fn in_months(months: &[u16], separator: &str) -> String {
    match round_rows(months, &MONTH.values).as_slice() {
        [(1, 12)] => String::new(),
        [(from, to)] if from != to => {
            format!("{separator} from {} to {}", month(*from), month(*to))
        }
        _ => format!("{separator} in {}", and(month_names(months))),
    }
}

fn month_names(months: &[u16]) -> Vec<String> {
    months
        .iter()
        .map(|number| month(*number).to_owned())
        .collect()
}

fn years(years: &[u16]) -> String {
    let end = *YEAR.values.end();
    let ([first, ..], Some(last)) = (years, years.last()) else {
        return String::new();
    };
    match progression(years) {
        Some(1) if (first, last) == (YEAR.values.start(), &end) => String::new(),
        Some(1) if *last == end => format!(", from {first} on"),
        Some(1) if years.len() > 2 => format!(", from {first} to {last}"),
        Some(step) if years.len() > LISTED_TIMES && last + step > end => {
            format!(", every {step} years from {first} on")
        }
        Some(step) if years.len() > LISTED_TIMES => {
            format!(", every {step} years from {first} to {last}")
        }
        _ => match ranges(&rows(years)) {
            Some(years) => format!(", in {}", and(years)),
            None => format!(", in {} years from {first} to {last}", years.len()),
        },
    }
}

fn time(hour: u16, minute: u16) -> String {
    format!("{hour:02}:{minute:02}")
}

/// `every minute`, `every 5 minutes`.
fn every(step: u16, unit: &str) -> String {
    match step {
        1 => format!("every {unit}"),
        _ => format!("every {step} {unit}s"),
    }
}

fn ordinal(number: u16) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// `a, b and c`.
fn and(mut items: Vec<String>) -> String {
    match (items.pop(), items.is_empty()) {
        (Some(last), false) => format!("{} and {last}", items.join(", ")),
        (last, _) => last.unwrap_or_default(),
    }
}

/// `8 to 11`; `20` for a row of one.
fn row(from: String, to: &str) -> String {
    if from == to {
        from
    } else {
        format!("{from} to {to}")
    }
}

/// `8 to 11`, `20`; nothing if they are too many.
fn ranges(runs: &[(u16, u16)]) -> Option<Vec<String>> {
    let text = |(from, to): &(u16, u16)| row(from.to_string(), &to.to_string());
    (runs.len() <= LISTED).then(|| runs.iter().map(text).collect())
}

#[cfg(test)]
mod tests;
