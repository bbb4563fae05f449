use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::testing::{Audit, AuditTrigger, Bill, BillTrigger, Line, OrderPlaced, Restocked};
use crate::{OtherEvent, Shard};

macro_rules! fixture {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../tests/fixtures/", $name)))
            .unwrap()
    };
}

fn request<J: Job>(payload: &Value) -> Result<Request<J>, String> {
    let read = Arrival::read(payload, J::SUBJECT).and_then(|arrival| decode(&arrival));
    read.map_err(|malformed| malformed.to_string())
}

fn trigger<J: Job>(payload: &Value) -> J::Trigger {
    match request::<J>(payload) {
        Ok(Request::Event(trigger)) => trigger,
        Ok(Request::Scheduled(_)) => panic!("taken for a scheduled run: {payload}"),
        Err(message) => panic!("{message}"),
    }
}

fn scheduled_run(payload: &Value) -> Scheduled {
    match request::<Bill>(payload) {
        Ok(Request::Scheduled(run)) => run,
        Ok(Request::Event(trigger)) => panic!("taken for an event: {trigger:?}"),
        Err(message) => panic!("{message}"),
    }
}

fn message(payload: &Value) -> String {
    request::<Bill>(payload).unwrap_err()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The envelope of an `order.placed`, with another value in one place.
fn envelope_with(pointer: &str, value: Value) -> Value {
    let mut envelope = fixture!("order-placed.envelope.json");
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = envelope
        .pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap();
    if value.is_null() {
        parent.remove(key);
    } else {
        parent.insert(key.to_owned(), value);
    }
    envelope
}

#[test]
fn an_envelope_and_its_bare_detail_are_the_same_event() {
    let placed = OrderPlaced {
        customer_id: "u-1".to_owned(),
        timestamp: time("2026-01-01T00:59:59.5Z"),
        lines: vec![Line { pieces: 2 }],
    };
    for payload in [
        fixture!("order-placed.envelope.json"),
        fixture!("order-placed.detail.json"),
    ] {
        let expected = BillTrigger::OrderPlaced(placed.clone());
        assert_eq!(trigger::<Bill>(&payload), expected);
    }
}

#[test]
fn without_a_discriminator_source_and_detail_type_decide() {
    let restocked = BillTrigger::Restocked(Restocked {});
    for event_type in [json!({}), json!({ "event_type": 7 })] {
        let payload = json!({ "source": "shop", "detail-type": "Restocked", "detail": event_type });
        assert_eq!(trigger::<Bill>(&payload), restocked);
    }
    assert_eq!(
        trigger::<Bill>(&json!({ "event_type": "restocked" })),
        restocked
    );
}

#[test]
fn an_event_of_others_arrives_as_it_is() {
    let payload = fixture!("of-others.envelope.json");
    let other = OtherEvent {
        source: "aws.s3".to_owned(),
        detail_type: "Object Created".to_owned(),
        detail: payload["detail"].clone(),
    };
    assert_eq!(trigger::<Audit>(&payload), AuditTrigger::Other(other));
}

#[test]
fn a_scheduled_run_is_for_everybody() {
    for payload in [
        fixture!("scheduled.envelope.json"),
        fixture!("scheduled-plain.envelope.json"),
        fixture!("scheduled.detail.json"),
        fixture!("null-customer.detail.json"),
        json!({ "customer_id": null, "timestamp": "2026-01-01T01:00:00Z" }),
        json!({ "event_type": "scheduled", "timestamp": "2026-01-01T01:00:00Z" }),
        json!({
            "source": "shop",
            "detail-type": "Scheduled Event",
            "detail": { "event_type": "scheduled", "timestamp": "2026-01-01T01:00:00Z" },
        }),
    ] {
        let run = scheduled_run(&payload);
        assert_eq!(run.timestamp, time("2026-01-01T01:00:00Z"), "{payload}");
        assert_eq!(run.shard, Shard::WHOLE, "{payload}");
    }
}

#[test]
fn a_scheduled_run_has_the_fields_that_the_spec_gives_it() {
    for (payload, expected) in [
        (fixture!("scheduled-plain.envelope.json"), json!({})),
        // As every scheduled event was before the spec could say what it has.
        (
            fixture!("scheduled-shard.envelope.json"),
            json!({ "customer_id": null }),
        ),
        (
            json!({
                "event_type": "scheduled", "kind": "weekly", "for": { "shard": 1 },
                "timestamp": "2026-01-01T01:00:00Z", "shard": 0, "shards": 2,
            }),
            json!({ "kind": "weekly", "for": { "shard": 1 } }),
        ),
    ] {
        let run = scheduled_run(&payload);
        assert_eq!(Value::Object(run.detail), expected, "{payload}");
    }
}

#[test]
fn the_subject_is_the_field_that_the_spec_names() {
    let detail =
        json!({ "event_type": "e", "order_id": 7, "customer": { "id": "c-1", "name": null } });
    let envelope = json!({ "source": "shop", "detail-type": "E", "detail": detail });
    for (subject, expected) in [
        (None, None),
        (Some("order_id"), Some(json!(7))),
        (Some("customer.id"), Some(json!("c-1"))),
        (Some("customer.name"), Some(Value::Null)),
        (Some("customer.age"), None),
        (Some("order_id.id"), None),
    ] {
        for payload in [&detail, &envelope] {
            let arrival = Arrival::read(payload, subject).unwrap();
            assert_eq!(arrival.subject(), expected.as_ref(), "{subject:?}");
        }
    }
}

#[test]
fn a_bare_detail_is_known_by_its_subject() {
    let payload = json!({ "customer": { "id": "c-1" } });
    assert!(Arrival::read(&payload, Some("customer.id")).is_ok());
    for subject in [None, Some("customer_id")] {
        let refused = Arrival::read(&payload, subject).unwrap_err();
        assert_eq!(refused.path(), "detail-type", "{subject:?}");
    }
}

#[test]
fn a_shard_of_a_scheduled_run_is_known() {
    let run = scheduled_run(&fixture!("scheduled-shard.envelope.json"));
    assert_eq!(Some(run.shard), Shard::new(2, 3));
}

#[test]
fn a_job_without_a_schedule_refuses_a_scheduled_run() {
    let message = request::<Audit>(&fixture!("scheduled.detail.json")).unwrap_err();
    let expected = "malformed event: `event_type`: expected an event of others, in its envelope, \
                    found \"scheduled\"";
    assert_eq!(message, expected);
}

#[test]
fn a_field_that_is_not_of_its_type_is_named() {
    let table = [
        (
            "/detail/customer_id",
            json!(5),
            "`detail.customer_id`: invalid type: integer `5`, expected a string, found 5",
        ),
        (
            "/detail/customer_id",
            Value::Null,
            "`detail.customer_id`: expected a value, found nothing",
        ),
        (
            "/detail/lines",
            json!([{ "pieces": 1 }, { "pieces": "x" }]),
            "`detail.lines[1].pieces`: invalid type: string \"x\", expected i64, found \"x\"",
        ),
        (
            "/detail/lines",
            json!([{}]),
            "`detail.lines[0].pieces`: expected a value, found nothing",
        ),
    ];
    for (pointer, value, problem) in table {
        let expected = format!("malformed event: {problem}");
        assert_eq!(message(&envelope_with(pointer, value)), expected);
    }
    let tomorrow = message(&envelope_with("/detail/timestamp", json!("tomorrow")));
    assert!(
        tomorrow.starts_with("malformed event: `detail.timestamp`: "),
        "{tomorrow}"
    );
    assert!(tomorrow.ends_with(", found \"tomorrow\""), "{tomorrow}");
}

#[test]
fn a_field_of_the_envelope_that_is_wrong_is_named() {
    let table = [
        (
            "/source",
            Value::Null,
            "`source`: expected a string, found nothing",
        ),
        (
            "/source",
            json!("tset"),
            "`source`: expected \"shop\", found \"tset\"",
        ),
        (
            "/detail-type",
            Value::Null,
            "`detail-type`: expected a string, found nothing",
        ),
        (
            "/detail-type",
            json!("Order"),
            "`detail-type`: expected \"Order Placed\", found \"Order\"",
        ),
        (
            "/time",
            json!(12),
            "`time`: expected an RFC 3339 timestamp, found 12",
        ),
        (
            "/detail",
            json!("{}"),
            "`detail`: expected an object, found \"{}\"",
        ),
        (
            "/detail",
            Value::Null,
            "`detail`: expected an object, found nothing",
        ),
        (
            "/detail/event_type",
            Value::Null,
            "`detail.event_type`: expected one of \"order.placed\", \"restocked\", \"scheduled\", found nothing",
        ),
        (
            "/detail/event_type",
            json!("order.billed"),
            "`detail.event_type`: expected one of \"order.placed\", \"restocked\", \"scheduled\", found \"order.billed\"",
        ),
    ];
    for (pointer, value, problem) in table {
        let expected = format!("malformed event: {problem}");
        assert_eq!(message(&envelope_with(pointer, value)), expected);
    }
}

#[test]
fn what_is_no_event_at_all_is_refused_with_what_would_be_one() {
    let an_event = "`detail-type`: expected an EventBridge envelope, or a detail with `event_type`, found nothing";
    let types = "expected one of \"order.placed\", \"restocked\", \"scheduled\"";
    let table = [
        (json!({}), an_event.to_owned()),
        (
            json!(null),
            "`event`: expected an object, found null".to_owned(),
        ),
        (
            json!([1, 2]),
            "`event`: expected an object, found [1,2]".to_owned(),
        ),
        (
            json!({ "event_type": null }),
            format!("`event_type`: {types}, found null"),
        ),
        (
            json!({ "customer_id": "u-1" }),
            format!("`event_type`: {types}, found nothing"),
        ),
        (
            json!({ "event_type": "unknown", "customer_id": null }),
            format!("`event_type`: {types}, found \"unknown\""),
        ),
        (
            json!({ "source": "aws.s3", "detail-type": "Object Created", "detail": {} }),
            "`source`: expected an event that starts the job `bill`, found \"aws.s3\"".to_owned(),
        ),
    ];
    for (payload, problem) in table {
        assert_eq!(message(&payload), format!("malformed event: {problem}"));
    }
}

#[test]
fn a_scheduled_run_that_contradicts_itself_is_refused() {
    let detail = |more: Value| {
        let mut detail = fixture!("scheduled.detail.json");
        let more = more.as_object().unwrap().clone();
        detail.as_object_mut().unwrap().extend(more);
        detail
    };
    let table = [
        (
            json!({ "timestamp": "soon" }),
            "`timestamp`: expected an RFC 3339 timestamp, found \"soon\"",
        ),
        (
            json!({ "shard": 1 }),
            "`shards`: expected a whole number, at least 1, found nothing",
        ),
        (
            json!({ "shards": 2 }),
            "`shard`: expected a whole number below 2, found nothing",
        ),
        (
            json!({ "shard": 2, "shards": 2 }),
            "`shard`: expected a whole number below 2, found 2",
        ),
        (
            json!({ "shard": 0, "shards": 0 }),
            "`shards`: expected a whole number, at least 1, found 0",
        ),
        (
            json!({ "shard": -1, "shards": 2 }),
            "`shard`: expected a whole number below 2, found -1",
        ),
    ];
    for (more, problem) in table {
        assert_eq!(
            message(&detail(more)),
            format!("malformed event: {problem}")
        );
    }
    let bare = message(&json!({ "event_type": "scheduled" }));
    assert_eq!(
        bare,
        "malformed event: `timestamp`: expected an RFC 3339 timestamp, found nothing"
    );
}

#[test]
fn a_long_value_is_cut_in_the_message() {
    let long = "ü".repeat(10_000);
    let message = message(&json!({ "event_type": long }));
    assert!(message.ends_with("üü…"), "{message}");
    assert!(message.chars().count() < 250, "{message}");
}
