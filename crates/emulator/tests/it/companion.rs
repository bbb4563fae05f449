//! What tests ask of the bus: to wait for a step, and to go back to the beginning.

use emulator::{Emulator, Queue, Record, Step, Time};
use serde_json::{Value, json};

use crate::http::{aws, request};
use crate::support::{config, function, start};

async fn bus() -> Emulator {
    let mut config = config(function());
    config.time = Time::Real;
    config.wiring.queues.push(Queue::new("inbox"));
    start(config).await
}

async fn post(bus: &Emulator, path: &str, body: &Value) -> (u16, Value) {
    let line = format!("POST {path}");
    let json = [("content-type", "application/json")];
    let answer = request(bus.endpoint(), &line, &json, &body.to_string()).await;
    let body = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
    (answer.status, body)
}

async fn wait(bus: &Emulator, pattern: Value) -> Value {
    let (status, answer) = post(bus, "/_/wait", &json!({ "pattern": pattern })).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["found"], true, "{answer:#}");
    answer["step"].clone()
}

async fn reset(bus: &Emulator) -> u64 {
    let (status, answer) = post(bus, "/_/reset", &json!({})).await;
    assert_eq!(status, 200, "{answer}");
    answer["took_us"].as_u64().unwrap()
}

/// Puts an event of the source `test` over the API, and returns its id.
async fn put(bus: &Emulator, detail: Value) -> String {
    let entry = json!({ "Source": "test", "DetailType": "Told", "Detail": detail.to_string() });
    let input = json!({ "Entries": [entry] });
    let (_, answer) = aws(bus.endpoint(), "AWSEvents.PutEvents", &input).await;
    let id = answer["Entries"][0]["EventId"].as_str();
    id.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test]
async fn a_wait_finds_what_has_been_and_what_comes_with_what_it_began_with() {
    let bus = bus().await;
    let other = put(&bus, json!({ "account": "b" })).await;
    let emit = json!({ "do": "emit", "account": "a", "next": { "account": "a", "n": 2 } });
    let first = put(&bus, emit).await;
    let second = wait(
        &bus,
        json!({
            "step": ["EVENT_RECEIPT"], "began_with": [first],
            "envelope": { "detail": { "n": [2] } },
        }),
    )
    .await;
    assert_eq!(second["began_with"], json!([first]));
    assert_ne!(second["event"], first);
    let success = json!({
        "step": ["FUNCTION_SUCCESS"], "event": [second["event"]], "function": ["f"],
    });
    let success = wait(&bus, success).await;
    assert_eq!(success["began_with"], json!([first]));
    assert_eq!(success["subject"], "a");
    let delivered = json!({ "step": ["INVOCATION_SUCCESS"], "event": [other] });
    let delivered = wait(&bus, delivered).await;
    assert_eq!(
        (&delivered["rule"], &delivered["target"]),
        (&json!("all"), &json!("only"))
    );
    assert_eq!(delivered["began_with"], json!([other]));
    // From a number on, what was before does not count.
    let from = delivered["sequence"].as_u64().unwrap() + 1;
    let pattern = json!({ "step": ["INVOCATION_SUCCESS"], "event": [other] });
    let asked = json!({ "pattern": pattern, "from": from, "timeout_seconds": 0 });
    let (_, answer) = post(&bus, "/_/wait", &asked).await;
    assert_eq!(answer["found"], false, "{answer}");
    bus.shutdown().await;
}

#[tokio::test]
async fn a_wait_for_nothing_says_what_came_nearest_and_a_bad_one_what_is_wrong() {
    let bus = bus().await;
    let nothing = json!({ "pattern": { "step": ["FUNCTION_SUCCESS"] }, "timeout_seconds": 0 });
    let (_, answer) = post(&bus, "/_/wait", &nothing).await;
    assert_eq!(answer["message"], "no step matches: there was none at all");
    let id = put(&bus, json!({ "do": "fail" })).await;
    wait(&bus, json!({ "step": ["FUNCTION_ERROR"] })).await;
    let pattern = json!({ "step": ["FUNCTION_SUCCESS"], "function": ["f"], "began_with": [id] });
    let asked = json!({ "pattern": pattern, "timeout_seconds": 0.1 });
    let (status, answer) = post(&bus, "/_/wait", &asked).await;
    assert_eq!((status, &answer["found"]), (200, &json!(false)));
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("FUNCTION_ERROR"), "{message}");
    assert!(
        message.contains("in `step`, and there is \"FUNCTION_ERROR\""),
        "{message}"
    );
    assert_eq!(answer["nearest"]["step"]["function"], "f");
    for (body, field) in [
        (
            json!({ "pattern": { "step": "FUNCTION_SUCCESS" } }),
            "pattern",
        ),
        (json!({ "pattern": {} }), "pattern"),
        (
            json!({ "pattern": { "step": ["A"] }, "timeout_seconds": 301 }),
            "timeout_seconds",
        ),
        (
            json!({ "pattern": { "step": ["A"] }, "timeout_seconds": -1 }),
            "timeout_seconds",
        ),
        (json!({ "pattern": { "step": ["A"] }, "timeout": 3 }), ""),
        (json!({}), ""),
    ] {
        let (status, answer) = post(&bus, "/_/wait", &body).await;
        assert_eq!(status, 400, "{body}: {answer}");
        assert_eq!(answer["errors"][0]["field"], field, "{body}: {answer}");
    }
    bus.shutdown().await;
}

/// The accounts of all events in a trace.
fn accounts(trace: &[Record]) -> Vec<String> {
    let events = trace.iter().filter_map(|record| match &record.step {
        Step::EventReceipt { subject, .. } => Some(subject.clone().unwrap_or_default()),
        _ => None,
    });
    events.collect()
}

#[tokio::test]
async fn many_tests_share_a_bus_and_none_sees_another() {
    let bus = bus().await;
    let mut took = Vec::new();
    // Each is left where it has come to this step, in the middle of its work.
    let stages = [
        "EVENT_RECEIPT",
        "FUNCTION_START",
        "FUNCTION_LOG",
        "FUNCTION_SUCCESS",
        "FUNCTION_ERROR",
    ];
    for round in 0..60_usize {
        let stage = stages[round % stages.len()];
        let account = format!("a-{round}");
        let ends = match stage {
            "FUNCTION_ERROR" => json!({ "do": "fail", "account": account }),
            "FUNCTION_START" => json!({ "do": "hang", "account": account }),
            _ => json!({ "account": account }),
        };
        let event = json!({ "do": "emit", "account": account, "next": ends });
        for _ in 0..3 {
            put(&bus, event.clone()).await;
        }
        wait(&bus, json!({ "step": [stage] })).await;
        for account_of_event in accounts(&bus.trace()) {
            assert_eq!(account_of_event, account, "{stage}");
        }
        took.push(reset(&bus).await);
        assert!(bus.trace().is_empty());
    }
    took.sort_unstable();
    // The quick ones: others depend on what else this machine does.
    let quick = took[took.len() / 10];
    assert!(quick < 5_000, "nine of ten resets took over {quick} µs");
    bus.shutdown().await;
}

#[tokio::test]
async fn a_reset_goes_back_to_what_the_spec_says() {
    let bus = bus().await;
    let call = async |operation: &str, input: Value| {
        let (status, answer) = aws(bus.endpoint(), operation, &input).await;
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    };
    let arn = "arn:aws:events:eu-central-1:123456789012:event-bus/default";
    let pattern = json!({ "source": ["shop"] }).to_string();
    call(
        "AWSEvents.PutRule",
        json!({ "Name": "r", "EventPattern": pattern }),
    )
    .await;
    call("AWSEvents.DisableRule", json!({ "Name": "all" })).await;
    call("AWSEvents.CreateEventBus", json!({ "Name": "other" })).await;
    call(
        "AWSEvents.CreateArchive",
        json!({ "ArchiveName": "a", "EventSourceArn": arn }),
    )
    .await;
    call("AmazonSQS.CreateQueue", json!({ "QueueName": "mine" })).await;
    let url = |name: &str| format!("{}/123456789012/{name}", bus.endpoint());
    let delay = json!({ "QueueUrl": url("inbox"), "Attributes": { "DelaySeconds": "9" } });
    call("AmazonSQS.SetQueueAttributes", delay).await;
    let send = |body: &str| json!({ "QueueUrl": url("dead"), "MessageBody": body });
    let first = call("AmazonSQS.SendMessage", send("before")).await;
    let asked = json!({ "QueueUrl": url("dead"), "WaitTimeSeconds": 20 });
    let taken = call("AmazonSQS.ReceiveMessage", asked).await;
    let handle = taken["Messages"][0]["ReceiptHandle"].clone();
    assert!(handle.is_string(), "{taken}");
    post(&bus, "/_/clock", &json!({ "advance_seconds": 3_600 })).await;
    let put_forward = bus.now();

    reset(&bus).await;
    assert!(bus.now() < put_forward);
    let rules = call("AWSEvents.ListRules", json!({})).await;
    assert_eq!(rules["Rules"].as_array().unwrap().len(), 1, "{rules}");
    assert_eq!(rules["Rules"][0]["State"], "ENABLED");
    let buses = call("AWSEvents.ListEventBuses", json!({})).await;
    assert_eq!(buses["EventBuses"].as_array().unwrap().len(), 1, "{buses}");
    let archives = call("AWSEvents.ListArchives", json!({})).await;
    assert_eq!(archives["Archives"], json!([]));
    let queues = call("AmazonSQS.ListQueues", json!({})).await;
    let expected = ["dead", "failed", "inbox"].map(url);
    assert_eq!(queues["QueueUrls"], json!(expected));
    let asked = json!({ "QueueUrl": url("inbox"), "AttributeNames": ["DelaySeconds"] });
    let attributes = call("AmazonSQS.GetQueueAttributes", asked).await;
    assert_eq!(attributes["Attributes"]["DelaySeconds"], "0");

    // A late consumer of before deletes nothing of after.
    let again = call("AmazonSQS.SendMessage", send("after")).await;
    assert_ne!(again["MessageId"], first["MessageId"]);
    let late = json!({ "QueueUrl": url("dead"), "ReceiptHandle": handle });
    call("AmazonSQS.DeleteMessage", late).await;
    let kept = json!({ "QueueUrl": url("dead") });
    let kept = call("AmazonSQS.ReceiveMessage", kept).await;
    assert_eq!(kept["Messages"][0]["Body"], "after");
    bus.shutdown().await;
}

#[tokio::test]
async fn who_waits_during_a_reset_is_told() {
    let bus = bus().await;
    let url = format!("{}/123456789012/inbox", bus.endpoint());
    let receive = json!({ "QueueUrl": url, "WaitTimeSeconds": 20 });
    let hang = json!({ "detail": { "do": "hang" } }).to_string();
    let asked = json!({ "pattern": { "step": ["NEVER"] }, "timeout_seconds": 60 });
    let invoke = "POST /2015-03-31/functions/f/invocations";
    let everybody = async {
        tokio::join!(
            aws(bus.endpoint(), "AmazonSQS.ReceiveMessage", &receive),
            request(bus.endpoint(), invoke, &[], &hang),
            post(&bus, "/_/wait", &asked),
        )
    };
    let resets = async {
        wait(&bus, json!({ "step": ["FUNCTION_LOG"] })).await;
        reset(&bus).await;
        let url = json!({ "QueueUrl": url, "MessageBody": "after" });
        aws(bus.endpoint(), "AmazonSQS.SendMessage", &url).await
    };
    let ((received, invoked, waited), _) = tokio::join!(everybody, resets);
    assert_eq!(received.1, json!({}));
    assert_eq!(invoked.status, 500, "{invoked:?}");
    assert!(invoked.body.contains("was reset"), "{invoked:?}");
    assert_eq!(waited.1["found"], false);
    assert!(waited.1["message"].as_str().unwrap().contains("reset"));
    bus.shutdown().await;
}

#[tokio::test]
async fn what_is_not_ready_cannot_be_reset() {
    let mut config = config(function());
    config.is_ready = false;
    let bus = start(config).await;
    let (status, answer) = post(&bus, "/_/reset", &json!({})).await;
    assert_eq!(status, 503, "{answer}");
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("not ready"), "{message}");
}

/// Each holds its connection, and what they wait for comes over another one.
#[tokio::test]
async fn as_many_as_there_are_places_wait_and_the_next_is_told_so() {
    let bus = bus().await;
    let pattern = json!({ "step": ["FUNCTION_SUCCESS"], "subject": ["a"] });
    let asked = json!({ "pattern": pattern, "timeout_seconds": 60 });
    let mut answers = tokio::task::JoinSet::new();
    for _ in 0..300 {
        let (endpoint, body) = (bus.endpoint().to_owned(), asked.to_string());
        answers.spawn(async move {
            let json = [("content-type", "application/json")];
            request(&endpoint, "POST /_/wait", &json, &body).await
        });
    }
    // Those for whom there is no place are told at once, before anything has come.
    for _ in 0..300 - 256 {
        let answer = answers.join_next().await.unwrap().unwrap();
        assert_eq!(answer.status, 429, "{}", answer.body);
        assert!(answer.body.contains("256 others wait"), "{}", answer.body);
    }
    put(&bus, json!({ "account": "a" })).await;
    while let Some(answer) = answers.join_next().await {
        let answer = answer.unwrap();
        assert!(answer.body.contains(r#""found":true"#), "{}", answer.body);
    }
}
