//! Buses that exist already: the pipeline's, and those of single triggers.

use std::fs;

use pipeline::{Pipeline, Surroundings};

use crate::support::{succeed, terraform as terraform_in};

fn parse(spec: &str) -> Pipeline {
    let parsed = pipeline::parse(spec, &Surroundings::default());
    let errors: Vec<_> = parsed
        .diagnostics
        .iter()
        .filter(|found| found.is_error())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    parsed.pipeline.unwrap()
}

/// A pipeline on a bus that is there, with triggers on three other buses.
fn spec(bus: &str) -> String {
    format!(
        "pipeline: p\nsource: s\nbus: {bus}\nevents: {{ e: {{ detail_type: E, external: true }}, f: {{ detail_type: F }} }}\narchive: {{ days: 7 }}\njobs:\n  j:\n    function: {{ package: j }}\n    triggers:\n      - event: e\n      - {{ id: uploads, pattern: {{ source: [aws.s3] }}, bus: default }}\n      - {{ id: partner, pattern: {{ source: [{{ prefix: aws.partner/ }}] }}, bus: aws.partner/example.com/orders }}\n      - {{ id: shared, pattern: {{ source: [hr] }}, bus: 'arn:aws:events:${{region}}:${{account}}:event-bus/hr-${{environment}}' }}\n      - schedule: rate(1 day)\n    emits: [f]\n  k: {{ function: {{ package: k }}, triggers: [{{ event: f }}] }}\n"
    )
}

#[test]
fn rules_are_on_the_bus_that_their_trigger_names() {
    let pipeline = parse(&spec("{ existing: 'acme-${environment}' }"));
    let files = terraform::render(&pipeline, "pipeline.yaml");
    let text = |name: &str| {
        let path = format!("terraform/pipeline/{name}.tf");
        files
            .iter()
            .find(|file| file.path == path)
            .unwrap()
            .text
            .as_str()
    };
    let job = text("job-j");
    let bus_of = |label: &str| {
        let (_, rule) = job
            .split_once(&format!("\"aws_cloudwatch_event_rule\" \"{label}\""))
            .unwrap();
        let line = rule
            .lines()
            .find(|line| line.contains("event_bus_name"))
            .unwrap();
        line.split_once('=').unwrap().1.trim().to_owned()
    };
    assert_eq!(bus_of("j_event"), "local.event_bus_name");
    assert_eq!(bus_of("j_uploads"), "\"default\"");
    assert_eq!(bus_of("j_partner"), "\"aws.partner/example.com/orders\"");
    assert_eq!(bus_of("j_shared"), "\"hr-${var.environment}\"");
    assert_eq!(bus_of("j_scheduled"), "\"default\"");
    let bus = text("bus");
    assert!(
        bus.contains(
            "data \"aws_cloudwatch_event_bus\" \"pipeline\" {\n  name = \"acme-${var.environment}\""
        ),
        "{bus}"
    );
    // A bus of others is never made, and has no policy of ours; its archive keeps this pipeline's events alone.
    assert!(
        !bus.contains("resource \"aws_cloudwatch_event_bus"),
        "{bus}"
    );
    assert!(
        bus.contains("event_pattern = jsonencode({\n    source = [\"s\"]"),
        "{bus}"
    );
    assert!(!text("variables").contains("producer_accounts"));
    let expected = format!("{:?}", deployed::verify::expected(&pipeline, "dev"));
    for bus in [
        "acme-local",
        "default",
        "aws.partner/example.com/orders",
        "hr-local",
    ] {
        assert!(expected.contains(&format!("\"{bus}\"")), "{bus}");
    }
}

#[test]
fn the_real_provider_takes_rules_on_other_buses() {
    let many: Vec<String> = (0..70)
        .map(|at| format!("      - {{ id: t{at}, pattern: {{ source: [hr] }}, bus: hr }}"))
        .collect();
    let spec = spec("{ existing: acme }").replacen(
        "      - event: e\n",
        &format!("      - event: e\n{}\n", many.join("\n")),
        1,
    );
    let folder = tempfile::tempdir().unwrap();
    for file in terraform::render(&parse(&spec), "pipeline.yaml") {
        if let Some(name) = file.path.strip_prefix("terraform/pipeline/") {
            fs::write(folder.path().join(name), file.text).unwrap();
        }
    }
    let job = fs::read_to_string(folder.path().join("job-j.tf")).unwrap();
    for label in [
        "j_events",
        "j_schedules",
        "j_events_of_hr",
        "j_events_of_hr_environment",
    ] {
        assert!(
            job.contains(&format!("\"aws_lambda_permission\" \"{label}\"")),
            "{label}"
        );
    }
    let Some(mut init) = terraform_in(folder.path()) else {
        return;
    };
    succeed(init.args(["init", "-backend=false", "-input=false", "-no-color"]));
    let run = |arguments: &[&str]| succeed(terraform_in(folder.path()).unwrap().args(arguments));
    assert!(run(&["validate", "-no-color"]).contains("valid"));
    assert!(run(&["test", "-no-color"]).contains("0 failed"));
}

#[test]
fn events_on_different_buses_do_not_meet() {
    let on = |bus: &str| {
        let spec = format!(
            "pipeline: p\nsource: s\nbus: own\nevents: {{ e: {{ detail_type: E, external: true }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [{{ event: e{bus} }}], emits: [e] }} }}\n"
        );
        let found = pipeline::parse(&spec, &Surroundings::default()).diagnostics;
        found.iter().map(|one| one.lint.id).collect::<Vec<_>>()
    };
    assert_eq!(on(""), ["event-loop"]);
    assert_eq!(on(", bus: default"), [""; 0]);
}

#[test]
fn what_cannot_be_the_name_of_a_bus_is_refused() {
    for (bus, message) in [
        (
            "{ existing: default }",
            "the `default` bus exists in every account",
        ),
        ("{ existing: 'a b' }", "`a b` is not the name of a bus"),
        (
            "{ existing: 'arn:aws:sqs:eu-central-1:123456789012:q' }",
            "is not the name of a bus",
        ),
        (
            "{ existing: 'arn:aws:events:eu-central-1:123456789012:event-bus/' }",
            "is not the name of a bus",
        ),
        ("{ exists: x }", "unknown key `exists` in `bus`"),
    ] {
        let found = pipeline::parse(&spec(bus), &Surroundings::default()).diagnostics;
        assert!(
            found
                .iter()
                .any(|one| one.is_error() && one.message.contains(message)),
            "{bus}: {found:#?}"
        );
    }
}
