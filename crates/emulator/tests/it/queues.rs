//! Queues over SQS's API: groups in order, and messages that come back.

use emulator::{Config, Emulator, Queue, Redrive, Time};
use serde_json::{Value, json};

use crate::http::{aws, request};
use crate::support::{config, function, start};

fn real_time() -> Config {
    let mut config = config(function());
    config.time = Time::Real;
    config
}

async fn call(bus: &Emulator, operation: &str, queue: &str, input: Value) -> Value {
    let mut input = input;
    input["QueueUrl"] = json!(format!("{}/123456789012/{queue}", bus.endpoint()));
    let (status, answer) = aws(bus.endpoint(), &format!("AmazonSQS.{operation}"), &input).await;
    assert_eq!(status, 200, "{operation}: {answer}");
    answer
}

/// Waits for messages, and returns them.
async fn receive(bus: &Emulator, queue: &str, visibility: u32) -> Vec<Value> {
    let input = json!({
        "MaxNumberOfMessages": 10,
        "WaitTimeSeconds": 20,
        "VisibilityTimeout": visibility,
        "MessageSystemAttributeNames": ["All"],
    });
    let answer = call(bus, "ReceiveMessage", queue, input).await;
    answer["Messages"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_waiting_receiver_gets_a_message_when_it_comes_back() {
    let bus = start(real_time()).await;
    call(&bus, "SendMessage", "dead", json!({ "MessageBody": "a" })).await;
    let first = receive(&bus, "dead", 1).await;
    assert_eq!(first[0]["Attributes"]["ApproximateReceiveCount"], "1");
    let begin = std::time::Instant::now();
    let second = receive(&bus, "dead", 30).await;
    assert_eq!(second[0]["Attributes"]["ApproximateReceiveCount"], "2");
    assert_eq!(second[0]["MessageId"], first[0]["MessageId"]);
    // It was told, and did not wait for the end of its own request.
    assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_receiver_can_show_a_message_at_once_and_a_redrive_follows() {
    let mut config = real_time();
    config.wiring.queues.push(Queue {
        redrive: Some(Redrive {
            queue: "dead".to_owned(),
            max_receives: 1,
        }),
        ..Queue::new("inbox")
    });
    let bus = start(config).await;
    call(&bus, "SendMessage", "inbox", json!({ "MessageBody": "a" })).await;
    let first = receive(&bus, "inbox", 600).await;
    let shown = json!({ "ReceiptHandle": first[0]["ReceiptHandle"], "VisibilityTimeout": 0 });
    call(&bus, "ChangeMessageVisibility", "inbox", shown).await;
    let once = json!({ "WaitTimeSeconds": 0 });
    let second = call(&bus, "ReceiveMessage", "inbox", once).await;
    assert_eq!(second, json!({}));
    let dead = receive(&bus, "dead", 30).await;
    let attributes = &dead[0]["Attributes"];
    assert_eq!(
        attributes["DeadLetterQueueSourceArn"],
        "arn:aws:sqs:eu-central-1:123456789012:inbox"
    );
}

#[tokio::test]
async fn a_fifo_queue_keeps_the_order_of_a_group() {
    let mut config = config(function());
    config.wiring.queues.push(Queue {
        deduplicate_by_content: true,
        ..Queue::new("steps.fifo")
    });
    let bus = start(config).await;
    let entry =
        |id: &str, group: &str| json!({ "Id": id, "MessageBody": id, "MessageGroupId": group });
    let entries = json!({ "Entries": [entry("a1", "a"), entry("b1", "b"), entry("a2", "a")] });
    let sent = call(&bus, "SendMessageBatch", "steps.fifo", entries).await;
    let numbers = sent["Successful"].as_array().unwrap().iter();
    let numbers: Vec<&str> = numbers
        .map(|one| one["SequenceNumber"].as_str().unwrap())
        .collect();
    assert!(numbers.is_sorted() && numbers.len() == 3, "{numbers:?}");
    let one = json!({ "MaxNumberOfMessages": 1, "MessageSystemAttributeNames": ["All"] });
    let first = call(&bus, "ReceiveMessage", "steps.fifo", one).await;
    let first = &first["Messages"][0];
    assert_eq!(first["Body"], "a1");
    assert_eq!(first["Attributes"]["MessageGroupId"], "a");
    let rest = receive(&bus, "steps.fifo", 30).await;
    let bodies: Vec<&Value> = rest.iter().map(|one| &one["Body"]).collect();
    assert_eq!(bodies, ["b1"]);
    let handle = json!({ "ReceiptHandle": first["ReceiptHandle"] });
    call(&bus, "DeleteMessage", "steps.fifo", handle).await;
    let rest = receive(&bus, "steps.fifo", 30).await;
    assert_eq!(rest[0]["Body"], "a2");
}

#[tokio::test]
async fn looks_at_a_queue_do_not_pile_up_on_the_agenda() {
    let bus = start(real_time()).await;
    let due = async || {
        let state = request(bus.endpoint(), "GET /_/state", &[], "").await;
        let state: Value = serde_json::from_str(&state.body).unwrap();
        state["due"].as_u64().unwrap()
    };
    // The second message comes back before the first: there is nothing to see when that was to be.
    for _ in 0..50 {
        for visibility in [20, 5] {
            call(&bus, "SendMessage", "dead", json!({ "MessageBody": "a" })).await;
            let received = receive(&bus, "dead", visibility).await;
            assert!(!received.is_empty());
        }
        let forward = json!({ "advance_seconds": 10 }).to_string();
        let headers = [("content-type", "application/json")];
        let answer = request(bus.endpoint(), "POST /_/clock", &headers, &forward).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let due = due().await;
    assert!(due <= 10, "{due}");
}

/// A batch is refused as a whole, or each of its entries has an answer: no half of it is done without a word.
#[tokio::test]
async fn a_batch_that_sqs_would_refuse_does_nothing() {
    let bus = start(real_time()).await;
    let queue = format!("{}/123456789012/failed", bus.endpoint());
    let entry = |id: &str, body: &str| json!({ "Id": id, "MessageBody": body });
    let large = "x".repeat(600_000);
    for (entries, code) in [
        (vec![], "EmptyBatchRequest"),
        (vec![entry("a", "b"); 11], "TooManyEntriesInBatchRequest"),
        (vec![entry("a", "b"); 2], "BatchEntryIdsNotDistinct"),
        (
            vec![entry("a", "b"), entry("b c", "b")],
            "InvalidBatchEntryId",
        ),
        (
            vec![entry("a", "b"), json!({ "MessageBody": "b" })],
            "MissingParameter",
        ),
        (
            vec![entry("a", &large), entry("b", &large)],
            "BatchRequestTooLong",
        ),
        (vec![entry("a", "b"), json!(7)], "MissingParameter"),
    ] {
        let input = json!({ "QueueUrl": queue, "Entries": entries });
        let (status, answer) = aws(bus.endpoint(), "AmazonSQS.SendMessageBatch", &input).await;
        assert_eq!(status, 400, "{answer}");
        assert_eq!(answer["__type"], format!("com.amazonaws.sqs#{code}"));
    }
    let count = json!({ "AttributeNames": ["ApproximateNumberOfMessages"] });
    let count = call(&bus, "GetQueueAttributes", "failed", count).await;
    assert_eq!(count["Attributes"]["ApproximateNumberOfMessages"], "0");
    let entries = json!([entry("a", "b"), { "Id": "b", "MessageBody": "" }]);
    let answer = call(
        &bus,
        "SendMessageBatch",
        "failed",
        json!({ "Entries": entries }),
    )
    .await;
    assert_eq!(answer["Successful"][0]["Id"], "a");
    assert_eq!(answer["Failed"][0]["Id"], "b");
    bus.shutdown().await;
}
