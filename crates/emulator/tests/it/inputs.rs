//! What targets receive instead of the event, from `PutTargets` to `ReceiveMessage`.

use emulator::{Emulator, Report, Step, Tree, TreeOptions};
use serde_json::{Value, json};

use crate::http::aws;
use crate::support::{config, function, start};

const QUEUE: &str = "arn:aws:sqs:eu-central-1:123456789012:inbox";

/// A bus with the queue `inbox`, and a rule `r` without targets for every event from `shop`.
async fn bus() -> Emulator {
    let mut config = config(function());
    config.wiring.rules = Vec::new();
    let bus = start(config).await;
    for queue in ["inbox", "dead"] {
        call(&bus, "AmazonSQS.CreateQueue", json!({ "QueueName": queue })).await;
    }
    let pattern = json!({ "source": ["shop"] }).to_string();
    let rule = json!({ "Name": "r", "EventPattern": pattern });
    call(&bus, "AWSEvents.PutRule", rule).await;
    bus
}

async fn call(bus: &Emulator, operation: &str, input: Value) -> Value {
    let (status, answer) = aws(bus.endpoint(), operation, &input).await;
    assert_eq!(status, 200, "{operation}: {answer}");
    answer
}

/// Puts the queue as the only target, with an input; whether that was accepted.
async fn put_target(bus: &Emulator, input: Value) -> Result<(), Value> {
    let mut target = json!({
        "Id": "t", "Arn": QUEUE,
        "DeadLetterConfig": { "Arn": QUEUE.replace("inbox", "dead") },
    });
    for (name, value) in input.as_object().unwrap() {
        target[name] = value.clone();
    }
    let targets = json!({ "Rule": "r", "Targets": [target] });
    let (status, answer) = aws(bus.endpoint(), "AWSEvents.PutTargets", &targets).await;
    if status == 200 { Ok(()) } else { Err(answer) }
}

async fn put_event(bus: &Emulator, resources: &Value, detail: &str) {
    let entry = json!({
        "Source": "shop", "DetailType": "Order Placed", "Detail": detail, "Resources": resources,
        "Time": 1_767_225_600,
    });
    let answer = call(bus, "AWSEvents.PutEvents", json!({ "Entries": [entry] })).await;
    assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
    bus.settle().await;
}

/// The texts in a queue.
async fn received(bus: &Emulator, queue: &str) -> Vec<String> {
    let url = json!({ "QueueName": queue });
    let url = call(bus, "AmazonSQS.GetQueueUrl", url).await["QueueUrl"].clone();
    let input = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10 });
    let answer = call(bus, "AmazonSQS.ReceiveMessage", input).await;
    let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
    let bodies = messages.iter().map(|message| message["Body"].as_str());
    bodies.map(|body| body.unwrap().to_owned()).collect()
}

/// The event's id is the bus's own.
fn without_id(text: &str) -> Value {
    let mut value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    if value["e"]["id"].is_string() {
        value["e"]["id"] = "UUID".into();
    }
    value
}

/// The cases of the crate `eventbridge`, over the API.
#[tokio::test]
async fn every_case_arrives_as_on_aws() {
    let cases = include_str!("../../../eventbridge/tests/data/templates.ndjson");
    for case in cases.lines() {
        let case: Value = serde_json::from_str(case).unwrap();
        let (id, right) = (&case["id"], &case["right"]);
        let bus = bus().await;
        let transformer =
            json!({ "InputPathsMap": case["paths"], "InputTemplate": case["template"] });
        let valid = put_target(&bus, json!({ "InputTransformer": transformer })).await;
        if let Some(expected) = right["valid"].as_bool() {
            assert_eq!(valid.is_ok(), expected, "{id}: {valid:?}");
        }
        let event = &case["event"];
        put_event(&bus, &event["resources"], &event["detail"].to_string()).await;
        let bodies = received(&bus, "inbox").await;
        assert_eq!(
            bodies.len() == 1,
            right["delivered"] == true,
            "{id}: {bodies:?}"
        );
        if let (Some(body), Some(expected)) = (bodies.first(), right["output"].as_str()) {
            assert_eq!(without_id(body), without_id(expected), "{id}");
        }
        assert!(received(&bus, "dead").await.is_empty(), "{id}");
        bus.shutdown().await;
    }
}

#[tokio::test]
async fn the_text_of_the_event_arrives_as_it_was_written() {
    let bus = bus().await;
    let far = "[".repeat(900) + &"]".repeat(900);
    let detail = format!(
        r#"{{ "z": 1.10, "a" : 12345678901234567890123, "a": 1e400, "s": "caf\ud83d \" {{", "deep": {far} }}"#
    );
    let minified = format!(
        r#"{{"z":1.10,"a":12345678901234567890123,"a":1e400,"s":"caf\ud83d \" {{","deep":{far}}}"#
    );
    let transformer = |template: &str| {
        let paths = json!({ "d": "$.detail", "s": "$.detail.s", "z": "$.detail.z" });
        json!({ "InputTransformer": { "InputPathsMap": paths, "InputTemplate": template } })
    };
    for (input, expected) in [
        (json!({ "InputPath": "$.detail" }), minified.clone()),
        (json!({ "InputPath": "$.detail.a" }), "1e400".to_owned()),
        (
            json!({ "Input": "{\"b\": 1e400, \"a\": 1.0}" }),
            "{\"b\": 1e400, \"a\": 1.0}".to_owned(),
        ),
        (transformer("{\"d\": <d>}"), format!("{{\"d\":{minified}}}")),
        (
            transformer("[ \"<s>\", <s>,<z> ]"),
            r#"["caf\ud83d \" {","caf\ud83d \" {",1.10]"#.to_owned(),
        ),
        (
            transformer("\"a <z>\"\n\"b\"\n"),
            "\"a 1.10\"\n\"b\"\n".to_owned(),
        ),
    ] {
        put_target(&bus, input.clone()).await.unwrap();
        put_event(&bus, &json!([]), &detail).await;
        assert_eq!(received(&bus, "inbox").await, [expected], "{input}");
        let purge = json!({ "QueueUrl": format!("{}/123456789012/inbox", bus.endpoint()) });
        call(&bus, "AmazonSQS.PurgeQueue", purge).await;
    }
    bus.shutdown().await;
}

#[tokio::test]
async fn an_input_that_cannot_be_made_is_dropped_and_the_trace_says_why() {
    let bus = bus().await;
    let transformer =
        json!({ "InputPathsMap": { "o": "$.detail.o" }, "InputTemplate": "{\"o\": \"<o>\"}" });
    put_target(&bus, json!({ "InputTransformer": transformer }))
        .await
        .unwrap();
    put_event(&bus, &json!([]), r#"{"o": {"a": 1}}"#).await;
    assert!(received(&bus, "inbox").await.is_empty());
    // AWS keeps no dead letter either.
    assert!(received(&bus, "dead").await.is_empty());
    let trace = bus.trace();
    let failure = trace.iter().any(|record| {
        matches!(&record.step, Step::InvocationFailure { error_code, .. } if error_code == "INVALID_JSON")
    });
    assert!(failure, "{trace:?}");
    let drawn = Tree::new(&trace).draw(TreeOptions::default());
    let expected = "shop / Order Placed
└─ r
   └─ inbox  not delivered: INVALID_JSON: the template makes text that is not JSON: `<o>` stands inside quotes, and is an object
      lost: there is nothing to keep as a dead letter
";
    assert_eq!(drawn, expected);
    let report = Report::new(&trace);
    assert_eq!((report.effects, report.lost, report.kept), (1, 1, 0));
    // An event whose object is no longer one is delivered.
    put_event(&bus, &json!([]), r#"{"o": 1}"#).await;
    assert_eq!(received(&bus, "inbox").await, [r#"{"o":"1"}"#]);
    bus.shutdown().await;
}

#[tokio::test]
async fn a_refused_input_is_refused_in_aws_s_words() {
    let bus = bus().await;
    let template =
        |text: &str| json!({ "InputTransformer": { "InputPathsMap": {}, "InputTemplate": text } });
    for (input, message) in [
        (
            template("{\"a\": <b>}"),
            "InputTemplate for target t contains invalid placeholder b.",
        ),
        (
            template("An order"),
            "Invalid InputTemplate for target t: a template is JSON, or text in double quotes: expected a JSON value",
        ),
        (
            json!({ "Input": "{}", "InputPath": "$" }),
            "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
        ),
        (
            json!({ "Input": "{" }),
            "Parameter Input is not valid. Reason: JSON syntax error.",
        ),
    ] {
        let refusal = put_target(&bus, input).await.unwrap_err();
        let said = refusal["message"].as_str().or(refusal["Message"].as_str());
        assert_eq!(said, Some(message), "{refusal}");
    }
    bus.shutdown().await;
}
