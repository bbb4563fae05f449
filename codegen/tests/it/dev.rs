//! Tests of `codegen dev`: the bus runs on while its spec changes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{codegen, stderr};

mod watched;

const SPEC: &str = "
pipeline: shop
source: shop
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { n: integer } }
jobs:
  bill: { function: { existing: bill }, triggers: [{ event: order.placed }] }
";

/// A running bus that ends with the test.
struct Bus {
    process: Child,
    address: String,
    /// How often it has said that it is ready: once after each build.
    builds: Arc<AtomicUsize>,
}

impl Bus {
    fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    fn start_with(folder: &Path, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_codegen"))
            .args(["dev", "--port", "0", "--format", "json"])
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let where_: Value = serde_json::from_str(&line).unwrap();
        let endpoint = where_["endpoint"].as_str().unwrap();
        let address = endpoint.strip_prefix("http://").unwrap().to_owned();
        let builds = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&builds);
        // Something has to read the rest, or the full pipe would stop the bus.
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if line.contains(r#""ready":true"#) {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Self {
            process,
            address,
            builds,
        }
    }

    /// Waits until it has been ready so often.
    #[track_caller]
    fn until_built(&self, times: usize) {
        self.until(|_| self.builds.load(Ordering::SeqCst) >= times);
        assert_eq!(self.builds.load(Ordering::SeqCst), times);
    }

    /// Lets a second pass, in which it looks at its files several times.
    fn look_around(&self) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let wait = "GET /_/trace?from=1000000&wait=1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(wait.as_bytes()).unwrap();
        std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
    }

    fn state(&self) -> Value {
        request(&self.address, "GET /_/state", "", "")
    }

    /// Waits until the state is as expected.
    #[track_caller]
    fn until(&self, is: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let state = self.state();
            if is(&state) {
                return state;
            }
            assert!(Instant::now() < end, "{state:#}");
            std::thread::yield_now();
        }
    }

    /// Ends the bus without any warning.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Ends the bus as a supervisor does, and returns its exit status.
    fn terminate(mut self) -> Option<i32> {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        self.process.wait().unwrap().code()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.process.kill();
    }
}

/// One request, and the JSON that answers it.
fn request(address: &str, line: &str, target: &str, body: &str) -> Value {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-amz-target: {target}\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

fn is_ready(state: &Value) -> bool {
    state["build"]["state"] == "ok" && state["pipeline"] == "shop"
}

#[test]
fn a_changed_spec_is_taken_over_and_a_broken_one_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("pipeline.yaml");
    std::fs::write(&spec, SPEC).unwrap();
    let bus = Bus::start(folder.path());
    let state = bus.until(is_ready);
    assert_eq!(state["events"][0]["name"], "order.placed");

    std::fs::write(
        &spec,
        SPEC.replace("order.placed", "order.palced")
            .replacen("order.palced", "order.made", 1),
    )
    .unwrap();
    let state = bus.until(|state| state["build"]["state"] == "failed");
    let text = state["build"]["text"].as_str().unwrap();
    assert!(
        text.contains("pipeline.yaml:7: the event `order.palced` is not declared"),
        "{text}"
    );
    assert_eq!(state["events"][0]["name"], "order.placed");

    std::fs::write(&spec, SPEC.replace("order.placed", "order.made")).unwrap();
    bus.until(|state| is_ready(state) && state["events"][0]["name"] == "order.made");
    assert_eq!(bus.terminate(), Some(143));
}

#[test]
fn typed_events_are_kept_up_to_date_and_nothing_else_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("pipeline.yaml");
    let with_events = format!("{SPEC}output: {{ events: events.rs }}\n");
    std::fs::write(&spec, &with_events).unwrap();
    let bus = Bus::start(folder.path());
    bus.until(is_ready);
    let events = folder.path().join("events.rs");
    let written = std::fs::read_to_string(&events).unwrap();
    assert!(written.contains("pub struct OrderPlaced"), "{written}");

    let renamed = with_events.replace("order.placed", "order.made");
    std::fs::write(&spec, renamed).unwrap();
    bus.until(|state| is_ready(state) && state["events"][0]["name"] == "order.made");
    let written = std::fs::read_to_string(&events).unwrap();
    assert!(written.contains("pub struct OrderMade"), "{written}");
    assert!(!folder.path().join("terraform").exists());
}

#[test]
fn what_was_accepted_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pipeline.yaml"), SPEC).unwrap();
    let queue = "http://localhost/000000000000/own";
    let mut sent = Vec::new();
    for round in 0..3 {
        let bus = Bus::start_with(folder.path(), &["--state", "kept/bus"]);
        bus.until(is_ready);
        let sqs = |operation: &str, body: Value| {
            let target = format!("AmazonSQS.{operation}");
            request(&bus.address, "POST /", &target, &body.to_string())
        };
        if round == 0 {
            let other = codegen(
                folder.path(),
                &["dev", "--port", "0", "--state", "kept/bus"],
            );
            assert_eq!(other.status.code(), Some(2));
            let said = stderr(&other);
            assert!(
                said.contains("another local bus keeps its state in kept/bus"),
                "{said}"
            );
            sqs("CreateQueue", json!({ "QueueName": "own" }));
        }
        for number in 0..20 {
            let body = format!("{round} {number}");
            let message = json!({ "QueueUrl": queue, "MessageBody": body });
            assert!(sqs("SendMessage", message)["MessageId"].is_string());
            sent.push(body);
        }
        bus.kill();
    }
    let bus = Bus::start_with(folder.path(), &["--state", "kept/bus"]);
    let there = bus.until(is_ready)["queues"].clone();
    let own = there
        .as_array()
        .unwrap()
        .iter()
        .find(|queue| queue["name"] == "own");
    assert_eq!(own.unwrap()["messages"], sent.len(), "{there}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pipeline.yaml"), SPEC).unwrap();
    let bus = Bus::start(folder.path());
    let port = bus.address.rsplit(':').next().unwrap();
    let output = codegen(folder.path(), &["dev", "--port", port]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains(&format!("cannot listen on 127.0.0.1:{port}")),
        "{said}"
    );
    assert!(said.contains("`--port 0`"), "{said}");
}

#[test]
fn a_program_can_know_when_the_bus_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("pipeline.yaml");
    // With a mistake in the spec nothing is ready.
    std::fs::write(
        &spec,
        SPEC.replace("event: order.placed", "event: order.palced"),
    )
    .unwrap();
    let file = folder.path().join("ready.json");
    std::fs::write(&file, "of an earlier bus").unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(["dev", "--port", "0", "--format", "json"])
        .args(["--ready-file", "ready.json", "--region", "eu-west-1"])
        .args(["--account", "123456789012"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut line = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let first = line();
    assert!(first.get("ready").is_none(), "{first}");
    assert!(!file.exists());
    let address = first["endpoint"].as_str().unwrap();
    let address = address.strip_prefix("http://").unwrap();
    let told = request(address, "GET /_/ready", "", "");
    assert_eq!(told["ready"], false);

    std::fs::write(&spec, SPEC).unwrap();
    // What is wrong with the spec came before.
    let ready = loop {
        let told = line();
        if told["ready"] == true {
            break told;
        }
    };
    assert_eq!(ready["endpoint"], first["endpoint"]);
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written, ready);
    let bus = request(address, "POST /", "AWSEvents.DescribeEventBus", "{}");
    let arn = "arn:aws:events:eu-west-1:123456789012:event-bus/default";
    assert_eq!(bus["Arn"], arn);

    // The terminal is closed.
    let id = process.id().to_string();
    let hangup = Command::new("kill").args(["-HUP", &id]).status().unwrap();
    assert!(hangup.success());
    assert_eq!(process.wait().unwrap().code(), Some(129));
    assert!(!file.exists());
}

#[test]
fn output_that_nobody_reads_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pipeline.yaml"), SPEC).unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(["dev", "--port", "0", "--format", "json", "--verbose"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(process.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let bus = Bus {
        process,
        address: {
            let first: Value = serde_json::from_str(&line).unwrap();
            let endpoint = first["endpoint"].as_str().unwrap();
            endpoint.strip_prefix("http://").unwrap().to_owned()
        },
        builds: Arc::default(),
    };
    // Far more than a pipe holds, and more than may wait.
    let detail = json!({ "n": 1, "more": "x".repeat(100_000) }).to_string();
    let entry = json!({ "Source": "shop", "DetailType": "Order Placed", "Detail": detail });
    let entries = json!({ "Entries": vec![entry; 9] }).to_string();
    for _ in 0..30 {
        let answer = request(&bus.address, "POST /", "AWSEvents.PutEvents", &entries);
        assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
    }
    let state = bus.state();
    assert!(state["sequence"].as_u64().unwrap() >= 270, "{state}");
    // What waits is bounded, and comes once somebody reads.
    let reader = std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    assert_eq!(bus.terminate(), Some(143));
    let written = reader.join().unwrap().unwrap();
    assert!(written < 10 << 20, "{written} bytes");
}

/// What does not run here is seen to be delivered, and said so.
#[test]
fn who_waits_for_an_event_is_told_of_every_consumer() {
    let folder = tempfile::tempdir().unwrap();
    let spec = format!(
        "{SPEC}  books: {{ deliver_to: queue, triggers: [{{ event: order.placed }}] }}
  audit: {{ deliver_to: log_group, triggers: [{{ event: order.placed }}] }}
"
    );
    std::fs::write(folder.path().join("pipeline.yaml"), spec).unwrap();
    let bus = Bus::start(folder.path());
    bus.until(is_ready);
    let endpoint = format!("http://{}", bus.address);
    let sent = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args([
            "send",
            "--event",
            "order.placed",
            "--set",
            "n=1",
            "--wait",
            "--format",
            "json",
        ])
        .args(["--endpoint-url", &endpoint, "--region", "us-east-1"])
        .envs([("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(sent.status.success(), "{}", stderr(&sent));
    let lines = String::from_utf8(sent.stdout).unwrap();
    let mut outcomes: Vec<(String, String)> = lines
        .lines()
        .skip(1)
        .map(|line| {
            let outcome: Value = serde_json::from_str(line).unwrap();
            assert_eq!(outcome["received"], true, "{outcome}");
            let text = |name: &str| outcome[name].as_str().unwrap().to_owned();
            (text("job"), text("message"))
        })
        .collect();
    outcomes.sort();
    let elsewhere = "delivered, not run here".to_owned();
    let expected = [
        ("audit".to_owned(), elsewhere.clone()),
        ("bill".to_owned(), elsewhere),
        ("books".to_owned(), "delivered".to_owned()),
    ];
    assert_eq!(outcomes, expected);
}

/// The examples, with the programs that stand for their functions.
#[test]
fn pipelines_that_use_each_other_run_on_one_bus() {
    let folder = super::uses::both();
    let specs = [
        "--spec",
        "billing/pipeline.yaml",
        "--spec",
        "dunning/pipeline.yaml",
    ];
    let bus = Bus::start_with(folder.path(), &specs);
    let state = bus.until(|state| state["build"]["state"] == "ok");
    assert_eq!(state["pipeline"], "billing, dunning");
    let names: Vec<&str> = state["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["name"].as_str().unwrap())
        .collect();
    let expected = [
        "order.shipped",
        "invoice.issued",
        "invoice.paid",
        "invoice.overdue",
        "reminder.sent",
    ];
    assert_eq!(names, expected);
    let detail = json!({ "event_type": "order.shipped", "order_id": "7", "amount_cents": 20_000 })
        .to_string();
    let entry = json!({
        "EventBusName": "billing-local", "Source": "acme.billing", "DetailType": "Order Shipped", "Detail": detail,
    });
    let body = json!({ "Entries": [entry] }).to_string();
    let put = request(&bus.address, "POST /", "AWSEvents.PutEvents", &body);
    assert_eq!(put["FailedEntryCount"], 0, "{put}");
    let body = json!({ "QueueUrl": "x/dunning-close-local", "WaitTimeSeconds": 20 }).to_string();
    let got = request(&bus.address, "POST /", "AmazonSQS.ReceiveMessage", &body);
    let event = got["Messages"][0]["Body"].as_str();
    let event: Value = serde_json::from_str(event.unwrap_or_else(|| panic!("{got}"))).unwrap();
    // Each function puts its events onto the bus of its own pipeline.
    assert_eq!(event["source"], "acme.dunning");
    assert_eq!(event["detail-type"], "Reminder Sent");
    assert_eq!(event["detail"]["invoice_id"], "i-7");

    // A change of the other spec is taken over, and a mistake there is told of.
    let billing = folder.path().join("billing/pipeline.yaml");
    let text = std::fs::read_to_string(&billing).unwrap();
    std::fs::write(&billing, text.replace("invoice.overdue", "invoice.late")).unwrap();
    let state = bus.until(|state| state["build"]["state"] == "failed");
    let said = state["build"]["text"].as_str().unwrap();
    let expected = "the pipeline `billing` has no event `invoice.overdue`";
    assert!(said.contains(expected), "{said}");
    std::fs::write(&billing, text).unwrap();
    bus.until(|state| state["build"]["state"] == "ok");
}
