//! Tests of what the schema says on its own, such as keys, operators and some defaults: the reader says the same.

use std::collections::BTreeSet;

use pipeline::model::{Bus, TriggerKind};
use serde_json::json;

use super::{event, function, job, parse, schema, top, trigger, walk};

/// Returns the keys that the reader knows at a place. The spec has the key `0` there, which resembles none of them, so the
/// finding lists all.
fn known_keys(spec: &str) -> BTreeSet<String> {
    let found = parse(spec).diagnostics;
    let unknown: Vec<_> = found
        .iter()
        .filter(|found| found.lint.id == "unknown-key")
        .collect();
    let [one] = unknown.as_slice() else {
        panic!("{found:?}\n{spec}");
    };
    let help = one.help.as_deref().unwrap();
    assert!(
        help.starts_with("expected ") && !help.contains("others"),
        "{help}"
    );
    quoted(help).collect()
}

/// Returns the texts in backticks.
fn quoted(text: &str) -> impl Iterator<Item = String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned)
}

fn schema_keys(path: &str) -> BTreeSet<String> {
    let mapping = schema().pointer(path).unwrap();
    assert_eq!(mapping["additionalProperties"], false, "{path}");
    mapping["properties"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

/// Mappings of the top of a spec, by their places in the schema, each in a spec with a key that it does not have.
fn of_the_top() -> Vec<(&'static str, String)> {
    vec![
        ("", top("0: x")),
        ("/properties/output", top("output: { 0: x }")),
        ("/properties/local", top("local: { 0: x }")),
        ("/properties/terraform", top("terraform: { 0: x }")),
        (
            "/properties/terraform/properties/cloud",
            top("terraform: { cloud: { 0: x } }"),
        ),
        (
            "/properties/terraform/properties/cloud/properties/workspaces",
            top("terraform: { cloud: { workspaces: { 0: x } } }"),
        ),
        (
            "/properties/terraform/properties/backend",
            top("terraform: { backend: { s3: { bucket: b, key: k }, 0: x } }"),
        ),
        (
            "/properties/terraform/properties/backend/properties/s3",
            top("terraform: { backend: { s3: { bucket: b, key: k, 0: x } } }"),
        ),
        ("/properties/defaults", top("defaults: { 0: x }")),
        (
            "/properties/defaults/properties/function",
            top("defaults: { function: { 0: x } }"),
        ),
        (
            "/properties/defaults/properties/delivery",
            top("defaults: { delivery: { 0: x } }"),
        ),
        (
            "/properties/defaults/properties/execution",
            top("defaults: { execution: { 0: x } }"),
        ),
        (
            "/properties/defaults/properties/schedule",
            top("defaults: { schedule: { 0: x } }"),
        ),
        ("/properties/encryption", top("encryption: { 0: x }")),
        ("/properties/names", top("names: { 0: x }")),
        ("/properties/volumes", top("volumes: { 0: x }")),
        (
            "/$defs/use/anyOf/1",
            top("uses: { u: { contract: c, 0: x } }"),
        ),
        ("/properties/archive", top("archive: { days: 1, 0: x }")),
        ("/properties/alarms/anyOf/1", top("alarms: { 0: x }")),
        (
            "/$defs/job/properties/alarms/anyOf/1",
            job("alarms: { 0: x }"),
        ),
        ("/properties/bus/anyOf/1", top("bus: { 0: x }")),
    ]
}

/// The same of what a job delivers to instead of a function.
fn of_deliveries() -> Vec<(&'static str, String)> {
    let delivery = |to: &str| top(&format!("jobs: {{ j: {{ deliver_to: {{ {to} }} }} }}"));
    vec![
        (
            "/$defs/job/properties/deliver_to/anyOf/1",
            delivery("bus: { existing: b }, 0: x"),
        ),
        (
            "/$defs/job/properties/deliver_to/anyOf/1/properties/state_machine",
            delivery("state_machine: { existing: s, 0: x }"),
        ),
        (
            "/$defs/job/properties/deliver_to/anyOf/1/properties/bus",
            delivery("bus: { existing: b, 0: x }"),
        ),
        (
            "/$defs/job/properties/deliver_to/anyOf/1/properties/api",
            delivery("api: { url: 'https://a.example', auth: a, 0: x }"),
        ),
        (
            "/$defs/job/properties/deliver_to/anyOf/1/properties/api/properties/auth/anyOf/1",
            delivery("api: { url: 'https://a.example', auth: { api_key: a, 0: x } }"),
        ),
        (
            "/$defs/job/properties/deliver_to/anyOf/1/properties/task",
            delivery("task: { cluster: c, definition: d, network: n, 0: x }"),
        ),
        (
            "/$defs/job/properties/deliver_to/anyOf/1/properties/batch",
            delivery("batch: { queue: q, definition: d, 0: x }"),
        ),
        (
            "/$defs/job/properties/deliver_to/anyOf/1/properties/queue",
            delivery("queue: { existing: q, 0: x }"),
        ),
        (
            "/$defs/job/properties/deliver_to/anyOf/1/properties/topic",
            delivery("topic: { existing: t, 0: x }"),
        ),
        (
            "/$defs/job/properties/deliver_to/anyOf/1/properties/stream",
            delivery("stream: { existing: s, 0: x }"),
        ),
        (
            "/$defs/job/properties/deliver_to/anyOf/1/properties/firehose",
            delivery("firehose: { existing: f, 0: x }"),
        ),
    ]
}

/// The same of definitions.
fn of_definitions() -> Vec<(&'static str, String)> {
    vec![
        ("/$defs/value", top("values: { v: { local: w, 0: x } }")),
        ("/$defs/removal", top("removed: { old: { 0: x } }")),
        ("/$defs/event", event("0: x")),
        ("/$defs/job", job("0: x")),
        ("/$defs/function", function("package: j, 0: x")),
        (
            "/$defs/function/properties/local",
            function("existing: f, local: { command: [a], 0: x }"),
        ),
        (
            "/$defs/secret/anyOf/1",
            function("package: j, secrets: { A_ARN: { name: a, 0: x } }"),
        ),
        (
            "/$defs/permission",
            function("package: j, permissions: [ { actions: [a:b], resources: ['*'], 0: x } ]"),
        ),
        ("/$defs/execution", job("execution: { 0: x }")),
        ("/$defs/job/properties/buffer", job("buffer: { 0: x }")),
        ("/$defs/job/properties/names", job("names: { 0: x }")),
        (
            "/$defs/job/properties/dead_letter_queue/anyOf/1",
            job("dead_letter_queue: { existing: q, 0: x }"),
        ),
        (
            "/$defs/job/properties/delivery_role/anyOf/1",
            job("delivery_role: { existing: 'arn:aws:iam::123456789012:role/r', 0: x }"),
        ),
        ("/$defs/trigger-names", trigger("event: e, names: { 0: x }")),
        ("/$defs/delivery", trigger("event: e, delivery: { 0: x }")),
        (
            "/$defs/input",
            trigger("event: e, input: { template: x, 0: x }"),
        ),
        (
            "/$defs/schedule-trigger",
            trigger("schedule: rate(1 hour), 0: x"),
        ),
        ("/$defs/event-trigger", trigger("event: e, 0: x")),
        (
            "/$defs/pattern-trigger",
            trigger("pattern: { source: [x] }, 0: x"),
        ),
    ]
}

#[test]
fn the_reader_and_the_schema_know_the_same_keys() {
    let mappings = [of_the_top(), of_deliveries(), of_definitions()].concat();
    for (path, spec) in &mappings {
        let mut known = known_keys(spec);
        let own = path.strip_suffix("-trigger");
        let own = own.and_then(|path| path.rsplit('/').next());
        // The reader looks for every kind of trigger, to report two of them.
        if let Some(own) = own {
            known.retain(|key| key == own || !["schedule", "event", "pattern"].contains(&&**key));
        }
        assert_eq!(schema_keys(path), known, "{path}");
    }
    walk(schema(), "", &mut |path, value| {
        let is_pattern = path.starts_with("/$defs/operator");
        if value.get("additionalProperties") == Some(&json!(false)) && !is_pattern {
            let is_listed = mappings.iter().any(|(listed, _)| *listed == path);
            assert!(is_listed, "the reader is not asked for the keys of {path}");
        }
    });
}

#[test]
fn the_matcher_and_the_schema_know_the_same_operators() {
    let refusal = |operator: &str| {
        let pattern = json!({ "a": [{ operator: null }] }).to_string();
        eventbridge::pattern::Pattern::parse(&pattern)
            .unwrap_err()
            .to_string()
    };
    let mut expected: BTreeSet<String> = quoted(&refusal("0")).skip(1).collect();
    // The matcher accepts it but suggests it to nobody, as AWS does not document it.
    expected.insert("exactly".to_owned());
    assert_eq!(schema_keys("/$defs/operator"), expected);
    for operator in expected {
        assert!(!refusal(&operator).contains("is no operator"), "{operator}");
    }
}

#[test]
fn defaults_are_the_readers() {
    let spec = "pipeline: p\nsource: s\nevents: { e: { detail_type: E } }\njobs: { j: { function: { package: j }, triggers: [ { schedule: rate(1 hour) }, { event: e }, { pattern: { source: [x] } } ] } }\n";
    let pipeline = parse(spec).pipeline.unwrap();
    let default = |path: &str| &schema().pointer(path).unwrap()["default"];
    assert!(pipeline.bus == Bus::Default && default("/properties/bus") == "default");
    let external = default("/$defs/event/properties/external");
    assert_eq!(*external, pipeline.events["e"].external);
    for trigger in &pipeline.jobs["j"].triggers {
        let kind = match &trigger.kind {
            TriggerKind::Schedule(schedule) => {
                let shards = default("/$defs/schedule-trigger/properties/shards");
                assert_eq!(*shards, schedule.shards);
                "schedule"
            }
            TriggerKind::Event { .. } => "event",
            TriggerKind::Pattern(_) => "pattern",
        };
        let of = |key: &str| default(&format!("/$defs/{kind}-trigger/properties/{key}"));
        assert_eq!(*of("id"), trigger.id.value);
        assert_eq!(*of("enabled"), trigger.enabled.value);
    }
}
