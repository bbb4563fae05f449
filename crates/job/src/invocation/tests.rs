use std::sync::Mutex;

use lambda_runtime::Context;
use serde_json::json;

use super::*;
use crate::ScheduleResult;
use crate::idempotency::{EveryTime, MemoryStore};
use crate::outcome::Outcome;
use crate::scheduled::Scheduled;
use crate::testing::{AuditTrigger, Bill, BillTrigger, OrderBilled, Remind, RemindSchedule};

/// Bills an order, fails as asked for by the user's id, and notes the scheduled runs.
#[derive(Default)]
struct Billing {
    scheduled: Mutex<Vec<Scheduled>>,
}

impl Handler for Billing {
    type Job = Bill;

    async fn on_event(&self, trigger: BillTrigger, run: &Run) -> Result<Outcome<Bill>, Error> {
        let BillTrigger::OrderPlaced(order) = trigger else {
            return Ok(Outcome::done());
        };
        assert_eq!(run.request_id(), "r-1");
        run.count("Orders", 1);
        assert_ne!(order.customer_id, "u-panic", "a handler that panics");
        if order.customer_id == "u-unlucky" {
            let cause = std::io::Error::other("connection refused");
            return Err(Box::new(Wrapped(cause)));
        }
        if order.customer_id.starts_with("u-quiet") {
            return Ok(Outcome::done());
        }
        Outcome::done().emit(&OrderBilled {
            order_id: order.customer_id,
        })
    }

    async fn on_schedule(&self, schedule: Scheduled, _run: &Run) -> Result<(), Error> {
        self.scheduled.lock().unwrap().push(schedule);
        Ok(())
    }
}

#[derive(Debug)]
struct Wrapped(std::io::Error);

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no database")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// An invocation whose deadline has passed, so that nothing can be emitted.
fn event(payload: Value) -> LambdaEvent<Value> {
    let mut context = Context::default();
    context.request_id = "r-1".to_owned();
    LambdaEvent::new(payload, context)
}

fn order_of(user: &str) -> Value {
    json!({ "event_type": "order.placed", "customer_id": user, "timestamp": "2026-01-01T01:00:00Z" })
}

async fn failure(payload: Value) -> Diagnostic {
    let invoker = Invoker::new(Billing::default(), EveryTime, Emitter::from_env(), |_| ());
    invoker.invoke(event(payload)).await.unwrap_err().into()
}

#[tokio::test]
async fn an_event_that_cannot_be_emitted_is_counted_and_the_run_succeeds() {
    let metrics = Mutex::new(Vec::new());
    let note = |metric: &Value| metrics.lock().unwrap().push(metric.clone());
    let invoker = Invoker::new(Billing::default(), EveryTime, Emitter::from_env(), note);
    let answer = invoker.invoke(event(order_of("u-1"))).await.unwrap();
    let expected = Report {
        job: "bill",
        emitted: 0,
        emit_failures: 1,
        failed: None,
    };
    assert_eq!(answer, Answer::One(expected));
    let metrics = metrics.lock().unwrap();
    assert_eq!(metrics.len(), 2);
    assert_eq!(metrics[0]["Orders"], 1);
    assert_eq!(metrics[1]["event"], "order.billed");
    assert_eq!(
        metrics[1]["_aws"]["CloudWatchMetrics"][0]["Namespace"],
        "shop"
    );
}

#[tokio::test]
async fn an_event_that_the_log_may_not_hold_fails_the_run_that_cannot_emit_it() {
    for log_events in [LogEvents::Keys, LogEvents::Nothing] {
        let (counted, store) = (Mutex::new(Vec::new()), MemoryStore::default());
        let note = |metric: &Value| counted.lock().unwrap().push(metric["Orders"].clone());
        let mut emitter = Emitter::from_env();
        emitter.log_events = log_events;
        let invoker = Invoker::new(Billing::default(), store, emitter, note);
        let mut order = order_of("u-1");
        order["id"] = "e-1".into();
        let arrived = json!({
            "id": "e-1", "source": "shop", "detail-type": "Order Placed", "resources": [],
            "time": "2026-01-01T01:00:00Z", "detail": order,
        });
        for _ in 0..2 {
            let failed = invoker.invoke(event(arrived.clone())).await.unwrap_err();
            let diagnostic: Diagnostic = failed.into();
            assert_eq!(diagnostic.error_type, "NotEmitted");
            assert_eq!(
                diagnostic.error_message,
                "the bus did not take `order.billed`"
            );
        }
        // The store knows that the work is done, and what is left to emit: the handler ran once, and both runs tried it.
        let counted = counted.lock().unwrap();
        let of_handler = counted.iter().filter(|orders| !orders.is_null()).count();
        assert_eq!((of_handler, counted.len()), (1, 3));
    }
}

#[tokio::test]
async fn a_scheduled_run_reaches_the_handler_and_emits_nothing() {
    let invoker = Invoker::new(Billing::default(), EveryTime, Emitter::from_env(), |_| ());
    let payload = json!({ "event_type": "scheduled", "timestamp": "2026-01-01T01:00:00Z" });
    let answer = invoker.invoke(event(payload)).await.unwrap();
    let expected = Report {
        job: "bill",
        emitted: 0,
        emit_failures: 0,
        failed: None,
    };
    assert_eq!(answer, Answer::One(expected));
    assert_eq!(invoker.handler.scheduled.lock().unwrap().len(), 1);
}

/// Bills an order every week, and nothing in the nights.
struct Reminding;

impl Handler for Reminding {
    type Job = Remind;

    async fn on_event(&self, _: AuditTrigger, _run: &Run) -> Result<Outcome<Remind>, Error> {
        Ok(Outcome::done())
    }

    async fn on_schedule(
        &self,
        schedule: RemindSchedule,
        _run: &Run,
    ) -> Result<ScheduleResult<Remind>, Error> {
        match schedule {
            RemindSchedule::Weekly(run) => {
                let order_id = run.timestamp.to_string();
                Ok(run.done().emit(&OrderBilled { order_id })?.into())
            }
            RemindSchedule::Nightly(run) => Ok(run.done().into()),
        }
    }
}

#[tokio::test]
async fn a_scheduled_run_emits_what_the_schedule_of_its_rule_may() {
    let invoker = Invoker::new(Reminding, EveryTime, Emitter::from_env(), |_| ());
    let scheduled = |rule: &str| {
        json!({
            "source": "aws.events", "detail-type": "Scheduled Event", "time": "2026-01-01T01:00:00Z",
            "resources": [format!("arn:aws:events:eu-central-1:123456789012:rule/{rule}")],
            "detail": { "event_type": "scheduled" },
        })
    };
    for (rule, emitted) in [
        ("shop-remind-weekly-prod", 1),
        ("shop-remind-nightly-prod", 0),
    ] {
        let answer = invoker.invoke(event(scheduled(rule))).await.unwrap();
        // The deadline has passed, so nothing can be emitted, and all of it is counted.
        let expected = Report {
            job: "remind",
            emitted: 0,
            emit_failures: emitted,
            failed: None,
        };
        assert_eq!(answer, Answer::One(expected), "{rule}");
    }
    let unknown = invoker.invoke(event(scheduled("shop-bill-prod"))).await;
    let diagnostic: Diagnostic = unknown.unwrap_err().into();
    let expected = "malformed event: `resources`: expected the ARN of the rule of one of the job's schedules, found";
    let message = &diagnostic.error_message;
    assert!(message.starts_with(expected), "{message}");
}

#[tokio::test]
async fn a_malformed_event_fails_the_run_and_names_the_field() {
    let diagnostic = failure(order_of("u-1").pointer("/customer_id").unwrap().clone()).await;
    assert_eq!(diagnostic.error_type, "MalformedEvent");
    let expected = "malformed event: `event`: expected an object, found \"u-1\"";
    assert_eq!(diagnostic.error_message, expected);
}

#[tokio::test]
async fn an_error_of_the_handler_fails_the_run_with_its_causes() {
    let diagnostic = failure(order_of("u-unlucky")).await;
    assert_eq!(diagnostic.error_type, "JobFailed");
    assert_eq!(diagnostic.error_message, "no database: connection refused");
}

#[test]
fn a_deadline_far_away_or_long_gone_is_no_reason_to_panic() {
    assert_eq!(until(0), Duration::ZERO);
    let run = Run::new("r-1", None, until(u64::MAX));
    assert!(run.remaining() > Duration::from_hours(1));
}

/// A batch of messages `m-0`, `m-1` and so on, with these bodies.
fn batch(bodies: &[String]) -> Value {
    let records = bodies.iter().enumerate().map(|(index, body)| {
        json!({
            "messageId": format!("m-{index}"),
            "body": body,
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:q",
        })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

#[tokio::test]
async fn of_a_batch_only_what_failed_comes_again() {
    let metrics = Mutex::new(Vec::new());
    let note = |metric: &Value| metrics.lock().unwrap().push(metric.clone());
    let invoker = Invoker::new(Billing::default(), EveryTime, Emitter::from_env(), note);
    let envelope = json!({
        "id": "e-1", "source": "shop", "detail-type": "Order Placed", "detail": order_of("u-quiet-2"),
    });
    let bodies = [
        order_of("u-quiet-1").to_string(),
        order_of("u-unlucky").to_string(),
        order_of("u-panic").to_string(),
        "no JSON".to_owned(),
        "{}".to_owned(),
        envelope.to_string(),
        json!({ "event_type": "scheduled", "timestamp": "2026-01-01T01:00:00Z" }).to_string(),
    ];
    // A deadline in the past would end the batch after its first message.
    let mut event = event(batch(&bodies));
    event.context.deadline = u64::MAX;
    let answer = invoker.invoke(event).await.unwrap();
    let failed = ["m-1", "m-2", "m-3", "m-4"].map(|id| json!({ "itemIdentifier": id }));
    assert_eq!(
        serde_json::to_value(&answer).unwrap(),
        json!({ "batchItemFailures": failed })
    );
    assert_eq!(invoker.handler.scheduled.lock().unwrap().len(), 1);
    // Each event counts by itself. The one that panicked has taken its number with it.
    let metrics = metrics.lock().unwrap();
    let orders = metrics.iter().filter(|metric| metric["Orders"] == 1);
    assert_eq!(orders.count(), 3);
}

#[tokio::test]
async fn a_batch_ends_when_no_time_is_left() {
    let invoker = Invoker::new(Billing::default(), EveryTime, Emitter::from_env(), |_| ());
    let bodies = [order_of("u-1").to_string(), order_of("u-2").to_string()];
    let answer = invoker.invoke(event(batch(&bodies))).await.unwrap();
    let written = serde_json::to_value(&answer).unwrap();
    let failed = json!([{ "itemIdentifier": "m-1" }]);
    assert_eq!(written["batchItemFailures"], failed);
}
