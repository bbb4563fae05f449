//! Events that go from bus to bus.

use emulator::{Emulator, Report, Tree, TreeOptions};
use eventbridge::put_events::Entry;
use serde_json::{Value, json};

use crate::http::aws;
use crate::support::{config, function, start, told};

async fn call(bus: &Emulator, operation: &str, input: Value) -> Value {
    let (status, answer) = aws(bus.endpoint(), &format!("AWSEvents.{operation}"), &input).await;
    assert_eq!(status, 200, "{operation}: {answer}");
    answer
}

/// Makes a rule on a bus that sends events of `test` on.
async fn send_on(bus: &Emulator, from: &str, to: &str) {
    let rule = json!({ "Name": format!("to-{to}"), "EventBusName": from, "EventPattern": r#"{"source": ["test"]}"# });
    call(bus, "PutRule", rule).await;
    let arn = format!("arn:aws:events:eu-central-1:123456789012:event-bus/{to}");
    let dead = "arn:aws:sqs:eu-central-1:123456789012:dead";
    let target = json!({ "Id": "bus", "Arn": arn, "DeadLetterConfig": { "Arn": dead } });
    let targets = json!({ "Rule": format!("to-{to}"), "EventBusName": from, "Targets": [target] });
    call(bus, "PutTargets", targets).await;
}

async fn tree_of(chain: &[(&str, &str)]) -> (String, Report) {
    let mut config = config(function());
    config.wiring.rules.clear();
    let bus = start(config).await;
    for name in ["b", "c"] {
        call(&bus, "CreateEventBus", json!({ "Name": name })).await;
    }
    for (from, to) in chain {
        send_on(&bus, from, to).await;
    }
    bus.publish(told(&json!({}))).unwrap();
    bus.settle().await;
    let trace = bus.trace();
    let drawn = Tree::new(&trace).draw(TreeOptions::default());
    (drawn, Report::new(&trace))
}

#[tokio::test]
async fn an_event_is_not_sent_on_to_a_third_bus() {
    let (tree, report) = tree_of(&[("default", "b"), ("b", "c")]).await;
    assert!(tree.contains("not delivered: THIRD_BUS"), "{tree}");
    assert!(
        tree.contains("lost: EventBridge keeps no dead letter of it"),
        "{tree}"
    );
    assert_eq!((report.lost, report.kept), (1, 0), "{report}");
}

#[tokio::test]
async fn an_event_is_not_sent_back_to_the_bus_that_it_came_from() {
    let (tree, _) = tree_of(&[("default", "b"), ("b", "default")]).await;
    assert_eq!(tree.matches("THIRD_BUS").count(), 1, "{tree}");
    assert!(!tree.contains("loop"), "{tree}");
}

#[tokio::test]
async fn an_event_for_a_bus_that_is_not_there_is_lost_and_the_trace_says_so() {
    let bus = start(config(function())).await;
    let entry = Entry {
        event_bus_name: Some("shpo".to_owned()),
        ..told(&json!({}))
    };
    bus.publish(entry).unwrap();
    bus.settle().await;
    let trace = bus.trace();
    let tree = Tree::new(&trace).draw(TreeOptions::default());
    let expected = "test / Told
└─ no rule matched: there is no bus shpo, and AWS loses its events (there is default)
";
    assert_eq!(tree, expected);
}

#[tokio::test]
async fn a_bus_and_an_archive_are_updated() {
    let bus = start(config(function())).await;
    call(&bus, "CreateEventBus", json!({ "Name": "b" })).await;
    let update = json!({ "Name": "b", "Description": "Orders" });
    let answer = call(&bus, "UpdateEventBus", update).await;
    let arn = "arn:aws:events:eu-central-1:123456789012:event-bus/b";
    assert_eq!(
        answer,
        json!({ "Arn": arn, "Name": "b", "Description": "Orders" })
    );
    let described = call(&bus, "DescribeEventBus", json!({ "Name": "b" })).await;
    assert_eq!(described["Description"], "Orders");
    let archive = json!({ "ArchiveName": "a", "EventSourceArn": arn, "Description": "All" });
    call(&bus, "CreateArchive", archive).await;
    let update = json!({ "ArchiveName": "a", "RetentionDays": 3 });
    call(&bus, "UpdateArchive", update).await;
    let described = call(&bus, "DescribeArchive", json!({ "ArchiveName": "a" })).await;
    assert_eq!(described["RetentionDays"], 3);
    assert_eq!(described["Description"], "All");
    for (operation, input, code) in [
        (
            "ListArchives",
            json!({ "EventSourceArn": format!("{arn}-none") }),
            "ResourceNotFoundException",
        ),
        (
            "UpdateArchive",
            json!({ "ArchiveName": "none" }),
            "ResourceNotFoundException",
        ),
        (
            "UpdateArchive",
            json!({ "ArchiveName": "a", "RetentionDays": -1 }),
            "ValidationException",
        ),
        (
            "CancelReplay",
            json!({ "ReplayName": "none" }),
            "ResourceNotFoundException",
        ),
    ] {
        let target = format!("AWSEvents.{operation}");
        let (status, answer) = aws(bus.endpoint(), &target, &input).await;
        assert_eq!(
            (status, &answer["__type"]),
            (400, &json!(code)),
            "{operation}"
        );
    }
}

#[tokio::test]
async fn a_pattern_is_tested_on_whole_events_only() {
    let bus = start(config(function())).await;
    let mut event = json!({
        "id": "1", "account": "1", "source": "test", "time": "2026-01-31T09:00:00Z",
        "region": "eu-central-1", "detail-type": "Told",
    });
    let test = |event: &Value| json!({ "EventPattern": r#"{"source": ["test"]}"#, "Event": event.to_string() });
    let target = "AWSEvents.TestEventPattern";
    let (status, answer) = aws(bus.endpoint(), target, &test(&event)).await;
    assert_eq!(status, 400, "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("resources"));
    event["resources"] = json!([]);
    let (_, answer) = aws(bus.endpoint(), target, &test(&event)).await;
    assert_eq!(answer, json!({ "Result": true }));
}
