use serde_json::json;

use super::*;

fn record(id: &str, group: Option<&str>) -> Value {
    let queue = if group.is_some() { "q.fifo" } else { "q" };
    json!({
        "messageId": id,
        "body": "{}",
        "attributes": { "MessageGroupId": group },
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:us-east-1:123456789012:{queue}"),
    })
}

async fn failed(records: Vec<Value>, failing: &[&str]) -> (Vec<String>, Vec<String>) {
    let payload = json!({ "Records": records });
    let messages = messages(&payload).unwrap();
    let worked = std::cell::RefCell::new(Vec::new());
    let failures = each(&messages, |message| {
        worked.borrow_mut().push(message.id.to_owned());
        let is_done = !failing.contains(&message.id);
        async move { (message.id != "late").then_some(is_done) }
    })
    .await;
    let failures = failures.items.into_iter().map(|item| item.id);
    (worked.into_inner(), failures.collect())
}

#[test]
fn only_messages_of_a_queue_are_a_batch() {
    for payload in [
        json!({}),
        json!([]),
        json!({ "Records": [] }),
        json!({ "Records": "x" }),
        json!({ "Records": [{ "eventSource": "aws:s3", "messageId": "m" }] }),
        json!({ "Records": [record("m", None), { "eventSource": "aws:sqs" }] }),
        json!({ "detail-type": "D", "detail": {} }),
    ] {
        assert!(messages(&payload).is_none(), "{payload}");
    }
    assert!(messages(&json!({ "Records": [record("m", None)] })).is_some());
}

#[tokio::test]
async fn one_failure_does_not_stop_the_others() {
    let records = ["a", "b", "c"].map(|id| record(id, None));
    let (worked, failed) = failed(records.to_vec(), &["b"]).await;
    assert_eq!(worked, ["a", "b", "c"]);
    assert_eq!(failed, ["b"]);
}

#[tokio::test]
async fn the_rest_of_a_group_waits_for_what_failed() {
    let records = [("a", "x"), ("b", "x"), ("c", "y"), ("d", "x")];
    let records = records.map(|(id, group)| record(id, Some(group)));
    let (worked, failed) = failed(records.to_vec(), &["b"]).await;
    assert_eq!(worked, ["a", "b", "c"]);
    assert_eq!(failed, ["b", "d"]);
}

#[tokio::test]
async fn what_there_is_no_time_for_comes_again() {
    let records = ["a", "late", "c"].map(|id| record(id, None));
    let (worked, failed) = failed(records.to_vec(), &[]).await;
    assert_eq!(worked, ["a", "late"]);
    assert_eq!(failed, ["late", "c"]);
}

#[tokio::test]
async fn a_panic_becomes_its_message() {
    let calm = without_panic(Box::pin(async { 1 })).await;
    assert_eq!(calm, Ok(1));
    let panics = without_panic(Box::pin(async {
        tokio::task::yield_now().await;
        panic!("at {}", 7)
    }));
    let panics: Result<(), String> = panics.await;
    assert_eq!(panics, Err("at 7".to_owned()));
}

#[test]
fn failures_are_written_as_lambda_reads_them() {
    let failures = Failures {
        items: vec![Item { id: "m".to_owned() }],
    };
    let written = serde_json::to_value(failures).unwrap();
    assert_eq!(
        written,
        json!({ "batchItemFailures": [{ "itemIdentifier": "m" }] })
    );
}
