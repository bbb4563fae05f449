//! What was made over the API.

use emulator::{Emulator, Step};
use serde_json::{Value, json};

use super::{QUEUE, kept, killed, length, ok, put, rest};
use crate::support::{config, function, matching, rule, start, target};

/// Makes one of everything that the API can make.
async fn make(bus: &Emulator) {
    let arn =
        |service: &str, rest: &str| format!("arn:aws:{service}:eu-central-1:123456789012:{rest}");
    let events = |operation: &str| format!("AWSEvents.{operation}");
    let tags = json!([{ "Key": "team", "Value": "a\tb\nc" }]);
    let parameters = json!({ "BasicAuthParameters": { "Username": "u", "Password": "p" } });
    for (operation, input) in [
        (
            "CreateEventBus",
            json!({ "Name": "own", "Description": "d", "Tags": tags }),
        ),
        (
            "PutPermission",
            json!({ "EventBusName": "own", "StatementId": "s", "Action": "events:PutEvents", "Principal": "*" }),
        ),
        (
            "PutRule",
            json!({ "Name": "r", "EventBusName": "own", "EventPattern": r#"{"source":["test"]}"#, "Tags": tags }),
        ),
        (
            "PutRule",
            json!({ "Name": "tick", "ScheduleExpression": "rate(5 minutes)", "State": "DISABLED" }),
        ),
        (
            "PutTargets",
            json!({ "Rule": "r", "EventBusName": "own", "Targets": [
            { "Id": "t", "Arn": arn("sqs", "own"), "InputTransformer": { "InputPathsMap": { "d": "$.detail" }, "InputTemplate": "\"<d>\"" } },
        ] }),
        ),
        // Of the spec, and changed.
        (
            "PutTargets",
            json!({ "Rule": "all", "Targets": [{ "Id": "more", "Arn": arn("sqs", "own") }] }),
        ),
        (
            "CreateArchive",
            json!({ "ArchiveName": "a", "EventSourceArn": arn("events", "event-bus/default"), "EventPattern": r#"{"source":["test"]}"# }),
        ),
        (
            "CreateConnection",
            json!({ "Name": "c", "AuthorizationType": "BASIC", "AuthParameters": parameters }),
        ),
    ] {
        ok(bus, &events(operation), input).await;
    }
    let connection = ok(bus, "AWSEvents.DescribeConnection", json!({ "Name": "c" })).await;
    let destination = json!({
        "Name": "d", "ConnectionArn": connection["ConnectionArn"], "InvocationEndpoint": "http://127.0.0.1:9/", "HttpMethod": "POST",
    });
    ok(bus, "AWSEvents.CreateApiDestination", destination).await;
    make_queues(bus).await;
    make_others(bus).await;
    put(bus, &json!({ "n": 1 })).await;
}

async fn make_queues(bus: &Emulator) {
    let own = json!({ "QueueName": "own", "Attributes": { "VisibilityTimeout": "77" }, "tags": { "k": "v" } });
    ok(bus, "AmazonSQS.CreateQueue", own).await;
    let first_in = json!({ "QueueName": "in.fifo", "Attributes": { "FifoQueue": "true" } });
    ok(bus, "AmazonSQS.CreateQueue", first_in).await;
    for body in ["one", "two"] {
        ok(
            bus,
            "AmazonSQS.SendMessage",
            json!({ "QueueUrl": QUEUE, "MessageBody": body }),
        )
        .await;
    }
    let one = ok(
        bus,
        "AmazonSQS.ReceiveMessage",
        json!({ "QueueUrl": QUEUE }),
    )
    .await;
    assert_eq!(one["Messages"][0]["Body"], "one");
}

/// Makes a schedule, a mapping, and what a function can be given.
async fn make_others(bus: &Emulator) {
    let arn =
        |service: &str, rest: &str| format!("arn:aws:{service}:eu-central-1:123456789012:{rest}");
    let bus_arn = arn("events", "event-bus/own");
    let schedule = json!({
        "ScheduleExpression": "cron(0 8 * * ? *)", "ScheduleExpressionTimezone": "Europe/Berlin", "GroupName": "g",
        "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": { "Arn": bus_arn, "RoleArn": "arn:aws:iam::1:role/r", "Input": "{}",
            "EventBridgeParameters": { "Source": "test", "DetailType": "Told" } },
    });
    rest(bus, "POST /schedule-groups/g", &json!({})).await;
    rest(bus, "POST /schedules/s", &schedule).await;
    let mapping = json!({ "EventSourceArn": arn("sqs", "dead"), "FunctionName": "f", "BatchSize": 3, "Enabled": false });
    rest(bus, "POST /2015-03-31/event-source-mappings", &mapping).await;
    let statement = json!({ "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com" });
    rest(bus, "POST /2015-03-31/functions/f/policy", &statement).await;
    let invoke = json!({ "MaximumRetryAttempts": 1 });
    rest(
        bus,
        "PUT /2019-09-25/functions/f/event-invoke-config",
        &invoke,
    )
    .await;
    let most = json!({ "ReservedConcurrentExecutions": 7 });
    rest(bus, "PUT /2017-10-31/functions/f/concurrency", &most).await;
}

/// Asks for everything that [`make`] makes.
async fn describe(bus: &Emulator) -> Vec<(String, String)> {
    let mut told = Vec::new();
    let rule = "arn:aws:events:eu-central-1:123456789012:rule/own/r";
    for (target, input) in [
        ("AWSEvents.DescribeEventBus", json!({ "Name": "own" })),
        ("AWSEvents.ListEventBuses", json!({})),
        ("AWSEvents.ListRules", json!({ "EventBusName": "own" })),
        ("AWSEvents.ListRules", json!({})),
        (
            "AWSEvents.ListTargetsByRule",
            json!({ "Rule": "r", "EventBusName": "own" }),
        ),
        ("AWSEvents.ListTargetsByRule", json!({ "Rule": "all" })),
        (
            "AWSEvents.ListTagsForResource",
            json!({ "ResourceARN": rule }),
        ),
        ("AWSEvents.DescribeArchive", json!({ "ArchiveName": "a" })),
        ("AWSEvents.DescribeConnection", json!({ "Name": "c" })),
        ("AWSEvents.DescribeApiDestination", json!({ "Name": "d" })),
        ("AmazonSQS.ListQueues", json!({})),
        ("AmazonSQS.ListQueueTags", json!({ "QueueUrl": QUEUE })),
        (
            "AmazonSQS.GetQueueAttributes",
            json!({ "QueueUrl": QUEUE, "AttributeNames": ["All"] }),
        ),
    ] {
        let answer = ok(bus, target, input.clone()).await.to_string();
        told.push((
            format!("{target} {input}"),
            answer.replace(bus.endpoint(), "http://bus"),
        ));
    }
    for line in [
        "GET /schedules/s?groupName=g",
        "GET /schedule-groups",
        "GET /2015-03-31/event-source-mappings",
        "GET /2015-03-31/functions/f/policy",
        "GET /2019-09-25/functions/f/event-invoke-config",
        "GET /2019-09-30/functions/f/concurrency",
    ] {
        let answer = rest(bus, line, &json!({})).await;
        // A policy has another revision in each answer.
        let answer = answer.split(r#","RevisionId""#).next().unwrap().to_owned();
        told.push((line.to_owned(), answer));
    }
    told
}

#[tokio::test]
async fn what_was_made_over_the_api_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let bus = start(kept(&folder, config(function()))).await;
    make(&bus).await;
    let before = describe(&bus).await;
    let copy = killed(&folder, None);
    let next = start(kept(&copy, config(function()))).await;
    for (before, after) in before.iter().zip(describe(&next).await) {
        assert_eq!(*before, after);
    }
    // The journal has only what differs: to describe everything wrote nothing.
    let written = length(&copy);
    describe(&next).await;
    assert_eq!(length(&copy), written);
    // The message that was received is still hidden, and its handle is good.
    let left = ok(
        &next,
        "AmazonSQS.ReceiveMessage",
        json!({ "QueueUrl": QUEUE, "MaxNumberOfMessages": 10 }),
    )
    .await;
    let bodies: Vec<&Value> = left["Messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["Body"])
        .collect();
    assert_eq!(bodies[0], "two");
    // The archived event can be replayed.
    let replay = json!({
        "ReplayName": "again", "EventSourceArn": "arn:aws:events:eu-central-1:123456789012:archive/a",
        "EventStartTime": 0, "EventEndTime": 4_000_000_000_u64,
        "Destination": { "Arn": "arn:aws:events:eu-central-1:123456789012:event-bus/default" },
    });
    ok(&next, "AWSEvents.StartReplay", replay).await;
    let receipts = next.trace();
    let receipts = receipts
        .iter()
        .filter(|record| matches!(record.step, Step::EventReceipt { .. }));
    assert_eq!(receipts.count(), 1);
    assert!(next.take_notes().is_empty());
}

#[tokio::test]
async fn what_was_deleted_stays_away() {
    let folder = tempfile::tempdir().unwrap();
    let bus = start(kept(&folder, config(function()))).await;
    make(&bus).await;
    for (operation, input) in [
        ("AWSEvents.DeleteArchive", json!({ "ArchiveName": "a" })),
        (
            "AWSEvents.RemoveTargets",
            json!({ "Rule": "all", "Ids": ["only", "more"] }),
        ),
        ("AWSEvents.DeleteRule", json!({ "Name": "all" })),
        ("AmazonSQS.DeleteQueue", json!({ "QueueUrl": QUEUE })),
    ] {
        ok(&bus, operation, input).await;
    }
    rest(&bus, "DELETE /schedule-groups/g", &json!({})).await;
    // Made again under its name, an archive does not have the events of the one before.
    let archive = json!({ "ArchiveName": "a", "EventSourceArn": "arn:aws:events:eu-central-1:123456789012:event-bus/default" });
    ok(&bus, "AWSEvents.CreateArchive", archive).await;
    let next = start(kept(&killed(&folder, None), config(function()))).await;
    let archive = ok(
        &next,
        "AWSEvents.DescribeArchive",
        json!({ "ArchiveName": "a" }),
    )
    .await;
    assert_eq!(archive["EventCount"], 0);
    let rules = ok(&next, "AWSEvents.ListRules", json!({})).await;
    let names: Vec<&Value> = rules["Rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| &rule["Name"])
        .collect();
    assert_eq!(names, ["tick"]);
    let queues = ok(
        &next,
        "AmazonSQS.ListQueues",
        json!({ "QueueNamePrefix": "own" }),
    )
    .await;
    assert_eq!(queues["QueueUrls"], json!([]));
    let groups = rest(&next, "GET /schedule-groups", &json!({})).await;
    assert!(!groups.contains("schedule-group/g"), "{groups}");
}

#[tokio::test]
async fn what_was_made_over_the_api_outlives_a_changed_spec_without_a_state() {
    let bus = start(config(function())).await;
    make(&bus).await;
    let before = describe(&bus).await;
    bus.rewire(&config(function()).wiring).unwrap();
    assert_eq!(describe(&bus).await, before);
    let mut changed = config(function()).wiring;
    let mut other = rule("all", matching(&json!({ "source": ["other"] })));
    other.targets = vec![target("f")];
    changed.rules = vec![other];
    bus.rewire(&changed).unwrap();
    let targets = ok(
        &bus,
        "AWSEvents.ListTargetsByRule",
        json!({ "Rule": "all" }),
    )
    .await;
    assert_eq!(targets["Targets"].as_array().unwrap().len(), 1);
    assert_eq!(bus.take_notes().len(), 1);
    let rules = ok(
        &bus,
        "AWSEvents.ListRules",
        json!({ "EventBusName": "own" }),
    )
    .await;
    assert_eq!(rules["Rules"][0]["Name"], "r");
}

#[tokio::test]
async fn a_reset_empties_the_folder_too() {
    let folder = tempfile::tempdir().unwrap();
    let bus = start(kept(&folder, config(function()))).await;
    make(&bus).await;
    bus.reset().await.unwrap();
    let fresh = start(config(function())).await;
    let expected = ok(&fresh, "AWSEvents.ListRules", json!({})).await;
    bus.saved().await.unwrap();
    let next = start(kept(&killed(&folder, None), config(function()))).await;
    for bus in [&bus, &next] {
        assert_eq!(ok(bus, "AWSEvents.ListRules", json!({})).await, expected);
        let queues = ok(
            bus,
            "AmazonSQS.ListQueues",
            json!({ "QueueNamePrefix": "own" }),
        )
        .await;
        assert_eq!(queues["QueueUrls"], json!([]));
    }
}
