//! Schedules: recorded cases with their sources, and cron expressions beside a search over every minute.

use std::collections::HashMap;

use eventbridge::Dialect;
use eventbridge::schedule::{Schedule, time_zone};
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;

#[test]
fn every_recorded_case_is_right() {
    let cases = include_str!("../data/schedules.ndjson");
    for case in cases.lines() {
        let case: Value = serde_json::from_str(case).expect("a case");
        let text = |key: &str| case[key].as_str().expect(key);
        let dialect = match text("kind") {
            "rule" => Dialect::Rule,
            _ => Dialect::Scheduler,
        };
        let from: Timestamp = text("from").parse().expect("a time");
        let zone = time_zone(text("timezone")).expect("a zone");
        let count = usize::try_from(case["count"].as_u64().expect("a count")).expect("small");
        let found = Schedule::parse_in(text("expression"), dialect).map(|schedule| {
            let runs = schedule.runs_after(from, &zone).take(count);
            runs.map(|run| Value::from(run.to_string())).collect()
        });
        let found = found.map_or_else(|_| Value::from("refused"), Value::Array);
        assert_eq!(found, case["right"], "{}", case["id"]);
    }
}

const ZONES: [&str; 5] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
];

/// The numbers from which expressions are made. A case is one expression in one zone.
const SEED: u64 = 20_260_301;

/// Runs that are compared of each case, and the days in which they are looked for.
const RUNS: usize = 60;
const DAYS: usize = 800;

/// Takes the number of expressions from `CRON_CASES`; a few are tried otherwise.
#[test]
fn cron_runs_in_the_minutes_that_fit() {
    let count = std::env::var("CRON_CASES").map_or(60, |count| count.parse().expect("a number"));
    let mut calendars = ZONES.map(|zone| Calendar::new(time_zone(zone).expect("a zone")));
    let mut random = Random(SEED);
    let (mut runs, mut round) = (0, 0);
    for _ in 0..count {
        let fields = cron_fields(&mut random);
        round += usize::from(fields.has_round_range());
        let schedule: Schedule = format!("cron({fields})").parse().expect("an expression");
        // From 2026 to 2030, at any second.
        let from = Timestamp::from_second(1_767_225_600 + random.below(126_230_400).cast_signed());
        let from = from.expect("a time");
        for calendar in &mut calendars {
            let expected = calendar.runs(&fields, from);
            let end = expected.end;
            let found = schedule.runs_after(from, &calendar.zone);
            let found: Vec<Timestamp> = found.take_while(|run| *run < end).take(RUNS).collect();
            assert_eq!(
                found, expected.runs,
                "cron({fields}) in {:?} from {from}",
                calendar.zone
            );
            runs += found.len();
        }
    }
    eprintln!("{count} expressions, {round} with ranges over the end, in 5 zones: {runs} runs");
    assert!(round > count / 3 && runs > count * 10);
}

/// The texts of the six fields.
struct Fields([String; 6]);

impl std::fmt::Display for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl Fields {
    fn has_round_range(&self) -> bool {
        self.0[..5].iter().any(|field| {
            let items = field.split(',').filter_map(|item| item.split('/').next());
            let mut ranges = items.filter_map(|item| item.split_once('-'));
            ranges.any(|(from, to)| number(from) > number(to))
        })
    }

    fn fit_day(&self, day: Date) -> bool {
        let [_, _, of_month, month, of_week, year] = &self.0;
        let place = number_of(day.month());
        fits(month, place, 1, 12)
            && fits(year, u32::from(day.year().cast_unsigned()), 1970, 2199)
            && fits_day_of_month(of_month, day)
            && fits_day_of_week(of_week, day)
    }
}

/// Whether a field that is a list has a value: each item is looked at by itself, as distances on a circle.
fn fits(field: &str, value: u32, low: u32, high: u32) -> bool {
    let size = high - low + 1;
    field.split(',').any(|item| {
        let (range, step) = item.split_once('/').unwrap_or((item, ""));
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from), number(to)),
            None if range == "*" => (low, high),
            None if step.is_empty() => (number(range), number(range)),
            None => (number(range), high),
        };
        let distance = (value + size - from) % size;
        let step = step.parse().unwrap_or(1);
        distance <= (to + size - from) % size && distance.is_multiple_of(step)
    })
}

fn fits_day_of_month(field: &str, day: Date) -> bool {
    let is_weekday = |day: &Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let month = day.first_of_month().series(1.day());
    let weekdays = month.take_while(|other| other.month() == day.month());
    let weekdays: Vec<Date> = weekdays.filter(is_weekday).collect();
    match field {
        "?" => true,
        "L" => day == day.last_of_month(),
        "LW" => weekdays.last() == Some(&day),
        _ => match field.strip_suffix('W') {
            Some(wanted) => {
                let wanted = number(wanted);
                // A month without the day has no weekday nearest to it.
                let nearest = weekdays
                    .iter()
                    .min_by_key(|other| number_of(other.day()).abs_diff(wanted));
                nearest == Some(&day) && wanted <= number_of(day.last_of_month().day())
            }
            None => fits(field, number_of(day.day()), 1, 31),
        },
    }
}

fn fits_day_of_week(field: &str, day: Date) -> bool {
    let weekday = number_of(day.weekday().to_sunday_one_offset());
    let of_month = number_of(day.day());
    if let Some((wanted, nth)) = field.split_once('#') {
        return number(wanted) == weekday && (of_month - 1) / 7 + 1 == number(nth);
    }
    match field.strip_suffix('L') {
        _ if field == "?" => true,
        Some("") => weekday == 7,
        Some(wanted) => {
            number(wanted) == weekday && of_month + 7 > number_of(day.last_of_month().day())
        }
        None => fits(field, weekday, 1, 7),
    }
}

/// A number, or the name of a month or a weekday.
fn number(text: &str) -> u32 {
    const NAMES: &str =
        "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC SUN MON TUE WED THU FRI SAT";
    let named = NAMES.split(' ').zip((1..=12).chain(1..=7));
    let named = named.into_iter().find(|(name, _)| *name == text);
    named.map_or_else(|| text.parse().expect(text), |(_, number)| number)
}

fn number_of(number: i8) -> u32 {
    number.cast_unsigned().into()
}

/// The minutes of the days of a zone.
struct Calendar {
    zone: TimeZone,
    days: HashMap<Date, Vec<(Timestamp, u32, u32)>>,
}

/// Runs before an end, which is exclusive.
struct Expected {
    runs: Vec<Timestamp>,
    end: Timestamp,
}

impl Calendar {
    fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            days: HashMap::new(),
        }
    }

    /// Every minute of a local day that is one, with its hour and minute; the first of two that clocks show twice.
    ///
    /// Goes from instants to local times. A time that clocks skip is never met in this direction.
    fn minutes(&mut self, day: Date) -> &[(Timestamp, u32, u32)] {
        let zone = &self.zone;
        self.days.entry(day).or_insert_with(|| {
            let midnight = TimeZone::UTC
                .to_timestamp(day.at(0, 0, 0, 0))
                .expect("a time");
            // No clock is put by more than a few hours.
            let offset = i64::from(zone.to_offset(midnight).seconds()) / 60;
            let mut seen = [false; 24 * 60];
            let mut minutes = Vec::new();
            for minute in -3 * 60 - offset..27 * 60 - offset {
                let instant = Timestamp::from_second(midnight.as_second() + minute * 60);
                let instant = instant.expect("a time");
                let local = zone.to_datetime(instant);
                let (hour, minute) = (number_of(local.hour()), number_of(local.minute()));
                let place = usize::try_from(hour * 60 + minute).expect("small");
                if local.date() == day && !std::mem::replace(&mut seen[place], true) {
                    minutes.push((instant, hour, minute));
                }
            }
            minutes
        })
    }

    fn runs(&mut self, fields: &Fields, from: Timestamp) -> Expected {
        let [minutes, hours, ..] = &fields.0;
        let hours = (0..24).filter(|hour| fits(hours, *hour, 0, 23));
        let minutes = (0..60).filter(|minute| fits(minutes, *minute, 0, 59));
        let (hours, minutes): (Vec<u32>, Vec<u32>) = (hours.collect(), minutes.collect());
        let start = self.zone.to_datetime(from).date();
        let mut runs = Vec::new();
        for day in start.series(1.day()).take(DAYS) {
            if runs.len() >= RUNS {
                break;
            }
            if !fields.fit_day(day) {
                continue;
            }
            let fit = self.minutes(day).iter().filter(|(instant, hour, minute)| {
                *instant > from && hours.contains(hour) && minutes.contains(minute)
            });
            runs.extend(fit.map(|(instant, _, _)| *instant));
        }
        runs.truncate(RUNS);
        let end = start.saturating_add(i64::try_from(DAYS).expect("small").days());
        let end = self.zone.to_timestamp(end.at(0, 0, 0, 0)).expect("a time");
        Expected { runs, end }
    }
}

/// Numbers that look random and are the same in every run (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn within(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }
}

fn cron_fields(random: &mut Random) -> Fields {
    let minutes = list(random, 0, 59, &[]);
    let hours = list(random, 0, 23, &[]);
    let months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC";
    let months: Vec<&str> = months.split(' ').collect();
    let month = match random.below(3) {
        0 => "*".to_owned(),
        _ => list(random, 1, 12, &months),
    };
    let (of_month, of_week) = match random.below(2) {
        0 => (day_of_month(random), "?".to_owned()),
        _ => ("?".to_owned(), day_of_week(random)),
    };
    let year = match random.below(6) {
        0 => format!("{}", random.within(2026, 2031)),
        1 => format!("{}/2", random.within(2020, 2028)),
        2 => format!("2026-{},2031", random.within(2027, 2029)),
        _ => "*".to_owned(),
    };
    Fields([minutes, hours, of_month, month, of_week, year])
}

fn day_of_month(random: &mut Random) -> String {
    match random.below(8) {
        0 => "L".to_owned(),
        1 => "LW".to_owned(),
        2 => format!("{}W", random.within(1, 31)),
        _ => list(random, 1, 31, &[]),
    }
}

fn day_of_week(random: &mut Random) -> String {
    let names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    let day = value(random, 1, 7, &names);
    match random.below(8) {
        0 => "L".to_owned(),
        1 => format!("{day}L"),
        2 => format!("{day}#{}", random.within(1, 5)),
        _ => list(random, 1, 7, &names),
    }
}

/// A field of one to three items: values, ranges in either direction, steps.
fn list(random: &mut Random, low: u64, high: u64, names: &[&str]) -> String {
    let count = [1, 1, 1, 2, 3][usize::try_from(random.below(5)).expect("small")];
    let items: Vec<String> = (0..count).map(|_| item(random, low, high, names)).collect();
    items.join(",")
}

fn item(random: &mut Random, low: u64, high: u64, names: &[&str]) -> String {
    let (from, to) = (
        value(random, low, high, names),
        value(random, low, high, names),
    );
    let step = random.within(1, (high - low).min(20));
    match random.below(8) {
        0 => "*".to_owned(),
        1 | 2 => from,
        3 | 4 => format!("{from}-{to}"),
        5 => format!("{from}-{to}/{step}"),
        6 => format!("{from}/{step}"),
        _ => format!("*/{step}"),
    }
}

fn value(random: &mut Random, low: u64, high: u64, names: &[&str]) -> String {
    let place = random.below(high - low + 1);
    match names.get(usize::try_from(place).expect("small")) {
        Some(name) if random.below(2) == 0 => (*name).to_owned(),
        _ => (low + place).to_string(),
    }
}

/// The search itself, where the right answer is known: Lord Howe's clocks go back by half an hour.
#[test]
fn the_search_meets_a_repeated_minute_once() {
    let mut calendar = Calendar::new(time_zone("Australia/Lord_Howe").expect("a zone"));
    let lengths = [date(2026, 4, 4), date(2026, 4, 5), date(2026, 10, 4)];
    let lengths = lengths.map(|day| calendar.minutes(day).len());
    assert_eq!(lengths, [24 * 60, 24 * 60, 24 * 60 - 30]);
}
