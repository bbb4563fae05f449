//! Events that go from bus to bus.

use emulator::{Emulator, Report, Tree, TreeOptions};
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
