//! Many users at once, with faults of every kind.

use std::path::Path;

use emulator::{Config, Emulator, Faults, Record, Report, Step, Tree, TreeOptions};
use serde_json::{Value, json};

use crate::http::request;
use crate::support::{config, function, start, told};

/// How many users there are; `STORM_USERS` asks for more.
fn users() -> u32 {
    let asked = std::env::var("STORM_USERS").ok();
    asked.map_or(500, |users| users.parse().unwrap())
}

fn stormy(ledger: &Path) -> Config {
    let mut function = function();
    let folder = ledger.to_str().unwrap().to_owned();
    function.environment.insert("LEDGER".to_owned(), folder);
    let mut config = config(function);
    config.faults = Faults::of_every_kind(0.2, 11);
    config.seed = Some(11);
    config.trace.report = true;
    config
}

async fn storm(bus: &Emulator, users: u32) -> Vec<Record> {
    for user in 0..users {
        let detail = json!({ "do": "step", "account": format!("u-{user}"), "step": 1 });
        bus.publish(told(&detail)).unwrap();
    }
    bus.settle().await;
    bus.trace()
}

/// What of a trace a seed decides: not what was measured, and not what processes say of themselves.
pub(crate) fn decided(trace: &[Record]) -> Vec<Value> {
    let steps = trace
        .iter()
        .filter(|record| !matches!(record.step, Step::FunctionLog { .. }));
    let steps = steps.map(|record| {
        let mut record = serde_json::to_value(record).unwrap();
        for measured in ["sequence", "duration_us", "init_us", "cold"] {
            record.as_object_mut().unwrap().remove(measured);
        }
        record
    });
    steps.collect()
}

/// Sends everything in a queue of failures again, and answers how much that was.
pub(crate) async fn redriven(bus: &Emulator, queue: &str) -> u64 {
    let line = format!("POST /_/queues/{queue}/redrive");
    let headers = [("content-type", "application/json")];
    let answer = request(bus.endpoint(), &line, &headers, "{}").await;
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer["left"], json!([]), "{answer}");
    answer["redriven"].as_u64().unwrap()
}

#[tokio::test]
async fn every_user_ends_where_they_should_and_nothing_is_lost() {
    let ledger = tempfile::tempdir().unwrap();
    let bus = start(stormy(ledger.path())).await;
    let trace = storm(&bus, users()).await;
    let report = Report::new(&trace);
    assert_eq!(report.faults.len(), 8, "{report}");
    assert_eq!(
        (report.lost, report.waiting, report.silent_runs),
        (0, 0, 0),
        "{report}"
    );
    assert_eq!(report.effects, report.arrived + report.kept, "{report}");
    println!("{} users: {report}", users());
    // Read as it happened, the report is the same; and a tree can be drawn of any part.
    assert_eq!(bus.report().as_ref(), Some(&report));
    for from in (0..trace.len()).step_by(trace.len() / 30 + 1) {
        let part = &trace[from..];
        let events = part
            .iter()
            .filter(|record| matches!(record.step, Step::EventReceipt { .. }));
        let tree = Tree::new(part).draw(TreeOptions::default());
        assert_eq!(tree.is_empty(), events.count() == 0, "from {from}");
    }
    // What failed three times is kept, with its reason; sent again, often enough, it arrives.
    let not_whole = || {
        let account = |user| std::fs::read_to_string(ledger.path().join(format!("u-{user}")));
        let whole = (0..users()).filter(|user| account(*user).ok().as_deref() == Some("3"));
        users() as usize - whole.count()
    };
    assert!(not_whole() <= report.kept, "{report}");
    let mut rounds = 0;
    while redriven(&bus, "dead").await + redriven(&bus, "failed").await > 0 {
        bus.settle().await;
        rounds += 1;
    }
    println!("whole after {rounds} rounds of sending again what was kept");
    assert_eq!(not_whole(), 0);
    bus.shutdown().await;
}

#[tokio::test]
async fn the_same_seed_gives_the_same_trace() {
    let mut traces = Vec::new();
    for _ in 0..2 {
        let ledger = tempfile::tempdir().unwrap();
        let bus = start(stormy(ledger.path())).await;
        traces.push(decided(&storm(&bus, 100).await));
        bus.shutdown().await;
    }
    let [first, second] = traces.try_into().unwrap();
    for (one, other) in first.iter().zip(&second) {
        assert_eq!(one, other);
    }
    assert_eq!(first.len(), second.len());
}
