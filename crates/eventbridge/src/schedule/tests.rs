use jiff::Timestamp;

use super::{Schedule, time_zone};

#[track_caller]
fn runs(expression: &str, zone: &str, from: &str, expected: &[&str]) {
    let schedule = Schedule::parse(expression).expect(expression);
    let from: Timestamp = from.parse().expect("a time");
    let zone = time_zone(zone).expect("a zone");
    let runs = schedule.runs_after(from, &zone).take(expected.len());
    let runs: Vec<String> = runs.map(|run| run.to_string()).collect();
    assert_eq!(runs, expected, "{expression}");
}

#[test]
fn the_next_runs() {
    let from = "2026-01-01T00:00:00Z";
    runs(
        "cron(0 1 * * ? *)",
        "UTC",
        from,
        &["2026-01-01T01:00:00Z", "2026-01-02T01:00:00Z"],
    );
    runs(
        "cron(0/30 9 ? * MON-FRI *)",
        "UTC",
        from,
        &[
            "2026-01-01T09:00:00Z",
            "2026-01-01T09:30:00Z",
            "2026-01-02T09:00:00Z",
        ],
    );
    runs(
        "cron(0 0 L * ? *)",
        "UTC",
        from,
        &["2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"],
    );
    runs(
        "cron(0 0 LW 5 ? *)",
        "UTC",
        from,
        &["2026-05-29T00:00:00Z", "2027-05-31T00:00:00Z"],
    );
    runs("cron(0 0 1W 8 ? *)", "UTC", from, &["2026-08-03T00:00:00Z"]);
    runs(
        "cron(0 0 31W 5 ? *)",
        "UTC",
        from,
        &["2026-05-29T00:00:00Z"],
    );
    runs(
        "cron(0 0 ? * 6#3 *)",
        "UTC",
        from,
        &["2026-01-16T00:00:00Z"],
    );
    runs(
        "cron(0 0 ? * FRI#5 *)",
        "UTC",
        from,
        &["2026-01-30T00:00:00Z", "2026-05-29T00:00:00Z"],
    );
    runs(
        "cron(0 0 ? * 6L *)",
        "UTC",
        from,
        &["2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"],
    );
    runs("cron(0 0 ? * L *)", "UTC", from, &["2026-01-03T00:00:00Z"]);
    runs(
        "cron(0 0 29 2 ? *)",
        "UTC",
        from,
        &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"],
    );
    runs(
        "cron(0 0 1 1 ? 2030/5)",
        "UTC",
        from,
        &["2030-01-01T00:00:00Z", "2035-01-01T00:00:00Z"],
    );
    runs(
        "rate(5 minutes)",
        "UTC",
        from,
        &["2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"],
    );
    runs(
        "at(2026-07-01T09:00:00)",
        "Europe/Berlin",
        from,
        &["2026-07-01T07:00:00Z"],
    );
}

#[test]
fn a_spring_gap_skips_the_run_and_autumn_runs_once() {
    runs(
        "cron(30 2 * * ? *)",
        "Europe/Berlin",
        "2026-03-28T12:00:00Z",
        &["2026-03-30T00:30:00Z"],
    );
    runs(
        "cron(30 2 * * ? *)",
        "Europe/Berlin",
        "2026-10-24T12:00:00Z",
        &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    );
    runs(
        "cron(30 2 * * ? *)",
        "Europe/Berlin",
        "2026-10-25T01:10:00Z",
        &["2026-10-26T01:30:00Z"],
    );
}

#[track_caller]
fn refused(expression: &str, place: &str, reason: &str) {
    let error = Schedule::parse(expression).expect_err(expression);
    assert_eq!(
        (&expression[error.span()], error.to_string().as_str()),
        (place, reason)
    );
}

#[test]
fn each_refusal_names_its_place() {
    refused(
        "cron(0 1 * * * *)",
        "* * *",
        "`?` must stand in exactly one of day-of-month and day-of-week",
    );
    refused(
        "cron(0 1 ? * ? *)",
        "? * ?",
        "`?` must stand in exactly one of day-of-month and day-of-week",
    );
    refused("cron(60 1 * * ? *)", "60", "`60` in minutes is not 0 to 59");
    refused(
        "cron(0 1 * FOO ? *)",
        "FOO",
        "`FOO` in month is not 1 to 12 or JAN to DEC",
    );
    refused(
        "cron(0 1 * * ?)",
        "0 1 * * ?",
        "cron has six fields (minutes hours day-of-month month day-of-week year), not 5",
    );
    refused(
        "cron(0 22-2 * * ? *)",
        "22-2",
        "the range `22-2` in hours runs backwards: write it as two ranges in a list",
    );
    refused(
        "cron(0/0 1 * * ? *)",
        "0",
        "`0` is no step in minutes: write a number from 1 to 59",
    );
    refused(
        "cron(? 1 * * ? *)",
        "?",
        "`?` may only stand in day-of-month or day-of-week, not in minutes",
    );
    refused("cron(1,,2 1 * * ? *)", "", "a value is missing in minutes");
    refused(
        "cron(0 0 1,L * ? *)",
        "1,L",
        "`L`, `LW` and `15W` stand alone in day-of-month",
    );
    refused(
        "cron(0 0 ? * 2#1,3#1 *)",
        "2#1,3#1",
        "after `#` stands one number from 1 to 5, and nothing else in day-of-week",
    );
    refused(
        "cron(0 0 1 1 ? 1969)",
        "1969",
        "`1969` in year is not 1970 to 2199",
    );
}

#[test]
fn rates_and_times_are_refused_at_their_place() {
    refused(
        "rate(1 minutes)",
        "1 minutes",
        "write `rate(1 minute)`: one takes the singular",
    );
    refused(
        "rate(5 minute)",
        "5 minute",
        "write `rate(5 minutes)`: more than one takes the plural",
    );
    refused(
        "rate(0 minutes)",
        "0 minutes",
        "the number of a rate is a whole number from 1",
    );
    refused(
        "rate(5 weeks)",
        "5 weeks",
        "the unit of a rate is minutes, hours or days",
    );
    refused(
        "at(2026-01-01)",
        "2026-01-01",
        "`at` takes a local date and time, as in `at(2026-01-31T09:00:00)`",
    );
    refused(
        "0 1 * * ?",
        "0 1 * * ?",
        "a schedule is `cron(…)`, `rate(…)` or `at(…)`",
    );
}

#[test]
fn a_day_that_no_year_has_never_runs() {
    for expression in [
        "cron(0 0 30 2 ? *)",
        "cron(0 0 31 4,6 ? *)",
        "cron(0 0 29 2 ? 2027)",
    ] {
        assert!(
            Schedule::parse(expression).expect(expression).never_runs(),
            "{expression}"
        );
    }
    assert!(
        !Schedule::parse("cron(0 0 29 2 ? *)")
            .expect("valid")
            .never_runs()
    );
}
