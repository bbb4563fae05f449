//! A disk that takes no more.

use serde_json::{Value, json};

use super::{QUEUE, kept};
use crate::http::{aws, request};
use crate::support::{config, function, start};

/// Once the journal has grown, it is written anew, and a folder stands where the new one would be.
#[tokio::test]
async fn what_cannot_be_kept_is_not_accepted_and_the_page_still_tells() {
    let folder = tempfile::tempdir().unwrap();
    let bus = start(kept(&folder, config(function()))).await;
    let call = async |operation: &str, input: Value| {
        let target = format!("AmazonSQS.{operation}");
        aws(bus.endpoint(), &target, &input).await
    };
    let (status, _) = call("CreateQueue", json!({ "QueueName": "own" })).await;
    assert_eq!(status, 200);
    std::fs::create_dir(folder.path().join("journal.new")).unwrap();
    let body = "x".repeat(1 << 20);
    let mut accepted = 0;
    let refused = loop {
        let message = json!({ "QueueUrl": QUEUE, "MessageBody": body });
        let (status, answer) = call("SendMessage", message).await;
        if status != 200 {
            break answer;
        }
        accepted += 1;
        assert!(accepted < 100);
        call("PurgeQueue", json!({ "QueueUrl": QUEUE })).await;
    };
    assert!(accepted > 10);
    let why = refused["message"].as_str().unwrap();
    assert!(why.contains("the local bus cannot keep its state"), "{why}");
    // Nor is anything later, and who asks what there is gets an answer.
    let (status, _) = call("CreateQueue", json!({ "QueueName": "other" })).await;
    assert_eq!(status, 500);
    let state = request(bus.endpoint(), "GET /_/state", &[], "").await;
    assert_eq!(state.status, 200, "{}", state.body);
    let notes = bus.take_notes();
    assert!(notes.iter().any(|note| note == why), "{notes:?}");
}
