//! Tests of `codegen redrive` and `codegen replay` against a bus of `codegen dev`: each letter comes to its own receiver, or
//! stays, and each event to chosen rules.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{stderr, stdout};

const SPEC: &str = "
pipeline: shop
source: shop
subject: customer
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { n: integer, customer: string } }
jobs:
  erp:
    deliver_to: queue
    triggers:
      - { event: order.placed, input: { paths: { n: $.detail.n }, template: '{\"number\": <n>}' } }
  archive: { deliver_to: { queue: { fifo: true, group: all } }, triggers: [{ event: order.placed }] }
  bill:
    function: { zip: bill.zip, runtime: python3.13, handler: a.b, local: { command: [python3, note.py, NOTES/bill] } }
    triggers: [{ event: order.placed }]
  mail:
    function: { zip: mail.zip, runtime: python3.13, handler: a.b, local: { command: [python3, note.py, NOTES/mail] } }
    buffer: {}
    triggers: [{ event: order.placed }]
  news: { deliver_to: topic, triggers: [{ event: order.placed }] }
";

/// A function that notes what it gets, a line each.
const NOTE: &str = r#"
import os, sys, urllib.request
base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{base}/next") as event:
        request, body = event.headers["Lambda-Runtime-Aws-Request-Id"], event.read()
    with open(sys.argv[1] + ".txt", "ab") as notes:
        notes.write(body + b"\n")
    urllib.request.urlopen(urllib.request.Request(f"{base}/{request}/response", data=b"{}")).close()
"#;

const PLACE: &str = "us-east-1:000000000000";

struct Bus {
    process: Child,
    address: String,
    folder: tempfile::TempDir,
    /// What the functions note: elsewhere, as a change in the folder of the spec would start them anew.
    notes: tempfile::TempDir,
}

impl Bus {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let notes = tempfile::tempdir().unwrap();
        let spec = SPEC.replace("NOTES", notes.path().to_str().unwrap());
        std::fs::write(folder.path().join("pipeline.yaml"), spec).unwrap();
        std::fs::write(folder.path().join("note.py"), NOTE).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_codegen"))
            .args(["dev", "--port", "0", "--format", "json"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let endpoint = told["endpoint"].as_str().unwrap();
        let address = endpoint.strip_prefix("http://").unwrap().to_owned();
        // Something has to read the rest, or the full pipe would stop the bus.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Self {
            process,
            address,
            folder,
            notes,
        }
    }

    /// One operation of SQS.
    fn sqs(&self, operation: &str, input: &Value) -> Value {
        self.call(&format!("AmazonSQS.{operation}"), input)
    }

    /// One operation of a service.
    fn call(&self, target: &str, input: &Value) -> Value {
        let body = input.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-amz-target: {target}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        serde_json::from_str(body).unwrap()
    }

    /// Puts a letter into a queue.
    fn put(&self, queue: &str, body: &str, attributes: &[(&str, &str)]) {
        let attributes: BTreeMap<_, _> = attributes
            .iter()
            .map(|(name, value)| (*name, json!({ "DataType": "String", "StringValue": value })))
            .collect();
        let input = json!({ "QueueUrl": format!("x/{queue}"), "MessageBody": body, "MessageAttributes": attributes });
        self.sqs("SendMessage", &input);
    }

    /// A dead letter for what a target of a rule reaches.
    fn put_dead(&self, job: &str, target: &str, n: u32, customer: &str) {
        let rule = format!("arn:aws:events:{PLACE}:rule/shop-{job}-event-local");
        let attributes = [
            ("RULE_ARN", rule.as_str()),
            ("TARGET_ARN", target),
            ("ERROR_CODE", "NO_PERMISSIONS"),
        ];
        let queue = format!("shop-{job}-dlq-local");
        self.put(&queue, &event(n, customer), &attributes);
    }

    /// The bodies in a queue, which is empty afterwards.
    fn take(&self, queue: &str) -> Vec<String> {
        let mut bodies = Vec::new();
        loop {
            let input = json!({ "QueueUrl": format!("x/{queue}"), "MaxNumberOfMessages": 10 });
            let received = self.sqs("ReceiveMessage", &input);
            let Some(messages) = received["Messages"].as_array() else {
                bodies.sort();
                return bodies;
            };
            for message in messages {
                bodies.push(message["Body"].as_str().unwrap().to_owned());
                let input = json!({ "QueueUrl": format!("x/{queue}"), "ReceiptHandle": message["ReceiptHandle"] });
                self.sqs("DeleteMessage", &input);
            }
        }
    }

    fn redrive(&self, arguments: &[&str]) -> Output {
        self.codegen(&[&["redrive", "--rate", "1000"], arguments].concat())
    }

    fn codegen(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_codegen"))
            .args(arguments)
            .args([
                "--color",
                "never",
                "--region",
                "us-east-1",
                "--endpoint-url",
            ])
            .arg(format!("http://{}", self.address))
            .current_dir(self.folder.path())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Bus {
    /// Waits until a function has noted so many runs, and returns what it got.
    fn notes(&self, job: &str, runs: usize) -> Vec<Value> {
        let path = self.notes.path().join(format!("{job}.txt"));
        let end = Instant::now() + Duration::from_mins(1);
        loop {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if text.ends_with('\n') && text.lines().count() >= runs {
                let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
                return lines.collect();
            }
            assert!(Instant::now() < end, "{text}");
            std::thread::yield_now();
        }
    }
}

/// The event of an order, as it came to the bus.
fn event(n: u32, customer: &str) -> String {
    format!(
        r#"{{"version":"0","id":"e-{n}","detail-type":"Order Placed","source":"shop","account":"000000000000","time":"2026-01-31T09:00:00Z","region":"us-east-1","resources":[],"detail":{{"event_type":"order.placed","n":{n},"customer":"{customer}"}}}}"#
    )
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{PLACE}:{resource}")
}

/// The lines of standard output, sorted.
fn lines(output: &Output) -> Vec<String> {
    let mut lines: Vec<String> = stdout(output).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn each_letter_comes_to_its_own_receiver_or_stays() {
    let bus = Bus::start();
    let bill = arn("lambda", "function:shop-bill-local");
    bus.put_dead("erp", &arn("sqs", "shop-erp-local"), 1, "c-1");
    bus.put_dead("archive", &arn("sqs", "shop-archive-local.fifo"), 2, "c-1");
    bus.put_dead("bill", &bill, 3, "c-1");
    bus.put_dead("bill", &arn("lambda", "function:other"), 4, "c-1");
    bus.put_dead("news", &arn("sns", "shop-news-local"), 5, "c-1");
    let record = json!({
        "requestContext": { "functionArn": format!("{bill}:$LATEST"), "condition": "RetriesExhausted" },
        "requestPayload": serde_json::from_str::<Value>(&event(6, "c-2")).unwrap(),
        "responsePayload": { "errorType": "Broken" },
    });
    bus.put("shop-bill-on-failure-local", &record.to_string(), &[]);
    bus.put("shop-bill-on-failure-local", "what is this", &[]);
    let put_away = [("MessageId", "m"), ("ErrorMessage", "bad")];
    bus.put("shop-mail-on-failure-local", &event(7, "c-1"), &put_away);

    let tried = bus.redrive(&["--dry-run"]);
    assert_eq!(
        lines(&tried)
            .iter()
            .filter(|line| line.starts_with("would be sent"))
            .count(),
        5
    );
    assert_eq!(tried.status.code(), Some(1), "{}", stderr(&tried));

    let output = bus.redrive(&[]);
    let said = lines(&output);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let stayed: Vec<_> = said
        .iter()
        .filter(|line| line.starts_with("left"))
        .collect();
    assert_eq!(stayed.len(), 3, "{said:#?}");
    let left = |text: &str| {
        assert!(
            stayed.iter().any(|line| line.contains(text)),
            "{text}: {stayed:#?}"
        );
    };
    left("e-4  in shop-bill-dlq-local: its rule shop-bill-event-local no longer has the target");
    left("it is neither a dead letter nor the record of a failed run");
    left("e-5  in shop-news-dlq-local: this command sends to functions, queues and buses");
    let sent: Vec<_> = said
        .iter()
        .filter(|line| line.starts_with("sent"))
        .collect();
    assert_eq!(
        sent,
        [
            "sent  e-1  to shop-erp-local",
            "sent  e-2  to shop-archive-local.fifo",
            "sent  e-3  to shop-bill-local",
            "sent  e-6  to shop-bill-local",
            "sent  e-7  to shop-mail-buffer-local",
        ]
    );
    assert_eq!(bus.take("shop-erp-local"), [r#"{"number":1}"#]);
    assert_eq!(bus.take("shop-archive-local.fifo"), [event(2, "c-1")]);
    let mut billed: Vec<_> = bus
        .notes("bill", 2)
        .iter()
        .map(|event| event["id"].clone())
        .collect();
    billed.sort_by_key(Value::to_string);
    assert_eq!(billed, ["e-3", "e-6"]);
    let batch = &bus.notes("mail", 1)[0];
    assert_eq!(
        batch["Records"][0]["body"],
        event(7, "c-1").as_str(),
        "{batch}"
    );
    // What was sent is deleted, and what stays can be received at once.
    assert_eq!(bus.take("shop-bill-dlq-local"), [event(4, "c-1")]);
    assert_eq!(bus.take("shop-bill-on-failure-local"), ["what is this"]);
    assert!(bus.take("shop-erp-dlq-local").is_empty());
}

#[test]
fn only_what_is_wanted_is_sent_and_changed_on_the_way() {
    let bus = Bus::start();
    let queue = arn("sqs", "shop-erp-local");
    for n in 1..=4_u32 {
        let customer = if n.is_multiple_of(2) { "even" } else { "odd" };
        bus.put_dead("erp", &queue, n, customer);
    }
    let said = |arguments: &[&str]| {
        let output = bus.redrive(&[&["erp"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    for nothing in [
        ["--error", "throttl"],
        ["--older-than", "1h"],
        ["--newer-than", "0s"],
        ["--subject", "nobody"],
        ["--limit", "0"],
    ] {
        assert_eq!(said(&nothing), "", "{nothing:?}");
    }
    let one = said(&[
        "--subject",
        "even",
        "--error",
        "permissions",
        "--limit",
        "1",
        "--format",
        "json",
    ]);
    let told: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(told["outcome"], "sent", "{told}");
    assert_eq!(told["error"], "NO_PERMISSIONS", "{told}");
    assert_eq!(bus.take("shop-erp-local").len(), 1);
    assert_eq!(
        said(&["--subject", "odd", "--set", "n=70"]).lines().count(),
        2
    );
    assert_eq!(
        bus.take("shop-erp-local"),
        [r#"{"number":70}"#, r#"{"number":70}"#]
    );

    let wrong = bus.redrive(&["erp", "--set", "n=many"]);
    assert_eq!(wrong.status.code(), Some(1));
    let said = stdout(&wrong);
    assert!(
        said.contains("`n` cannot be \"many\": it is a whole number"),
        "{said}"
    );
    let unknown = bus.redrive(&["epr"]);
    assert_eq!(unknown.status.code(), Some(2));
    let said = stderr(&unknown);
    assert!(
        said.contains("the spec has no job `epr`: it has erp, archive"),
        "{said}"
    );
}

#[test]
fn a_replay_comes_to_chosen_rules_alone() {
    let bus = Bus::start();
    let archive =
        json!({ "ArchiveName": "kept", "EventSourceArn": arn("events", "event-bus/default") });
    bus.call("AWSEvents.CreateArchive", &archive);
    let detail = r#"{"event_type":"order.placed","n":1,"customer":"c"}"#;
    let entry = json!({ "Source": "shop", "DetailType": "Order Placed", "Detail": detail });
    bus.call("AWSEvents.PutEvents", &json!({ "Entries": [entry] }));
    let end = Instant::now() + Duration::from_mins(1);
    while bus.take("shop-erp-local").is_empty() {
        assert!(Instant::now() < end);
        std::thread::yield_now();
    }
    assert_eq!(bus.take("shop-archive-local.fifo").len(), 1);
    let replay = |arguments: &[&str]| {
        let period = [
            "--from",
            "2020-01-01T00:00:00Z",
            "--until",
            "2100-01-01T00:00:00Z",
        ];
        bus.codegen(&[&["replay"], arguments, &period].concat())
    };
    let output = replay(&["erp", "--archive", "kept", "--name", "again"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stdout(&output);
    assert!(said.starts_with("COMPLETED  100 %"), "{said}");
    while bus.take("shop-erp-local").is_empty() {
        assert!(Instant::now() < end);
        std::thread::yield_now();
    }
    assert!(bus.take("shop-archive-local.fifo").is_empty());

    for (arguments, text) in [
        (
            vec!["erp"],
            "the spec has no archive: add for example `archive: { days: 30 }`",
        ),
        (vec!["erp", "--archive", "gone"], "there is no archive gone"),
        (vec!["epr"], "the spec has no job `epr`"),
        (
            vec!["erp", "--archive", "kept", "--name", "again"],
            "already exists",
        ),
    ] {
        let output = replay(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = stderr(&output);
        assert!(said.contains(text), "{arguments:?}: {said}");
    }
}
