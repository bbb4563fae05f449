//! A bus with one function behind every rule.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use emulator::{
    Config, Emulator, Faults, Function, Queue, Record, Rule, RuleSource, Step, Target, Time, To,
    TraceKeeping, Wiring,
};
use eventbridge::put_events::Entry;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const BEGIN: &str = "2026-01-01T00:00:00Z";

/// The example `function`, which Cargo builds with the tests.
pub(crate) fn binary() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().unwrap().parent().unwrap();
    let path = profile.join("examples/function");
    assert!(
        path.is_file(),
        "{} is built by `cargo test` without `--test`",
        path.display()
    );
    path
}

pub(crate) fn function() -> Function {
    Function {
        timeout: Duration::from_secs(30),
        alias: Some("live".to_owned()),
        on_failure: Some("failed".to_owned()),
        failure_queue: Some("failed".to_owned()),
        ..Function::new("function", binary())
    }
}

pub(crate) fn rule(name: &str, source: RuleSource) -> Rule {
    Rule::new(name, source, vec![target("f")])
}

pub(crate) fn target(function: &str) -> Target {
    Target {
        dead_letter_queue: Some("dead".to_owned()),
        ..Target::new("only", To::Function(function.to_owned()))
    }
}

pub(crate) fn matching(pattern: &Value) -> RuleSource {
    RuleSource::Pattern(pattern.to_string())
}

/// A bus with one function, `f`, which a rule starts for every event from `test`.
pub(crate) fn config(function: Function) -> Config {
    Config {
        time: Time::Virtual(BEGIN.parse().unwrap()),
        seed: Some(1),
        faults: Faults::default(),
        max_hops: 10,
        trace: TraceKeeping::default(),
        is_ready: true,
        state: None,
        stubs: BTreeMap::new(),
        wiring: Wiring {
            subject: Some("account".to_owned()),
            rules: vec![rule("all", matching(&json!({ "source": ["test"] })))],
            functions: BTreeMap::from([("f".to_owned(), function)]),
            queues: vec![Queue::new("dead"), Queue::new("failed")],
            ..Wiring::new("123456789012", "eu-central-1")
        },
    }
}

pub(crate) async fn start(config: Config) -> Emulator {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Emulator::start(config, listener).unwrap()
}

pub(crate) fn told(detail: &Value) -> Entry {
    Entry {
        source: "test".to_owned(),
        detail_type: "Told".to_owned(),
        detail: detail.to_string(),
        ..Entry::default()
    }
}

/// Publishes one event and waits until nothing is on its way.
pub(crate) async fn trace_of(config: Config, detail: Value) -> Vec<Record> {
    let bus = start(config).await;
    bus.publish(told(&detail)).unwrap();
    bus.settle().await;
    let trace = bus.trace();
    bus.shutdown().await;
    trace
}

/// The steps with their virtual times, without what functions wrote.
pub(crate) fn steps(trace: &[Record]) -> Vec<String> {
    let begin: Timestamp = BEGIN.parse().unwrap();
    let steps = trace
        .iter()
        .filter(|record| !matches!(record.step, Step::FunctionLog { .. }));
    steps
        .map(|record| {
            let step = serde_json::to_value(&record.step).unwrap();
            let seconds = record.at.duration_since(begin).as_secs();
            format!("{seconds} {}", step["step"].as_str().unwrap())
        })
        .collect()
}
