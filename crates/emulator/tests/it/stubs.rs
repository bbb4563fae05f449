//! Stubs instead of functions: they emit, fail and are run again as a process is, and no process starts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use emulator::{
    Config, EventSourceMapping, Failure, Faults, Function, Queue, Step, Stub, StubAnswer, To,
};
use serde_json::json;

use crate::support::{config, function, start, steps, told, trace_of};

/// A bus whose function has no program, and a stub.
fn stubbed(stub: Stub) -> Config {
    let without_program = Function {
        command: "there-is-no-such-program".into(),
        ..function()
    };
    Config {
        stubs: BTreeMap::from([("f".to_owned(), stub)]),
        ..config(without_program)
    }
}

/// A stub that fails some times, and then emits an event that starts nothing.
fn failing(times: u32) -> Stub {
    let left = AtomicU32::new(times);
    Stub::new(move |run| {
        let left = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        });
        if left.is_ok() {
            return StubAnswer {
                failure: Some(format!("attempt {}", run.attempt)),
                ..StubAnswer::default()
            };
        }
        let mut entry = told(&json!({ "again": true }));
        "stub".clone_into(&mut entry.source);
        StubAnswer {
            emits: vec![entry],
            failure: None,
        }
    })
}

#[tokio::test]
async fn a_stub_fails_is_run_again_and_emits() {
    let trace = trace_of(stubbed(failing(2)), json!({})).await;
    let runs: Vec<String> = steps(&trace)
        .into_iter()
        .filter(|step| step.contains("FUNCTION") || step.contains("RECEIPT"))
        .collect();
    assert_eq!(
        runs,
        [
            "0 EVENT_RECEIPT",
            "0 FUNCTION_START",
            "0 FUNCTION_ERROR",
            "60 FUNCTION_START",
            "60 FUNCTION_ERROR",
            "180 FUNCTION_START",
            "180 EVENT_RECEIPT",
            "180 FUNCTION_SUCCESS",
        ]
    );
    // The event names the run that emitted it.
    let mut emitters = trace.iter().filter_map(|record| match &record.step {
        Step::EventReceipt { emitted_by, .. } => Some(emitted_by.clone()),
        _ => None,
    });
    let mut requests = trace.iter().filter_map(|record| match &record.step {
        Step::FunctionSuccess { request, .. } => Some(Arc::clone(request)),
        _ => None,
    });
    assert_eq!(emitters.next(), Some(None));
    assert_eq!(emitters.next(), Some(requests.next()));
}

#[tokio::test]
async fn a_stub_that_always_fails_is_kept() {
    let trace = trace_of(stubbed(failing(9)), json!({})).await;
    let kept = trace.iter().find_map(|record| match &record.step {
        Step::FunctionFailure { destination, .. } => destination.clone(),
        _ => None,
    });
    let queue = "arn:aws:sqs:eu-central-1:123456789012:failed";
    assert_eq!(kept.as_deref(), Some(queue));
}

#[tokio::test]
async fn a_killed_stub_emits_nothing() {
    let config = Config {
        faults: Faults {
            kill: 1.0,
            ..Faults::default()
        },
        ..stubbed(failing(0))
    };
    let trace = trace_of(config, json!({})).await;
    let failures = trace.iter().filter_map(|record| match &record.step {
        Step::FunctionError { failure, .. } => Some(failure.clone()),
        _ => None,
    });
    let killed = Failure::Crash {
        status: "killed".to_owned(),
    };
    assert_eq!(
        failures.collect::<Vec<_>>(),
        [killed.clone(), killed.clone(), killed]
    );
    let receipts = steps(&trace);
    assert_eq!(
        receipts
            .iter()
            .filter(|step| step.contains("RECEIPT"))
            .count(),
        1
    );
}

#[tokio::test]
async fn a_loop_of_stubs_ends() {
    let again = Stub::new(|_| StubAnswer {
        emits: vec![told(&json!({}))],
        failure: None,
    });
    let trace = trace_of(stubbed(again), json!({})).await;
    let stopped = trace.iter().find_map(|record| match &record.step {
        Step::LoopStopped { hops, .. } => Some(*hops),
        _ => None,
    });
    assert_eq!(stopped, Some(11));
}

#[tokio::test]
async fn a_stub_behind_a_queue_gets_batches() {
    let seen = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&seen);
    let mut config = stubbed(Stub::new(move |run| {
        let payload: serde_json::Value = serde_json::from_str(run.payload).unwrap();
        let records = payload["Records"].as_array().unwrap().len();
        counted.fetch_add(u32::try_from(records).unwrap(), Ordering::Relaxed);
        StubAnswer::default()
    }));
    let queue = To::Queue {
        name: "waiting".to_owned(),
        group: None,
    };
    config.wiring.rules[0].targets[0].to = queue;
    config.wiring.queues.push(Queue::new("waiting"));
    config.wiring.mappings.push(EventSourceMapping {
        queue: "waiting".to_owned(),
        function: "f".to_owned(),
        batch_size: 10,
        window: Duration::from_secs(5),
        max_concurrency: None,
        report_batch_item_failures: true,
        filters: Vec::new(),
    });
    let bus = start(config).await;
    for _ in 0..3 {
        bus.publish(told(&json!({}))).unwrap();
    }
    bus.settle().await;
    let batches = steps(&bus.trace());
    bus.shutdown().await;
    assert_eq!(seen.load(Ordering::Relaxed), 3);
    let starts = batches.iter().filter(|step| step.contains("BATCH_START"));
    assert_eq!(starts.collect::<Vec<_>>(), ["5 BATCH_START"]);
}

#[tokio::test]
async fn time_passes_without_schedules_after_they_are_forgotten() {
    let mut config = stubbed(Stub::new(|_| StubAnswer::default()));
    let hourly = emulator::RuleSource::Schedule {
        expression: "rate(1 hour)".to_owned(),
        timezone: "UTC".to_owned(),
        dialect: eventbridge::Dialect::Rule,
        lifetime: eventbridge::schedule::Lifetime::default(),
    };
    config
        .wiring
        .rules
        .push(crate::support::rule("hourly", hourly));
    let bus = start(config).await;
    let begin = bus.now();
    let hours = |count| begin + jiff::SignedDuration::from_hours(count);
    bus.run_until(hours(2)).await;
    let fired = |bus: &emulator::Emulator| {
        let steps = steps(&bus.trace()).into_iter();
        steps.filter(|step| step.contains("SCHEDULE_FIRED")).count()
    };
    assert_eq!(fired(&bus), 2);
    bus.forget_schedules();
    bus.wait_until(hours(5)).await;
    bus.settle().await;
    assert_eq!((fired(&bus), bus.now()), (2, hours(5)));
    // What is due right now fires, and the next run.
    bus.run_until(hours(6)).await;
    assert_eq!(fired(&bus), 4);
    bus.shutdown().await;
}
