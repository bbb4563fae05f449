//! Tests of the JSON Schema of the spec: it is valid and fresh, and accepts what the reader accepts.

mod beyond;
mod drift;
mod production;
mod scheduled;

use std::fs;
use std::sync::OnceLock;

use jsonschema::Validator;
use pipeline::{Diagnostic, Parsed, Surroundings};
use serde_json::{Value, json};

use crate::support::{codegen, root, stdout};

/// Returns the schema as the command prints it.
fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| serde_json::from_str(&printed()).unwrap())
}

fn printed() -> String {
    let output = codegen(root(), &["schema"]);
    assert!(output.status.success(), "{output:?}");
    stdout(&output)
}

fn validator() -> &'static Validator {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    VALIDATOR.get_or_init(|| jsonschema::draft202012::new(schema()).unwrap())
}

/// Converts a spec as an editor does, with aliases and merge keys resolved; nothing if it is not YAML.
fn as_json(spec: &str) -> Option<Value> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(spec, options).ok()
}

/// Returns what the schema says against a spec.
fn complaints(spec: &str) -> Vec<String> {
    let Some(value) = as_json(spec) else {
        return Vec::new();
    };
    validator()
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn parse(spec: &str) -> Parsed {
    pipeline::parse(spec, &Surroundings::default())
}

/// Returns the errors of the reader and its checks for a spec.
fn errors(spec: &str) -> Vec<Diagnostic> {
    let mut found = parse(spec).diagnostics;
    found.retain(Diagnostic::is_error);
    found
}

/// Visits every schema inside the schema, with its path.
fn walk(value: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(path, value);
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                walk(value, &format!("{path}/{key}"), visit);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                walk(value, &format!("{path}/{index}"), visit);
            }
        }
        _ => {}
    }
}

/// Writes a spec with these keys at its top.
fn top(keys: &str) -> String {
    format!("pipeline: p\nsource: s\n{keys}\n")
}

fn event(keys: &str) -> String {
    top(&format!(
        "events: {{ e: {{ detail_type: E, external: true, {keys} }} }}"
    ))
}

fn job(keys: &str) -> String {
    format!(
        "{}jobs: {{ j: {{ function: {{ package: j }}, {keys} }} }}\n",
        event("")
    )
}

fn function(keys: &str) -> String {
    format!("{}jobs: {{ j: {{ function: {{ {keys} }} }} }}\n", event(""))
}

fn trigger(keys: &str) -> String {
    job(&format!("triggers: [ {{ {keys} }} ]"))
}

fn filter(fields: &str) -> String {
    trigger(&format!("event: e, where: {{ {fields} }}"))
}

#[test]
fn the_committed_schema_is_fresh() {
    let committed = fs::read_to_string(root().join("codegen/pipeline.schema.json")).unwrap();
    assert!(
        printed() == committed,
        "codegen/pipeline.schema.json is stale: renew it with\n  cargo run -q -p codegen -- schema > codegen/pipeline.schema.json"
    );
}

#[test]
fn the_committed_page_is_fresh() {
    let output = codegen(root(), &["schema", "--page"]);
    let committed = fs::read_to_string(root().join("docs/spec.md")).unwrap();
    assert!(
        stdout(&output) == committed,
        "docs/spec.md is stale: renew it with\n  cargo run -q -p codegen -- schema --page > docs/spec.md"
    );
}

#[test]
fn programs_get_the_same_in_one_line() {
    let output = codegen(root(), &["schema", "--format", "json"]);
    let text = stdout(&output);
    assert_eq!(text.lines().count(), 1);
    assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), schema());
}

#[test]
fn the_schema_is_valid() {
    let dialect = "https://json-schema.org/draft/2020-12/schema";
    assert_eq!(schema()["$schema"], dialect);
    jsonschema::draft202012::meta::validate(schema()).unwrap();
}

#[test]
fn examples_and_defaults_fit_where_they_stand() {
    let mut count = 0;
    walk(schema(), "", &mut |path, value| {
        let examples = value["examples"].as_array().into_iter().flatten();
        for example in examples.chain(value.get("default")) {
            let mut part = value.clone();
            part["$defs"] = schema()["$defs"].clone();
            let part = jsonschema::draft202012::new(&part).unwrap();
            assert!(part.is_valid(example), "{path}: {example}");
            count += 1;
        }
    });
    assert!(count > 30, "{count}");
}

#[test]
fn every_key_is_described() {
    walk(schema(), "", &mut |path, value| {
        let Some(properties) = value.get("properties").and_then(Value::as_object) else {
            return;
        };
        for (key, mut value) in properties {
            if let Some(reference) = value["$ref"].as_str() {
                value = schema().pointer(&reference[1..]).unwrap();
            }
            // An operator inside another one is described at the operator itself.
            let is_nested = path.starts_with("/$defs/operator/") || key == "$or";
            let is_described = value["description"].is_string();
            assert!(is_described || is_nested, "{path}/properties/{key}");
        }
    });
}

#[test]
fn specs_without_mistakes_are_accepted() {
    let mut specs = vec![
        root().join("pipeline.yaml"),
        root().join("crates/typed-events/src/golden/rich/pipeline.yaml"),
    ];
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        specs.push(entry.unwrap().path().join("pipeline.yaml"));
    }
    assert!(specs.len() > 3, "{specs:?}");
    for path in specs {
        let spec = fs::read_to_string(&path).unwrap();
        assert!(as_json(&spec).is_some(), "{}", path.display());
        assert_eq!(complaints(&spec), [""; 0], "{}", path.display());
    }
}

#[test]
fn specs_name_the_schema_for_editors() {
    let committed = root().join("codegen/pipeline.schema.json");
    let committed = committed.canonicalize().unwrap();
    for folder in [
        "",
        "examples/billing",
        "examples/digest",
        "examples/dunning",
        "examples/mailing",
        "examples/newsletter",
        "examples/orders",
        "examples/settlement",
        "examples/shop",
    ] {
        let folder = root().join(folder);
        let spec = fs::read_to_string(folder.join("pipeline.yaml")).unwrap();
        let first = spec.lines().next().unwrap();
        let path = first.strip_prefix("# yaml-language-server: $schema=");
        let named = folder.join(path.unwrap()).canonicalize().unwrap();
        assert_eq!(named, committed);
    }
}

/// Asserts whether both the schema and the reader accept specs.
#[track_caller]
fn check_both(specs: impl IntoIterator<Item = String>, accepted: bool) {
    for spec in specs {
        assert!(as_json(&spec).is_some(), "not YAML:\n{spec}");
        let (found, complaints) = (errors(&spec), complaints(&spec));
        assert_eq!(found.is_empty(), accepted, "reader: {found:?}\n{spec}");
        assert_eq!(
            complaints.is_empty(),
            accepted,
            "schema: {complaints:?}\n{spec}"
        );
    }
}

#[test]
fn what_the_reader_takes_is_taken() {
    check_both(
        [
            top("bus: My.Bus_1-a"),
            top("events:\njobs:"),
            top("discriminator: none"),
            top("output: { terraform: a/b/, events: src/a.rs }"),
            top("terraform: { cloud: { organization: o, workspaces: { tags: [a], project: p } } }"),
            top("terraform: { cloud: { workspaces: { name: a }, driven_by: vcs } }"),
            top("terraform: { backend: { s3: { bucket: b, key: k, use_lockfile: true } } }"),
            top(
                "terraform: { backend: { s3: { bucket: data.acme.example, key: local.tfstate } } }",
            ),
            top("terraform: { cloud: { hostname: terraform.acme.example } }"),
            top("terraform: { cloud: { hostname: local.acme.example } }"),
            job("renamed_from: [a, b-c]"),
            trigger("event: e, id: new, renamed_from: event"),
            "pipeline: p\nsource: 2026\n".to_owned(),
            top(
                "events:\n  a: &a { detail_type: A, external: true }\n  b: { <<: *a, detail_type: B }",
            ),
            event("description: 2026"),
            event("detail: { a: string?, b: [[date]], c: { d: json }, e: {}, f: [{ g: number }] }"),
            job("triggers:, emits:"),
            job("execution: { max_attempts: 0, max_age: 6h }"),
            function("package: a, environment: { PORT: 80, DEBUG: true, a1: x }"),
            function("package: a, environment: { AWS_RETRY_MODE: adaptive, LAMBDA_STAGE: x }"),
            function("existing: 'arn:aws:lambda:eu-central-1:123456789012:function:f'"),
            function("package: a, memory_mb: 10240, timeout: 900s, log_retention_days: 0"),
            trigger("schedule: rate(1 minute), shards: 100, flexible_window: 1m"),
            trigger("schedule: cron(0  1 ? * 2#1 *), timezone: Asia/Tokyo, enabled: false"),
            trigger("schedule: 'at(2030-01-01T00:00:00)', timezone: UTC, id: once"),
            trigger("event: e, delivery: { max_attempts: 0 }"),
            trigger("pattern: { source: [x], detail: { a: [null, 1, true] } }"),
            filter("a: [x, { prefix: y }], b: { c: [{ exists: false }] }"),
            filter(
                "a: [{ suffix: { equals-ignore-case: Z } }, { exactly: z }, { wildcard: '*z' }]",
            ),
            filter("a: [{ numeric: ['>', 0, '<=', 1.5] }, { numeric: ['=', 3] }]"),
            filter(
                "a: [{ anything-but: x }, { anything-but: [1, 2] }, { anything-but: { prefix: [a, b] } }]",
            ),
            filter("a: [{ cidr: 10.0.0.0/8 }, { cidr: '2001:db8::/32' }]"),
            filter("$or: [{ a: [1] }, { b: [2], $or: [{ c: [3] }, { d: [4] }] }]"),
            filter("$or: [a field, { prefix: like any other }]"),
        ],
        true,
    );
}

#[test]
fn what_the_reader_refuses_of_a_backend_and_a_rename_is_refused() {
    check_both(
        [
            top("terraform: { cloud: {}, backend: { s3: { bucket: b, key: k } } }"),
            top("terraform: { cloud: { workspaces: { name: a, tags: [b] } } }"),
            top("terraform: { cloud: { organization: '${var.o}' } }"),
            top("terraform: { cloud: { organization: module.names.o } }"),
            top("terraform: { cloud: { hostname: var.hostname } }"),
            top("terraform: { cloud: { hostname: data.aws_ssm_parameter.h.value } }"),
            top("terraform: { backend: { s3: { bucket: 'local.names[0]', key: k } } }"),
            top("terraform: { backend: { s3: { bucket: b } } }"),
            job("renamed_from: [A]"),
        ],
        false,
    );
}

#[test]
fn what_the_reader_refuses_is_refused() {
    check_both(
        [
            // Keys.
            top("job: {}"),
            event("externl: true"),
            job("trigers: []"),
            trigger("event: e, wher: {}"),
            trigger("event: e, timezone: UTC"),
            trigger("schedule: rate(1 hour), where: { a: [1] }"),
            trigger("pattern: { source: [x] }, shards: 2"),
            "pipeline: p\n".to_owned(),
            top("events: { e: { external: true } }"),
            top("jobs: { j: {} }"),
            // Types.
            "[pipeline, p]".to_owned(),
            top("jobs: []"),
            top("defaults:"),
            top("events: { e: { detail_type: E, external: yes } }"),
            event("detail: string"),
            event("description: [x]"),
            job("emits: e"),
            job("triggers: { event: e }"),
            function("package: a, memory_mb: lots"),
            // Words and fields' types.
            top("discriminator: source"),
            function("package: a, architecture: arm"),
            event("detail: { a: text }"),
            event("detail: { a: [string, string] }"),
            event("detail: { a: [] }"),
            event("detail: { a: { b: string?? } }"),
            // Numbers and durations.
            function("package: a, memory_mb: 64"),
            function("package: a, log_retention_days: 31"),
            function("package: a, timeout: 90"),
            function("package: a, timeout: 5 minutes"),
            job("execution: { max_attempts: 3 }"),
            trigger("event: e, delivery: { max_attempts: 186 }"),
            trigger("schedule: rate(1 hour), shards: 0"),
            // Functions and triggers.
            function("memory_mb: 128"),
            function("package: a, existing: b"),
            trigger("enabled: true"),
            trigger("event: e, schedule: rate(1 hour)"),
            trigger("event: e, pattern: { source: [x] }"),
            trigger("schedule: '0 1 * * ?'"),
            trigger("schedule: cron(0 1 * * ?)"),
            trigger("schedule: rate(5 weeks)"),
            // Texts.
            "pipeline: p\nsource: aws.p\n".to_owned(),
            "pipeline: p\nsource: ''\n".to_owned(),
            event(&format!(
                "detail: {{}} }}, f: {{ detail_type: {}",
                "x".repeat(129)
            )),
            job(&format!("description: {}", "é".repeat(257))),
            function("package: a, environment: { AWS_REGION: x }"),
            function("package: a, environment: { EVENT_BUS_NAME: x }"),
            function("package: a, environment: { A: x }"),
            top(&format!("bus: {}", "b".repeat(240))),
            // Patterns.
            filter("a: x"),
            filter("a: []"),
            filter(""),
            filter("event_type: [e]"),
            filter("a: [[x]]"),
            filter("a: [{}]"),
            filter("a: [{ like: x }]"),
            filter("a: [{ prefix: x, suffix: y }]"),
            filter("a: [{ prefix: 1 }]"),
            filter("a: [{ prefix: { wildcard: x } }]"),
            filter("a: [{ exists: x }]"),
            filter("a: [{ cidr: 10.0.0.0 }]"),
            filter("a: [{ numeric: ['>', x] }]"),
            filter("a: [{ numeric: ['<', 1, '>', 0] }]"),
            filter("a: [{ anything-but: [x, 1] }]"),
            filter("a: [{ anything-but: { prefix: '' } }]"),
            filter("a: [{ anything-but: { exists: true } }]"),
            filter("$or: [{ a: [1] }]"),
            filter("$or: [{ a: [1] }, { b: { exists: [2] } }]"),
            filter("$or: [{ a: [1] }, { b: { prefix: [2] } }]"),
        ],
        false,
    );
}

#[test]
fn paths_and_names_are_read_alike() {
    for path in [
        "a", "a/b", "a/b/", ".a", "a..b", "", "/a", "a//b", "./a", "a/./b", "a/..", "../a",
        "a/../b", "a:b", "a\\b", "a\tb", "/", ".", "..", "...", "a.rs", "a/.rs",
    ] {
        for key in ["terraform", "events"] {
            let spec = top(&format!("output: {{ {key}: {} }}", json!(path)));
            let is_fine = errors(&spec).is_empty();
            assert_eq!(complaints(&spec).is_empty(), is_fine, "{key}: {path}");
        }
    }
    for name in [
        "a", "a1", "a-b", "a-b-c", "A", "a.b", "a_b", "", "1a", "-a", "a-", "a--b", "a-1", "ä",
        "a b", "_", "a.-b", "a.",
    ] {
        let name = json!(name);
        for spec in [
            format!("pipeline: {name}\nsource: s\n"),
            top(&format!("bus: {name}")),
            top(&format!(
                "events: {{ {name}: {{ detail_type: E, external: true }} }}"
            )),
            top(&format!(
                "jobs: {{ {name}: {{ function: {{ package: a }} }} }}"
            )),
            trigger(&format!("event: e, id: {name}")),
        ] {
            let is_fine = errors(&spec).is_empty();
            assert_eq!(complaints(&spec).is_empty(), is_fine, "{spec}");
        }
    }
}

#[test]
fn what_only_check_can_tell_is_left_to_it() {
    for (reason, spec) in [
        (
            "the units of a duration",
            function("package: a, timeout: 16m"),
        ),
        ("a name in another place", job("emits: [f]")),
        (
            "a name that is made of others",
            format!(
                "pipeline: {}\nsource: s\njobs: {{ j: {{ function: {{ package: j }} }} }}\n",
                "p".repeat(64)
            ),
        ),
        (
            "the order of years",
            trigger("schedule: cron(0 9 1 1 ? 2030-2026)"),
        ),
        (
            "the list of time zones",
            trigger("schedule: rate(1 hour), timezone: Mars/Phobos"),
        ),
        (
            "which end of a range is lower",
            filter("a: [{ numeric: ['>', 1, '<', 0] }]"),
        ),
    ] {
        assert!(!errors(&spec).is_empty(), "{reason}");
        assert_eq!(complaints(&spec), [""; 0], "{reason}");
    }
}
