use std::sync::atomic::{AtomicUsize, Ordering};

use lambda_runtime::{Context, LambdaEvent};
use serde_json::json;

use super::*;
use crate::emit::Emitter;
use crate::invocation::Invoker;
use crate::testing::{Bill, BillTrigger, OrderBilled};
use crate::{Handler, Outcome, Run, Scheduled};

const LEASE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn an_event_is_begun_once_and_then_it_is_done() {
    let store = MemoryStore::default();
    assert_eq!(store.begin("a", LEASE).await.unwrap(), Begun::First);
    assert_eq!(store.begin("a", LEASE).await.unwrap(), Begun::Running);
    assert_eq!(store.begin("b", LEASE).await.unwrap(), Begun::First);
    store.done("a", "[1]").await.unwrap();
    let done = Begun::Done("[1]".to_owned());
    assert_eq!(store.begin("a", LEASE).await.unwrap(), done);
    store.forget("b").await.unwrap();
    assert_eq!(store.begin("b", LEASE).await.unwrap(), Begun::First);
}

#[test]
fn a_run_that_never_came_back_and_what_is_long_done_are_forgotten() {
    let (store, begin) = (MemoryStore::default(), Instant::now());
    assert_eq!(store.begin_at("a", LEASE, begin), Begun::First);
    let later = begin + LEASE;
    assert_eq!(store.begin_at("a", LEASE, later), Begun::First);
    store.done_at("a", "", later);
    let done = Begun::Done(String::new());
    assert_eq!(store.begin_at("a", LEASE, later + LEASE), done);
    assert_eq!(store.begin_at("a", LEASE, later + MEMORY), Begun::First);
}

fn key_of(payload: &Value) -> Option<String> {
    key::<Bill>(&Arrival::read(payload, None).unwrap(), payload)
}

#[test]
fn a_key_tells_jobs_shards_and_replays_apart() {
    let envelope = |more: Value, detail: Value| {
        let mut payload =
            json!({ "id": "e-1", "source": "s", "detail-type": "d", "detail": detail });
        let fields = payload.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        payload
    };
    let shard = |event_type: &str| json!({ "event_type": event_type, "shard": 2, "shards": 4 });
    for (payload, expected) in [
        (envelope(json!({}), json!({})), "shop/bill/e-1"),
        (envelope(json!({}), shard("scheduled")), "shop/bill/e-1#2"),
        // A field of an event of somebody's own.
        (envelope(json!({}), shard("x")), "shop/bill/e-1"),
        (
            envelope(json!({ "replay-name": "r" }), json!({})),
            "shop/bill/e-1@r",
        ),
    ] {
        assert_eq!(key_of(&payload).as_deref(), Some(expected));
    }
    assert_eq!(key_of(&json!({ "event_type": "order.placed" })), None);
    assert_eq!(
        key_of(&envelope(json!({ "id": "x".repeat(500) }), json!({}))),
        None
    );
}

/// Counts its runs, fails the first `failing` of them, and bills an order.
#[derive(Default)]
struct Counting {
    runs: AtomicUsize,
    failing: usize,
}

impl Handler for &Counting {
    type Job = Bill;

    async fn on_event(&self, _: BillTrigger, _run: &Run) -> Result<Outcome<Bill>, Error> {
        if self.runs.fetch_add(1, Ordering::Relaxed) < self.failing {
            return Err("busy".into());
        }
        let order_id = "o-1".to_owned();
        Outcome::done().emit(&OrderBilled { order_id })
    }

    async fn on_schedule(&self, _: Scheduled, _run: &Run) -> Result<(), Error> {
        Ok(())
    }
}

/// Invokes a function of this handler and store with one event, as often as said, and returns what was to be emitted each
/// time: nothing can be, as the deadline has passed.
async fn invoke(handler: &Counting, store: &MemoryStore, times: usize) -> Vec<Option<u64>> {
    let invoker = Invoker::new(handler, store, Emitter::from_env(), |_| ());
    let mut answers = Vec::new();
    for _ in 0..times {
        let payload = json!({
            "id": "e-1", "source": "shop", "detail-type": "Order Placed",
            "detail": {
                "event_type": "order.placed", "customer_id": "c-1", "timestamp": "2026-01-01T01:00:00Z",
            },
        });
        let answer = invoker
            .invoke(LambdaEvent::new(payload, Context::default()))
            .await;
        answers.push(
            answer
                .ok()
                .and_then(|answer| serde_json::to_value(answer).unwrap()["emit_failures"].as_u64()),
        );
    }
    answers
}

#[tokio::test]
async fn an_event_that_arrives_again_runs_nothing_and_emits_nothing() {
    let (handler, store) = (Counting::default(), MemoryStore::default());
    assert_eq!(
        invoke(&handler, &store, 3).await,
        [Some(1), Some(0), Some(0)]
    );
    assert_eq!(handler.runs.into_inner(), 1);
}

#[tokio::test]
async fn what_the_first_run_had_not_come_to_emit_is_emitted_by_the_next() {
    let (handler, store) = (Counting::default(), MemoryStore::default());
    let left = Outcome::<Bill>::done().emit(&OrderBilled {
        order_id: "o-1".to_owned(),
    });
    let left = serde_json::to_string(left.unwrap().events()).unwrap();
    // As after a run that was killed in between.
    store.begin("shop/bill/e-1", LEASE).await.unwrap();
    store.done("shop/bill/e-1", &left).await.unwrap();
    assert_eq!(invoke(&handler, &store, 2).await, [Some(1), Some(0)]);
    assert_eq!(handler.runs.into_inner(), 0);
}

#[tokio::test]
async fn a_run_that_failed_is_tried_again_and_one_at_the_same_time_is_not() {
    let handler = Counting {
        failing: 1,
        ..Counting::default()
    };
    let store = MemoryStore::default();
    assert_eq!(invoke(&handler, &store, 2).await, [None, Some(1)]);
    let (handler, store) = (Counting::default(), MemoryStore::default());
    store.begin("shop/bill/e-1", LEASE).await.unwrap();
    assert_eq!(invoke(&handler, &store, 1).await, [None]);
    assert_eq!(handler.runs.into_inner(), 0);
}
