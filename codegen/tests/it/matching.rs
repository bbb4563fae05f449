//! Tests of `codegen match` from outside.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{codegen, root, stderr, stdout};

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

fn folder_with(name: &str, bytes: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    folder
}

fn spec() -> String {
    root().join("pipeline.yaml").display().to_string()
}

#[test]
fn each_rule_says_what_decided() {
    let event = json!({
        "source": "spendsense",
        "detail-type": "Features Computed",
        "detail": { "event_type": "feature.computed" },
    });
    let folder = folder_with("event.json", event.to_string().as_bytes());
    let output = codegen(
        folder.path(),
        &["match", "--spec", &spec(), "--event", "event.json"],
    );
    assert_eq!(output.status.code(), Some(1));
    snapbox::assert_data_eq!(
        stdout(&output),
        snapbox::str![[r#"
✗ spendsense-assign-persona-again
    detail-type: wants "Daily Run Unfinished"; there is "Features Computed"
✗ spendsense-assign-persona-event
    detail.event_type: wants "features.computed"; there is "feature.computed" ("feature.computed" differs from "features.computed" by one character)
✗ spendsense-assign-persona-stage
    detail-type: wants "Daily Run Finished"; there is "Features Computed"
✗ spendsense-compute-features-again
    detail-type: wants "Daily Run Unfinished"; there is "Features Computed"
✗ spendsense-compute-features-event
    detail-type: wants "User Signup"; there is "Features Computed"
✗ spendsense-generate-recommendations-again
    detail-type: wants "Daily Run Unfinished"; there is "Features Computed"
✗ spendsense-generate-recommendations-event
    detail-type: wants "Persona Assigned"; there is "Features Computed"
✗ spendsense-generate-recommendations-stage
    detail-type: wants "Daily Run Finished"; there is "Features Computed"
✗ spendsense-generate-recommendations-withdrawal
    detail-type: wants "Consent Withdrawn"; there is "Features Computed"

"#]]
    );
}

#[test]
fn an_event_that_matches_exits_with_zero() {
    let event = br#"{"source":"spendsense","detail-type":"User Signup","detail":{"event_type":"user.signup"}}"#;
    let folder = folder_with("event.json", event);
    let arguments = [
        "match",
        "--spec",
        &spec(),
        "--event",
        "event.json",
        "--format",
        "json",
    ];
    let output = codegen(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0));
    let matched = lines(&stdout(&output));
    let matched: Vec<_> = matched
        .iter()
        .filter(|line| line["matched"] == true)
        .collect();
    assert_eq!(matched.len(), 1);
    assert_eq!(matched[0]["rule"], "spendsense-compute-features-event");
}

#[test]
fn a_bad_pattern_is_shown_at_its_place() {
    let folder = folder_with("event.json", b"{}");
    fs::write(
        folder.path().join("pattern.json"),
        "{\n  \"source\": \"x\"\n}\n",
    )
    .unwrap();
    let arguments = [
        "match",
        "--event",
        "event.json",
        "--pattern",
        "pattern.json",
    ];
    let output = codegen(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        "pattern.json:2:13: error: `source` wants a list of values, in square brackets\n"
    );
}

#[test]
fn what_a_pattern_is_seldom_meant_to_say_is_a_warning() {
    let folder = folder_with("event.json", br#"{"source": "x"}"#);
    let pattern = "{\n  \"source\": [\"y\"],\n  \"source\": [\"x\"]\n}\n";
    fs::write(folder.path().join("pattern.json"), pattern).unwrap();
    let arguments = [
        "match",
        "--event",
        "event.json",
        "--pattern",
        "pattern.json",
    ];
    let output = codegen(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        stderr(&output),
        "pattern.json:2:3: warning: the same field follows once more, and replaces this one\n"
    );
}

/// A case's id alone: its numbers may be too large for Rust.
#[derive(serde::Deserialize)]
struct Case {
    id: String,
    valid: bool,
}

/// The public cases, whole and broken, repeated up to ten thousand.
#[test]
fn every_case_is_answered_in_order() {
    let cases = root().join("crates/eventbridge/tests/data/open_cases.ndjson");
    let cases = fs::read_to_string(cases).unwrap();
    let mut text = Vec::new();
    for (number, line) in cases.lines().cycle().take(10_000).enumerate() {
        let cut = if number % 7 == 0 {
            line.len() / 2
        } else {
            line.len()
        };
        text.extend(&line.as_bytes()[..cut]);
        text.push(b'\n');
    }
    let folder = folder_with("cases.ndjson", &text);
    let output = codegen(folder.path(), &["match", "--cases", "cases.ndjson"]);
    assert_eq!(output.status.code(), Some(0));
    let answers = lines(&stdout(&output));
    assert_eq!(answers.len(), 10_000);
    for (number, (answer, line)) in answers.iter().zip(cases.lines().cycle()).enumerate() {
        let case: Case = serde_json::from_str(line).unwrap();
        if number % 7 == 0 {
            assert_eq!(
                (&answer["id"], &answer["valid"]),
                (&Value::Null, &json!(false))
            );
        } else {
            assert_eq!(answer["id"], case.id);
            // The cases are of the open engine, which takes wildcards that the service refuses.
            let error = answer["error"].as_str().unwrap_or_default();
            let valid = case.valid && !error.contains("too complex");
            assert_eq!(answer["valid"], valid, "{}", case.id);
        }
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[track_caller]
fn counts(folder: &Path, events: &str) -> Value {
    let arguments = [
        "match",
        "--rules",
        "rules.json",
        "--events",
        events,
        "--format",
        "json",
    ];
    let output = codegen(folder, &arguments);
    assert_eq!(output.status.code(), Some(1));
    let place = format!("{events}:2: an event is a JSON object, and this is not JSON\n");
    assert_eq!(stderr(&output), place);
    let mut counts = lines(&stdout(&output)).remove(0);
    counts
        .as_object_mut()
        .unwrap()
        .retain(|key, _| !key.contains("second"));
    counts
}

#[test]
fn a_recording_is_counted_and_its_broken_lines_are_named() {
    let events = "{\"a\":1}\n{\"a\":\n{\"a\":2}\n{\"a\":1}\n";
    let folder = folder_with("events.ndjson", events.as_bytes());
    fs::write(folder.path().join("events.ndjson.gz"), gzip(events)).unwrap();
    let rules = r#"{"one": {"a": [1]}, "any": {"a": [{"exists": true}]}}"#;
    fs::write(folder.path().join("rules.json"), rules).unwrap();
    let expected = json!({ "events": 3, "malformed": 1, "matches": { "any": 3, "one": 2 } });
    assert_eq!(counts(folder.path(), "events.ndjson"), expected);
    assert_eq!(counts(folder.path(), "events.ndjson.gz"), expected);
}
