//! A queue between rules and a function: batches, partial failures, groups, and what is given up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use emulator::{
    Config, Emulator, EventSourceMapping, Faults, Queue, Record, Redrive, Report, Step, Time, To,
    Tree, TreeOptions,
};
use serde_json::{Value, json};

use crate::http::aws;
use crate::support::{config, function, start, steps, told};

/// A bus on which `f` gets its events from a queue, to which a rule delivers all from `test`.
async fn buffered(mut config: Config) -> Emulator {
    let name = config.wiring.mappings[0].queue.clone();
    let is_fifo = name.rsplit('.').next() == Some("fifo");
    let group = is_fifo.then(|| "only".to_owned());
    config.wiring.rules[0].targets[0].to = To::Queue { name, group };
    start(config).await
}

fn mapped(ledger: &Path) -> Config {
    let mut function = function();
    let folder = ledger.to_str().unwrap().to_owned();
    function.environment.insert("LEDGER".to_owned(), folder);
    let mut config = config(function);
    config.wiring.queues.push(Queue {
        visibility_seconds: 30,
        redrive: Some(Redrive {
            queue: "failed".to_owned(),
            max_receives: 3,
        }),
        ..Queue::new("inbox")
    });
    config.wiring.mappings.push(EventSourceMapping {
        queue: "inbox".to_owned(),
        function: "f".to_owned(),
        batch_size: 10,
        window: Duration::ZERO,
        max_concurrency: Some(4),
        report_batch_item_failures: true,
        filters: Vec::new(),
    });
    config
}

/// How often each piece of work was run.
fn runs(ledger: &Path) -> BTreeMap<String, usize> {
    let files = std::fs::read_dir(ledger).unwrap().map(|file| {
        let file = file.unwrap();
        let runs = std::fs::read(file.path()).unwrap().len();
        (file.file_name().into_string().unwrap(), runs)
    });
    files.collect()
}

fn piece(number: u32) -> Value {
    let what = if number.is_multiple_of(20) {
        "fail"
    } else {
        "work"
    };
    json!({ "piece": format!("p-{number}"), "account": format!("a-{number}"), "do": what })
}

/// The most runs that a trace shows at a time.
fn most_at_a_time(trace: &[Record]) -> usize {
    let (mut running, mut most) = (0_usize, 0);
    for record in trace {
        match &record.step {
            Step::FunctionStart { .. } => running += 1,
            Step::FunctionSuccess { .. } | Step::FunctionError { .. } => running -= 1,
            _ => {}
        }
        most = most.max(running);
    }
    most
}

/// The sizes of the batches.
fn batches(trace: &[Record]) -> Vec<usize> {
    let sizes = trace.iter().filter_map(|record| match &record.step {
        Step::BatchStart { messages, .. } => Some(messages.len()),
        _ => None,
    });
    sizes.collect()
}

/// Checks that of 1,000 events one in twenty failed three times and is kept, and every other one was done once.
fn check_thousand(ledger: &Path, trace: &[Record]) {
    let runs = runs(ledger);
    assert_eq!(runs.len(), 1_000);
    for number in 0..1_000 {
        let expected = if number % 20 == 0 { 3 } else { 1 };
        assert_eq!(runs[&format!("p-{number}")], expected, "{number}");
    }
    let report = Report::new(trace);
    assert_eq!(
        (
            report.effects,
            report.arrived,
            report.kept,
            report.lost,
            report.waiting
        ),
        (1_000, 950, 50, 0, 0),
        "{report}"
    );
    assert!(batches(trace).iter().all(|size| *size <= 10));
    assert!(most_at_a_time(trace) <= 4, "{}", most_at_a_time(trace));
}

async fn in_failure_queue(bus: &Emulator) -> BTreeSet<String> {
    let (mut kept, mut more) = (BTreeSet::new(), true);
    while more {
        let input = json!({
            "QueueUrl": format!("{}/123456789012/failed", bus.endpoint()),
            "MaxNumberOfMessages": 10,
            "VisibilityTimeout": 43_200,
        });
        let (_, answer) = aws(bus.endpoint(), "AmazonSQS.ReceiveMessage", &input).await;
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        more = !messages.is_empty();
        kept.extend(messages.iter().map(|message| {
            let event: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
            event["detail"]["piece"].as_str().unwrap().to_owned()
        }));
    }
    kept
}

#[tokio::test]
async fn of_a_thousand_events_only_those_that_fail_run_again() {
    let ledger = tempfile::tempdir().unwrap();
    let bus = buffered(mapped(ledger.path())).await;
    for number in 0..1_000 {
        bus.publish(told(&piece(number))).unwrap();
    }
    bus.settle().await;
    let trace = bus.trace();
    check_thousand(ledger.path(), &trace);
    assert_eq!(batches(&trace)[..100], [10; 100]);
    // Those that fail come back together: 50, in batches of 10, twice.
    assert_eq!(batches(&trace)[100..], [10; 10]);
    let failing = (0..1_000).step_by(20).map(|number| format!("p-{number}"));
    assert_eq!(in_failure_queue(&bus).await, failing.collect());
    bus.shutdown().await;
}

#[tokio::test]
async fn in_real_time_no_more_batches_run_at_a_time_than_may() {
    let ledger = tempfile::tempdir().unwrap();
    let mut config = mapped(ledger.path());
    config.time = Time::Real;
    // Long enough for a batch on a busy machine, and short enough to wait for three of them.
    config.wiring.queues[2].visibility_seconds = 4;
    let bus = buffered(config).await;
    for number in 0..1_000 {
        bus.publish(told(&piece(number))).unwrap();
    }
    let (mut follow, mut over, mut sizes) = (bus.follow(0), 0, BTreeMap::new());
    while over < 1_000 {
        let from = follow.more().await.unwrap();
        for record in bus.trace_since(from) {
            match record.step {
                Step::BatchStart {
                    request, messages, ..
                } => {
                    sizes.insert(request, messages.len());
                }
                Step::BatchEnd {
                    request, failed, ..
                } => over += sizes[&request] - failed.len(),
                Step::MessageGivenUp { .. } => over += 1,
                _ => {}
            }
        }
    }
    let trace = bus.trace();
    check_thousand(ledger.path(), &trace);
    assert!(most_at_a_time(&trace) > 1);
    assert_eq!(in_failure_queue(&bus).await.len(), 50);
    bus.shutdown().await;
}

async fn traced(config: Config, details: &[Value]) -> Vec<Record> {
    let bus = buffered(config).await;
    for detail in details {
        bus.publish(told(detail)).unwrap();
    }
    bus.settle().await;
    let trace = bus.trace();
    bus.shutdown().await;
    trace
}

#[tokio::test]
async fn a_response_that_makes_no_sense_fails_the_whole_batch() {
    for (response, kept) in [
        (r#"{"batchItemFailures":[]}"#, 0),
        (r#"{"batchItemFailures":null}"#, 0),
        (r#"{"batchItemFailures":[{"itemIdentifier":"other"}]}"#, 2),
        (r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, 2),
    ] {
        let ledger = tempfile::tempdir().unwrap();
        let mut config = mapped(ledger.path());
        let function = config.wiring.functions.get_mut("f").unwrap();
        let named = ("RESPONSE".to_owned(), response.to_owned());
        function.environment.extend([named]);
        let trace = traced(config, &[piece(1), piece(2)]).await;
        let report = Report::new(&trace);
        assert_eq!(report.kept, kept, "{response}: {report}");
        let times = if kept == 0 { 1 } else { 3 };
        assert_eq!(runs(ledger.path())["p-1"], times, "{response}");
    }
}

#[tokio::test]
async fn a_run_that_fails_brings_its_whole_batch_back_after_the_visibility_timeout() {
    let ledger = tempfile::tempdir().unwrap();
    let mut config = mapped(ledger.path());
    config.wiring.queues[2]
        .redrive
        .as_mut()
        .unwrap()
        .max_receives = 2;
    let trace = traced(config, &[piece(1), json!({ "do": "fail the batch" })]).await;
    let of_batches = steps(&trace).into_iter().filter(|step| {
        let (_, name) = step.split_once(' ').unwrap();
        name.starts_with("BATCH") || name.starts_with("MESSAGE") || name.starts_with("FUNCTION")
    });
    let expected = [
        "0 BATCH_START",
        "0 FUNCTION_START",
        "0 FUNCTION_ERROR",
        "0 BATCH_END",
        "30 BATCH_START",
        "30 FUNCTION_START",
        "30 FUNCTION_ERROR",
        "30 BATCH_END",
        "60 MESSAGE_GIVEN_UP",
        "60 MESSAGE_GIVEN_UP",
    ];
    assert_eq!(of_batches.collect::<Vec<_>>(), expected);
    assert_eq!(runs(ledger.path())["p-1"], 2);
}

#[tokio::test]
async fn a_batch_waits_for_its_window() {
    let ledger = tempfile::tempdir().unwrap();
    let mut config = mapped(ledger.path());
    config.wiring.mappings[0].window = Duration::from_secs(5);
    let trace = traced(config, &[piece(1), piece(2), piece(3)]).await;
    assert_eq!(batches(&trace), [3]);
    let steps = steps(&trace);
    assert!(steps.contains(&"5 BATCH_START".to_owned()), "{steps:?}");
}

#[tokio::test]
async fn a_group_is_worked_on_in_order_and_waits_for_what_failed() {
    let ledger = tempfile::tempdir().unwrap();
    let mut config = mapped(ledger.path());
    config.wiring.queues[1] = Queue::new("failed.fifo");
    config.wiring.queues[2] = Queue {
        deduplicate_by_content: true,
        redrive: Some(Redrive {
            queue: "failed.fifo".to_owned(),
            max_receives: 2,
        }),
        ..Queue::new("inbox.fifo")
    };
    config.wiring.mappings[0].queue = "inbox.fifo".to_owned();
    config.wiring.mappings[0].batch_size = 1;
    let trace = traced(config, &[piece(1), piece(20), piece(3)]).await;
    let starts = trace.iter().filter_map(|record| match &record.step {
        Step::BatchStart { .. } => Some(record.at.to_string()),
        _ => None,
    });
    // The third one waits until the second one has been given up.
    assert_eq!(
        starts.collect::<Vec<_>>(),
        [
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:30Z",
            "2026-01-01T00:01:00Z",
        ]
    );
    assert_eq!(most_at_a_time(&trace), 1);
    let report = Report::new(&trace);
    assert_eq!((report.arrived, report.kept), (2, 1), "{report}");
}

#[tokio::test]
async fn the_tree_leads_through_the_queue_to_what_is_emitted() {
    let ledger = tempfile::tempdir().unwrap();
    let emits = |account: &str| json!({ "account": account, "do": "emit", "next": { "account": account, "do": "work" } });
    let details = [emits("one"), emits("two"), json!({ "do": "fail" })];
    let trace = traced(mapped(ledger.path()), &details).await;
    let tree = Tree::new(&trace).draw(TreeOptions::default());
    // What was measured is not the same twice.
    let lines = tree.lines().map(|line| {
        let end = ["  cold  ", "  warm  "]
            .iter()
            .find_map(|start| line.find(start));
        line[..end.unwrap_or(line.len())].trim_end()
    });
    let lines: Vec<&str> = lines.collect();
    let expected = "\
test / Told  one
└─ all
   └─ inbox
      └─ f  ok  in a batch of 3
         └─ test / Told  one
            └─ all
               └─ inbox
                  └─ f  ok  in a batch of 2
test / Told  two
└─ all
   └─ inbox
      └─ f  ok  in a batch of 3
         └─ test / Told  two
            └─ all
               └─ inbox
                  └─ f  ok  in a batch of 2
test / Told
└─ all
   └─ inbox
      ├─ f  failed  in a batch of 3
      ├─ f (retry 1)  failed
      └─ f (retry 2)  failed
      given up: received 3 times, kept in failed";
    assert_eq!(lines.join("\n"), expected, "{tree}");
}

#[tokio::test]
async fn what_was_given_up_can_be_sent_again() {
    let ledger = tempfile::tempdir().unwrap();
    let bus = buffered(mapped(ledger.path())).await;
    bus.publish(told(&piece(20))).unwrap();
    bus.settle().await;
    assert_eq!(runs(ledger.path())["p-20"], 3);
    assert_eq!(crate::storm::redriven(&bus, "failed").await, 1);
    bus.settle().await;
    assert_eq!(runs(ledger.path())["p-20"], 6);
    bus.shutdown().await;
}

#[tokio::test]
async fn a_function_gets_the_event_that_lambda_makes_of_messages() {
    let ledger = tempfile::tempdir().unwrap();
    let trace = traced(mapped(ledger.path()), &[json!({ "do": "work" })]).await;
    let logged = trace.iter().find_map(|record| match &record.step {
        Step::FunctionLog { line, .. } => serde_json::from_str::<Value>(line).ok(),
        _ => None,
    });
    let event = logged.unwrap();
    let record = &event["Records"][0];
    let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["detail"], json!({ "do": "work" }));
    let milliseconds = "1767225600000";
    assert_eq!(
        record["attributes"],
        json!({
            "ApproximateReceiveCount": "1",
            "ApproximateFirstReceiveTimestamp": milliseconds,
            "SentTimestamp": milliseconds,
            "SenderId": "AIDALOCAL",
        })
    );
    assert_eq!(record["messageAttributes"], json!({}));
    assert_eq!(record["eventSource"], "aws:sqs");
    assert_eq!(
        record["eventSourceARN"],
        "arn:aws:sqs:eu-central-1:123456789012:inbox"
    );
    assert_eq!(record["awsRegion"], "eu-central-1");
    assert_eq!(record["md5OfBody"].as_str().unwrap().len(), 32);
    let id = record["messageId"].as_str().unwrap();
    assert!(record["receiptHandle"].as_str().unwrap().starts_with(id));
}

#[tokio::test]
async fn a_throttled_batch_is_tried_again_while_its_messages_are_hidden() {
    let ledger = tempfile::tempdir().unwrap();
    let mut config = mapped(ledger.path());
    let function = config.wiring.functions.get_mut("f").unwrap();
    function.reserved_concurrency = Some(0);
    let trace = traced(config, &[piece(1)]).await;
    let throttles = steps(&trace).into_iter();
    let throttles = throttles.filter(|step| step.ends_with("FUNCTION_THROTTLE"));
    let of_first: Vec<String> = throttles.take(5).collect();
    assert_eq!(
        of_first,
        [0, 1, 3, 7, 15].map(|second| format!("{second} FUNCTION_THROTTLE"))
    );
    assert_eq!(Report::new(&trace).kept, 1);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_batches() {
    let mut traces = Vec::new();
    for _ in 0..2 {
        let ledger = tempfile::tempdir().unwrap();
        let mut config = mapped(ledger.path());
        config.faults = Faults::of_every_kind(0.3, 5);
        let details: Vec<Value> = (0..60).map(piece).collect();
        let trace = traced(config, &details).await;
        let report = Report::new(&trace);
        assert_eq!((report.lost, report.waiting), (0, 0), "{report}");
        traces.push(crate::storm::decided(&trace));
    }
    assert_eq!(traces[0], traces[1]);
}
