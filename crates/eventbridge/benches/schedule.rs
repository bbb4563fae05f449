//! A million runs of a schedule on working days in New York, beside the crate `croner`.

use std::hint::black_box;

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::America::New_York;
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use croner::parser::{CronParser, Seconds, Year};
use eventbridge::schedule::{Schedule, time_zone};
use jiff::Timestamp;

const FIELDS: &str = "0/5 8-17 ? * MON-FRI *";
const RUNS: usize = 1_000_000;
const START: i64 = 1_767_225_600;

fn next_runs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("next-runs");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .throughput(Throughput::Elements(RUNS as u64));
    let schedule: Schedule = format!("cron({FIELDS})").parse().expect("a schedule");
    let zone = time_zone("America/New_York").expect("a zone");
    let start = Timestamp::from_second(START).expect("a time");
    group.bench_function("eventbridge", |bencher| {
        bencher.iter(|| black_box(schedule.runs_after(start, &zone).take(RUNS).last()));
    });
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build();
    let cron = parser.parse(&format!("0 {FIELDS}")).expect("a schedule");
    let start: DateTime<Utc> = DateTime::from_timestamp(START, 0).expect("a time");
    let start = New_York.from_utc_datetime(&start.naive_utc());
    group.bench_function("croner", |bencher| {
        bencher.iter(|| black_box(cron.iter_after(start).take(RUNS).last()));
    });
    group.finish();
}

criterion_group!(benches, next_runs);
criterion_main!(benches);
