//! Tests of `codegen trace`: the tree of an event from the logs of the functions.

use std::process::Output;

use serde_json::{Value, json};

use crate::fake_aws::{Answers, FakeAws};
use crate::support::{stderr, stdout};

const SPEC: &str = "pipeline: p
source: s
subject: user
events: { e: { detail_type: E, external: true, detail: { user: string } } }
jobs:
  one: { function: { package: one }, triggers: [{ event: e }] }
  theirs: { function: { existing: theirs }, triggers: [{ event: e }] }
";

/// Runs the verb against a log with these lines.
fn traced(lines: &[Value], arguments: &[&str]) -> Output {
    let events = lines.iter().zip(1_i64..);
    let events = events.map(|(line, at)| json!({ "timestamp": at, "message": line.to_string() }));
    let answer = json!({ "events": events.collect::<Value>() });
    let aws = FakeAws::start(Answers::from([(
        "FilterLogEvents".to_owned(),
        (200, answer),
    )]));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pipeline.yaml"), SPEC).unwrap();
    let arguments = [&["trace"], arguments, &["--color", "never"]].concat();
    aws.codegen(folder.path(), &arguments)
}

fn line(message: &str, request: &str, event: &str) -> Value {
    json!({
        "message": message, "error": "no way",
        "span": { "request_id": request, "event_id": event, "subject": "u-1" },
    })
}

#[test]
fn the_tree_of_an_event_or_of_a_subject_is_drawn() {
    let lines = [
        line("event failed", "r-1", "e-1"),
        line("run finished", "r-1", "e-1"),
        line("run finished", "r-2", "e-2"),
    ];
    let first = "e-1  u-1
└─ one
   └─ p-one-dev  failed: error: no way
      p-one-dev (retry 1)  ok
";
    let output = traced(&lines, &["e-1"]);
    assert_eq!(stdout(&output), first, "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(0));
    let both = stdout(&traced(&lines, &["u-1"]));
    assert!(
        both.starts_with(first) && both.contains("e-2  u-1"),
        "{both}"
    );
    let steps = stdout(&traced(&lines, &["e-2", "--format", "json"]));
    let steps = steps
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let names: Vec<_> = steps
        .map(|step| step["step"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names.first().map(String::as_str), Some("EVENT_RECEIPT"));
    assert_eq!(names.last().map(String::as_str), Some("FUNCTION_SUCCESS"));
}

#[test]
fn an_event_that_no_log_has_is_told() {
    let output = traced(&[], &["e-9", "--since", "2d"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("no function of the workspace has logged an event `e-9`"),
        "{said}"
    );
}
