//! Tests of `codegen import`: on folders with templates and the expected result, and on a live bus. `SNAPSHOTS=overwrite` writes anew.

use std::fs;
use std::path::{Path, PathBuf};

use snapbox::{Data, assert_data_eq};

use crate::fake_aws::FakeAws;
use crate::support::{codegen, stderr, stdout, succeed, terraform};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import");
    let folders = fs::read_dir(folder).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|folder| folder.unwrap().path()).collect();
    folders.sort();
    folders
}

fn template(case: &Path) -> PathBuf {
    let names = ["template.json", "template.yaml"].map(|name| case.join(name));
    names.into_iter().find(|path| path.exists()).unwrap()
}

#[test]
fn templates_become_what_is_recorded_and_nothing_is_dropped_silently() {
    let mut count = 0;
    for case in cases() {
        let folder = tempfile::tempdir().unwrap();
        let template = template(&case);
        let arguments = [
            "import",
            "--pipeline",
            "shop",
            "--color",
            "never",
            "--template",
        ];
        let template = [template.to_str().unwrap()];
        let output = codegen(folder.path(), &[&arguments[..], &template].concat());
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        let recorded = |name: &str| Data::read_from(&case.join(name), None).raw();
        assert_data_eq!(stdout(&output), recorded("notes.txt"));
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
        assert_data_eq!(read("pipeline.yaml"), recorded("pipeline.yaml"));
        assert_data_eq!(read("terraform/imports.tf"), recorded("imports.tf"));
        accepted(folder.path());
        count += 1;
    }
    assert!(count >= 3);
}

/// Asserts that the spec makes a module for the root module that is written, and that the import blocks are for addresses
/// in it.
fn accepted(folder: &Path) {
    let root = folder.join("terraform");
    // Each value of the spec waits there for a person to say it.
    let said = root.join("environments/dev.tfvars");
    let values = fs::read_to_string(&said).unwrap();
    assert!(values.starts_with("environment = \"dev\"\n"), "{values}");
    fs::write(&said, values.replace("# ", "").replace("\"\"", "\"x\"")).unwrap();
    let output = codegen(folder, &["generate"]);
    assert!(output.status.success(), "{}", stderr(&output));
    if let Some(mut init) = terraform(&root) {
        succeed(init.args(["init", "-backend=false", "-input=false", "-no-color"]));
        let mut fmt = terraform(&root).unwrap();
        assert_eq!(succeed(fmt.args(["fmt", "-check", "-recursive"])), "");
        let mut validate = terraform(&root).unwrap();
        succeed(validate.args(["validate", "-no-color"]));
    }
}

/// A template with so many rules that a spec cannot take over.
fn with_rules_left_out(count: usize) -> String {
    let rule = |index| {
        format!(
            "  R{index}: {{ Type: AWS::Events::Rule, Properties: {{ EventPattern: {{ source: [s] }} }} }}\n"
        )
    };
    let rules: String = (0..count).map(rule).collect();
    format!(
        "Resources:\n  F: {{ Type: AWS::Lambda::Function, Properties: {{ FunctionName: f }} }}\n  Own: {{ Type: AWS::Events::Rule, Properties: {{ Name: own, EventPattern: {{ source: [s] }}, Targets: [{{ Id: a, Arn: !GetAtt F.Arn }}] }} }}\n{rules}"
    )
}

#[test]
fn a_long_list_is_shown_by_kind_and_kept_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.yaml"), with_rules_left_out(60)).unwrap();
    let arguments = ["import", "--pipeline", "shop", "--template", "t.yaml"];
    let output = codegen(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let shown = stdout(&output);
    assert_eq!(shown.matches("left out: ").count(), 5, "{shown}");
    assert!(shown.contains("60 left out, "), "{shown}");
    let told = stderr(&output);
    let taken = "takes over 1 aws_cloudwatch_event_rule, 1 aws_cloudwatch_event_target";
    assert!(told.contains(taken), "{told}");
    let list = fs::read_to_string(folder.path().join("import-report.txt")).unwrap();
    assert_eq!(list.matches("left out: Resources/R").count(), 60, "{list}");
    // A root module that is there is left alone.
    let main = folder.path().join("terraform/main.tf");
    fs::write(&main, "# mine\n").unwrap();
    fs::remove_file(folder.path().join("terraform/versions.tf")).unwrap();
    let again = codegen(folder.path(), &[&arguments[..], &["--force"]].concat());
    assert_eq!(again.status.code(), Some(1), "{}", stderr(&again));
    assert_eq!(fs::read_to_string(&main).unwrap(), "# mine\n");
    assert!(!folder.path().join("terraform/versions.tf").exists());
}

#[test]
fn what_an_import_adds_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let spec = "Resources:\n  F: { Type: AWS::Lambda::Function, Properties: { FunctionName: f } }\n  Two: { Type: AWS::Events::Rule, Properties: { Name: two, EventPattern: { source: [s] }, Targets: [{ Id: a, Arn: !GetAtt F.Arn }, { Id: b, Arn: !GetAtt F.Arn, InputPath: $.detail }] } }\n  One: { Type: AWS::Events::Rule, Properties: { Name: one, EventPattern: { source: [t] }, Targets: [{ Id: a, Arn: !GetAtt F.Arn }] } }\n";
    fs::write(folder.path().join("t.yaml"), spec).unwrap();
    let import = |options: &[&str]| {
        let arguments = [
            "import",
            "--pipeline",
            "shop",
            "--template",
            "t.yaml",
            "--force",
            "--format",
            "json",
        ];
        let output = codegen(folder.path(), &[&arguments[..], options].concat());
        let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        let text = fs::read_to_string(folder.path().join("pipeline.yaml")).unwrap();
        (report, text)
    };
    let kinds = |report: &serde_json::Value| -> Vec<String> {
        let notes = report["notes"].as_array().unwrap().iter();
        let mut kinds: Vec<String> = notes
            .map(|note| note["kind"].as_str().unwrap().to_owned())
            .collect();
        kinds.dedup();
        kinds
    };
    let (report, text) = import(&[]);
    assert_eq!(kinds(&report), ["left-out", "added", "remark"]);
    // The template does not say whether there is a permission.
    assert_eq!(
        report["added"],
        serde_json::json!({ "aws_lambda_permission": 1 })
    );
    assert!(text.contains("alarms: false\n") && text.contains("dead_letter_queue: none\n"));
    assert!(!text.contains("name: two"), "{text}");
    let (report, text) = import(&["--harden"]);
    assert_eq!(report["added"]["aws_sqs_queue"], 1);
    assert!(report["added"]["aws_cloudwatch_metric_alarm"].is_number());
    assert!(
        !text.contains("alarms") && !text.contains("dead_letter_queue"),
        "{text}"
    );
    let (report, text) = import(&["--anew"]);
    assert_eq!(kinds(&report)[0], "twice");
    assert_eq!(report["triggers"], 3);
    assert!(
        !text.contains("name: two") && !text.contains("enabled"),
        "{text}"
    );
}

#[test]
fn files_that_are_there_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let template = template(&cases()[0]);
    let template = template.to_str().unwrap();
    let arguments = ["import", "--pipeline", "shop", "--template", template];
    for name in ["pipeline.yaml", "terraform/imports.tf"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "mine\n").unwrap();
        let output = codegen(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(&format!("{name} is there already")));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine\n");
        fs::remove_file(path).unwrap();
    }
    let spec = folder.path().join("pipeline.yaml");
    fs::write(&spec, "mine\n").unwrap();
    let output = codegen(folder.path(), &[&arguments[..], &["--force"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        fs::read_to_string(&spec)
            .unwrap()
            .contains("pipeline: shop")
    );
}

/// A state with one rule, its target, and a bucket.
const STATE: &str = r#"{"version": 4, "resources": [
  {"mode": "managed", "type": "aws_s3_bucket", "name": "b", "instances": [{"attributes": {"bucket": "b"}}]},
  {"mode": "managed", "module": "module.old", "type": "aws_cloudwatch_event_rule", "name": "this", "instances": [
    {"index_key": "a", "attributes": {"name": "a", "arn": "arn:aws:events:eu-west-1:123456789012:rule/a", "event_pattern": "{\"source\":[\"s\"]}"}}]},
  {"mode": "managed", "module": "module.old", "type": "aws_cloudwatch_event_target", "name": "this", "instances": [
    {"index_key": "a", "attributes": {"rule": "a", "target_id": "t", "arn": "arn:aws:sqs:eu-west-1:123456789012:q"}}]}]}"#;

#[test]
fn a_state_of_terraform_moves_or_is_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.json"), STATE).unwrap();
    let arguments = ["import", "--pipeline", "shop", "--state", "s.json"];
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).ok();
    let output = codegen(folder.path(), &arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    let moved = read("terraform/moved.tf").unwrap();
    assert_eq!(moved.matches("\nmoved {").count(), 2, "{moved}");
    assert!(
        stdout(&output)
            .contains("stays under its address, and in its configuration: 1 aws_s3_bucket")
    );
    assert!(
        stderr(&output).contains("call the module"),
        "{}",
        stderr(&output)
    );
    // The root module is there already, wherever it is.
    assert_eq!(read("terraform/main.tf"), None);
    fs::remove_file(folder.path().join("terraform/moved.tf")).unwrap();
    let apart = [&arguments[..], &["--own-state"]];
    let output = codegen(folder.path(), &[&apart.concat()[..], &["--force"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(read("terraform/moved.tf"), None);
    assert!(read("terraform/main.tf").is_some());
    let imports = read("terraform/imports.tf").unwrap();
    assert_eq!(imports.matches("\nimport {").count(), 2, "{imports}");
    assert_eq!(
        read("removed.tf").unwrap().matches("\nremoved {").count(),
        2
    );
    accepted(folder.path());
    // None of the files is overwritten.
    for name in ["pipeline.yaml", "terraform/imports.tf"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let output = codegen(folder.path(), &apart.concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("removed.tf is there already"));
}

#[test]
fn what_makes_no_spec_is_said_and_nothing_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.yaml");
    for (text, reason) in [
        ("a: [", "not YAML"),
        ("a: 1", "it has no `Resources`"),
        (
            "Resources: {}",
            "no rule or schedule of t.yaml can be imported",
        ),
    ] {
        fs::write(&path, text).unwrap();
        let arguments = ["import", "--pipeline", "shop", "--template", "t.yaml"];
        let output = codegen(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(stderr(&output).contains(reason), "{}", stderr(&output));
    }
    assert!(!folder.path().join("pipeline.yaml").exists());
}

#[test]
fn a_live_bus_becomes_a_spec_that_verify_finds_deployed() {
    let folder = tempfile::tempdir().unwrap();
    let aws = FakeAws::start(FakeAws::deployment());
    let arguments = [
        "import",
        "--pipeline",
        "p",
        "--bus",
        "own-dev",
        "--format",
        "json",
    ];
    let output = aws.codegen(folder.path(), &arguments);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["triggers"], 2);
    assert_eq!(report["import_blocks"], 9);
    let spec = fs::read_to_string(folder.path().join("pipeline.yaml")).unwrap();
    assert!(spec.contains("bus: own\n"), "{spec}");
    let imports = fs::read_to_string(folder.path().join("terraform/imports.tf")).unwrap();
    assert!(
        imports.contains("\"own-dev/p-one-event-dev/one\""),
        "{imports}"
    );
    assert!(imports.contains("\"theirs/p-one-event-dev\""), "{imports}");
    let verified = aws.codegen(folder.path(), &["verify"]);
    assert_eq!(stdout(&verified), "");
    assert!(verified.status.success(), "{}", stderr(&verified));
}
