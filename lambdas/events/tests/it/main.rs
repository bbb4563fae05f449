//! Types from a spec that uses everything: they compile, and they do what the spec says.

#[allow(dead_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
#[rustfmt::skip]
#[path = "../../../../crates/typed-events/src/golden/rich/generated.rs"]
mod rich;

mod contracts;

use job::{Arrival, Event, Job, Outcome, Schedule, Scheduled, Trigger};
use serde_json::{Value, json};

use rich::jobs::{
    Bill, BillTrigger, Remind, RemindSchedule, Ship, ShipTrigger, Sweep, SweepTrigger, Tally,
};
use rich::{OrderPlaced, OrderPlacedAddress};

fn placed() -> Value {
    json!({
        "event_type": "order.placed",
        "user_id": "u-1",
        "type": "express",
        "30_days": 1.5,
        "pieces": 3,
        "gift": false,
        "placed_at": "2026-01-01T01:00:00Z",
        "deliver_on": "2026-01-03",
        "tags": ["a"],
        "matrix": [[1.0], []],
        "address": { "street": "s", "self": "me" },
        "lines": [{ "sku": "x", "price": { "amount": 9.5, "currency": "EUR" } }],
    })
}

fn decode<T: Trigger>(payload: &Value) -> Result<Option<T>, String> {
    let read = Arrival::read(payload, rich::SUBJECT).and_then(|arrival| T::decode(&arrival));
    read.map_err(|malformed| malformed.to_string())
}

fn envelope(source: &str, detail_type: &str, detail: &Value) -> Value {
    json!({ "source": source, "detail-type": detail_type, "detail": detail })
}

#[test]
fn a_detail_survives_the_way_through_its_type() {
    let Ok(Some(BillTrigger::OrderPlaced(order))) = decode(&placed()) else {
        panic!("not an order");
    };
    assert_eq!(order.r#type, "express");
    assert_eq!(order.user_name, None);
    let self_ = Some("me".to_owned());
    let street = "s".to_owned();
    assert_eq!(order.address, OrderPlacedAddress { street, self_ });
    let mut written = serde_json::to_value(&order).unwrap();
    written["event_type"] = "order.placed".into();
    assert_eq!(written, placed());
}

#[test]
fn null_and_absent_are_the_same_for_an_optional_field() {
    let mut with_null = placed();
    with_null["userName"] = Value::Null;
    with_null["notes"] = Value::Null;
    let decoded = decode::<BillTrigger>(&with_null).unwrap();
    assert_eq!(decoded, decode(&placed()).unwrap());
}

#[test]
fn a_field_that_must_be_there_is_named_when_it_is_not() {
    let mut without = placed();
    without["lines"][0]["price"]
        .as_object_mut()
        .unwrap()
        .remove("amount");
    let expected = "malformed event: `lines[0].price.amount`: expected a value, found nothing";
    assert_eq!(decode::<BillTrigger>(&without).unwrap_err(), expected);
}

#[test]
fn source_detail_type_and_event_type_choose_the_variant() {
    let detail = json!({ "event_type": "order.billed", "order_id": "o-1" });
    let billed = envelope("shop.orders", "Order Billed", &detail);
    let decoded = decode::<ShipTrigger>(&billed).unwrap();
    assert!(matches!(decoded, Some(ShipTrigger::OrderBilled(order)) if order.order_id == "o-1"));
    let foreign = envelope("shop", "Order Billed", &detail);
    assert_eq!(decode::<ShipTrigger>(&foreign), Ok(None));
    let other = envelope("shop.orders", "Order Placed", &detail);
    assert_eq!(decode::<ShipTrigger>(&other), Ok(None));
}

#[test]
fn an_event_of_others_is_untyped() {
    let created = envelope(
        "aws.s3",
        "Object Created",
        &json!({ "bucket": { "name": "b" } }),
    );
    let Ok(Some(BillTrigger::Other(other))) = decode(&created) else {
        panic!("not let through");
    };
    assert_eq!(other.source, "aws.s3");
    assert_eq!(other.detail["bucket"]["name"], "b");
    assert_eq!(decode::<SweepTrigger>(&created), Ok(None));
}

#[test]
fn a_declared_event_of_another_source_has_its_own_type() {
    let detail = json!({ "channel": "2nd shop", "tags": ["b"], "kind": "Self", "new": 1 });
    let done = envelope("acme.checkout", "CheckoutDone", &detail);
    let Ok(Some(BillTrigger::CheckoutDone(event))) = decode(&done) else {
        panic!("not read");
    };
    assert_eq!(event.channel, rich::CheckoutDoneChannel::_2ndShop);
    assert_eq!(event.tags, [rich::CheckoutDoneTags::B]);
    assert_eq!(event.kind, Some(rich::CheckoutDoneKind::SelfValue));
    let written = serde_json::to_value(&event).unwrap();
    let expected = json!({ "channel": "2nd shop", "tags": ["b"], "kind": "Self" });
    assert_eq!(written, expected);
    let own = envelope("shop.orders", "CheckoutDone", &detail);
    let read = decode::<BillTrigger>(&own).unwrap();
    assert!(matches!(read, Some(BillTrigger::Other(_))), "{read:?}");
    let unknown = json!({ "channel": "fax", "tags": [] });
    let unknown = envelope("acme.checkout", "CheckoutDone", &unknown);
    let error = decode::<BillTrigger>(&unknown).unwrap_err();
    assert!(
        error.contains("`detail.channel`") && error.contains("fax"),
        "{error}"
    );
}

#[test]
fn names_are_the_specs_own() {
    assert_eq!(
        (Bill::NAME, Bill::PIPELINE, Bill::SOURCE),
        ("bill", "shop", "shop.orders")
    );
    assert_eq!((Ship::NAME, OrderPlaced::NAME), ("ship", "order.placed"));
    assert_eq!(OrderPlaced::DETAIL_TYPE, "Order \"Placed\" \\ {x} \u{202e}");
}

#[test]
fn a_job_emits_every_event_that_it_lists() {
    let billed = rich::OrderBilled {
        order_id: "o-1".to_owned(),
    };
    let outcome = Outcome::<Bill>::done().emit(&billed).unwrap();
    let outcome = outcome.emit(&rich::OrderShipped {}).unwrap();
    let names: Vec<_> = outcome.events().iter().map(job::Outgoing::name).collect();
    assert_eq!(names, ["order.billed", "order.shipped"]);
}

/// A scheduled run as the job `J` takes it, from a rule.
fn run_of<J: Job>(arn: &str) -> Option<J::Schedule> {
    let mut payload = envelope("aws.events", "Scheduled Event", &json!({}));
    payload["resources"] = json!([arn]);
    let arrival = Arrival::read(&payload, rich::SUBJECT).expect("an envelope");
    let run = Scheduled {
        timestamp: "2026-01-01T01:00:00Z".parse().expect("an instant"),
        shard: job::Shard::WHOLE,
        detail: serde_json::Map::new(),
    };
    J::Schedule::accept(run, &arrival)
}

#[test]
fn a_rule_says_which_of_several_schedules_runs() {
    let id = |arn: &str| match run_of::<Remind>(arn) {
        Some(RemindSchedule::Weekly(_)) => "weekly",
        Some(RemindSchedule::SecondTry(_)) => "second-try",
        Some(RemindSchedule::Quiet(_)) => "quiet",
        None => "none",
    };
    let rule = "arn:aws:events:eu-central-1:123456789012:rule";
    for (name, expected) in [
        ("shop-remind-weekly-prod", "weekly"),
        ("shop-remind-weekly-2-prod", "weekly"),
        ("shop-remind-second-try-prod", "second-try"),
        ("kept.eu-central-1-of-prod", "quiet"),
        ("shop-remind-prod", "none"),
    ] {
        assert_eq!(id(&format!("{rule}/{name}")), expected, "{name}");
    }
    assert_eq!(id("no ARN"), "none");
    // A job with one schedule knows it whoever invokes it.
    assert!(run_of::<Tally>("no ARN").is_some());
}

#[test]
fn a_scheduled_run_emits_what_its_schedule_may() {
    let order_id = "o-1".to_owned();
    let rule = "arn:aws:events:eu-central-1:123456789012:rule/shop-remind-weekly-prod";
    let Some(RemindSchedule::Weekly(run)) = run_of::<Remind>(rule) else {
        panic!("another schedule");
    };
    let outcome = run.done().emit(&rich::OrderBilled { order_id }).unwrap();
    let outcome: job::ScheduleResult<Remind> = outcome.into();
    assert_eq!(job::Emissions::into_events(outcome).len(), 1);
    let tally = run_of::<Tally>(rule).unwrap();
    let outcome: job::ScheduleResult<Tally> = tally.done().emit(&rich::OrderShipped {}).unwrap();
    assert_eq!(outcome.events()[0].name(), "order.shipped");
    // A schedule without `emits` returns nothing, as ever.
    let _: fn() -> job::ScheduleResult<Sweep> = || ();
}
