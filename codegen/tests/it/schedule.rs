//! Tests of `codegen schedule` from outside.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};

use crate::support::{codegen, root, stderr, stdout};

#[test]
fn every_trigger_of_the_spec_says_when_it_runs() {
    let arguments = ["schedule", "--from", "2026-01-01T00:00:00Z", "--count", "1"];
    let output = codegen(root(), &arguments);
    assert_eq!(output.status.code(), Some(0));
    snapbox::assert_data_eq!(
        stdout(&output),
        snapbox::str![[r"
compute-features scheduled  cron(0 1 * * ? *)  UTC
  2026-01-01T01:00:00Z  Thu 2026-01-01 01:00 UTC
assign-persona scheduled  cron(5 1 * * ? *)  UTC
  2026-01-01T01:05:00Z  Thu 2026-01-01 01:05 UTC
generate-recommendations scheduled  cron(10 1 * * ? *)  UTC
  2026-01-01T01:10:00Z  Thu 2026-01-01 01:10 UTC

"]]
    );
}

#[test]
fn a_bad_expression_is_marked_at_its_place() {
    let output = codegen(root(), &["schedule", "cron(0 9 * * MON-FRI *)"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        "error: `?` must stand in exactly one of day-of-month and day-of-week\n  \
         cron(0 9 * * MON-FRI *)\n           ^^^^^^^^^^^\n\
         help: write `cron(0 9 ? * MON-FRI *)`\n"
    );
}

#[test]
fn a_cron_of_unix_is_answered_with_the_one_that_was_meant() {
    let output = codegen(root(), &["schedule", "0 9 * * 1-5"]);
    assert_eq!(output.status.code(), Some(1));
    let help = "help: write `cron(0 9 ? * MON-FRI *)`\n";
    assert!(stderr(&output).ends_with(help), "{}", stderr(&output));
}

#[test]
fn rules_and_scheduler_are_told_apart() {
    for (arguments, status) in [
        (&["rate(1 hours)"][..], 1),
        (&["rate(1 hours)", "--kind", "scheduler"], 0),
        (&["rate(1 hours)", "--timezone", "Asia/Kolkata"], 0),
        (&["at(2030-01-31T09:00:00)"], 0),
        (&["at(2030-01-31T09:00:00)", "--kind", "rule"], 1),
        (&["at(2030-01-31T09:00:60)"], 1),
    ] {
        let output = codegen(root(), &[&["schedule"], arguments].concat());
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
    }
}

#[test]
fn what_aws_does_not_document_is_a_warning() {
    let output = codegen(root(), &["schedule", "cron(0 9 ? * 2/2 *)", "--count", "1"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        stderr(&output),
        "warning: AWS documents no `/` for day-of-week\n  cron(0 9 ? * 2/2 *)\n"
    );
}

/// The same cases are tested where schedules are read; here it is the keys of a case that count.
#[test]
fn recorded_cases_are_answered_right() {
    let folder = root().join("crates/eventbridge/tests/data");
    let output = codegen(&folder, &["schedule", "--cases", "schedules.ndjson"]);
    assert_eq!(output.status.code(), Some(0));
    let cases = fs::read_to_string(folder.join("schedules.ndjson")).unwrap();
    let answers = stdout(&output);
    assert_eq!(cases.lines().count(), answers.lines().count());
    for (case, answer) in cases.lines().zip(answers.lines()) {
        let case: Value = serde_json::from_str(case).unwrap();
        let answer: Value = serde_json::from_str(answer).unwrap();
        let right = match answer["valid"].as_bool() {
            Some(true) => &answer["next"],
            _ => &json!("refused"),
        };
        assert_eq!((&answer["id"], right), (&case["id"], &case["right"]));
    }
}

#[test]
fn every_case_is_answered_in_order() {
    let expressions = [
        ("cron(0 1 * * ? *)", true),
        ("cron(0 1 * * * *)", false),
        ("rate(5 minutes)", true),
        ("cron(0 0 L * ? *)", true),
        ("cron(🦀 0 L * ? *)", false),
        ("at(2026-02-01T00:00:00)", true),
        ("", false),
        ("cron(0 0 29 2 ? *)", true),
    ];
    let mut cases = String::new();
    for (number, (expression, _)) in expressions.iter().cycle().take(10_000).enumerate() {
        let case = json!({
            "id": number, "expression": expression, "from": "2026-01-01T00:00:00Z", "count": 2,
            "timezone": "America/New_York",
        });
        writeln!(cases, "{case}").unwrap();
    }
    cases += "broken\n";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cases.ndjson"), cases).unwrap();
    let output = codegen(folder.path(), &["schedule", "--cases", "cases.ndjson"]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    let answers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 10_001);
    for (number, (answer, (_, valid))) in answers
        .iter()
        .zip(expressions.iter().cycle())
        .take(10_000)
        .enumerate()
    {
        assert_eq!(
            (&answer["id"], &answer["valid"]),
            (&json!(number), &json!(valid))
        );
    }
    assert_eq!(answers[10_000]["valid"], false);
    assert_eq!(
        answers[0]["next"],
        json!(["2026-01-01T06:00:00Z", "2026-01-02T06:00:00Z"])
    );
}
