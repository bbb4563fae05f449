//! What is on its way, and what a changed spec makes of it.

use std::collections::BTreeSet;
use std::time::Duration;

use emulator::{Config, Emulator, EventSourceMapping, Queue, Redrive, Step, To};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{QUEUE, kept, killed, length, ok, put, runs, working};
use crate::http::request;
use crate::support::{config, function, matching, rule, start};

/// Wherever the bus was killed: what was answered before that is there, and what was deleted before that is not.
#[tokio::test]
async fn nothing_that_was_answered_is_missing_wherever_a_kill_cuts_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let bus = start(kept(&folder, config(function()))).await;
    let queue = json!({ "QueueName": "own", "Attributes": { "VisibilityTimeout": "0" } });
    ok(&bus, "AmazonSQS.CreateQueue", queue).await;
    let mut random = fastrand::Rng::with_seed(7);
    let mut there = BTreeSet::new();
    let mut moments = vec![(length(&folder), there.clone())];
    for number in 0..60 {
        if there.is_empty() || random.u8(..3) > 0 {
            let body = number.to_string();
            ok(
                &bus,
                "AmazonSQS.SendMessage",
                json!({ "QueueUrl": QUEUE, "MessageBody": body }),
            )
            .await;
            there.insert(body);
        } else {
            let one = ok(
                &bus,
                "AmazonSQS.ReceiveMessage",
                json!({ "QueueUrl": QUEUE }),
            )
            .await;
            let one = &one["Messages"][0];
            let delete = json!({ "QueueUrl": QUEUE, "ReceiptHandle": one["ReceiptHandle"] });
            ok(&bus, "AmazonSQS.DeleteMessage", delete).await;
            there.remove(one["Body"].as_str().unwrap());
        }
        moments.push((length(&folder), there.clone()));
    }
    for pair in moments.windows(2) {
        let [(answered, before), (next, after)] = pair else {
            unreachable!()
        };
        let cut = random.usize(*answered..*next);
        let copy = killed(&folder, Some(cut));
        let bus = start(kept(&copy, config(function()))).await;
        let mut found = BTreeSet::new();
        for _ in 0..=before.len() {
            let got = ok(
                &bus,
                "AmazonSQS.ReceiveMessage",
                json!({ "QueueUrl": QUEUE, "VisibilityTimeout": 600 }),
            )
            .await;
            found.extend(got["Messages"][0]["Body"].as_str().map(str::to_owned));
        }
        // What was on its way when the bus was killed may be there or not.
        assert!(
            before.intersection(after).all(|body| found.contains(body)),
            "{found:?}"
        );
        assert!(
            found
                .iter()
                .all(|body| before.contains(body) || after.contains(body)),
            "{found:?}"
        );
        let notes = bus.take_notes();
        assert_eq!(notes.len(), usize::from(cut > *answered), "{notes:?}");
    }
}

#[tokio::test]
async fn an_accepted_event_runs_after_a_kill_and_a_retry_keeps_its_time() {
    let (folder, ledger) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let bus = start(kept(&folder, working(ledger.path()))).await;
    put(&bus, &json!({ "piece": "told" })).await;
    put(&bus, &json!({ "piece": "failing", "do": "fail" })).await;
    let answer = request(
        bus.endpoint(),
        "POST /2015-03-31/functions/f/invocations",
        &[("x-amz-invocation-type", "Event")],
        r#"{"detail":{"piece":"invoked"}}"#,
    )
    .await;
    assert_eq!(answer.status, 202);
    let at_once = killed(&folder, None);
    drop(bus);
    // None of them has run: virtual time stands still.
    assert_eq!(runs(ledger.path(), "told"), 0);
    let next = start(kept(&at_once, working(ledger.path()))).await;
    next.wait_until("2026-01-01T00:00:30Z".parse().unwrap())
        .await;
    for piece in ["told", "failing", "invoked"] {
        assert_eq!(runs(ledger.path(), piece), 1, "{piece}");
    }
    next.saved().await.unwrap();
    // The retry after a minute is kept, with its first attempt.
    let later = killed(&at_once, None);
    drop(next);
    let last = start(kept(&later, working(ledger.path()))).await;
    last.wait_until("2026-01-01T00:00:50Z".parse().unwrap())
        .await;
    assert_eq!(runs(ledger.path(), "failing"), 1);
    last.settle().await;
    assert_eq!(runs(ledger.path(), "failing"), 3);
    assert_eq!(runs(ledger.path(), "told"), 1);
    last.saved().await.unwrap();
    let failed = json!({ "QueueUrl": "http://localhost/123456789012/failed" });
    let failed = ok(&last, "AmazonSQS.ReceiveMessage", failed).await;
    assert!(
        failed["Messages"][0]["Body"]
            .as_str()
            .unwrap()
            .contains("\"approximateInvokeCount\":3")
    );
    // Nothing is on its way any more, so nothing comes again.
    let quiet = start(kept(&killed(&later, None), working(ledger.path()))).await;
    quiet.settle().await;
    assert_eq!(runs(ledger.path(), "failing"), 3);
}

/// A batch that a kill interrupts was not received as far as its queue knows: it costs none of its receives.
#[tokio::test]
async fn a_batch_on_its_way_comes_again_at_once() {
    let (folder, ledger) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let buffered = || {
        let mut config = working(ledger.path());
        config.wiring.queues.push(Queue {
            redrive: Some(Redrive {
                queue: "failed".to_owned(),
                max_receives: 1,
            }),
            ..Queue::new("inbox")
        });
        config.wiring.mappings.push(EventSourceMapping {
            queue: "inbox".to_owned(),
            function: "f".to_owned(),
            batch_size: 10,
            window: Duration::ZERO,
            max_concurrency: Some(2),
            report_batch_item_failures: true,
            filters: Vec::new(),
        });
        config.wiring.rules[0].targets[0].to = To::Queue {
            name: "inbox".to_owned(),
            group: None,
        };
        config
    };
    let mut folder = folder;
    let mut bus = start(kept(&folder, buffered())).await;
    put(&bus, &json!({ "piece": "a" })).await;
    for _ in 0..3 {
        let mut steps = bus.follow(0);
        let begins = async {
            let has_begun = |bus: &Emulator| {
                let trace = bus.trace();
                let mut steps = trace.iter().map(|record| &record.step);
                steps.any(|step| matches!(step, Step::BatchStart { .. }))
            };
            while !has_begun(&bus) {
                steps.more().await.unwrap();
            }
        };
        // The function has its batch, and the bus ends before it knows how that went.
        tokio::select! {
            biased;
            () = begins => {}
            () = bus.settle() => panic!("no batch has begun"),
        }
        bus.saved().await.unwrap();
        let copy = killed(&folder, None);
        drop(bus);
        folder = copy;
        bus = start(kept(&folder, buffered())).await;
    }
    bus.settle().await;
    assert!(runs(ledger.path(), "a") >= 1);
    let trace = bus.trace();
    let batches = trace.iter().filter_map(|record| match &record.step {
        Step::BatchStart { messages, .. } => Some(messages[0].receive),
        _ => None,
    });
    assert_eq!(batches.collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn a_delivery_that_waits_for_its_next_attempt_is_made_after_a_kill() {
    let (folder, ledger) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut throttled = kept(&folder, working(ledger.path()));
    throttled.faults.throttle = 1.0;
    let bus = start(throttled).await;
    put(&bus, &json!({ "piece": "a" })).await;
    let copy = killed(&folder, None);
    drop(bus);
    let next = start(kept(&copy, working(ledger.path()))).await;
    next.settle().await;
    assert_eq!(runs(ledger.path(), "a"), 1);
    assert!(next.take_notes().is_empty());
}

#[tokio::test]
async fn a_changed_spec_takes_over_what_fits_and_says_what_does_not() {
    let (folder, ledger) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut throttled = kept(&folder, working(ledger.path()));
    throttled.faults.throttle = 1.0;
    let bus = start(throttled).await;
    put(&bus, &json!({ "piece": "a" })).await;
    let own = json!({ "Name": "own", "EventPattern": r#"{"source":["other"]}"# });
    ok(&bus, "AWSEvents.PutRule", own).await;
    ok(&bus, "AWSEvents.DisableRule", json!({ "Name": "all" })).await;
    let copy = killed(&folder, None);
    drop(bus);
    let mut changed = kept(&copy, working(ledger.path()));
    changed.wiring.rules = vec![rule("new", matching(&json!({ "source": ["test"] })))];
    let next = start(changed).await;
    let rules = ok(&next, "AWSEvents.ListRules", json!({})).await;
    let names: Vec<&Value> = rules["Rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| &rule["Name"])
        .collect();
    assert_eq!(names, ["new", "own"]);
    let arn = "arn:aws:events:eu-central-1:123456789012:rule/all";
    assert_eq!(
        next.take_notes(),
        [
            format!(
                "the rule {arn} was changed over the API and then in the spec: it is as the spec says"
            ),
            format!(
                "not taken over from the state of before, and left where it is: delivery: there is no rule {arn}"
            ),
        ]
    );
    next.saved().await.unwrap();
    // It is left where it is: with the spec of before it is made.
    let again = killed(&copy, None);
    drop(next);
    let last = start(kept(&again, working(ledger.path()))).await;
    last.settle().await;
    assert_eq!(runs(ledger.path(), "a"), 1);
}

#[tokio::test]
async fn two_buses_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let bus = start(kept(&folder, config(function()))).await;
    let refused = async |config: Config| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!(
            "{:#}",
            Emulator::start(kept(&folder, config), listener).unwrap_err()
        )
    };
    let told = refused(config(function())).await;
    assert!(
        told.contains("another local bus keeps its state in"),
        "{told}"
    );
    bus.shutdown().await;
    let mut elsewhere = config(function());
    elsewhere.wiring.region = "us-east-1".to_owned();
    let told = refused(elsewhere).await;
    assert!(
        told.contains("has the state of a bus in eu-central-1 as 123456789012"),
        "{told}"
    );
    // The one before it has gone, and its lock with it.
    start(kept(&folder, config(function()))).await;
}
