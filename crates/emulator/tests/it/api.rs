//! The API, over real sockets and the AWS SDK.

use aws_config::{BehaviorVersion, Region};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::config::Credentials;
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use emulator::{Config, Emulator, Step};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::http::{aws, request};
use crate::support::{config, function, start};

async fn client(bus: &Emulator) -> Client {
    let credentials = Credentials::new("AKIDTEST", "secret", None, None, "test");
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::new("eu-central-1"))
        .credentials_provider(credentials)
        .endpoint_url(bus.endpoint())
        .load()
        .await;
    Client::new(&config)
}

fn entry(source: &str, detail: &str) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .source(source)
        .detail_type("Told")
        .detail(detail)
        .build()
}

#[tokio::test]
async fn entries_are_answered_one_by_one_and_in_order() {
    let bus = start(config(function())).await;
    let answer = client(&bus)
        .await
        .put_events()
        .entries(entry("test", "{}"))
        .entries(entry("test", "[]"))
        .entries(entry("aws.s3", "{}"))
        .entries(entry("other", "{}"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.failed_entry_count(), 2);
    let codes: Vec<Option<&str>> = answer
        .entries()
        .iter()
        .map(|entry| entry.error_code())
        .collect();
    assert_eq!(
        codes,
        [
            None,
            Some("MalformedDetail"),
            Some("NotAuthorizedForSourceException"),
            None
        ]
    );
    assert!(answer.entries()[0].event_id().is_some());
    bus.settle().await;
    bus.shutdown().await;
}

#[tokio::test]
async fn a_request_of_eleven_entries_is_refused_whole() {
    let bus = start(config(function())).await;
    let entries = (0..11).map(|_| entry("test", "{}")).collect();
    let request = client(&bus).await.put_events().set_entries(Some(entries));
    let error = request.send().await.unwrap_err();
    assert_eq!(error.code(), Some("ValidationException"));
    assert!(bus.trace().is_empty());
}

#[tokio::test]
async fn a_member_of_a_wrong_type_fails_its_entry_alone() {
    let bus = start(config(function())).await;
    let entry = |member: &str, value: Value| {
        let mut entry = json!({ "Source": "shop", "DetailType": "Placed", "Detail": "{}" });
        entry[member] = value;
        entry
    };
    let entries = json!([
        entry("Resources", Value::Null),
        entry(
            "TraceHeader",
            json!("Root=1-5759e988-bd862e3fe1be46a994272793")
        ),
        entry("Time", json!("2026-01-31T09:00:00Z")),
        entry("Time", json!(1e300)),
        entry("Time", json!("NaN")),
        entry("Time", json!(1_700_000_000)),
        "an entry",
    ]);
    let put = "AWSEvents.PutEvents";
    let (status, answer) = aws(bus.endpoint(), put, &json!({ "Entries": entries })).await;
    assert_eq!((status, &answer["FailedEntryCount"]), (200, &json!(5)));
    let codes: Vec<&str> = answer["Entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| answer["ErrorCode"].as_str().unwrap_or_default())
        .collect();
    let bad = "InvalidArgument";
    assert_eq!(codes, [bad, "", bad, bad, bad, "", bad]);
    let long = json!({ "Entries": [entry("TraceHeader", json!("x".repeat(501)))] });
    let (status, answer) = aws(bus.endpoint(), put, &long).await;
    assert_eq!(
        (status, &answer["__type"]),
        (400, &json!("ValidationException"))
    );
    bus.settle().await;
    bus.shutdown().await;
}

#[tokio::test]
async fn an_operation_that_the_bus_lacks_is_named() {
    let bus = start(config(function())).await;
    let error = client(&bus)
        .await
        .list_event_sources()
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("UnknownOperationException"));
    assert!(
        error
            .message()
            .unwrap()
            .contains("AWSEvents.ListEventSources")
    );
}

#[tokio::test]
async fn only_loopback_is_served() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = Emulator::start(config(function()), listener);
    assert!(refused.unwrap_err().to_string().contains("loopback"));
}

/// AWS's own example of a range over midnight (EventBridge user guide) is among them.
#[tokio::test]
async fn a_rule_takes_the_schedules_of_rules() {
    let bus = start(config(function())).await;
    for (expression, status) in [
        ("cron(0/30 20-2 ? * MON-FRI *)", 200),
        ("cron(0 9 ? * SAT-SUN *)", 200),
        ("rate(1 hour)", 200),
        ("rate(1 hours)", 400),
        ("at(2030-01-31T09:00:00)", 400),
        ("cron(0 9 1 1 ? 2030-2026)", 400),
        ("0 9 * * 1-5", 400),
    ] {
        let input = json!({ "Name": "r", "ScheduleExpression": expression });
        let (found, answer) = aws(bus.endpoint(), "AWSEvents.PutRule", &input).await;
        assert_eq!(found, status, "{expression}: {answer}");
    }
}

#[tokio::test]
async fn patterns_beyond_the_limits_are_refused() {
    let bus = start(config(function())).await;
    let either = |field: usize| json!({ "$or": [{ "x": [field] }, { "y": [field] }] });
    let fields = (0..10).map(|field| (format!("f{field}"), either(field)));
    let combinations: serde_json::Map<_, _> = fields.collect();
    for (pattern, message) in [
        (
            json!({ "source": [{ "wildcard": "*:*:*:*:*:event-bus/*" }] }),
            "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences \
             after a wildcard character",
        ),
        (
            json!({ "detail": combinations }),
            "more than 1000 combinations",
        ),
    ] {
        let pattern = pattern.to_string();
        for (operation, mut input) in [
            ("PutRule", json!({ "Name": "r" })),
            (
                "CreateArchive",
                json!({ "ArchiveName": "a", "EventSourceArn": "arn:aws:events:eu-central-1:123456789012:event-bus/default" }),
            ),
            ("TestEventPattern", json!({ "Event": "{}" })),
        ] {
            input["EventPattern"] = pattern.as_str().into();
            let operation = format!("AWSEvents.{operation}");
            let (status, answer) = aws(bus.endpoint(), &operation, &input).await;
            assert_eq!(status, 400, "{operation}: {answer}");
            assert_eq!(answer["__type"], "InvalidEventPatternException", "{answer}");
            let said = answer["message"].as_str().unwrap_or_default();
            assert!(said.contains(message), "{answer}");
        }
    }
}

#[tokio::test]
async fn what_is_too_long_is_refused_and_an_event_with_a_long_name_is_dropped() {
    let bus = start(config(function())).await;
    let long = |count: usize| "x".repeat(count);
    let pattern = |count: usize| json!({ "source": [long(count)] }).to_string();
    let archived = "arn:aws:events:eu-central-1:123456789012:event-bus/default";
    for (operation, input) in [
        (
            "PutRule",
            json!({ "Name": long(65), "EventPattern": pattern(1) }),
        ),
        (
            "PutRule",
            json!({ "Name": "r", "EventPattern": pattern(4_096) }),
        ),
        (
            "PutRule",
            json!({ "Name": "r", "ScheduleExpression": long(257) }),
        ),
        (
            "PutRule",
            json!({ "Name": "r", "EventPattern": pattern(1), "Description": long(513) }),
        ),
        ("CreateEventBus", json!({ "Name": long(257) })),
        (
            "CreateEventBus",
            json!({ "Name": "b", "Description": long(513) }),
        ),
        (
            "CreateArchive",
            json!({ "ArchiveName": long(49), "EventSourceArn": archived }),
        ),
        (
            "CreateArchive",
            json!({ "ArchiveName": "a", "EventSourceArn": archived, "Description": long(513) }),
        ),
        (
            "CreateArchive",
            json!({ "ArchiveName": "a", "EventSourceArn": archived, "EventPattern": pattern(4_096) }),
        ),
    ] {
        let (status, answer) = aws(bus.endpoint(), &format!("AWSEvents.{operation}"), &input).await;
        assert_eq!(
            (status, answer["__type"].as_str()),
            (400, Some("ValidationException")),
            "{input}"
        );
    }
    for (source, detail_type) in [(257, 4), (4, 129)] {
        let entry =
            json!({ "Source": long(source), "DetailType": long(detail_type), "Detail": "{}" });
        let (status, answer) = aws(
            bus.endpoint(),
            "AWSEvents.PutEvents",
            &json!({ "Entries": [entry] }),
        )
        .await;
        assert_eq!(
            (status, answer["FailedEntryCount"].as_u64()),
            (200, Some(0))
        );
        assert!(answer["Entries"][0]["EventId"].is_string());
    }
    let trace = bus.trace();
    assert_eq!(trace.len(), 2, "{trace:?}");
    assert!(trace.iter().all(
        |record| matches!(&record.step, Step::EntryRefused { code, .. } if code == "Dropped")
    ));
}

#[tokio::test]
async fn what_comes_before_the_bus_is_ready_waits_for_its_rules() {
    let config = Config {
        is_ready: false,
        ..config(function())
    };
    let wiring = config.wiring.clone();
    let bus = start(config).await;
    let answer = request(bus.endpoint(), "GET /_/ready", &[], "").await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    let entry = json!({ "Source": "test", "DetailType": "Told", "Detail": "{}" });
    let input = json!({ "Entries": [entry] });
    let put = aws(bus.endpoint(), "AWSEvents.PutEvents", &input);
    let told = request(bus.endpoint(), "GET /_/ready?wait=30", &[], "");
    let early = async {
        // The event is on its way by the time that the page has answered once more.
        let answer = request(bus.endpoint(), "GET /_/ready", &[], "").await;
        assert_eq!(answer.status, 503, "{}", answer.body);
        assert!(bus.trace().is_empty());
        bus.rewire(&wiring).unwrap();
    };
    let ((status, answer), told, ()) = tokio::join!(put, told, early);
    assert_eq!((status, &answer["FailedEntryCount"]), (200, &json!(0)));
    assert_eq!(told.status, 200, "{}", told.body);
    let told: Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!(told, json!({ "ready": true, "endpoint": bus.endpoint() }));
    bus.settle().await;
    let ran = bus.trace();
    let ran = ran
        .iter()
        .filter(|record| matches!(record.step, Step::FunctionSuccess { .. }));
    assert_eq!(ran.count(), 1);
    bus.shutdown().await;
}
