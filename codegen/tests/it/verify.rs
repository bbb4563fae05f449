//! Tests of `codegen verify` over a socket: pages, refusals, and errors that end it.

use std::fs;

use serde_json::{Value, json};

use crate::fake_aws::{Answers, FakeAws};
use crate::support::{stderr, stdout};

/// Runs `verify` on these answers, and returns its report and its exit status.
fn verify(answers: Answers) -> (Value, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.yaml"), FakeAws::SPEC).unwrap();
    let aws = FakeAws::start(answers);
    let output = aws.codegen(folder.path(), &["verify", "--format", "json"]);
    let report = serde_json::from_str(&stdout(&output)).unwrap_or_default();
    (report, output.status.code())
}

fn brief(report: &Value) -> Vec<(&str, &str)> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let field = |name: &str| finding[name].as_str().unwrap();
            (field("id"), field("resource"))
        })
        .collect()
}

#[test]
fn a_deployment_as_the_spec_says_is_fine() {
    let (report, status) = verify(FakeAws::deployment());
    assert_eq!(brief(&report), [], "{report}");
    assert_eq!(status, Some(0));
    let checked = json!({ "rules": 2, "targets": 2, "functions": 1, "queues": 1 });
    assert_eq!(report["checked"], checked);
}

#[test]
fn what_is_refused_is_said_and_the_rest_is_checked() {
    let mut answers = FakeAws::deployment();
    let refused = (403, json!({ "Message": "not you" }));
    let policy = "GET /2015-03-31/functions/theirs/policy".to_owned();
    answers.insert(policy, refused.clone());
    answers.insert("GET /schedules".to_owned(), refused);
    answers.remove("GetQueueAttributes");
    answers.get_mut("ListRules default").unwrap().1["Rules"][0]["State"] = json!("DISABLED");
    let (report, status) = verify(answers);
    let expected = [
        ("unreadable", "schedules of EventBridge Scheduler"),
        ("disabled-rule", "rule p-one-scheduled-dev"),
        ("unreadable", "permissions of the function theirs"),
        ("missing-queue", "queue p-one-dlq-dev"),
    ];
    assert_eq!(brief(&report), expected, "{report}");
    assert_eq!(status, Some(1));
    assert_eq!(report["findings"][0]["severity"], "warning");
    assert_eq!(report["findings"][1]["severity"], "error");
    let found = report["findings"][2]["found"].as_str().unwrap();
    assert!(found.contains("AccessDeniedException"), "{found}");
}

#[test]
fn nobody_there_is_no_finding() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.yaml"), FakeAws::SPEC).unwrap();
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let endpoint = format!("http://127.0.0.1:{port}");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args([
            "verify",
            "--region",
            "eu-central-1",
            "--endpoint-url",
            &endpoint,
        ])
        .current_dir(folder.path())
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let expected = "error: events:ListRules of own-dev failed: the service cannot be reached (nothing listens at its \
                    address): check the network, the region and the endpoint\n";
    assert_eq!(stderr(&output), expected);
}

#[test]
fn an_environment_is_named_as_the_module_wants_it() {
    let folder = tempfile::tempdir().unwrap();
    let aws = FakeAws::start(Answers::new());
    let output = aws.codegen(folder.path(), &["verify", "--environment", "a-b"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("an environment has 1 to 16 small letters"));
}

#[test]
fn of_a_pipeline_that_is_not_deployed_one_finding_tells() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.yaml"), FakeAws::SPEC).unwrap();
    let mut answers = Answers::new();
    answers.insert(
        "ListRules default".to_owned(),
        (200, json!({ "Rules": [] })),
    );
    answers.insert(
        "GET /schedules".to_owned(),
        (200, json!({ "Schedules": [] })),
    );
    let aws = FakeAws::start(answers);
    let verify = |more: &[&str]| {
        let output = aws.codegen(folder.path(), &[&["verify"], more].concat());
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        stdout(&output)
    };
    let line = "pipeline p: none of its 2 rules and 1 queues is there in dev [not-deployed]\n";
    assert_eq!(verify(&["--format", "concise", "--color", "never"]), line);

    let environments = folder.path().join("terraform/environments");
    fs::create_dir_all(&environments).unwrap();
    for name in ["prod", "stage"] {
        fs::write(environments.join(format!("{name}.tfvars")), "").unwrap();
    }
    let said = verify(&["--environment", "stge"]);
    let help = "; stge has no file in terraform/environments, where prod, stage have one\n";
    assert!(said.contains(help), "{said}");
    let said = verify(&["--environment", "prod"]);
    assert!(!said.contains("has no file"), "{said}");
}
