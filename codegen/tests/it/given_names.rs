//! Names on AWS that a spec gives.

use std::fs;

use pipeline::Surroundings;

use crate::support::{succeed, terraform as terraform_in};

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
        permission("statement_id"),
        "\"p-j-event-${var.environment}\""
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
