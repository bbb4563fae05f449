//! Cron expressions beside the crate `croner`, where it agrees with AWS on what they mean: AWS's weekday
//! numbers, its steps and its `?` are options of it, and in UTC no hour is skipped or repeated.

use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use eventbridge::schedule::{Schedule, time_zone};
use jiff::Timestamp;
use proptest::prelude::*;

fn croner(fields: &str) -> Cron {
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .dom_and_dow(true)
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build();
    parser.parse(&format!("0 {fields}")).expect(fields)
}

/// A field of numbers: any, one, a list, a range, steps.
fn numbers(low: u32, high: u32) -> impl Strategy<Value = String> {
    let number = move || low..=high;
    let range = (number(), number()).prop_map(|(one, other)| (one.min(other), one.max(other)));
    let step = 1..=high - low;
    prop_oneof![
        Just("*".to_owned()),
        number().prop_map(|number| number.to_string()),
        prop::collection::vec(number(), 1..4).prop_map(|list| join(&list)),
        range.clone().prop_map(|(from, to)| format!("{from}-{to}")),
        (range, 1..7_u32).prop_map(|((from, to), step)| format!("{from}-{to}/{step}")),
        (number(), step).prop_map(|(from, step)| format!("{from}/{step}")),
    ]
}

fn join(list: &[u32]) -> String {
    let list = list.iter().map(u32::to_string);
    list.collect::<Vec<_>>().join(",")
}

/// Day of month, month and day of week: one of the days is `?`.
fn days() -> impl Strategy<Value = String> {
    let of_month = prop_oneof![
        3 => numbers(1, 28),
        1 => Just("L".to_owned()),
        1 => Just("LW".to_owned()),
        1 => (1..=31_u32).prop_map(|day| format!("{day}W")),
    ];
    let name = || prop::sample::select(&["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"][..]);
    let of_week = prop_oneof![
        2 => numbers(1, 7),
        1 => name().prop_map(str::to_owned),
        1 => Just("MON-FRI".to_owned()),
        1 => (1..=7_u32, 1..=5_u32).prop_map(|(day, week)| format!("{day}#{week}")),
        1 => (1..=7_u32).prop_map(|day| format!("{day}L")),
    ];
    let month = || {
        let names = prop::sample::select(&["JAN", "FEB", "MAR-JUN", "DEC"][..]);
        prop_oneof![3 => numbers(1, 12), 1 => names.prop_map(str::to_owned)]
    };
    prop_oneof![
        (of_month, month()).prop_map(|(day, month)| format!("{day} {month} ?")),
        (month(), of_week).prop_map(|(month, day)| format!("? {month} {day}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cron_runs_when_croner_says(
        minutes in numbers(0, 59),
        hours in numbers(0, 23),
        days in days(),
        years in prop::sample::select(&["*", "2026-2031", "2027/2", "2028,2032"][..]),
        from in 1_767_225_600_i64..1_800_000_000,
    ) {
        let fields = format!("{minutes} {hours} {days} {years}");
        let schedule: Result<Schedule, _> = format!("cron({fields})").parse();
        let schedule = schedule.unwrap_or_else(|error| panic!("{fields}: {error}"));
        let zone = time_zone("UTC").expect("a zone");
        let start = Timestamp::from_second(from).expect("in range");
        let runs = schedule.runs_after(start, &zone).map(Timestamp::as_second);
        let runs: Vec<i64> = runs.take(8).collect();
        let start: DateTime<Utc> = DateTime::from_timestamp(from, 0).expect("in range");
        let theirs = croner(&fields).iter_after(start).map(|run| run.timestamp());
        let theirs: Vec<i64> = theirs.take(runs.len()).collect();
        prop_assert_eq!(runs, theirs, "{}", fields);
    }
}
