//! A server in AWS's place, with a table of requests and their answers.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use serde_json::{Value, json};

/// Answers by request: a status and a body. A request is an operation's name, with the value that tells it apart
/// from others of that name behind a space, or a method and a path.
pub(crate) type Answers = BTreeMap<String, (u16, Value)>;

/// A running server, which ends with the test's process.
pub(crate) struct FakeAws {
    address: SocketAddr,
}

const PLACE: &str = "eu-central-1:123456789012";

impl FakeAws {
    pub(crate) fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let answers = answers.clone();
                thread::spawn(move || serve(&stream.unwrap(), &answers));
            }
        });
        Self { address }
    }

    /// Runs the command under test, with the server instead of AWS.
    pub(crate) fn codegen(&self, folder: &Path, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_codegen"))
            .args(arguments)
            .args(["--region", "eu-central-1", "--endpoint-url"])
            .arg(format!("http://{}", self.address))
            .current_dir(folder)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .unwrap()
    }

    /// Returns the answers for a job `one` of a pipeline `p` in `dev`, on a bus of its own: an event and a schedule start
    /// the function `theirs`.
    pub(crate) fn deployment() -> Answers {
        let event = format!("arn:aws:events:{PLACE}:rule/own-dev/p-one-event-dev");
        let scheduled = format!("arn:aws:events:{PLACE}:rule/p-one-scheduled-dev");
        let function = format!("arn:aws:lambda:{PLACE}:function:theirs");
        let queue = format!("arn:aws:sqs:{PLACE}:p-one-dlq-dev");
        let pattern =
            json!({ "source": ["s"], "detail-type": ["E"], "detail": { "event_type": ["e"] } });
        let target = json!({ "Id": "one", "Arn": function, "DeadLetterConfig": { "Arn": queue } });
        let mut with_transformer = target.clone();
        with_transformer["InputTransformer"] = transformer();
        let statement = |sid: &str, action: &str, sources: &[&String]| {
            json!({
                "Sid": sid, "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" },
                "Action": action, "Condition": { "ArnLike": { "AWS:SourceArn": sources } },
            })
        };
        let policy = json!({ "Statement": [
            statement("p-one-event-dev", "lambda:InvokeFunction", &[&event]),
            statement("p-one-scheduled-dev", "lambda:InvokeFunction", &[&scheduled]),
        ] });
        let keep =
            json!({ "Statement": [statement("Keep", "sqs:SendMessage", &[&event, &scheduled])] });
        let rule = json!({
            "Name": "p-one-event-dev", "Arn": event, "State": "ENABLED", "EventPattern": pattern.to_string(),
        });
        let schedule = json!({
            "Name": "p-one-scheduled-dev", "Arn": scheduled, "State": "ENABLED", "ScheduleExpression": "rate(1 hour)",
        });
        let lambda = "GET /2015-03-31/functions/theirs";
        let answers = [
            // AWS may return an empty page with a token for the next one.
            (
                "ListRules own-dev".to_owned(),
                json!({ "Rules": [], "NextToken": "more" }),
            ),
            (
                "ListRules own-dev more".to_owned(),
                json!({ "Rules": [rule] }),
            ),
            (
                "ListRules default".to_owned(),
                json!({ "Rules": [schedule] }),
            ),
            (
                "ListTargetsByRule p-one-event-dev".to_owned(),
                json!({ "Targets": [target] }),
            ),
            (
                "ListTargetsByRule p-one-scheduled-dev".to_owned(),
                json!({ "Targets": [with_transformer] }),
            ),
            ("GET /schedules".to_owned(), json!({ "Schedules": [] })),
            (
                format!("{lambda}/configuration"),
                json!({ "FunctionArn": function }),
            ),
            (
                format!("{lambda}/policy"),
                json!({ "Policy": policy.to_string() }),
            ),
            (
                "GET /2019-09-30/functions/theirs/concurrency".to_owned(),
                json!({}),
            ),
            (
                "GetQueueUrl p-one-dlq-dev".to_owned(),
                json!({ "QueueUrl": "http://localhost/p-one-dlq-dev" }),
            ),
            (
                "GetQueueAttributes".to_owned(),
                json!({ "Attributes": {
                "QueueArn": queue, "Policy": keep.to_string(), "ApproximateNumberOfMessages": "0",
            } }),
            ),
        ];
        let found = answers.map(|(request, body)| (request, (200, body)));
        let mut answers = Answers::from(found);
        let absent = json!({ "Type": "User", "Message": "none" });
        let config = "GET /2019-09-25/functions/theirs/event-invoke-config".to_owned();
        answers.insert(config, (404, absent));
        answers
    }

    /// The spec of that deployment.
    pub(crate) const SPEC: &str = "pipeline: p
source: s
bus: own
events: { e: { detail_type: E, external: true } }
jobs:
  one:
    function: { existing: theirs }
    triggers: [ { event: e }, { schedule: rate(1 hour) } ]
";
}

/// Returns the input transformer of a scheduled target, as the module for the spec has it.
fn transformer() -> Value {
    let spec = FakeAws::SPEC;
    let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
    let pipeline = parsed.pipeline.unwrap();
    let mut rules = pipeline::resources::rules(&pipeline);
    let target = rules
        .find_map(|rule| rule.targets[0].input.scheduled_input())
        .unwrap();
    let paths: BTreeMap<_, _> = target.paths.iter().copied().collect();
    json!({ "InputPathsMap": paths, "InputTemplate": target.template })
}

fn serve(stream: &TcpStream, answers: &Answers) {
    let mut reader = BufReader::new(stream);
    while let Some((request, body)) = read(&mut reader) {
        let (status, answer) = find(&request, &body, answers);
        let kind = match status {
            200 => String::new(),
            // It says so itself.
            _ if answer.get("__type").is_some() => String::new(),
            404 => "x-amzn-errortype: ResourceNotFoundException\r\n".to_owned(),
            _ => "x-amzn-errortype: AccessDeniedException\r\n".to_owned(),
        };
        let answer = answer.to_string();
        let text = format!(
            "HTTP/1.1 {status} Answer\r\ncontent-type: application/x-amz-json-1.1\r\n{kind}content-length: {}\r\n\r\n{answer}",
            answer.len()
        );
        let mut stream = stream;
        if stream.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

/// Reads a request: its operation, or its method and path, and its body.
fn read(reader: &mut impl BufRead) -> Option<(String, Value)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split([' ', '?']);
    let mut request = format!("{} {}", words.next()?, words.next()?);
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "x-amz-target" => value.rsplit('.').next()?.clone_into(&mut request),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((request, serde_json::from_slice(&body).unwrap_or_default()))
}

fn find(request: &str, body: &Value, answers: &Answers) -> (u16, Value) {
    let mut name = request.trim_end_matches('/').to_owned();
    for key in ["Rule", "QueueName", "EventBusName", "NextToken"] {
        if let Some(value) = body[key].as_str()
            && !(key == "EventBusName" && body["Rule"].is_string())
        {
            name = format!("{name} {value}");
        }
    }
    let unknown = || {
        (
            404,
            json!({ "message": format!("nothing is known of {name}") }),
        )
    };
    answers.get(&name).cloned().unwrap_or_else(unknown)
}
