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
          resources: ['arn:aws:s3:::bucket-${environment}/$${aws:PrincipalTag/team}/*']
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
        "Resource = [\"arn:aws:s3:::bucket-${var.environment}/$${aws:PrincipalTag/team}/*\"]",
        "\"aws:ResourceTag/a\" = [\"x\", \"y\"]",
        "Resource = [var.kms_keys[\"main\"], var.kms_keys[\"own\"]]",
        "for_each   = toset([\"arn:aws:iam::aws:policy/A\", \"arn:aws:iam::123456789012:policy/path/b\"])",
        "depends_on = [aws_iam_role_policy.j, aws_iam_role_policy_attachment.j]",
    ] {
        assert!(job.contains(part), "{part}\n{job}");
    }
}

/// The call of the module waits for something, so that Terraform reads neither account nor region before it applies.
#[test]
fn policies_are_planned_before_the_account_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let written = "arn:aws:iam::${account}:policy/${region}-$${x}";
    let spec = SPEC.replace("arn:aws:iam::123456789012:policy/path/b", written);
    fs::write(folder.path().join("pipeline.yaml"), spec).unwrap();
    let output = codegen(folder.path(), &["generate"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let root = folder.path().join("terraform");
    let job = fs::read_to_string(root.join("pipeline/job-j.tf")).unwrap();
    // The key is the text of the spec. A policy without values keeps the address that it had.
    for part in [
        "\"arn:aws:iam::aws:policy/A\" ",
        "\"arn:aws:iam::$${account}:policy/$${region}-$$${x}\" ",
        "policy/${data.aws_region.current.id}-$${x}\"",
    ] {
        assert!(job.contains(part), "{part}\n{job}");
    }
    let module = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
resource "terraform_data" "first" {}
module "pipeline" {
  source      = "./pipeline"
  environment = "test"
  artifacts   = { j = { s3_bucket = "b", s3_key = "k" } }
  secrets     = { a = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a", b = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:b" }
  kms_keys    = { main = "arn:aws:kms:eu-central-1:123456789012:key/m", own = "arn:aws:kms:eu-central-1:123456789012:key/o" }
  depends_on  = [terraform_data.first]
}
"#;
    fs::write(root.join("main.tf"), module).unwrap();
    let test = "mock_provider \"aws\" {}\nrun \"plan\" {\n  command = plan\n}\n";
    fs::write(root.join("plan.tftest.hcl"), test).unwrap();
    let Some(mut init) = terraform(&root) else {
        return;
    };
    succeed(init.args(["init", "-backend=false", "-input=false", "-no-color"]));
    let said = succeed(terraform(&root).unwrap().args(["test", "-no-color"]));
    assert!(said.contains("1 passed, 0 failed"), "{said}");
}

const ENCRYPTED: &str = "
pipeline: p
source: s
bus: own
alarms: { topic: made }
events: { e: { detail_type: E, external: true }, f: { detail_type: F } }
defaults: { function: { log_class: infrequent_access, keep_log: true } }
encryption: { queues: q, topics: t, bus: b, logs: l }
jobs:
  j:
    function: { package: j }
    triggers: [{ event: e }, { schedule: rate(1 hour), timezone: Europe/Berlin }]
  kept: { deliver_to: queue, triggers: [{ event: e }] }
  told: { deliver_to: topic, triggers: [{ event: e }] }
  logged: { deliver_to: log_group, triggers: [{ event: e }] }
";

#[test]
fn keys_are_those_that_the_spec_names_and_who_sends_may_use_them() {
    let job = judged(ENCRYPTED, "job-j.tf");
    let key = r#"kms_master_key_id         = var.kms_keys["q"]"#;
    assert_eq!(job.matches(key).count(), 2, "{job}");
    // The roles of the function and of EventBridge Scheduler.
    assert_eq!(job.matches("EncryptMessages").count(), 2, "{job}");
    for part in [
        r#"log_group_class   = "INFREQUENT_ACCESS""#,
        r#"kms_key_id        = var.kms_keys["l"]"#,
        "skip_destroy      = true",
    ] {
        assert!(job.contains(part), "{part}\n{job}");
        assert!(judged_file("job-logged.tf").contains(part));
    }
    assert!(judged_file("job-kept.tf").contains(key));
    let topic = r#"kms_master_key_id = var.kms_keys["t"]"#;
    assert!(judged_file("job-told.tf").contains(topic));
    let alarms = judged_file("alarms.tf");
    assert!(alarms.contains(topic) && alarms.contains("aws_sqs_queue.bus_unreadable.name"));
    let bus = judged_file("bus.tf");
    assert!(bus.contains(r#"kms_key_identifier = var.kms_keys["b"]"#));
    assert!(bus.contains("arn = aws_sqs_queue.bus_unreadable.arn"));
    let sources = "\"aws:SourceArn\" = [aws_cloudwatch_event_bus.pipeline.arn]";
    assert!(bus.contains(sources), "{bus}");
}

/// A file of the encrypted pipeline's module, which Terraform has judged already.
fn judged_file(file: &str) -> String {
    let pipeline = pipeline::parse(ENCRYPTED, &pipeline::Surroundings::default());
    let pipeline = pipeline.pipeline.unwrap();
    let files = terraform_files(&pipeline);
    files
        .into_iter()
        .find(|(path, _)| path.ends_with(file))
        .unwrap()
        .1
}

fn terraform_files(pipeline: &pipeline::Pipeline) -> Vec<(String, String)> {
    let files = ::terraform::render(pipeline, "pipeline.yaml").into_iter();
    files.map(|file| (file.path, file.text)).collect()
}

/// Terraform plans the policy of the bus with accounts, with organizations, with both and with none.
#[test]
fn producers_are_accounts_and_organizations() {
    let module = tempfile::tempdir().unwrap();
    let pipeline = pipeline::parse(ENCRYPTED, &pipeline::Surroundings::default());
    for (path, text) in terraform_files(&pipeline.pipeline.unwrap()) {
        let name = Path::new(&path).file_name().unwrap();
        fs::write(module.path().join(name), text).unwrap();
    }
    let path = module.path().join("pipeline.tftest.hcl");
    let tests = fs::read_to_string(&path).unwrap();
    let run = |name: &str, accounts: &str, organizations: &str, condition: &str| {
        format!(
            "run \"{name}\" {{\n  command = apply\n  variables {{\n    producer_accounts = {accounts}\n    producer_organizations = {organizations}\n  }}\n  assert {{\n    condition = {condition}\n    error_message = jsonencode(aws_cloudwatch_event_bus_policy.producers)\n  }}\n}}\n"
        )
    };
    let sids = |sids: &str| {
        format!(
            "[for one in jsondecode(aws_cloudwatch_event_bus_policy.producers[0].policy).Statement : one.Sid] == {sids}"
        )
    };
    let of_accounts = r#""PutOtherEvents", "PutExternalEvents""#;
    let of_members = r#""PutOtherEventsOfMembers", "PutExternalEventsOfMembers""#;
    let (account, organization) = ("[\"123456789012\"]", "[\"o-abc\"]");
    let runs = [
        run(
            "nobody",
            "[]",
            "[]",
            "length(aws_cloudwatch_event_bus_policy.producers) == 0",
        ),
        run(
            "accounts",
            account,
            "[]",
            &sids(&format!("[{of_accounts}]")),
        ),
        run(
            "members",
            "[]",
            organization,
            &sids(&format!("[{of_members}]")),
        ),
        run(
            "both",
            account,
            organization,
            &sids(&format!("[{of_accounts}, {of_members}]")),
        ),
        run(
            "groups",
            "[]",
            "[]",
            r#"jsondecode(aws_iam_role.j_scheduler.assume_role_policy).Statement[0].Condition == { ArnEquals = { "aws:SourceArn" = ["arn:aws:scheduler:eu-central-1:123456789012:schedule-group/default"] }, StringEquals = { "aws:SourceAccount" = "123456789012" } }"#,
        ),
        run(
            "logs",
            "[]",
            "[]",
            r#"jsondecode(aws_cloudwatch_log_resource_policy.events.policy_document).Statement[1].Condition.ArnLike["aws:SourceArn"] == "arn:aws:events:eu-central-1:123456789012:rule/*""#,
        ),
        run(
            "condition",
            "[]",
            organization,
            r#"alltrue([for one in jsondecode(aws_cloudwatch_event_bus_policy.producers[0].policy).Statement : one.Condition.StringEquals["aws:PrincipalOrgID"] == ["o-abc"]])"#,
        ),
    ];
    fs::write(&path, tests + &runs.concat()).unwrap();
    let Some(mut init) = terraform(module.path()) else {
        return;
    };
    succeed(init.args(["init", "-backend=false", "-input=false", "-no-color"]));
    let said = succeed(
        terraform(module.path())
            .unwrap()
            .args(["test", "-no-color"]),
    );
    assert!(said.contains("run \"condition\"... pass"), "{said}");
}

/// Others may put onto the bus what its rules wait for, and every event of a source that no rule waits for.
#[test]
fn sources_that_rules_wait_for_are_not_free() {
    let spec = "
pipeline: p
source: s
bus: own
events:
  e: { detail_type: E, external: true }
  f: { source: shop, detail_type: F, external: true }
  g: { source: shop, detail_type: G, external: true }
  unused: { source: nobody, detail_type: N, external: true }
jobs:
  j:
    deliver_to: queue
    triggers:
      - event: e
      - event: f
      - { id: g, event: g }
      - { id: any, pattern: { source: [crm, { prefix: x }] } }
      - { id: aws, pattern: { source: [aws.s3] }, bus: default }
";
    let read = pipeline::parse(spec, &pipeline::Surroundings::default());
    let files = terraform_files(&read.pipeline.unwrap());
    let (_, bus) = files
        .iter()
        .find(|(path, _)| path.ends_with("bus.tf"))
        .unwrap();
    let (accounts, members) = bus.split_once("statements_of_members").unwrap();
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let accounts = one_line(accounts);
    for part in [
        r#"StringNotEquals = { "events:source" = ["s", "crm", "shop"] }"#,
        r#""events:detail-type" = ["F", "G"] "events:source" = "shop""#,
        r#"StringEquals = { "events:source" = ["crm"] }"#,
    ] {
        assert!(accounts.contains(part), "{part}\n{bus}");
    }
    assert!(members.contains("\"PutAwaitedEvents2OfMembers\""), "{bus}");
    assert!(!bus.contains("aws.s3") && !bus.contains("nobody"), "{bus}");
}

#[test]
fn services_act_for_our_rules_and_groups_alone() {
    let job = judged(ENCRYPTED, "job-j.tf");
    let group = r#"":scheduler:$1:schedule-group/")}default""#;
    assert!(
        job.contains("\"aws:SourceArn\" = [") && job.contains(group),
        "{job}"
    );
    let grouped = ENCRYPTED.replace(
        "timezone: Europe/Berlin",
        "timezone: Europe/Berlin, group: \"g-${environment}\"",
    );
    let pipeline = pipeline::parse(&grouped, &pipeline::Surroundings::default());
    let files = terraform_files(&pipeline.pipeline.unwrap());
    let (_, job) = files
        .iter()
        .find(|(path, _)| path.ends_with("job-j.tf"))
        .unwrap();
    assert!(
        job.contains(r#"schedule-group/")}g-${var.environment}""#),
        "{job}"
    );
    let logs: Vec<_> = files
        .iter()
        .filter(|(_, text)| text.contains("aws_cloudwatch_log_resource_policy\" \"events"))
        .collect();
    let [(_, logs)] = logs.as_slice() else {
        panic!("{} files", logs.len());
    };
    assert!(
        logs.contains(r#"":events:$1:rule/*")"#) && logs.matches("Condition").count() == 1,
        "{logs}"
    );
}
