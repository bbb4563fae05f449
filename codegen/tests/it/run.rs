//! `codegen run` on SpendSense, with its real functions.

use serde_json::Value;

use crate::support::{codegen, root, stderr, stdout};

fn trace(arguments: &[&str]) -> Vec<Value> {
    let output = codegen(root(), &[&["run", "--format", "json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The functions that were started, each with the time at which.
fn started(trace: &[Value]) -> Vec<(String, String)> {
    let started = trace
        .iter()
        .filter(|record| record["step"] == "FUNCTION_START");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    started
        .map(|record| (text(&record["at"]), text(&record["function"])))
        .collect()
}

#[test]
fn a_sign_up_goes_through_all_three_functions() {
    let trace = trace(&["--event", "user.signup", "--user", "u-1"]);
    let functions: Vec<String> = started(&trace).into_iter().map(|(_, name)| name).collect();
    assert_eq!(
        functions,
        [
            "spendsense-compute-features-local",
            "spendsense-assign-persona-local",
            "spendsense-generate-recommendations-local",
        ]
    );
    // Each event but the first was emitted by the function before.
    let events = trace
        .iter()
        .filter(|record| record["step"] == "EVENT_RECEIPT");
    let events: Vec<_> = events
        .map(|event| (event["event_type"].as_str(), event["emitted_by"].is_null()))
        .collect();
    assert_eq!(
        events,
        [
            (Some("user.signup"), true),
            (Some("features.computed"), false),
            (Some("persona.assigned"), false),
        ]
    );
    let logged = trace
        .iter()
        .filter(|record| record["step"] == "FUNCTION_LOG");
    let logged = logged.filter(|record| {
        let line = record["line"].as_str().unwrap();
        line.contains("run recorded") && line.contains("u-1")
    });
    assert_eq!(logged.count(), 3);
}

#[test]
fn the_schedules_fire_in_virtual_time_and_emit_nothing() {
    let arguments = [
        "--from",
        "2026-01-01T00:59:00Z",
        "--until",
        "2026-01-01T01:11:00Z",
    ];
    let trace = trace(&arguments);
    let expected = [
        ("2026-01-01T01:00:00Z", "spendsense-compute-features-local"),
        ("2026-01-01T01:05:00Z", "spendsense-assign-persona-local"),
        (
            "2026-01-01T01:10:00Z",
            "spendsense-generate-recommendations-local",
        ),
    ];
    assert_eq!(
        started(&trace),
        expected.map(|(at, name)| (at.to_owned(), name.to_owned()))
    );
    assert!(trace.iter().all(|record| record["step"] != "EVENT_RECEIPT"));
}

#[test]
fn an_event_that_starts_nothing_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let event = folder.path().join("event.json");
    std::fs::write(
        &event,
        r#"{"source":"other","detail-type":"X","detail":{}}"#,
    )
    .unwrap();
    let output = codegen(root(), &["run", "--file", event.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("no rule matched"),
        "{}",
        stdout(&output)
    );
}
