//! Tests of names that an account has once for all of its regions.

use std::collections::BTreeSet;

use ::hcl::structure::Block;
use pipeline::Surroundings;

use super::render;

/// Every kind of role, and more jobs than one dashboard holds.
fn spec(names: &str) -> String {
    let mut spec = format!(
        "pipeline: p\nsource: s\nbus: own\narchive: {{ days: 1 }}\n{names}alarms: {{ topic: made }}\nevents:\n  e: {{ detail_type: E, external: true }}\njobs:\n"
    );
    for (name, work, trigger) in [
        ("runs", "function: { package: a }", "event: e"),
        (
            "scheduled",
            "function: { package: b, versions: true }\n    buffer: {}",
            "schedule: rate(1 hour), timezone: Europe/Berlin",
        ),
        (
            "machine",
            "deliver_to: { state_machine: { existing: m } }",
            "event: e",
        ),
        (
            "called",
            "deliver_to: { api: { url: 'https://a.example', auth: { api_key: k } } }",
            "event: e",
        ),
        ("queued", "deliver_to: queue", "event: e"),
        ("told", "deliver_to: topic", "event: e"),
        ("logged", "deliver_to: log_group", "event: e"),
        (
            "kept",
            "function: { package: c }\n    names: { role: 'kept-${environment}-${region}' }",
            "event: e",
        ),
    ] {
        let job = format!("  {name}:\n    {work}\n    triggers: [{{ {trigger} }}]\n");
        spec.push_str(&job);
    }
    for job in 0..50 {
        let job = format!("  many-{job}: {{ deliver_to: queue, triggers: [{{ event: e }}] }}\n");
        spec.push_str(&job);
    }
    spec
}

/// The attribute with a resource's name, if an account has that name once for all of its regions.
fn named_once(kind: &str) -> Option<&'static str> {
    match kind {
        "aws_iam_role" => Some("name"),
        "aws_cloudwatch_dashboard" => Some("dashboard_name"),
        "aws_cloudwatch_event_api_destination"
        | "aws_cloudwatch_event_archive"
        | "aws_cloudwatch_event_bus"
        | "aws_cloudwatch_event_bus_policy"
        | "aws_cloudwatch_event_connection"
        | "aws_cloudwatch_event_rule"
        | "aws_cloudwatch_event_target"
        | "aws_cloudwatch_log_group"
        | "aws_cloudwatch_log_resource_policy"
        | "aws_cloudwatch_metric_alarm"
        // It belongs to its role.
        | "aws_iam_role_policy"
        | "aws_lambda_alias"
        | "aws_lambda_event_source_mapping"
        | "aws_lambda_function"
        | "aws_lambda_function_event_invoke_config"
        | "aws_lambda_permission"
        | "aws_scheduler_schedule"
        | "aws_sns_topic"
        | "aws_sns_topic_policy"
        | "aws_sqs_queue"
        | "aws_sqs_queue_policy"
        | "terraform_data" => None,
        other => panic!("has an account one {other} of a name, or has each region?"),
    }
}

/// Lists the names of a pipeline that an account has once, as Terraform has them.
fn names(spec: &str) -> BTreeSet<String> {
    let parsed = pipeline::parse(spec, &Surroundings::default());
    assert!(!parsed.has_errors(), "{:#?}", parsed.diagnostics);
    let mut names = BTreeSet::new();
    for file in render(&parsed.pipeline.unwrap(), "pipeline.yaml") {
        let body = ::hcl::parse(&file.text).unwrap();
        let resources = body
            .blocks()
            .filter(|block| block.identifier() == "resource");
        for resource in resources {
            let [kind, label] = resource.labels() else {
                panic!("{resource:?}");
            };
            let Some(key) = named_once(kind.as_str()) else {
                continue;
            };
            let name = name_of(resource, key);
            assert!(names.insert(name), "two of {}", label.as_str());
        }
    }
    names
}

fn name_of(resource: &Block, key: &str) -> String {
    let mut attributes = resource.body().attributes();
    let name = attributes.find(|attribute| attribute.key() == key);
    let name = name.unwrap_or_else(|| panic!("{key} of {:?}", resource.labels()));
    name.expr().to_string()
}

#[test]
fn with_the_region_in_names_every_name_that_an_account_has_once_says_it() {
    const ENDING: &str = "-${var.environment}-${data.aws_region.current.id}";
    let (without, with) = (names(&spec("")), names(&spec("names: { region: true }\n")));
    assert_eq!(with.len(), 8, "{with:#?}");
    for name in &with {
        assert!(name.contains(ENDING), "{name}");
    }
    let ends = |name: &&String| {
        name.trim_end_matches(['"', '-', '2'])
            .ends_with("${var.environment}")
    };
    // All but the one that the spec gives.
    assert_eq!(without.iter().filter(ends).count(), 7, "{without:#?}");
    assert_eq!(names(&spec("names: { region: false }\n")), without);
}
