//! Functions that somebody calls.

use emulator::{Config, Emulator, Time};
use serde_json::{Value, json};

use crate::http::{Answer, request};
use crate::support::{config, function, start};

async fn bus() -> Emulator {
    let config = Config {
        time: Time::Real,
        ..config(function())
    };
    start(config).await
}

async fn invoke(bus: &Emulator, function: &str, payload: &Value) -> Answer {
    let line = format!("POST /2015-03-31/functions/{function}/invocations");
    request(bus.endpoint(), &line, &[], &payload.to_string()).await
}

fn is_failure(answer: &Answer) -> bool {
    answer.head.contains("x-amz-function-error")
}

#[tokio::test]
async fn six_megabytes_go_in_and_out_and_no_more() {
    let bus = bus().await;
    let padding = "x".repeat(6_000_000);
    let answer = invoke(&bus, "f", &json!({ "detail": { "padding": padding } })).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "\"done\""));
    let at_length =
        |bytes: usize| json!({ "detail": { "do": "answer at length", "bytes": bytes } });
    let answer = invoke(&bus, "f", &at_length(6_000_000)).await;
    assert_eq!((answer.status, answer.body.len()), (200, 6_000_002));
    assert!(!is_failure(&answer), "{}", answer.head);
    let answer = invoke(&bus, "f", &at_length(7_000_000)).await;
    assert!(is_failure(&answer), "{}", answer.head);
    let failure: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(failure["errorType"], "Function.ResponseSizeTooLarge");
    let message = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";
    assert_eq!(failure["errorMessage"], message);
    // The function goes on.
    let answer = invoke(&bus, "f", &json!({})).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "\"done\""));
    bus.shutdown().await;
}

#[tokio::test]
async fn a_qualifier_has_to_be_there() {
    let bus = bus().await;
    for (function, query, status) in [
        ("f", "", 200),
        ("f", "?Qualifier=$LATEST", 200),
        ("f", "?Qualifier=live", 200),
        ("f:live", "", 200),
        ("f", "?Qualifier=nightly", 404),
        ("f:nightly", "", 404),
        ("g", "", 404),
    ] {
        for path in ["", "/configuration"] {
            let line = format!("GET /2015-03-31/functions/{function}{path}{query}");
            let answer = request(bus.endpoint(), &line, &[], "").await;
            assert_eq!(answer.status, status, "{line}: {}", answer.body);
        }
        let line = format!("POST /2015-03-31/functions/{function}/invocations{query}");
        let answer = request(bus.endpoint(), &line, &[], "{}").await;
        assert_eq!(answer.status, status, "{line}: {}", answer.body);
        let is_told = answer.body.contains("Function not found: arn:aws:lambda:");
        assert_eq!(is_told, status == 404, "{line}: {}", answer.body);
    }
    let line = "GET /2015-03-31/functions/f/configuration";
    let answer = request(bus.endpoint(), line, &[], "").await;
    let configuration: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(configuration["FunctionName"], "f");
    assert_eq!(configuration["LastUpdateStatus"], "Successful");
    bus.shutdown().await;
}

/// Lambda gives the first start of a process 10 s, and then another one the function's own timeout.
#[tokio::test]
async fn a_start_that_takes_too_long_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut late = function();
    let file = folder.path().join("started");
    let file = file.to_str().unwrap().to_owned();
    late.environment.insert("STARTS_LATE".to_owned(), file);
    let mut config = config(late);
    config.time = Time::Real;
    let bus = start(config).await;
    let answer = invoke(&bus, "f", &json!({})).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "\"done\""));
    bus.shutdown().await;
}
