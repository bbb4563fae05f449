//! The function's binary, as Lambda runs it.
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect, and says what it skips"
)]

mod aws;
#[path = "../../../spendsense-tools/tests/it/postgres.rs"]
mod postgres;
mod secret;

use aws::{Ending, Function, REQUEST_ID};
use serde_json::{Value, json};

pub(crate) const SIGNUP: &str = r#"{
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "User Signup",
    "source": "spendsense",
    "account": "123456789012",
    "time": "2026-01-01T01:00:00Z",
    "region": "eu-central-1",
    "resources": [],
    "detail": { "event_type": "user.signup", "user_id": "u-1", "timestamp": "2026-01-01T00:59:59Z" }
}"#;

const SCHEDULED: &str = r#"{
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-01-01T01:00:00Z",
    "region": "eu-central-1",
    "resources": ["arn:aws:events:eu-central-1:123456789012:rule/spendsense-compute-features-scheduled-test"],
    "detail": { "event_type": "scheduled", "user_id": null, "timestamp": "2026-01-01T01:00:00Z" }
}"#;

pub(crate) fn report(ending: Ending) -> Value {
    match ending {
        Ending::Response(report) => report,
        Ending::Error(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_signup_is_answered_with_features_computed() {
    let mut function = Function::start(None).await;
    let report = report(function.invoke(SIGNUP).await);
    assert_eq!(
        report,
        json!({ "job": "compute-features", "emitted": 1, "emit_failures": 0 })
    );
    let put = function.put();
    let [entry] = put.as_slice() else {
        panic!("{put:?}");
    };
    assert_eq!(entry["EventBusName"], "spendsense-test");
    assert_eq!(entry["Source"], "spendsense");
    assert_eq!(entry["DetailType"], "Features Computed");
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail["event_type"], "features.computed");
    assert_eq!(detail["user_id"], "u-1");
}

#[tokio::test]
async fn every_line_of_a_run_names_the_run_the_event_and_the_user() {
    let mut function = Function::start(None).await;
    report(function.invoke(SIGNUP).await);
    let log = function.log().await;
    assert!(
        log.iter().any(|line| line["message"] == "run finished"),
        "{log:#?}"
    );
    for line in log {
        let span = &line["span"];
        assert_eq!(span["job"], "compute-features", "{line}");
        assert_eq!(span["request_id"], REQUEST_ID, "{line}");
        assert_eq!(
            span["event_id"], "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
            "{line}"
        );
        assert_eq!(span["subject"], "u-1", "{line}");
    }
}

#[tokio::test]
async fn the_scheduled_run_emits_no_users_event_but_that_it_has_reached_everybody() {
    let mut function = Function::start(None).await;
    let report = report(function.invoke(SCHEDULED).await);
    assert_eq!(
        report,
        json!({ "job": "compute-features", "emitted": 1, "emit_failures": 0 })
    );
    let put = function.put();
    let [entry] = put.as_slice() else {
        panic!("{put:?}");
    };
    assert_eq!(entry["DetailType"], "Daily Run Finished");
    let mut detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    detail["timestamp"].take();
    assert_eq!(
        detail,
        json!({
            "event_type": "daily.finished",
            "job": "compute-features",
            "due": "2026-01-01T01:00:00Z",
            "shard": 0,
            "shards": 1,
            "timestamp": null,
        })
    );
}

#[tokio::test]
async fn a_scheduled_run_for_one_user_fails() {
    let mut function = Function::start(None).await;
    let Ending::Error(error) = function.invoke(&SCHEDULED.replace("null", "\"u-1\"")).await else {
        panic!("accepted");
    };
    let expected = "a scheduled run is for everybody: `user_id` is null, not \"u-1\"";
    assert_eq!(error["errorMessage"], expected);
}

#[tokio::test]
async fn a_malformed_event_is_an_error_that_names_the_field_and_the_next_event_is_served() {
    let mut function = Function::start(None).await;
    let Ending::Error(error) = function.invoke(&SIGNUP.replace("\"u-1\"", "17")).await else {
        panic!("accepted");
    };
    let expected = "malformed event: `detail.user_id`: invalid type: integer `17`, expected a string, found 17";
    assert_eq!(error["errorMessage"], expected);
    assert_eq!(error["errorType"], "MalformedEvent");
    let not_json = function.invoke("{").await;
    assert!(matches!(not_json, Ending::Error(_)), "{not_json:?}");
    assert_eq!(function.put(), [Value::Null; 0]);
    assert_eq!(report(function.invoke(SIGNUP).await)["emitted"], 1);
    let log = function.log().await;
    let failed = log.iter().find(|line| line["message"] == expected).unwrap();
    assert_eq!(failed["level"], "ERROR");
    assert_eq!(
        failed["span"]["event_id"],
        "6a7e8feb-b491-4cf7-a9f1-bf3703467718"
    );
}

#[tokio::test]
async fn an_event_that_is_refused_is_logged_and_counted_and_the_run_succeeds() {
    let mut function = Function::start(Some("NotAuthorizedForSourceException")).await;
    let report = report(function.invoke(SIGNUP).await);
    assert_eq!(
        report,
        json!({ "job": "compute-features", "emitted": 0, "emit_failures": 1 })
    );
    let log = function.log().await;
    let logged = log
        .iter()
        .find(|line| line["message"] == "event not emitted")
        .unwrap();
    assert_eq!(logged["level"], "ERROR");
    assert_eq!(logged["code"], "NotAuthorizedForSourceException");
    let envelope: Value = serde_json::from_str(logged["envelope"].as_str().unwrap()).unwrap();
    assert_eq!(envelope["source"], "spendsense");
    assert_eq!(envelope["detail-type"], "Features Computed");
    assert_eq!(envelope["detail"]["user_id"], "u-1");
    let metric = log.iter().find(|line| line["_aws"].is_object()).unwrap();
    assert_eq!(
        metric["_aws"]["CloudWatchMetrics"][0]["Namespace"],
        "spendsense"
    );
    assert_eq!(metric["EmitFailures"], 1);
    assert_eq!(metric["event"], "features.computed");
}
