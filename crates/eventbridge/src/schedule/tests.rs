use jiff::Timestamp;

use super::{Schedule, ScheduleErrorKind, time_zone};
use crate::Dialect;

#[track_caller]
fn parsed(expression: &str) -> Schedule {
    expression.parse().expect(expression)
}

#[track_caller]
fn runs(expression: &str, zone: &str, from: &str, expected: &[&str]) {
    let schedule = parsed(expression);
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
    let error = Schedule::parse_in(expression, Dialect::Rule).expect_err(expression);
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
        "cron(0 9 1 1 ? 2030-2026)",
        "2030-2026",
        "the range `2030-2026` in year runs backwards, and no year comes again",
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
        "cron(0 0 ? * 6#+3 *)",
        "6#+3",
        "after `#` stands one number from 1 to 5, and nothing else in day-of-week",
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
        "the plural of a unit behind 1",
    );
    refused(
        "rate(5 minute)",
        "5 minute",
        "the singular of a unit behind more than 1",
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
        assert!(parsed(expression).never_runs(), "{expression}");
    }
    assert!(!parsed("cron(0 0 29 2 ? *)").never_runs());
}

#[test]
fn a_range_goes_on_over_the_end_of_its_field() {
    for (round, listed) in [
        ("50-10/5 9 * * ? *", "0,5,10,50,55 9 * * ? *"),
        ("59-0 9 * * ? *", "0,59 9 * * ? *"),
        ("0 20-2 * * ? *", "0 0-2,20-23 * * ? *"),
        ("0 23-5/2,12 * * ? *", "0 1,3,5,12,23 * * ? *"),
        ("0 5-4 * * ? *", "0 * * * ? *"),
        ("0 9 28-3 * ? *", "0 9 1-3,28-31 * ? *"),
        ("0 9 25-5/3 * ? *", "0 9 3,25,28,31 * ? *"),
        ("0 9 1 NOV-FEB ? *", "0 9 1 1,2,11,12 ? *"),
        ("0 9 1 11-3/2 ? *", "0 9 1 1,3,11 ? *"),
        ("0 9 ? * SAT-SUN *", "0 9 ? * 1,7 *"),
        ("0 9 ? * FRI-MON *", "0 9 ? * 1,2,6,7 *"),
        ("0 9 ? * 3-1 *", "0 9 ? * 1,3-7 *"),
        ("0 9 ? * MON-SUN *", "0 9 ? * 1-7 *"),
    ] {
        let (round, listed) = (format!("cron({round})"), format!("cron({listed})"));
        assert_eq!(parsed(&round), parsed(&listed), "{round}");
    }
    assert_ne!(
        parsed("cron(0 20-2 * * ? *)"),
        parsed("cron(0 2-20 * * ? *)")
    );
}

#[test]
fn rules_and_scheduler_differ_in_rates_and_times() {
    for (expression, kind) in [
        ("rate(1 hours)", ScheduleErrorKind::Rate),
        ("rate(5 minute)", ScheduleErrorKind::Rate),
        ("at(2030-01-31T09:00:00)", ScheduleErrorKind::Dialect),
    ] {
        assert!(Schedule::parse_in(expression, Dialect::Scheduler).is_ok());
        let error = Schedule::parse_in(expression, Dialect::Rule).expect_err(expression);
        assert_eq!(error.kind(), kind, "{expression}");
    }
    for expression in ["cron(0 1 * * ? *)", "rate(1 hour)", "rate(5 minutes)"] {
        assert!(Schedule::parse_in(expression, Dialect::Rule).is_ok());
        assert!(Schedule::parse_in(expression, Dialect::Scheduler).is_ok());
        let error = Schedule::parse_in(expression, Dialect::Pipes).expect_err(expression);
        assert_eq!(error.kind(), ScheduleErrorKind::Dialect, "{expression}");
    }
}

#[test]
fn a_time_has_one_form() {
    for time in [
        "2026-11-20T13:00:60",
        "2026-11-20T24:00:00",
        "2026-02-30T00:00:00",
        "20261120T130000.000",
        "2026-11-20t13:00:00",
        "2026-11-20 13:00:00",
        "2026-11-20T13:00:00Z",
        "2026-11-20T13:00+01",
        "2026-11-20T13:00:0٣",
        "+026-11-20T13:00:00",
        "2026-11-20T13:00:+0",
        "2026-11-20T13:00",
        " 2026-11-20T13:00:00",
        "",
    ] {
        let error = format!("at({time})").parse::<Schedule>().expect_err(time);
        assert_eq!(error.kind(), ScheduleErrorKind::Time, "{time}");
    }
}

#[test]
fn the_schedule_that_was_meant_is_offered() {
    for (written, meant) in [
        // Cron of Unix: five fields, weekdays from 0.
        ("0 9 * * 1-5", "0 9 ? * MON-FRI *"),
        ("*/15 0-6 1,15 jan *", "*/15 0-6 1,15 jan ? *"),
        ("0 1 * * *", "0 1 * * ? *"),
        ("0 9 * * 0", "0 9 ? * SUN *"),
        ("0 9 * * 7,6", "0 9 ? * SAT,SUN *"),
        ("0 9 * * 5-7", "0 9 ? * FRI-SUN *"),
        ("0 9 * * 0-7", "0 9 * * ? *"),
        ("0 9 * * */2", "0 9 ? * TUE,THU,SAT,SUN *"),
        ("0 9 * * mon,Wed,5", "0 9 ? * MON,WED,FRI *"),
        // AWS's own, without the year: weekdays from 1.
        ("0 1 * * ?", "0 1 * * ? *"),
        ("0 9 ? * 2-6", "0 9 ? * 2-6 *"),
        ("0 9 ? * 6#3", "0 9 ? * 6#3 *"),
        // Six fields, with `?` in the wrong place.
        ("0 1 * * * *", "0 1 * * ? *"),
        ("0 1 ? * ? *", "0 1 * * ? *"),
        ("0 9 * * MON-FRI *", "0 9 ? * MON-FRI *"),
        ("0 9 L * * *", "0 9 L * ? *"),
    ] {
        let help = format!("write `cron({meant})`");
        for expression in [written.to_owned(), format!("cron({written})")] {
            let error = Schedule::parse_in(&expression, Dialect::Rule).expect_err(written);
            assert_eq!(error.help(), Some(help.as_str()), "{expression}");
        }
    }
    // Six fields that lack nothing but their name.
    let error = "0 1 * * ? *".parse::<Schedule>().expect_err("no name");
    assert_eq!(error.help(), Some("write `cron(0 1 * * ? *)`"));
}

#[test]
fn days_of_both_kinds_are_two_schedules() {
    for expression in ["0 9 1 * 1", "cron(0 9 1 * 1)", "cron(0 9 1 * MON *)"] {
        let error = expression.parse::<Schedule>().expect_err(expression);
        let help = "one schedule cannot have both: for the days of either, write two, `cron(0 9 1 * ? *)` and `cron(0 9 ? * MON *)`";
        assert_eq!(error.help(), Some(help), "{expression}");
    }
}

#[test]
fn nothing_is_offered_that_aws_would_refuse() {
    for expression in [
        "cron(0 25 * * *)",
        "cron(0 9 * * 8)",
        "cron(0 9 * * 1/2)",
        "cron(0 9 * *)",
        "cron(0 9 ? ? ?)",
        "every day",
        "",
    ] {
        let error = Schedule::parse_in(expression, Dialect::Rule).expect_err(expression);
        assert_eq!(error.help(), None, "{expression}");
    }
}

#[test]
fn a_step_in_day_of_week_is_pointed_out() {
    for (expression, place) in [
        ("cron(0 9 ? * 2/2 *)", Some("2/2")),
        ("cron(0  9 ? * MON-FRI/2 *)", Some("MON-FRI/2")),
        ("cron(0/5 9 1/2 * ? *)", None),
        ("rate(5 minutes)", None),
    ] {
        let warnings = parsed(expression).warnings();
        let places = warnings.first().map(|warning| &expression[warning.span()]);
        assert_eq!(places, place, "{expression}");
    }
}

#[test]
fn a_schedule_is_its_text() {
    for expression in [
        "cron(00 1  * * ? *)",
        "rate(1 hours)",
        "at(2030-01-31T09:00:00)",
    ] {
        let schedule = parsed(expression);
        assert_eq!(schedule.to_string(), expression);
        let json = serde_json::to_string(&schedule).expect("a text");
        assert_eq!(json, format!("\"{expression}\""));
        let read: Schedule = serde_json::from_str(&json).expect("the same");
        assert_eq!((&read, read.to_string()), (&schedule, schedule.to_string()));
    }
    assert_eq!(parsed("cron(00 1 * * ? *)"), parsed("cron(0 1 * * ? *)"));
    let error = serde_json::from_str::<Schedule>("\"rate(0 days)\"").expect_err("zero");
    assert!(
        error.to_string().starts_with("the number of a rate"),
        "{error}"
    );
}
