//! A day of virtual time: fifty schedules of one minute, 72,000 runs, each delivered to a queue.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use emulator::{Config, Emulator, Rule, RuleSource, Target, Time, TraceKeeping, Wiring};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const SCHEDULES: usize = 50;

fn config(begin: Timestamp) -> Config {
    // A function that is not there: each run is a dead letter, and no process takes part.
    let target = Target {
        dead_letter_queue: Some("dead".to_owned()),
        ..Target::new("only", emulator::To::Function("none".to_owned()))
    };
    let every_minute = RuleSource::Schedule {
        expression: "cron(* * * * ? *)".to_owned(),
        timezone: "UTC".to_owned(),
        dialect: eventbridge::Dialect::Rule,
        lifetime: eventbridge::schedule::Lifetime::default(),
    };
    let rules = (0..SCHEDULES).map(|number| {
        Rule::new(
            format!("r-{number:02}"),
            every_minute.clone(),
            vec![target.clone()],
        )
    });
    let wiring = Wiring {
        rules: rules.collect(),
        queues: vec![emulator::Queue::new("dead")],
        ..Wiring::new("000000000000", "us-east-1")
    };
    Config {
        trace: TraceKeeping {
            most: Some(10_000),
            ..TraceKeeping::default()
        },
        ..Config::new(Time::Virtual(begin), wiring)
    }
}

fn day(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let begin: Timestamp = "2026-01-01T00:00:30Z".parse().expect("an instant");
    let start = || {
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            Emulator::start(config(begin), listener).expect("a bus")
        })
    };
    let run = |bus: Emulator| {
        runtime.block_on(bus.run_until(begin + SignedDuration::from_hours(24)));
        bus
    };
    let mut group = criterion.benchmark_group("day");
    group.sample_size(10);
    group.bench_function("50-schedules", |bench| {
        bench.iter_batched(start, run, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, day);
criterion_main!(benches);
