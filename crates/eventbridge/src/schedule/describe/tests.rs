use std::collections::HashMap;

use super::*;

/// What an expression is in words.
#[rustfmt::skip]
const WORDS: &[(&str, &str)] = &[
    ("cron(0 1 * * ? *)", "every day at 01:00"),
    ("cron(0 1 ? * * *)", "every day at 01:00"),
    ("cron(30 6,18 * * ? *)", "every day at 06:30 and 18:30"),
    ("cron(0/30 9 * * ? *)", "every day at 09:00 and 09:30"),
    ("cron(* * * * ? *)", "every minute"),
    ("cron(0/5 * * * ? *)", "every 5 minutes"),
    ("cron(0 * * * ? *)", "every hour"),
    ("cron(30 * * * ? *)", "at minute 30 of every hour"),
    ("cron(5/15 * * * ? *)", "every 15 minutes from 00:05 to 23:50"),
    ("cron(0/7 * * * ? *)", "every 7 minutes from minute 0 to 56 of every hour"),
    ("cron(5,17,42 * * * ? *)", "at minutes 5, 17 and 42 of every hour"),
    ("cron(0-29 * * * ? *)", "every minute from minute 0 to 29 of every hour"),
    ("cron(0/7 3 * * ? *)", "every 7 minutes from 03:00 to 03:56"),
    ("cron(* 3 * * ? *)", "every minute from 03:00 to 03:59"),
    ("cron(0 8-17 * * ? *)", "every hour from 08:00 to 17:00"),
    ("cron(15 0/2 * * ? *)", "every 2 hours from 00:15 to 22:15"),
    ("cron(0 0/6 * * ? *)", "every day at 00:00, 06:00, 12:00 and 18:00"),
    ("cron(0/10 8,12,18 * * ? *)", "every 10 minutes from minute 0 to 50 of the hours 8, 12 and 18"),
    ("cron(5,10 1/3 * * ? *)", "at minutes 5 and 10 of every 3rd hour from 1 to 22"),
    ("cron(0 1,3,4,5,9,20 * * ? *)", "at minute 0 of the hours 1, 3 to 5, 9 and 20"),
    ("cron(0 1,3,5,6,8,10,13,15 * * ? *)", "8 times a day"),
    ("cron(0/5 8-17 ? * MON-FRI *)", "every 5 minutes from 08:00 to 17:55, Monday to Friday"),
    ("cron(30 6 ? * MON-FRI *)", "at 06:30, Monday to Friday"),
    ("cron(0 9 ? * MON *)", "at 09:00 on Mondays"),
    ("cron(0 9 ? * SUN,SAT *)", "at 09:00 on Saturdays and Sundays"),
    ("cron(0 9 ? * L *)", "at 09:00 on Saturdays"),
    ("cron(0 9 ? * 1-4,7 *)", "at 09:00, Saturday to Wednesday"),
    ("cron(0 9 ? * 6L *)", "at 09:00 on the last Friday of the month"),
    ("cron(0 9 ? * FRI#3 *)", "at 09:00 on the third Friday of the month"),
    ("cron(0 9 ? 6 MON#1 *)", "at 09:00 on the first Monday of June"),
    ("cron(0 18 L * ? *)", "at 18:00 on the last day of the month"),
    ("cron(0 18 LW * ? *)", "at 18:00 on the last weekday of the month"),
    ("cron(0 18 15W * ? *)", "at 18:00 on the weekday nearest the 15th of the month"),
    ("cron(0 18 L 2 ? *)", "at 18:00 on the last day of February"),
    ("cron(0 18 1 * ? *)", "at 18:00 on the 1st of the month"),
    ("cron(0 18 1,15 * ? *)", "at 18:00 on the 1st and 15th of the month"),
    ("cron(0 18 1-7,22 * ? *)", "at 18:00 on the 1st to 7th and 22nd of the month"),
    ("cron(0 18 1/2 * ? *)", "at 18:00 on every 2nd day from the 1st to the 31st of the month"),
    ("cron(0 18 1,3,5,6,9,11,13 * ? *)", "at 18:00 on 7 days of the month"),
    ("cron(0 18 1 1 ? *)", "at 18:00 on the 1st of January"),
    ("cron(0 18 1 1/3 ? *)", "at 18:00 on the 1st of January, April, July and October"),
    ("cron(0 18 1 6-8 ? *)", "at 18:00 on the 1st of each month from June to August"),
    ("cron(0 1 * 6-8 ? *)", "every day at 01:00 from June to August"),
    ("cron(0 1 * 6,7 ? *)", "every day at 01:00 in June and July"),
    ("cron(0/5 * * 12 ? *)", "every 5 minutes in December"),
    ("cron(0 1 ? 6 MON *)", "at 01:00 on Mondays in June"),
    ("cron(0 1 ? 6 MON-FRI *)", "at 01:00, Monday to Friday, in June"),
    ("cron(0 1 * * ? 2027)", "every day at 01:00, in 2027"),
    ("cron(0 1 1 1 ? 2027,2029)", "at 01:00 on the 1st of January, in 2027 and 2029"),
    ("cron(0 1 * * ? 2027-2030)", "every day at 01:00, from 2027 to 2030"),
    ("cron(0 1 * * ? 2027-2199)", "every day at 01:00, from 2027 on"),
    ("cron(0 0 1 1 ? 2030/5)", "at 00:00 on the 1st of January, every 5 years from 2030 on"),
    ("cron(0/30 20-2 ? * MON-FRI *)", "every 30 minutes from 20:00 to 02:59, Monday to Friday, each day by itself"),
    ("cron(0/30 20-2 * * ? *)", "every 30 minutes from 20:00 to 02:59"),
    ("cron(* 22-3 L * ? *)", "every minute from 22:00 to 03:59 on the last day of the month, each day by itself"),
    ("cron(15 22-3 ? * * *)", "every hour from 22:15 to 03:15"),
    ("cron(0 20-6/2 * * ? *)", "every 2 hours from 20:00 to 06:00"),
    ("cron(0/7 20-2,12 * * ? *)", "every 7 minutes from minute 0 to 56 of the hours 12 and 20 to 2"),
    ("cron(0 23-1,12 * * ? *)", "every day at 00:00, 01:00, 12:00 and 23:00"),
    ("cron(0/10 23-0 * * ? *)", "every 10 minutes from 23:00 to 00:59"),
    ("cron(0/10 23-0,9 * * ? *)", "every 10 minutes from minute 0 to 50 of the hours 0, 9 and 23"),
    ("cron(55-5 9 * * ? *)", "at minutes 0 to 5 and 55 to 59 of hour 9"),
    ("cron(50-10/5 * * * ? *)", "at minutes 0, 5, 10, 50 and 55 of every hour"),
    ("cron(0 9 ? * SAT-SUN *)", "at 09:00 on Saturdays and Sundays"),
    ("cron(0 9 ? * SUN-MON *)", "at 09:00 on Mondays and Sundays"),
    ("cron(0 9 ? * FRI-MON *)", "at 09:00, Friday to Monday"),
    ("cron(0 9 ? * 6-2,4 *)", "at 09:00, Wednesday and Friday to Monday"),
    ("cron(0 4 ? * 3-1 *)", "at 04:00, Tuesday to Sunday"),
    ("cron(0 17 ? * MON-SUN *)", "every day at 17:00"),
    ("cron(0 9 1 OCT-MAR ? *)", "at 09:00 on the 1st of each month from October to March"),
    ("cron(0 1 * NOV-FEB ? *)", "every day at 01:00 from November to February"),
    ("cron(0 9 1 DEC-JAN ? *)", "at 09:00 on the 1st of January and December"),
    ("cron(0 9 28-3 * ? *)", "at 09:00 on the 1st to 3rd and 28th to 31st of the month"),
    ("cron(0 0 30 2 ? *)", "never"),
    ("rate(1 minute)", "every minute"),
    ("rate(15 minutes)", "every 15 minutes"),
    ("rate(90 minutes)", "every 90 minutes"),
    ("rate(1 hour)", "every hour"),
    ("rate(120 minutes)", "every 2 hours"),
    ("rate(1 day)", "every day"),
    ("rate(7 days)", "every 7 days"),
    ("at(2030-01-01T00:00:00)", "once, on 1 January 2030 at 00:00"),
    ("at(2030-12-24T18:30:15)", "once, on 24 December 2030 at 18:30:15"),
];

/// Checks a description with a zone.
#[rustfmt::skip]
const WORDS_IN_ZONE: &[(&str, &str)] = &[
    ("cron(0 1 * * ? *)", "every day at 01:00 UTC"),
    ("cron(0/5 8-17 ? * MON-FRI *)", "every 5 minutes from 08:00 to 17:55 UTC, Monday to Friday"),
    ("cron(0 18 L * ? *)", "at 18:00 UTC on the last day of the month"),
    ("cron(0/30 20-2 ? * MON-FRI *)", "every 30 minutes from 20:00 to 02:59 UTC, Monday to Friday, each day by itself"),
    ("cron(30 * * * ? *)", "at minute 30 of every hour, UTC"),
    ("cron(0/5 * ? * SUN *)", "every 5 minutes on Sundays, UTC"),
    ("cron(0/5 * * * ? *)", "every 5 minutes"),
    ("cron(0 * * * ? *)", "every hour"),
    ("rate(1 hour)", "every hour"),
    ("at(2030-01-01T00:00:00)", "once, on 1 January 2030 at 00:00 UTC"),
];

#[test]
fn schedules_in_words() {
    for (expression, words) in WORDS {
        let schedule: Schedule = expression.parse().expect(expression);
        assert_eq!(schedule.describe(), *words, "{expression}");
    }
}

#[test]
fn a_zone_is_named_where_it_makes_a_difference() {
    for (expression, words) in WORDS_IN_ZONE {
        let schedule: Schedule = expression.parse().expect(expression);
        assert_eq!(schedule.describe_in("UTC"), *words, "{expression}");
    }
}

/// Words that leave something out say so by a count.
fn leaves_out(words: &str) -> bool {
    words.contains(" times a day") || words.contains(" days of ")
}

#[test]
fn schedules_that_differ_differ_in_words() {
    const MINUTES: &str =
        "* 0 7 0/5 2/5 0/7 0/30 15/30 0-29 55-5 50-10/5 1,2,9 0,1,2,3,9,20,30,40,50";
    const HOURS: &str =
        "* 0 8 8-17 0/2 1/2 0/6 8,12 8,12,18 1-3,9 20-2 22-3 20-6/2 20-2,12 1,3,5,6,8,10,13,15";
    const DAYS_OF_MONTH: &str = "* 1 31 1,15 1-7 1/2 1/3 1-7,22 1,3,5,6,9,11,13 L LW 1W 15W";
    const DAYS_OF_WEEK: &str = "MON-FRI FRI-MON SAT-MON SUN SUN,SAT MON,WED,FRI 1-4 6L 6#1 6#5";
    const MONTHS: &str = "* 1 2,3 1/3 6-8 1,6-8 2-12 11-2 10-3";
    const YEARS: &str = "* 2027 2027,2029 2027-2030 2028-2199 2028/2 2028-2040/2";
    let times = pairs(MINUTES, HOURS);
    let of_month = DAYS_OF_MONTH.split(' ').map(|day| (day, "?"));
    let of_week = DAYS_OF_WEEK.split(' ').map(|day| ("?", day));
    let days: Vec<_> = of_month.chain(of_week).collect();
    let mut expressions = Vec::new();
    for (minutes, hours) in &times {
        for (of_month, of_week) in &days {
            expressions.push(format!("cron({minutes} {hours} {of_month} * {of_week} *)"));
        }
    }
    for (of_month, of_week) in days {
        for (month, year) in pairs(MONTHS, YEARS) {
            expressions.push(format!("cron(0 8-17 {of_month} {month} {of_week} {year})"));
        }
    }
    let mut known: HashMap<String, Schedule> = HashMap::new();
    for expression in &expressions {
        let schedule: Schedule = expression.parse().expect(expression);
        let words = schedule.describe();
        assert!(words.len() < 150, "{expression}: {words}");
        if leaves_out(&words) || schedule.never_runs() {
            continue;
        }
        let same = known.entry(words).or_insert_with(|| schedule.clone());
        assert_eq!(*same, schedule, "{expression}");
    }
    assert!(known.len() > 3_000, "{}", known.len());
}

/// Every first with every second, of lists between spaces.
fn pairs(firsts: &'static str, seconds: &'static str) -> Vec<(&'static str, &'static str)> {
    let seconds = || seconds.split(' ');
    let pairs = firsts.split(' ');
    pairs
        .flat_map(|first| seconds().map(move |second| (first, second)))
        .collect()
}
