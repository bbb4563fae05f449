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
    assert!(bus.contains("jsonencode({ source = [\"s\"] })"), "{bus}");
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
    for label in ["j_events", "j_schedules", "j_others_1", "j_others_2"] {
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

/// The ids of a spec's findings, without those about jobs that nothing else is wrong with.
fn ids(spec: &str) -> Vec<&'static str> {
    let found = pipeline::parse(spec, &Surroundings::default()).diagnostics;
    found.iter().map(|one| one.lint.id).collect()
}

#[test]
fn whether_a_rule_is_on_the_default_bus_is_the_same_everywhere() {
    let with = |bus: &str| {
        format!(
            "pipeline: p\nsource: s\nbus: own\nvalues: {{ b: {{ local: default }}, c: {{ local: hr }} }}\ntags: {{ B: '${{b}}', C: '${{c}}' }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [{{ pattern: {{ source: [hr] }}, bus: '{bus}' }}] }} }}\n"
        )
    };
    assert_eq!(ids(&with("default")), [""; 0]);
    assert_eq!(ids(&with("${c}")), [""; 0]);
    assert_eq!(ids(&with("${b}")), ["invalid-value"]);
    // The bus that the pipeline makes has the environment at its end.
    assert_eq!(ids(&with("own-${environment}")), ["conflicting-keys"]);
    assert_eq!(
        ids(&with("arn:aws:sqs:eu-central-1:123456789012:event-bus/hr")),
        ["invalid-value"]
    );
}

#[test]
fn what_a_job_emits_is_not_waited_for_on_another_bus() {
    let with = |bus: &str| {
        format!(
            "pipeline: p\nsource: s\nbus: own\nevents: {{ e: {{ detail_type: E, external: true }}, f: {{ detail_type: F }} }}\njobs:\n  j: {{ function: {{ package: j }}, triggers: [{{ event: e }}], emits: [f] }}\n  k: {{ function: {{ package: k }}, triggers: [{{ event: f{bus} }}] }}\n"
        )
    };
    assert_eq!(ids(&with("")), [""; 0]);
    assert_eq!(ids(&with(", bus: default")), ["unconsumed-event"]);
}

#[test]
fn an_archive_of_a_bus_of_others_keeps_no_event_of_aws() {
    let pipeline = parse(
        "pipeline: p\nsource: s\narchive: { days: 7 }\nevents: { u: { aws: s3.object-created }, b: { source: aws.batch, detail_type: B }, h: { source: hr, detail_type: H } }\njobs: { j: { function: { package: j }, triggers: [{ event: u }, { event: b, id: b }, { event: h, id: h }] } }\n",
    );
    let files = terraform::render(&pipeline, "pipeline.yaml");
    let bus = files
        .iter()
        .find(|file| file.path.ends_with("bus.tf"))
        .unwrap();
    assert!(
        bus.text.contains("source = [\"s\", \"hr\"]"),
        "{}",
        bus.text
    );
    // No event of AWS has our discriminator, whether it is known by name or written out.
    let job = files
        .iter()
        .find(|file| file.path.ends_with("job-j.tf"))
        .unwrap();
    assert_eq!(job.text.matches("event_type").count(), 1, "{}", job.text);
}

/// A function of others.
const ARN: &str = "arn:aws:lambda:eu-central-1:123456789012:function:x";

#[test]
fn an_alias_that_a_value_hides_is_refused() {
    let with = |existing: &str, value: &str| {
        format!(
            "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true }} }}\nvalues: {{ f: {{ local: '{value}' }} }}\njobs: {{ j: {{ function: {{ existing: '{existing}' }}, triggers: [{{ event: e }}] }} }}\n"
        )
    };
    assert_eq!(ids(&with("${f}", ARN)), [""; 0]);
    assert_eq!(
        ids(&with("${f}", &format!("{ARN}:live"))),
        ["invalid-function"]
    );
    let spec = with("${f}:live", ARN);
    assert_eq!(ids(&spec), [""; 0]);
    let pipeline = parse(&spec);
    let pipeline::model::Work::Existing(existing) = &pipeline.jobs["j"].work else {
        panic!("{:?}", pipeline.jobs["j"].work);
    };
    assert_eq!(existing.qualifier.as_ref().unwrap().value, "live");
}
