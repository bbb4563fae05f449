//! Tests of what a spec allows its functions, judged by Terraform and the real provider.

use std::fs;
use std::path::Path;

use crate::support::{codegen, stderr, succeed, terraform};

const SPEC: &str = "
pipeline: p
source: s
events: { e: { detail_type: E, external: true } }
jobs:
  j:
    function:
      package: j
      kms_key: main
      secrets: { A_ARN: a, B_ARN: { name: b, kms_key: own } }
      permissions:
        - actions: [s3:GetObject, 's3:List*']
          resources: ['arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*']
          conditions: { StringEquals: { 'aws:ResourceTag/a': [x, y] }, Bool: { 'aws:SecureTransport': true } }
      policies: ['arn:aws:iam::aws:policy/A', 'arn:aws:iam::123456789012:policy/path/b']
    triggers: [{ event: e }]
";

/// Generates a module, lets Terraform format, validate and test it, and returns the text of a file.
pub(crate) fn judged(spec: &str, file: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.yaml"), spec).unwrap();
    let output = codegen(folder.path(), &["generate"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let module = folder.path().join("terraform/pipeline");
    judge(&module);
    fs::read_to_string(module.join(file)).unwrap()
}

fn judge(module: &Path) {
    let Some(mut fmt) = terraform(module) else {
        return;
    };
    assert_eq!(succeed(fmt.args(["fmt", "-check", "-diff"])), "");
    let run = |arguments: &[&str]| succeed(terraform(module).unwrap().args(arguments));
    run(&["init", "-backend=false", "-input=false", "-no-color"]);
    let answer: serde_json::Value = serde_json::from_str(&run(&["validate", "-json"])).unwrap();
    assert_eq!(answer["diagnostics"], serde_json::json!([]));
    assert!(run(&["test", "-no-color"]).contains(", 0 failed"));
}

#[test]
fn rights_are_statements_and_attached_policies() {
    let job = judged(SPEC, "job-j.tf");
    for part in [
        "Action   = [\"s3:GetObject\", \"s3:List*\"]",
        // A variable of IAM stays a text.
        "Resource = [\"arn:aws:s3:::bucket/$${aws:PrincipalTag/team}/*\"]",
        "\"aws:ResourceTag/a\" = [\"x\", \"y\"]",
        "Resource = [var.kms_keys[\"main\"], var.kms_keys[\"own\"]]",
        "for_each   = toset([\"arn:aws:iam::aws:policy/A\", \"arn:aws:iam::123456789012:policy/path/b\"])",
        "depends_on = [aws_iam_role_policy.j, aws_iam_role_policy_attachment.j]",
    ] {
        assert!(job.contains(part), "{part}\n{job}");
    }
}
