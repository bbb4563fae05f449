//! Targets that are no functions: queues, URLs, and what is not on this machine.

use std::collections::{BTreeMap, VecDeque};

use emulator::{Emulator, HttpCall, Queue, Record, Report, Step, To, Tree, TreeOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::http::aws;
use crate::support::{config, function, start, steps, told};

async fn traced(to: To) -> (Emulator, Vec<Record>) {
    let mut config = config(function());
    config.wiring.rules[0].targets[0].to = to;
    config.wiring.queues.push(Queue::new("inbox"));
    config.wiring.queues.push(Queue {
        deduplicate_by_content: true,
        ..Queue::new("inbox.fifo")
    });
    let bus = start(config).await;
    bus.publish(told(&json!({ "account": "a-1" }))).unwrap();
    bus.settle().await;
    let trace = bus.trace();
    (bus, trace)
}

fn tree(trace: &[Record]) -> String {
    Tree::new(trace).draw(TreeOptions::default())
}

#[tokio::test]
async fn a_queue_gets_the_event_and_a_fifo_queue_its_group() {
    for (name, group) in [("inbox", None), ("inbox.fifo", Some("orders"))] {
        let to = To::Queue {
            name: name.to_owned(),
            group: group.map(str::to_owned),
        };
        let (bus, trace) = traced(to).await;
        let report = Report::new(&trace);
        assert!(report.is_fine(), "{report}");
        assert!(tree(&trace).contains(&format!("└─ {name}  delivered")));
        let input = json!({
            "QueueUrl": format!("{}/123456789012/{name}", bus.endpoint()),
            "MessageSystemAttributeNames": ["MessageGroupId"],
        });
        let (_, answer) = aws(bus.endpoint(), "AmazonSQS.ReceiveMessage", &input).await;
        let message = &answer["Messages"][0];
        let event: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
        assert_eq!(event["detail"]["account"], "a-1");
        assert_eq!(message["Attributes"]["MessageGroupId"].as_str(), group);
    }
}

#[tokio::test]
async fn a_fifo_queue_without_a_group_is_a_dead_letter() {
    let to = To::Queue {
        name: "inbox.fifo".to_owned(),
        group: None,
    };
    let (_, trace) = traced(to).await;
    assert_eq!(Report::new(&trace).kept, 1);
    assert!(
        tree(&trace).contains("INVALID_PARAMETER"),
        "{}",
        tree(&trace)
    );
}

#[tokio::test]
async fn what_is_elsewhere_is_shown_as_delivered() {
    let arn = "arn:aws:sns:eu-central-1:123456789012:news";
    let (_, trace) = traced(To::Elsewhere(arn.to_owned())).await;
    let report = Report::new(&trace);
    assert!(report.is_fine());
    assert_eq!(report.to_string(), "1 run, 0 ok, 1 delivered, not run here");
    assert!(tree(&trace).contains("└─ news  delivered, not run here"));
}

/// A server that answers each request with the next status, and passes on what it got.
async fn server(answers: &[&str]) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?to=us", listener.local_addr().unwrap());
    let mut answers: VecDeque<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
    let (sender, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(answer) = answers.pop_front() {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !is_whole(&request) {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
            }
            sender.send(String::from_utf8(request).unwrap()).unwrap();
            let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, requests)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let length = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length
        .map(|(_, length)| length.parse::<usize>().unwrap())
        .all(|length| body.len() >= length)
}

fn hook(url: String) -> To {
    To::Http(HttpCall {
        name: "crm".to_owned(),
        method: "PUT".to_owned(),
        url,
        headers: BTreeMap::from([
            ("x-api-key".to_owned(), "k".to_owned()),
            ("user-agent".to_owned(), "mine".to_owned()),
        ]),
    })
}

#[tokio::test]
async fn a_url_is_called_as_eventbridge_calls_it() {
    let (url, mut requests) = server(&["200 OK"]).await;
    let (_, trace) = traced(hook(url)).await;
    let report = Report::new(&trace);
    assert!(report.is_fine(), "{report}");
    let request = requests.recv().await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("PUT /hook?to=us HTTP/1.1\r\n"), "{head}");
    let head = head.to_lowercase();
    for line in [
        "user-agent: amazon/eventbridge/apidestinations",
        "content-type: application/json; charset=utf-8",
        "range: bytes=0-1048575",
        "accept-encoding: gzip,deflate",
        "connection: close",
        "x-api-key: k",
    ] {
        assert!(head.lines().any(|given| given == line), "{line}: {head}");
    }
    assert!(!head.contains("mine"));
    let event: Value = serde_json::from_str(body).unwrap();
    assert_eq!(event["detail"]["account"], "a-1");
}

#[tokio::test]
async fn a_url_is_called_again_after_some_failures_only() {
    let late = "503 Service Unavailable\r\nretry-after: 300";
    let (url, _requests) = server(&[
        late,
        "409 Conflict",
        "429 Too Many Requests",
        "204 No Content",
    ])
    .await;
    let (_, trace) = traced(hook(url)).await;
    assert!(Report::new(&trace).is_fine());
    let attempts = trace.iter().filter_map(|record| match &record.step {
        Step::InvocationAttemptStart { .. } => Some(record.at.as_second()),
        _ => None,
    });
    let attempts: Vec<i64> = attempts.collect();
    assert_eq!(attempts.len(), 4);
    assert!(attempts[1] - attempts[0] >= 300, "{attempts:?}");
    let (url, _requests) = server(&["404 Not Found"]).await;
    let (_, trace) = traced(hook(url)).await;
    let report = Report::new(&trace);
    assert_eq!((report.kept, report.refused_deliveries), (1, 1), "{report}");
    assert!(tree(&trace).contains("ERROR_FROM_TARGET: the response is 404 Not Found"));
}

#[tokio::test]
async fn a_url_that_nobody_serves_is_called_until_the_policy_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let (_, trace) = traced(hook(url)).await;
    assert_eq!(Report::new(&trace).kept, 1);
    let steps = steps(&trace);
    let failures = steps
        .iter()
        .filter(|step| step.ends_with("RETRYABLE_FAILURE"));
    assert!(failures.count() > 100, "{}", steps.len());
    let tree = tree(&trace);
    assert!(tree.contains("CONNECTION_FAILURE"), "{tree}");
    assert!(tree.contains("dead letter in dead"), "{tree}");
}

#[tokio::test]
async fn a_url_that_does_not_answer_fails_after_five_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let mut config = config(function());
    config.wiring.rules[0].targets[0].to = hook(url);
    config.wiring.rules[0].targets[0].retry.max_attempts = 0;
    let bus = start(config).await;
    bus.publish(told(&json!({}))).unwrap();
    bus.settle().await;
    let tree = tree(&bus.trace());
    assert!(
        tree.contains("TIMEOUT: no response within 5 seconds"),
        "{tree}"
    );
    bus.shutdown().await;
}
