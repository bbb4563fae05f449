//! The emitter against a server that answers as EventBridge does, through the real SDK.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_eventbridge::config::{BehaviorVersion, Credentials, Region};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::*;
use crate::testing::billed;

/// What the server answers to one request.
enum Answer {
    /// HTTP 200; for each entry an error code, or an empty one for success.
    Entries(Vec<&'static str>),
    /// An error of the request: HTTP status and code.
    Error(u16, &'static str),
    /// HTTP 200 with something that is not JSON.
    Garbage,
    /// Nothing, ever.
    Silence,
}

#[derive(Clone)]
struct Bus {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl Bus {
    /// Serves on a port of its own; requests beyond the answers succeed.
    async fn start(answers: impl IntoIterator<Item = Answer>) -> (Self, Emitter) {
        let bus = Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            requests: Arc::default(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new()
            .fallback(put_events)
            .with_state(bus.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        let emitter = emitter(&endpoint);
        (bus, emitter)
    }

    /// The orders of each request's entries.
    fn orders(&self) -> Vec<Vec<String>> {
        let order = |entry: &Value| {
            let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
            detail["order_id"].as_str().unwrap().to_owned()
        };
        let requests = self.requests.lock().unwrap();
        let entries = requests
            .iter()
            .map(|request| request["Entries"].as_array().unwrap());
        entries
            .map(|entries| entries.iter().map(order).collect())
            .collect()
    }
}

async fn put_events(State(bus): State<Bus>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers["x-amz-target"], "AWSEvents.PutEvents");
    let request: Value = serde_json::from_slice(&body).unwrap();
    let entries = request["Entries"].as_array().unwrap().len();
    bus.requests.lock().unwrap().push(request);
    let answer = bus.answers.lock().unwrap().pop_front();
    match answer.unwrap_or_else(|| Answer::Entries(vec![""; entries])) {
        Answer::Entries(codes) => accepted(&codes),
        Answer::Error(status, code) => {
            let body = json!({ "__type": code, "message": "as asked for" }).to_string();
            (StatusCode::from_u16(status).unwrap(), body).into_response()
        }
        Answer::Garbage => "<html>".into_response(),
        Answer::Silence => std::future::pending().await,
    }
}

fn accepted(codes: &[&str]) -> Response {
    let entry = |code: &&str| match *code {
        "" => json!({ "EventId": "11710aed-b79e-4468-a20b-bb3c0c3b4860" }),
        code => json!({ "ErrorCode": code, "ErrorMessage": "as asked for" }),
    };
    let failed = codes.iter().filter(|code| !code.is_empty()).count();
    let entries: Vec<_> = codes.iter().map(entry).collect();
    json!({ "FailedEntryCount": failed, "Entries": entries })
        .to_string()
        .into_response()
}

/// An emitter to an endpoint that tries three times without a pause.
fn emitter(endpoint: &str) -> Emitter {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_sdk_eventbridge::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .endpoint_url(endpoint)
        .http_client(http)
        .region(Region::new("eu-central-1"))
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .build();
    Emitter {
        client: OnceCell::new_with(Some(Client::from_conf(config))),
        bus: "orders".to_owned(),
        backoff: Backoff {
            attempts: 3,
            base: Duration::ZERO,
            ..Backoff::default()
        },
        log_events: LogEvents::All,
    }
}

fn orders(count: usize) -> Vec<Outgoing> {
    (0..count)
        .map(|order| billed(&format!("o-{order}")))
        .collect()
}

fn in_a_minute() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

/// Emits that many orders, and says of each that failed its order, code and attempts.
async fn failures(
    emitter: &Emitter,
    count: usize,
    deadline: Instant,
) -> Vec<(String, String, u32)> {
    let events = orders(count);
    let left = deadline.saturating_duration_since(Instant::now());
    let undelivered = emitter.emit(&events, &Run::new("r-1", None, left)).await;
    let describe = |failed: Undelivered<'_>| {
        let order = failed.event.detail()["order_id"].as_str().unwrap();
        (order.to_owned(), failed.code, failed.attempts)
    };
    undelivered.into_iter().map(describe).collect()
}

fn failure(order: &str, code: &str, attempts: u32) -> (String, String, u32) {
    (order.to_owned(), code.to_owned(), attempts)
}

#[tokio::test]
async fn an_event_goes_to_the_bus_with_its_type_in_the_detail() {
    let (bus, emitter) = Bus::start([]).await;
    assert_eq!(failures(&emitter, 1, in_a_minute()).await, []);
    let requests = bus.requests.lock().unwrap();
    let entry = &requests[0]["Entries"][0];
    assert_eq!(entry["EventBusName"], "orders");
    assert_eq!(entry["Source"], "shop");
    assert_eq!(entry["DetailType"], "Order Billed");
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(
        detail,
        json!({ "event_type": "order.billed", "order_id": "o-0" })
    );
}

#[tokio::test]
async fn nothing_to_emit_is_no_request() {
    let (bus, emitter) = Bus::start([]).await;
    assert_eq!(failures(&emitter, 0, in_a_minute()).await, []);
    assert!(bus.requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn more_than_ten_events_take_several_requests() {
    let (bus, emitter) = Bus::start([]).await;
    assert_eq!(failures(&emitter, 23, in_a_minute()).await, []);
    let sizes: Vec<_> = bus.orders().iter().map(Vec::len).collect();
    assert_eq!(sizes, [10, 10, 3]);
}

#[tokio::test]
async fn only_the_entries_that_failed_are_sent_again() {
    let (bus, emitter) = Bus::start([
        Answer::Entries(vec!["", "InternalFailure", "", "ThrottlingException"]),
        Answer::Entries(vec!["", "InternalFailure"]),
    ])
    .await;
    assert_eq!(failures(&emitter, 4, in_a_minute()).await, []);
    let expected = [
        vec!["o-0", "o-1", "o-2", "o-3"],
        vec!["o-1", "o-3"],
        vec!["o-3"],
    ];
    assert_eq!(bus.orders(), expected);
}

#[tokio::test]
async fn an_entry_that_can_never_be_accepted_is_given_up_at_once() {
    let answer = Answer::Entries(vec![
        "MalformedDetail",
        "InternalFailure",
        "AccessDeniedException",
    ]);
    let (bus, emitter) = Bus::start([answer]).await;
    let expected = [
        failure("o-0", "MalformedDetail", 1),
        failure("o-2", "AccessDeniedException", 1),
    ];
    assert_eq!(failures(&emitter, 3, in_a_minute()).await, expected);
    assert_eq!(bus.orders()[1], ["o-1"]);
}

#[tokio::test]
async fn an_entry_that_keeps_failing_is_given_up_after_the_last_attempt() {
    let throttled = || Answer::Entries(vec!["ThrottlingException"]);
    let (bus, emitter) = Bus::start([throttled(), throttled(), throttled()]).await;
    let expected = [failure("o-0", "ThrottlingException", 3)];
    assert_eq!(failures(&emitter, 1, in_a_minute()).await, expected);
    assert_eq!(bus.requests.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn an_entry_without_an_answer_is_sent_again() {
    let (bus, emitter) = Bus::start([Answer::Entries(vec![""])]).await;
    assert_eq!(failures(&emitter, 2, in_a_minute()).await, []);
    assert_eq!(bus.orders()[1], ["o-1"]);
}

#[tokio::test]
async fn a_request_that_fails_as_a_whole_is_retried_where_that_may_help() {
    for answer in [
        Answer::Error(500, "InternalException"),
        Answer::Error(503, "ServiceUnavailable"),
        Answer::Error(429, "TooManyRequests"),
        Answer::Error(400, "ThrottlingException"),
        Answer::Garbage,
    ] {
        let (bus, emitter) = Bus::start([answer]).await;
        assert_eq!(failures(&emitter, 1, in_a_minute()).await, []);
        assert_eq!(bus.requests.lock().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_request_that_is_refused_is_not_retried() {
    for (status, code) in [(400, "ValidationException"), (403, "AccessDeniedException")] {
        let (bus, emitter) = Bus::start([Answer::Error(status, code)]).await;
        let expected = [failure("o-0", code, 1), failure("o-1", code, 1)];
        assert_eq!(failures(&emitter, 2, in_a_minute()).await, expected);
        assert_eq!(bus.requests.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_batch_that_fails_does_not_hold_up_the_next() {
    let (bus, emitter) = Bus::start([Answer::Error(400, "ValidationException")]).await;
    let failed = failures(&emitter, 12, in_a_minute()).await;
    assert_eq!(failed.len(), 10);
    assert_eq!(bus.orders()[1], ["o-10", "o-11"]);
}

#[tokio::test]
async fn a_bus_that_cannot_be_reached_is_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let expected = [failure("o-0", "RequestFailed", 3)];
    assert_eq!(
        failures(&emitter(&endpoint), 1, in_a_minute()).await,
        expected
    );
}

#[tokio::test]
async fn no_pause_is_begun_that_would_end_after_the_deadline() {
    let (bus, mut emitter) = Bus::start([Answer::Entries(vec!["InternalFailure"])]).await;
    emitter.backoff = Backoff {
        base: Duration::from_hours(1),
        cap: Duration::from_hours(1),
        jitter: || 1.0,
        ..Backoff::default()
    };
    let expected = [failure("o-0", "InternalFailure", 1)];
    assert_eq!(failures(&emitter, 1, in_a_minute()).await, expected);
    assert_eq!(bus.requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_bus_that_does_not_answer_is_left_before_the_deadline() {
    let (_bus, emitter) = Bus::start([Answer::Silence]).await;
    let deadline = Instant::now() + RESERVE + Duration::from_millis(50);
    let expected = [failure("o-0", "Timeout", 1)];
    assert_eq!(failures(&emitter, 1, deadline).await, expected);
    assert!(Instant::now() < deadline);
}

#[tokio::test]
async fn an_event_is_reported_even_if_no_time_is_left_to_send_it() {
    let (_bus, emitter) = Bus::start([]).await;
    let expected = [failure("o-0", "Timeout", 1)];
    assert_eq!(failures(&emitter, 1, Instant::now()).await, expected);
}

#[tokio::test]
async fn an_event_has_the_trace_of_its_run() {
    let (bus, emitter) = Bus::start([]).await;
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let run = Run::new("r-1", None, Duration::from_mins(1));
    let traced = Run::new("r-2", None, Duration::from_mins(1)).in_trace(Trace::new(Some(header)));
    for run in [run, traced] {
        assert!(emitter.emit(&orders(1), &run).await.is_empty());
    }
    let requests = bus.requests.lock().unwrap();
    let headers = requests
        .iter()
        .map(|request| &request["Entries"][0]["TraceHeader"]);
    assert_eq!(headers.collect::<Vec<_>>(), [&Value::Null, &json!(header)]);
}
