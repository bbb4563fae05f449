//! Who may speak to the bus, and what it makes of nonsense.

use proptest::prelude::*;
use serde_json::json;

use crate::http::{aws, raw, request};
use crate::support::{config, function, start};

#[tokio::test]
async fn only_this_machine_by_its_own_name_is_answered() {
    let bus = start(config(function())).await;
    for (headers, status) in [
        (vec![("host", "localhost:9010")], 200),
        (vec![("host", "127.0.0.1")], 200),
        (vec![("host", "rebound.example")], 403),
        (
            vec![("host", "localhost"), ("origin", "https://evil.example")],
            403,
        ),
        (vec![("host", "localhost"), ("origin", "null")], 403),
        (
            vec![("host", "localhost"), ("sec-fetch-site", "cross-site")],
            403,
        ),
        (
            vec![
                ("host", "localhost:9010"),
                ("origin", "http://localhost:9010"),
            ],
            200,
        ),
        // A form of another program's page on this machine.
        (
            vec![
                ("host", "localhost:9010"),
                ("origin", "http://localhost:5173"),
            ],
            403,
        ),
    ] {
        let answer = request(bus.endpoint(), "GET /_/state", &headers, "").await;
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_form_of_another_site_is_not_taken_for_a_request_of_the_page() {
    let bus = start(config(function())).await;
    let form = [("content-type", "text/plain")];
    let answer = request(
        bus.endpoint(),
        "POST /_/clock",
        &form,
        r#"{"to_next":true}"#,
    )
    .await;
    assert_eq!(answer.status, 415);
}

#[tokio::test]
async fn a_body_beyond_the_bound_is_refused() {
    let bus = start(config(function())).await;
    let body = "x".repeat(7 << 20);
    let headers = [("x-amz-target", "AWSEvents.PutEvents")];
    let answer = request(bus.endpoint(), "POST /", &headers, &body).await;
    assert!([413, 0].contains(&answer.status), "{}", answer.head);
    if answer.status == 413 {
        assert!(answer.body.contains("RequestEntityTooLargeException"));
    }
    // The bus goes on.
    let (status, _) = aws(bus.endpoint(), "AWSEvents.ListRules", &json!({})).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_body_that_does_not_end_holds_no_connection() {
    let bus = start(config(function())).await;
    let head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{";
    let answer = raw(bus.endpoint(), head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("RequestTimeoutException"), "{answer}");
}

#[tokio::test]
async fn an_operation_of_another_service_is_told_as_its_own() {
    let bus = start(config(function())).await;
    let signed = |service: &str| {
        format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20260131/eu-central-1/{service}/aws4_request, Signature=x"
        )
    };
    let form = "application/x-www-form-urlencoded";
    for (service, line, kind, body, status, part) in [
        (
            "pipes",
            "POST /pipes/daily",
            "application/json",
            "{}",
            404,
            "the local bus has no POST /pipes/daily of pipes",
        ),
        (
            "sns",
            "POST /",
            form,
            "Action=Publish",
            400,
            "no operation Publish of sns",
        ),
        (
            "logs",
            "POST /",
            "application/x-amz-json-1.1",
            "{}",
            400,
            "of logs",
        ),
        (
            "sts",
            "POST /",
            form,
            "Action=GetCallerIdentity",
            200,
            "<Account>123456789012</Account>",
        ),
        ("sts", "POST /", form, "Action=AssumeRole", 400, "of sts"),
        (
            "sqs",
            "POST /1/none",
            form,
            "Action=PurgeQueue",
            400,
            "NonExistentQueue",
        ),
    ] {
        let authorization = signed(service);
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", kind),
        ];
        let answer = request(bus.endpoint(), line, &headers, body).await;
        assert_eq!(answer.status, status, "{service}: {}", answer.body);
        assert!(answer.body.contains(part), "{service}: {}", answer.body);
    }
}

#[tokio::test]
async fn nonsense_is_named_in_the_shape_of_each_service() {
    let bus = start(config(function())).await;
    let endpoint = bus.endpoint();
    for (line, headers, body, status, part) in [
        (
            "POST /",
            vec![("x-amz-target", "AWSEvents.PutRule")],
            "{",
            400,
            "SerializationException",
        ),
        (
            "POST /",
            vec![("x-amz-target", "AWSEvents.PutRule")],
            "[]",
            400,
            "SerializationException",
        ),
        (
            "POST /",
            vec![("x-amz-target", "AWSEvents.Fly")],
            "{}",
            400,
            "UnknownOperationException",
        ),
        (
            "POST /",
            vec![("x-amz-target", "AmazonSQS.Fly")],
            "{}",
            400,
            "com.amazonaws.sqs#UnknownOperationException",
        ),
        ("POST /", vec![], "", 400, "UnknownOperationException"),
        (
            "GET /elsewhere",
            vec![],
            "",
            404,
            "UnknownOperationException",
        ),
        ("GET /_/trace?from=x", vec![], "", 400, "from"),
        (
            "GET /_/queues/none",
            vec![],
            "",
            404,
            "there is no queue none",
        ),
        (
            "GET /_/events/none/explanation",
            vec![],
            "",
            404,
            "no such event",
        ),
    ] {
        let answer = request(endpoint, line, &headers, body).await;
        assert_eq!(answer.status, status, "{line} {headers:?}: {}", answer.body);
        assert!(
            answer.body.contains(part),
            "{line} {headers:?}: {}",
            answer.body
        );
    }
    for body in [
        "{}",
        r#"{"advance_seconds":0}"#,
        r#"{"advance_seconds":99999999999}"#,
    ] {
        let headers = [("content-type", "application/json")];
        let answer = request(endpoint, "POST /_/clock", &headers, body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
    }
}

#[test]
fn no_bytes_end_the_bus() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bus = runtime.block_on(start(config(function())));
    let endpoint = bus.endpoint().to_owned();
    let lines = [
        "POST / ",
        "GET /_/state ",
        "POST /_/publish ",
        "POST /_/clock ",
        "POST /1/q ",
        "POST /2015-03-31/functions/f/invocations ",
        "GET /_/trace?from=",
    ];
    let targets = [
        "AWSEvents.PutEvents",
        "AWSEvents.PutTargets",
        "AWSEvents.StartReplay",
        "AmazonSQS.SendMessage",
        "AmazonSQS.ReceiveMessage",
    ];
    let strategy = (
        prop::sample::select(lines.to_vec()),
        prop::sample::select(targets.to_vec()),
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            r#"\{"(Entries|Rule|Targets|QueueUrl|Attributes|event|detail|advance_seconds)":(\[|\{|-?[0-9]{1,20}|"x"|null)[\]\}]{0,2}\}"#.prop_map(String::into_bytes),
        ],
    );
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    runner
        .run(&strategy, |(line, target, body)| {
            let head = format!(
                "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-amz-target: {target}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let bytes = [head.as_bytes(), &body].concat();
            runtime.block_on(raw(&endpoint, &bytes));
            runtime.block_on(raw(&endpoint, &[body, b"\r\n\r\n".to_vec()].concat()));
            Ok(())
        })
        .unwrap();
    let (status, _) = runtime.block_on(aws(&endpoint, "AWSEvents.ListRules", &json!({})));
    assert_eq!(status, 200);
}
