//! Tests of `codegen run` on SpendSense, with its real functions.

mod buffer;

use std::process::{Command, Output};

use clap::ValueEnum;
use serde_json::Value;
use spendsense::persona::Persona;
use spendsense::store::{Store, Writes};
use spendsense_tools::archetype::Archetype;
use spendsense_tools::people::People;
use tempfile::TempDir;

use crate::support::{codegen, root, stderr, stdout};

/// A database with users of every archetype.
struct Seeded {
    _folder: TempDir,
    url: String,
    people: Vec<(String, Archetype)>,
}

impl Seeded {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/spendsense.sqlite", folder.path().display());
        let people = People {
            seed: 1,
            until: "2025-12-31".parse().unwrap(),
        };
        let made: Vec<_> = Archetype::value_variants()
            .iter()
            .map(|archetype| (format!("u-{}", archetype.name()), *archetype))
            .collect();
        let mut writes = Writes::default();
        for (user_id, archetype) in &made {
            let person = people.of_archetype(user_id.clone(), *archetype);
            person.write(&mut writes);
        }
        wait(async {
            let store = spendsense_tools::migrated(&url).await.unwrap();
            store.write(&writes).await.unwrap();
        });
        Self {
            _folder: folder,
            url,
            people: made,
        }
    }

    /// Returns what was found about a user.
    fn findings(&self, user_id: &str) -> Value {
        wait(async {
            let store = Store::open(&self.url).unwrap();
            store.findings(user_id).await.unwrap().unwrap()
        })
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(&[&["run", "--format", "json"], arguments].concat())
    }

    fn command(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_codegen"))
            .args(arguments)
            .current_dir(root())
            .env("DATABASE_URL", &self.url)
            .output()
            .unwrap()
    }

    /// Runs the pipeline for a signup after the last day of the user's data, and returns the trace.
    fn sign_up(&self, user_id: &str) -> Vec<Value> {
        let arguments = ["--event", "user.signup", "--subject", user_id];
        self.trace(&[&arguments[..], &["--from", "2025-12-31T12:00:00Z"]].concat())
    }

    fn trace(&self, arguments: &[&str]) -> Vec<Value> {
        trace(&self.run(arguments))
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

fn trace(output: &Output) -> Vec<Value> {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    let text = stdout(output);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Returns the functions that were invoked, each with its time.
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
    let seeded = Seeded::new();
    let user_id = "u-high-utilization";
    let trace = seeded.sign_up(user_id);
    let functions: Vec<String> = started(&trace).into_iter().map(|(_, name)| name).collect();
    assert_eq!(
        functions,
        [
            "spendsense-compute-features-local",
            "spendsense-assign-persona-local",
            "spendsense-generate-recommendations-local",
        ]
    );
    // The function before has emitted each event, except the first.
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
    let found = seeded.findings(user_id);
    let recommendations = found["recommendations"].as_array().unwrap();
    assert!(recommendations.len() >= 5, "{found:#}");
    let trace_figures = &found["decision_trace"]["figures"];
    let used = trace_figures["card_utilization"].as_str().unwrap();
    let rationales = recommendations.iter().map(|of| of["rationale"].as_str());
    assert!(
        rationales.flatten().any(|text| text.contains(used)),
        "{found:#}"
    );
}

#[test]
fn a_user_of_every_archetype_becomes_who_they_are_made_to_be() {
    let seeded = Seeded::new();
    for (user_id, archetype) in &seeded.people {
        let trace = seeded.sign_up(user_id);
        let found = seeded.findings(user_id);
        let personas = found["personas"].as_array().unwrap();
        let Some(expected) = archetype.persona() else {
            assert_eq!(started(&trace).len(), 1, "{user_id}");
            assert!(personas.is_empty(), "{found:#}");
            assert_eq!(found["recommendations"].as_array().unwrap().len(), 0);
            continue;
        };
        assert_eq!(started(&trace).len(), 3, "{user_id}");
        assert_eq!(personas[0]["window_days"], 30);
        assert_eq!(personas[0]["persona"], expected.as_str(), "{user_id}");
        let count = |kind: &str| {
            let all = found["recommendations"].as_array().unwrap().iter();
            all.filter(|of| of["kind"] == kind).count()
        };
        assert!((3..=5).contains(&count("education")), "{found:#}");
        assert!((2..=3).contains(&count("offer")), "{found:#}");
    }
}

#[test]
fn a_user_whom_nobody_knows_is_a_failed_run() {
    let output = Seeded::new().run(&["--event", "user.signup", "--subject", "nobody"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("no profile has the id nobody"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn the_schedules_fire_in_virtual_time_and_emit_no_users_event() {
    let arguments = [
        "--from",
        "2026-01-01T00:59:00Z",
        "--until",
        "2026-01-01T01:11:00Z",
    ];
    let seeded = Seeded::new();
    let trace = seeded.trace(&arguments);
    let expected = [
        // Each stage follows the one before, and the clock finds it done.
        ("2026-01-01T01:00:00Z", "spendsense-compute-features-local"),
        ("2026-01-01T01:00:00Z", "spendsense-assign-persona-local"),
        (
            "2026-01-01T01:00:00Z",
            "spendsense-generate-recommendations-local",
        ),
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
    let received: Vec<_> = trace
        .iter()
        .filter(|record| record["step"] == "EVENT_RECEIPT")
        .map(|record| &record["event_type"])
        .collect();
    assert_eq!(received, ["daily.finished"; 3]);
    for (user_id, archetype) in &seeded.people {
        let found = seeded.findings(user_id);
        let expected = archetype.persona().map(Persona::as_str);
        assert_eq!(found["personas"][0]["persona"].as_str(), expected);
        let is_recommended = found["recommendations"][0].is_object();
        assert_eq!(is_recommended, expected.is_some(), "{user_id}");
    }
}

#[test]
fn the_cases_of_the_real_functions_pass() {
    let output = Seeded::new().command(&["test", "--cases", "tests/functions"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    assert!(
        stdout(&output).ends_with("result: ok. 2 passed; 0 failed\n"),
        "{}",
        stdout(&output)
    );
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
    assert_eq!(
        stderr(&output).lines().next(),
        Some("note: the spec declares no event `X` of `other`: its detail is not checked")
    );
}

/// Runs the command, which has to fail without publishing anything, and returns its error.
fn refused(arguments: &[&str]) -> String {
    let output = codegen(root(), &[&["run"], arguments].concat());
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    stderr(&output)
}

#[test]
fn an_event_is_checked_before_it_is_published() {
    let detail = r#"{"user_idd":"u-1","timestamp":1}"#;
    let expected = "error: the event `user.signup` is not as the spec declares it
  `user_id` is missing: give it with `--subject`
  `timestamp` cannot be 1: it is a timestamp such as `2026-01-31T09:00:00Z`
  `user_idd` is not declared: did you mean `user_id`?
";
    let event = ["--event", "user.signup", "--detail", detail];
    assert_eq!(refused(&event), expected);
    let region = ["--region", "eu-central-1"];
    let output = codegen(root(), &[&["send"], &event[..], &region].concat());
    assert_eq!(stderr(&output), expected);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("event.json");
    let file = file.to_str().unwrap();
    let envelope = |detail: &str| {
        format!(r#"{{"source":"spendsense","detail-type":"User Signup","detail":{detail}}}"#)
    };
    for (detail, expected) in [
        (
            r#"{"event_type":"user.signup","user_id":7,"timestamp":"2026-01-31T09:00:00Z"}"#,
            "`user_id` cannot be 7: it is a string",
        ),
        (
            r#"{"user_id":"u-1","timestamp":"2026-01-31T09:00:00Z"}"#,
            "`event_type` is missing",
        ),
    ] {
        std::fs::write(file, envelope(detail)).unwrap();
        let expected =
            format!("error: the event in {file} is not as the spec declares it\n  {expected}\n");
        assert_eq!(refused(&["--file", file]), expected);
    }
}

#[test]
fn user_says_that_it_is_subject_now() {
    let said = refused(&["--event", "user.signup", "--user", "u-1"]);
    assert_eq!(
        said,
        "error: `--user` is now `--subject`: write `--subject u-1`\n"
    );
    let help = stdout(&codegen(root(), &["run", "--help"]));
    assert!(
        help.contains("--subject") && !help.contains("--user"),
        "{help}"
    );
}
