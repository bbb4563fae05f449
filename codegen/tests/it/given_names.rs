//! Names on AWS that a spec gives.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pipeline::{Pipeline, Surroundings};

use crate::support::{succeed, terraform as terraform_in};

/// A spec in which a job and its trigger have the keys in `job` and `trigger`.
fn spec_of(job: &str, trigger: &str) -> String {
    format!(
        "
pipeline: p
source: s
bus: own
alarms: {{ failed_deliveries: false }}
events: {{ e: {{ detail_type: E, external: true }} }}
jobs:
  j:
    function: {{ package: j }}
{job}    triggers:
      - {{ event: e{trigger} }}
      - {{ schedule: rate(1 hour), shards: 2, id: hourly }}
"
    )
}

fn parse(spec: &str) -> Pipeline {
    let parsed = pipeline::parse(spec, &Surroundings::default());
    assert!(!parsed.has_errors(), "{spec}\n{:#?}", parsed.diagnostics);
    parsed.pipeline.unwrap()
}

/// The generated files by name.
fn module(spec: &str) -> BTreeMap<String, String> {
    let files = terraform::render(&parse(spec), "pipeline.yaml");
    let named = files.into_iter().filter_map(|file| {
        let name = file.path.strip_prefix("terraform/pipeline/")?;
        Some((name.to_owned(), file.text))
    });
    named.collect()
}

/// The value of a key in a resource.
fn value_of(job: &str, kind: &str, label: &str, key: &str) -> String {
    let start = format!("resource \"{kind}\" \"{label}\"");
    let (_, block) = job
        .split_once(&start)
        .unwrap_or_else(|| panic!("{start}\n{job}"));
    let (block, _) = block.split_once("\n}").unwrap();
    let is_key = |line: &&str| line.trim_start().starts_with(&format!("{key} "));
    let line = block.lines().find(is_key).unwrap();
    line.split_once('=').unwrap().1.trim().to_owned()
}

fn is_valid(files: &BTreeMap<String, String>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let Some(mut init) = terraform_in(folder.path()) else {
        return;
    };
    succeed(init.args(["init", "-backend=false", "-input=false", "-no-color"]));
    let run = |arguments: &[&str]| succeed(terraform_in(folder.path()).unwrap().args(arguments));
    assert!(run(&["validate", "-no-color"]).contains("valid"));
    assert!(run(&["test", "-no-color"]).contains("0 failed"));
}

const NAMES: &str = "    name: 'acme-${environment}'
    names:
      role: 'acme.role-${environment}'
      dead_letter_queue: 'dead-${environment}'
      failure_queue: 'failed-${environment}'
";
const OTHERS: &str =
    "  q: { deliver_to: queue, name: 'queue-${environment}', triggers: [ { event: e } ] }
  t: { deliver_to: topic, name: 'topic-${environment}', triggers: [ { event: e } ] }
  l: { deliver_to: log_group, name: '/aws/events/log-${environment}', triggers: [ { event: e } ] }
  b: { deliver_to: bus, names: { role: 'to-bus-${environment}' }, triggers: [ { event: e } ] }
  f:
    function: { package: f }
    names: { failure_queue: 'given-up-${environment}.fifo', log_group: '/acme/${environment}' }
    buffer: { fifo: true }
    triggers: [ { event: e, names: { target: Buffer } } ]
";

#[test]
fn each_name_is_written_where_it_belongs() {
    let trigger = ", names: { statement: AllowMail, target: Mail }";
    let spec = spec_of(NAMES, trigger) + OTHERS;
    let files = module(&spec);
    let of =
        |file: &str, kind: &str, label: &str, key: &str| value_of(&files[file], kind, label, key);
    let environment = "-${var.environment}";
    for (file, kind, label, key, name) in [
        (
            "job-j.tf",
            "aws_lambda_function",
            "j",
            "function_name",
            "acme-",
        ),
        // Lambda logs below the function's name.
        (
            "job-j.tf",
            "aws_cloudwatch_log_group",
            "j",
            "name",
            "/aws/lambda/acme-",
        ),
        ("job-j.tf", "aws_iam_role", "j", "name", "acme.role-"),
        ("job-j.tf", "aws_sqs_queue", "j_dlq", "name", "dead-"),
        (
            "job-j.tf",
            "aws_sqs_queue",
            "j_on_failure",
            "name",
            "failed-",
        ),
        ("job-q.tf", "aws_sqs_queue", "q", "name", "queue-"),
        ("job-q.tf", "aws_sqs_queue", "q_dlq", "name", "p-q-dlq-"),
        ("job-t.tf", "aws_sns_topic", "t", "name", "topic-"),
        (
            "job-l.tf",
            "aws_cloudwatch_log_group",
            "l",
            "name",
            "/aws/events/log-",
        ),
        ("job-b.tf", "aws_iam_role", "b", "name", "to-bus-"),
        (
            "job-f.tf",
            "aws_lambda_function",
            "f",
            "function_name",
            "p-f-",
        ),
        ("job-f.tf", "aws_iam_role", "f", "name", "p-f-"),
        (
            "job-f.tf",
            "aws_cloudwatch_log_group",
            "f",
            "name",
            "/acme/",
        ),
    ] {
        let expected = match name.trim_end_matches('-') {
            "/acme/" => "\"/acme/${var.environment}\"".to_owned(),
            name => format!("\"{name}{environment}\""),
        };
        assert_eq!(of(file, kind, label, key), expected, "{kind}.{label}");
    }
    let queue = |key| of("job-f.tf", "aws_sqs_queue", "f_on_failure", key);
    assert_eq!(queue("name"), "\"given-up-${var.environment}.fifo\"");
    assert_eq!(queue("fifo_queue"), "true");
    let log_group = of("job-f.tf", "aws_lambda_function", "f", "log_group");
    assert_eq!(log_group, "aws_cloudwatch_log_group.f.name");
    let statement = |label, key| of("job-j.tf", "aws_lambda_permission", label, key);
    assert_eq!(statement("j_event", "statement_id"), "\"AllowMail\"");
    // A made one has a time behind it: AWS takes no second one of the same id.
    assert_eq!(
        statement("j_hourly", "statement_id_prefix"),
        "\"p-j-hourly-${var.environment}-\""
    );
    let target = |file, label| of(file, "aws_cloudwatch_event_target", label, "target_id");
    assert_eq!(target("job-j.tf", "j_event"), "\"Mail\"");
    assert_eq!(target("job-j.tf", "j_hourly_j_0"), "\"j-0\"");
    assert_eq!(target("job-f.tf", "f_event"), "\"Buffer\"");
    is_valid(&files);
}

#[test]
fn several_rules_and_targets_have_numbers_behind_their_names() {
    let spec = spec_of("", "").replace(
        "shards: 2, id: hourly",
        "shards: 7, id: hourly, names: { statement: Allow, target: 'T-${environment}' }",
    );
    let job = &module(&spec)["job-j.tf"];
    let statement = |label| value_of(job, "aws_lambda_permission", label, "statement_id");
    assert_eq!(statement("j_hourly"), "\"Allow\"");
    assert_eq!(statement("j_hourly_2"), "\"Allow-2\"");
    let target = |label| value_of(job, "aws_cloudwatch_event_target", label, "target_id");
    assert_eq!(target("j_hourly_j_0"), "\"T-${var.environment}-0\"");
    assert_eq!(target("j_hourly_2_j_6"), "\"T-${var.environment}-6\"");
}

#[test]
fn a_name_that_would_be_made_anyway_changes_nothing() {
    let names = "    name: 'p-j-${environment}'
    names:
      role: 'p-j-${environment}'
      log_group: '/aws/lambda/p-j-${environment}'
      dead_letter_queue: 'p-j-dlq-${environment}'
      failure_queue: 'p-j-on-failure-${environment}'
";
    let trigger = ", names: { target: j }";
    let without = module(&spec_of("", ""));
    for (name, text) in module(&spec_of(names, trigger)) {
        // An alarm's description has the name as the spec writes it.
        let text = text.replace("$${environment}", "<environment>");
        assert_eq!(text, without[&name], "{name}");
    }
}

#[test]
fn a_renamed_job_with_names_of_its_own_is_moved_and_keeps_them() {
    let renamed = "    renamed_from: i\n";
    let job = &module(&spec_of(&format!("{renamed}{NAMES}"), ""))["job-j.tf"];
    let name = value_of(job, "aws_lambda_function", "j", "function_name");
    assert_eq!(name, "\"acme-${var.environment}\"");
    assert!(job.contains("from = aws_lambda_function.i\n  to   = aws_lambda_function.j"));
    // What has no name of its own keeps its first.
    let rule = value_of(job, "aws_cloudwatch_event_rule", "j_event", "name");
    assert_eq!(rule, "\"p-i-event-${var.environment}\"");
}

#[test]
fn the_local_bus_has_what_the_names_say() {
    let spec = spec_of(NAMES, ", names: { target: Mail }")
        .replace("      role:", "      log_group: 'acme/log'\n      role:");
    let binaries = BTreeMap::from([("j".to_owned(), "j".into())]);
    let wiring = codegen::local::wiring(
        &parse(&spec),
        Path::new("."),
        &binaries,
        &codegen::local::Here::default(),
    )
    .unwrap();
    let function = &wiring.functions["acme-local"];
    assert_eq!(function.log_group, "acme/log");
    assert_eq!(function.on_failure.as_deref(), Some("failed-local"));
    let target = &wiring.rules[0].targets[0];
    assert_eq!(target.id, "Mail");
    assert_eq!(target.dead_letter_queue.as_deref(), Some("dead-local"));
}

#[test]
fn a_rule_whose_statement_is_kept_has_one_of_its_own() {
    let spec = spec().replace("id: t0,", "id: t0, names: { statement: AllowMail },");
    let job = &module(&spec)["job-j.tf"];
    let statement = |label, key| value_of(job, "aws_lambda_permission", label, key);
    assert_eq!(statement("j_t0", "statement_id"), "\"AllowMail\"");
    assert_eq!(
        statement("j_events", "statement_id_prefix"),
        "\"p-j-events-${var.environment}-\""
    );
    assert!(!job.contains("\"aws_lambda_permission\" \"j_t1\""));
    let (_, target) = job
        .split_once("\"aws_cloudwatch_event_target\" \"j_t0\"")
        .unwrap();
    let (target, _) = target.split_once("\n}").unwrap();
    assert!(target.contains("aws_lambda_permission.j_t0"), "{target}");
}

fn spec() -> String {
    let many: Vec<String> = (0..70)
        .map(|at| format!("      - {{ id: t{at}, event: e, where: {{ n: [{at}] }} }}\n"))
        .collect();
    format!(
        "pipeline: p\nsource: s\nbus: own\nvalues: {{ v: {{ local: w }} }}\nevents: {{ e: {{ detail_type: E, external: true }} }}\njobs:\n  j:\n    function: {{ package: j }}\n    triggers:\n      - {{ event: e, name: 'acme.mail-${{environment}}' }}\n{}      - {{ schedule: rate(1 hour), shards: 7, name: '${{v}}_hourly' }}\n      - {{ schedule: rate(1 day), id: daily, timezone: Europe/Berlin, name: '${{v}}' }}\n",
        many.concat()
    )
}

#[test]
fn the_real_provider_takes_names_that_the_spec_gives() {
    let parsed = pipeline::parse(&spec(), &Surroundings::default());
    assert!(!parsed.has_errors(), "{:#?}", parsed.diagnostics);
    let folder = tempfile::tempdir().unwrap();
    for file in terraform::render(&parsed.pipeline.unwrap(), "pipeline.yaml") {
        if let Some(name) = file.path.strip_prefix("terraform/pipeline/") {
            fs::write(folder.path().join(name), file.text).unwrap();
        }
    }
    let job = fs::read_to_string(folder.path().join("job-j.tf")).unwrap();
    let line_of = |kind: &str, label: &str, key: &str| {
        let (_, block) = job.split_once(&format!("\"{kind}\" \"{label}\"")).unwrap();
        let is_key = |line: &&str| line.trim_start().starts_with(&format!("{key} "));
        let line = block.lines().find(is_key).unwrap();
        line.split_once('=').unwrap().1.trim().to_owned()
    };
    let rule = |label: &str| line_of("aws_cloudwatch_event_rule", label, "name");
    assert_eq!(rule("j_event"), "\"acme.mail-${var.environment}\"");
    assert_eq!(rule("j_t0"), "\"p-j-t0-${var.environment}\"");
    assert_eq!(rule("j_scheduled"), "\"${var.values.v}_hourly\"");
    assert_eq!(rule("j_scheduled_2"), "\"${var.values.v}_hourly-2\"");
    let schedule = line_of("aws_scheduler_schedule", "j_daily", "name");
    assert_eq!(schedule, "var.values.v");
    // Beside the permission for all made names, and with an id that Lambda takes.
    let permission = |key: &str| line_of("aws_lambda_permission", "j_event", key);
    assert_eq!(
        permission("statement_id_prefix"),
        "\"p-j-event-${var.environment}-\""
    );
    assert_eq!(
        permission("source_arn"),
        "aws_cloudwatch_event_rule.j_event.arn"
    );
    assert!(job.contains("\"aws_lambda_permission\" \"j_events\""));
    assert!(!job.contains("\"aws_lambda_permission\" \"j_t0\""));

    let Some(mut init) = terraform_in(folder.path()) else {
        return;
    };
    succeed(init.args(["init", "-backend=false", "-input=false", "-no-color"]));
    let run = |arguments: &[&str]| succeed(terraform_in(folder.path()).unwrap().args(arguments));
    assert!(run(&["validate", "-no-color"]).contains("valid"));
    assert!(run(&["test", "-no-color"]).contains("0 failed"));
}
