//! What the spec language means.

use pipeline::model::{Architecture, Bus, FieldType, TriggerKind, Work};
use pipeline::{Pipeline, Surroundings, parse};

fn read(spec: &str) -> Pipeline {
    let parsed = parse(spec, &Surroundings::default());
    assert!(!parsed.has_errors(), "{:#?}", parsed.diagnostics);
    parsed.pipeline.unwrap()
}

/// Messages with the piece of the spec that each points at.
fn findings(spec: &str) -> Vec<(String, String)> {
    let found = parse(spec, &Surroundings::default()).diagnostics;
    found
        .iter()
        .map(|found| (found.message.clone(), spec[found.span.range()].to_owned()))
        .collect()
}

#[test]
fn anchors_and_merge_keys_work() {
    let pipeline = read(
        "
pipeline: p
source: s
events:
  a: { detail_type: A, external: true, detail: &subject { user_id: string, at: timestamp } }
  b: { detail_type: B, external: true, detail: { <<: *subject, at: date? } }
jobs:
  j: { function: { package: j }, triggers: [ { event: a, id: a }, { event: b, id: b } ] }
",
    );
    let detail = &pipeline.events["b"].detail;
    assert_eq!(detail["user_id"].field_type, FieldType::String);
    assert_eq!(detail["at"].field_type, FieldType::Date);
    assert!(detail["at"].optional);
}

#[test]
fn a_job_overrides_the_defaults_one_by_one() {
    let pipeline = read(
        "
pipeline: p
source: s
bus: orders
defaults:
  function: { memory_mb: 512, timeout: 2m, architecture: x86_64 }
  delivery: { max_attempts: 3, max_age: 1h }
events: { e: { detail_type: E, external: true } }
jobs:
  j:
    function: { package: j, timeout: 90s }
    triggers:
      - event: e
        delivery: { max_age: 10m }
  k:
    function: { existing: arn:aws:lambda:eu-central-1:123456789012:function:k }
    triggers: [ { event: e } ]
",
    );
    let job = &pipeline.jobs["j"];
    let function = job.work.function().unwrap();
    assert_eq!(
        (function.memory_mb.value, function.timeout_seconds.value),
        (512, 90)
    );
    assert_eq!(function.architecture, Architecture::X86_64);
    let delivery = job.triggers[0].delivery;
    assert_eq!((delivery.max_attempts, delivery.max_age_seconds), (3, 600));
    assert!(matches!(&pipeline.jobs["k"].work, Work::Existing(_)));
    assert!(matches!(&pipeline.bus, Bus::Custom(name) if name.value == "orders"));
}

#[test]
fn a_pattern_keeps_its_types() {
    let pipeline = read("
pipeline: p
source: s
jobs:
  j:
    function: { package: j }
    triggers:
      - pattern: { source: [aws.s3], detail: { size: [{ numeric: ['>', 5] }], ok: [true, null], name: ['5', no] } }
");
    let TriggerKind::Pattern(pattern) = &pipeline.jobs["j"].triggers[0].kind else {
        panic!("{:?}", pipeline.jobs);
    };
    let expected = serde_json::json!({
        "source": ["aws.s3"],
        "detail": { "size": [{ "numeric": [">", 5] }], "ok": [true, null], "name": ["5", "no"] },
    });
    assert_eq!(serde_json::Value::Object(pattern.json.clone()), expected);
}

#[test]
fn every_mistake_is_found_in_one_run_at_its_place() {
    let found = findings(
        "
pipeline: p
source: s
events:
  user.signup: { detail_type: User Signup, external: true, detial: {} }
jobs:
  j:
    function: { package: j, timeout: 5 minutes, tracing: yes, memory_mb: 64 }
    triggers:
      - event: user.signpu
      - event: user.signup
        schedule: rate(1 hour)
    triggers: []
",
    );
    let expected = [
        ("unknown key `detial` in an event", "detial"),
        ("`5 minutes` is not a duration", "5 minutes"),
        ("expected `true` or `false`, and this is a string", "yes"),
        (
            "a function's memory in MB must be 128 to 10240, not 64",
            "64",
        ),
        ("the event `user.signpu` is not declared", "user.signpu"),
        (
            "a trigger waits for one thing, not for `schedule` and `event`",
            "event",
        ),
        ("the key `triggers` stands twice in a job", "triggers"),
    ];
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(message, at)| (message.as_str(), at.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn spans_count_bytes_whatever_stands_before() {
    let found = findings("# größe ✓\npipeline: p\nsource: s\njobz: {}\n");
    assert_eq!(
        found,
        [(
            "unknown key `jobz` in the spec".to_owned(),
            "jobz".to_owned()
        )]
    );
}
