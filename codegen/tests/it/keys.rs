//! Every key of the spec reaches the Terraform module, what `verify` expects and what the local bus installs, or stands
//! in the table of exceptions with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pipeline::{Pipeline, Surroundings};
use serde_json::Value;

use crate::support::root;

/// A spec that has a place for every key.
const BASE: &str = "
pipeline: p
source: s
bus: own
events:
  e: { detail_type: E, external: true }
  f: { detail_type: F }
  g: { detail_type: G, external: true }
defaults: { function: {}, delivery: {}, execution: {} }
alarms: { metrics: { Lost: 0 } }
jobs:
  j:
    function: { package: j }
    triggers:
      - event: e
      - { schedule: rate(1 hour), timezone: Europe/Berlin }
    emits: [f]
  k:
    function: { package: k }
    triggers: [{ pattern: { source: [other] } }]
output: { terraform: terraform/pipeline }
terraform: { cloud: { organization: acme, workspaces: { name: production } } }
";

/// A key, a part of [`BASE`], and the text that replaces this part to give the key another value.
type Change = (String, &'static str, String);

const OWN: &str = "function: { package: j }";
const TRIGGER: &str = "- event: e\n";
const SCHEDULE: &str = "timezone: Europe/Berlin }";
const JOB: &str = "    emits: [f]\n";
const ALARMS: &str = "alarms: { metrics";
const CLOUD: &str = "{ cloud: { organization: acme, workspaces: { name: production } } }";
const S3: &str = "bucket: b, key: k, region: eu-central-1";

/// The settings of functions, each with a value.
const SETTINGS: [(&str, &str); 14] = [
    ("memory_mb", "512"),
    ("timeout", "9m"),
    ("architecture", "x86_64"),
    ("log_retention_days", "7"),
    ("tracing", "false"),
    ("features", "[postgres]"),
    ("secrets", "{ TOKEN_ARN: token }"),
    ("network", "private"),
    ("layers", "[extension]"),
    ("reserved_concurrency", "2"),
    ("ephemeral_storage_mb", "1024"),
    ("kms_key", "main"),
    ("log_level", "warn"),
    ("versions", "true"),
];

/// The thresholds of alarms, each with a value.
const THRESHOLDS: [(&str, &str); 10] = [
    ("period", "10m"),
    ("failed_deliveries", "5"),
    ("undelivered", "5"),
    ("failed_runs", "5"),
    ("lost_runs", "5"),
    ("errors", "5"),
    ("throttles", "5"),
    ("duration_percent", "50"),
    ("emit_failures", "5"),
    ("metrics", "{ Found: 0 }"),
];

/// The keys that the spec has in one place.
const ONCE: &[(&str, &str, &str)] = &[
    ("pipeline", "pipeline: p\n", "pipeline: q\n"),
    ("source", "source: s\n", "source: t\n"),
    ("bus", "bus: own\n", "bus: default\n"),
    (
        "discriminator",
        "bus: own\n",
        "bus: own\ndiscriminator: none\n",
    ),
    (
        "events.*.description",
        "external: true }\n  f",
        "external: true, description: d }\n  f",
    ),
    ("events.*.detail_type", "detail_type: E,", "detail_type: X,"),
    (
        "events.*.external",
        "{ detail_type: E, external: true }",
        "{ detail_type: E }",
    ),
    (
        "events.*.detail",
        "{ detail_type: E,",
        "{ detail_type: E, detail: { n: integer },",
    ),
    (
        "archive.days",
        "bus: own\n",
        "bus: own\narchive: { days: 7 }\n",
    ),
    ("alarms.topic", ALARMS, "alarms: { topic: made, metrics"),
    (
        "alarms.dashboard",
        ALARMS,
        "alarms: { dashboard: false, metrics",
    ),
    ("tags", "bus: own\n", "bus: own\ntags: { team: x }\n"),
    (
        "jobs.*.description",
        JOB,
        "    emits: [f]\n    description: d\n",
    ),
    (
        "jobs.*.function.package",
        OWN,
        "function: { package: other }",
    ),
    (
        "jobs.*.function.existing",
        OWN,
        "function: { existing: theirs }",
    ),
    (
        "jobs.*.function.environment",
        OWN,
        "function: { package: j, environment: { NAME: v } }",
    ),
    (
        "jobs.*.deliver_to",
        "function: { package: k }",
        "deliver_to: queue",
    ),
    (
        "jobs.*.triggers[].schedule",
        "schedule: rate(1 hour)",
        "schedule: rate(2 hours)",
    ),
    (
        "jobs.*.triggers[].timezone",
        "Europe/Berlin",
        "Europe/Paris",
    ),
    (
        "jobs.*.triggers[].flexible_window",
        SCHEDULE,
        "timezone: Europe/Berlin, flexible_window: 5m }",
    ),
    (
        "jobs.*.triggers[].shards",
        SCHEDULE,
        "timezone: Europe/Berlin, shards: 2 }",
    ),
    (
        "jobs.*.triggers[].detail",
        SCHEDULE,
        "timezone: Europe/Berlin, detail: { kind: weekly } }",
    ),
    (
        "defaults.schedule.detail",
        "execution: {}",
        "execution: {}, schedule: { detail: { kind: weekly } }",
    ),
    (
        "subject",
        "events:\n  e: { detail_type: E,",
        "subject: order_id\nevents:\n  e: { detail_type: E, detail: { order_id: string },",
    ),
    ("jobs.*.triggers[].id", TRIGGER, "- { event: e, id: x }\n"),
    (
        "jobs.*.triggers[].enabled",
        TRIGGER,
        "- { event: e, enabled: false }\n",
    ),
    (
        "jobs.*.triggers[].delivery.max_attempts",
        TRIGGER,
        "- { event: e, delivery: { max_attempts: 3 } }\n",
    ),
    (
        "jobs.*.triggers[].delivery.max_age",
        TRIGGER,
        "- { event: e, delivery: { max_age: 2h } }\n",
    ),
    (
        "jobs.*.triggers[].renamed_from",
        TRIGGER,
        "- { event: e, renamed_from: old }\n",
    ),
    ("jobs.*.triggers[].event", TRIGGER, "- event: g\n"),
    (
        "jobs.*.triggers[].where",
        TRIGGER,
        "- { event: e, where: { n: [1] } }\n",
    ),
    (
        "jobs.*.triggers[].input.paths",
        TRIGGER,
        "- { event: e, input: { paths: { a: $.detail }, template: '<a>' } }\n",
    ),
    (
        "jobs.*.triggers[].input.template",
        TRIGGER,
        "- { event: e, input: { template: '\"x\"' } }\n",
    ),
    (
        "jobs.*.triggers[].pattern",
        "source: [other]",
        "source: [others]",
    ),
    ("jobs.*.emits", JOB, "    emits: [f, g]\n"),
    (
        "jobs.*.execution.max_attempts",
        JOB,
        "    emits: [f]\n    execution: { max_attempts: 1 }\n",
    ),
    (
        "jobs.*.execution.max_age",
        JOB,
        "    emits: [f]\n    execution: { max_age: 2h }\n",
    ),
    (
        "jobs.*.loop_guard",
        JOB,
        "    emits: [f]\n    loop_guard: counts\n",
    ),
    (
        "jobs.*.renamed_from",
        JOB,
        "    emits: [f]\n    renamed_from: old\n",
    ),
    ("output.terraform", "terraform/pipeline", "terraform/other"),
    (
        "output.events",
        "terraform/pipeline }",
        "terraform/pipeline, events: events.rs }",
    ),
    (
        "terraform.cloud.organization",
        "organization: acme",
        "organization: other",
    ),
    (
        "terraform.cloud.hostname",
        "organization: acme",
        "organization: acme, hostname: tfe.acme.example",
    ),
    (
        "terraform.cloud.driven_by",
        "organization: acme",
        "organization: acme, driven_by: vcs",
    ),
    (
        "terraform.cloud.workspaces.name",
        "workspaces: { name: production }",
        "workspaces: { name: other }",
    ),
    (
        "terraform.cloud.workspaces.tags",
        "workspaces: { name: production }",
        "workspaces: { tags: [p] }",
    ),
    (
        "terraform.cloud.workspaces.project",
        "workspaces: { name: ",
        "workspaces: { project: x, name: ",
    ),
    (
        "local.environment",
        "bus: own\n",
        "bus: own\nlocal: { environment: { DATABASE: x } }\n",
    ),
];

/// Returns a change for every key of the schema that holds no other key.
fn changes() -> Vec<Change> {
    let mut changes: Vec<Change> = ONCE
        .iter()
        .map(|(key, from, to)| ((*key).to_owned(), *from, (*to).to_owned()))
        .collect();
    for (key, value) in SETTINGS {
        changes.push((
            format!("defaults.function.{key}"),
            "function: {},",
            format!("function: {{ {key}: {value} }},"),
        ));
        changes.push((
            format!("jobs.*.function.{key}"),
            OWN,
            format!("function: {{ package: j, {key}: {value} }}"),
        ));
    }
    for kind in ["delivery", "execution"] {
        for (key, value) in [("max_attempts", "1"), ("max_age", "2h")] {
            changes.push((
                format!("defaults.{kind}.{key}"),
                if kind == "delivery" {
                    "delivery: {}"
                } else {
                    "execution: {}"
                },
                format!("{kind}: {{ {key}: {value} }}"),
            ));
        }
    }
    for (key, value) in THRESHOLDS {
        let with_metrics = if key == "metrics" {
            ""
        } else {
            ", metrics: { Lost: 0 }"
        };
        changes.push((
            format!("alarms.{key}"),
            "alarms: { metrics: { Lost: 0 } }",
            format!("alarms: {{ {key}: {value}{with_metrics} }}"),
        ));
        changes.push((
            format!("jobs.*.alarms.{key}"),
            JOB,
            format!("{JOB}    alarms: {{ {key}: {value} }}\n"),
        ));
    }
    for (key, is_text) in pipeline::language::S3_SETTINGS {
        let value = match key {
            "bucket" | "key" | "region" => {
                S3.replace(&format!("{key}: "), &format!("{key}: other-"))
            }
            _ if is_text => format!("{S3}, {key}: x"),
            _ => format!("{S3}, {key}: true"),
        };
        changes.push((
            format!("terraform.backend.s3.{key}"),
            CLOUD,
            format!("{{ backend: {{ s3: {{ {value} }} }} }}"),
        ));
    }
    changes
}

/// A thing that is made from a spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Made {
    Module,
    Verify,
    LocalBus,
}

use Made::{LocalBus, Module, Verify};

/// Exceptions: a key or the beginning of keys, the things that it does not change, and the reason.
const EXCEPTIONS: &[(&str, &[Made], &str)] = &[
    ("alarms.", &[Verify, LocalBus], ALARMS_ARE_NOT_READ),
    (
        "archive.days",
        &[Verify, LocalBus],
        "an archive is not read, and the local bus is given one over its API",
    ),
    (
        "events.*.description",
        &[Module, Verify, LocalBus],
        "it documents the typed events and the picture",
    ),
    (
        "events.*.detail",
        &[Module, Verify, LocalBus],
        "it types the events, and is checked before one is sent",
    ),
    (
        "events.*.external",
        &[Verify, LocalBus],
        "it says which events other accounts may put onto the bus",
    ),
    ("jobs.*.alarms.", &[Verify, LocalBus], ALARMS_ARE_NOT_READ),
    (
        "jobs.*.description",
        &[Verify, LocalBus],
        "it is for people",
    ),
    (
        "jobs.*.emits",
        &[Verify, LocalBus],
        "roles are not read, and on this machine a function may do what the user may",
    ),
    (
        "jobs.*.function.environment",
        &[Verify],
        SETTINGS_ARE_NOT_READ,
    ),
    (
        "jobs.*.function.package",
        &[Module, Verify],
        "it says what is built; the zip has the name of the job",
    ),
    (
        "jobs.*.loop_guard",
        &[Module, Verify, LocalBus],
        "it is a remark for the checks",
    ),
    (
        "jobs.*.triggers[].flexible_window",
        &[LocalBus],
        "on this machine a run starts at once",
    ),
    (
        "local.environment",
        &[Module, Verify],
        "it is for this machine alone",
    ),
    (
        "output.events",
        &[Module, Verify, LocalBus],
        "it says where the typed events go",
    ),
    (
        "output.terraform",
        &[Verify, LocalBus],
        "it says where the module goes",
    ),
    (
        "subject",
        &[Module, Verify, LocalBus],
        "it says what people are told of events",
    ),
    (
        "tags",
        &[Verify, LocalBus],
        "tags are not read, and this machine has none",
    ),
    (
        "terraform.",
        &[Verify, LocalBus],
        "it says where Terraform keeps its state",
    ),
    (
        "terraform.cloud.driven_by",
        &[Module],
        "it says what a check of the zips looks for",
    ),
];

/// A reason: `verify` looks for what loses events, and a plan shows every other difference.
const SETTINGS_ARE_NOT_READ: &str = "verify looks for what loses events, and a plan shows all else";
const ALARMS_ARE_NOT_READ: &str = "alarms are not read, and nothing is watched on this machine";

/// Settings of functions that change only one of the things.
const OF_FUNCTIONS: &[(&str, &[Made], &str)] = &[
    ("memory_mb", &[Verify], SETTINGS_ARE_NOT_READ),
    ("timeout", &[Verify], SETTINGS_ARE_NOT_READ),
    (
        "architecture",
        &[Verify, LocalBus],
        "functions are built for this machine",
    ),
    (
        "log_retention_days",
        &[Verify, LocalBus],
        "on this machine functions log to standard error",
    ),
    ("tracing", &[Verify, LocalBus], ONLY_ON_AWS),
    (
        "features",
        &[Module, Verify, LocalBus],
        "it says what is built for AWS",
    ),
    (
        "secrets",
        &[Verify, LocalBus],
        "there are no secrets on this machine",
    ),
    ("network", &[Verify, LocalBus], ONLY_ON_AWS),
    ("layers", &[Verify, LocalBus], ONLY_ON_AWS),
    (
        "reserved_concurrency",
        &[Verify],
        "verify asks whether it is 0, which stops the function",
    ),
    ("ephemeral_storage_mb", &[Verify, LocalBus], ONLY_ON_AWS),
    ("kms_key", &[Verify, LocalBus], ONLY_ON_AWS),
    (
        "log_level",
        &[Verify, LocalBus],
        "on this machine `RUST_LOG` says it",
    ),
    (
        "versions",
        &[LocalBus],
        "this machine has one version, which rules invoke",
    ),
];
const ONLY_ON_AWS: &str = "this machine has no counterpart";

/// Returns the things that a key does not change.
fn exceptions(key: &str) -> BTreeSet<Made> {
    let of_key = EXCEPTIONS.iter().filter(|(of, _, reason)| {
        assert!(!reason.is_empty());
        key == *of || of.ends_with('.') && key.starts_with(of)
    });
    let setting = key.rsplit_once("function.").map(|(_, setting)| setting);
    let of_functions = OF_FUNCTIONS
        .iter()
        .filter(|(of, _, _)| setting == Some(*of));
    let all = of_key.chain(of_functions);
    all.flat_map(|(_, made, _)| made.iter().copied()).collect()
}

fn parse(spec: &str) -> Pipeline {
    let parsed = pipeline::parse(spec, &Surroundings::default());
    assert!(!parsed.has_errors(), "{spec}\n{:#?}", parsed.diagnostics);
    parsed.pipeline.unwrap()
}

/// Makes everything from a spec, as text.
fn made(spec: &str) -> BTreeMap<Made, String> {
    let pipeline = parse(spec);
    let packages = codegen::local::packages(&pipeline).into_iter();
    let binaries = packages.map(|package| (package.to_owned(), package.into()));
    let wiring = codegen::local::wiring(&pipeline, Path::new("."), &binaries.collect()).unwrap();
    BTreeMap::from([
        (
            Module,
            format!("{:?}", terraform::render(&pipeline, "pipeline.yaml")),
        ),
        (
            Verify,
            format!("{:?}", deployed::verify::expected(&pipeline, "dev")),
        ),
        (LocalBus, format!("{wiring:?}")),
    ])
}

#[test]
fn every_key_reaches_what_is_made_or_has_a_reason() {
    let base = made(BASE);
    let mut wrong = Vec::new();
    for (key, from, to) in changes() {
        assert_eq!(BASE.matches(from).count(), 1, "{key}: {from}");
        let changed = made(&BASE.replacen(from, &to, 1));
        let same = base.iter().filter(|(made, text)| changed[*made] == **text);
        let same: BTreeSet<Made> = same.map(|(made, _)| *made).collect();
        let excepted = exceptions(&key);
        if same != excepted {
            wrong.push(format!(
                "{key}: {same:?} do not change, and {excepted:?} are excepted"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_key_of_the_schema_has_a_change() {
    let text = std::fs::read_to_string(root().join("codegen/pipeline.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let mut keys = BTreeSet::new();
    walk(&schema, &schema, "", &mut keys);
    // A key that holds others is tested by them.
    let holds_others = |key: &String| {
        let inside = [format!("{key}."), format!("{key}[")];
        keys.iter()
            .any(|other| inside.iter().any(|start| other.starts_with(start)))
    };
    let leaves: BTreeSet<&str> = keys
        .iter()
        .filter(|key| !holds_others(key))
        .map(String::as_str)
        .collect();
    let changes = changes();
    let changed: BTreeSet<&str> = changes.iter().map(|(key, _, _)| key.as_str()).collect();
    assert_eq!(leaves, changed);
    assert!(leaves.len() > 90, "{}", leaves.len());
}

/// Collects the keys below a part of the schema.
fn walk(schema: &Value, node: &Value, at: &str, keys: &mut BTreeSet<String>) {
    if let Some(reference) = node["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        // Patterns and the types of fields are languages of their own, and have their own tests.
        if !pointer.ends_with("/pattern") && !pointer.ends_with("/field") {
            walk(schema, schema.pointer(pointer).unwrap(), at, keys);
        }
    }
    for (key, value) in node["properties"].as_object().into_iter().flatten() {
        let key = if at.is_empty() {
            key.clone()
        } else {
            format!("{at}.{key}")
        };
        // The filter `where` is a pattern, too.
        if !key.ends_with(".where") {
            walk(schema, value, &key, keys);
        }
        keys.insert(key);
    }
    walk_named(schema, &node["additionalProperties"], at, keys);
    for (_, value) in node["patternProperties"].as_object().into_iter().flatten() {
        walk_named(schema, value, at, keys);
    }
    if node["items"].is_object() {
        walk(schema, &node["items"], &format!("{at}[]"), keys);
    }
    for combined in ["anyOf", "oneOf", "allOf"] {
        for part in node[combined].as_array().into_iter().flatten() {
            walk(schema, part, at, keys);
        }
    }
}

fn walk_named(schema: &Value, node: &Value, at: &str, keys: &mut BTreeSet<String>) {
    if node.is_object() {
        walk(schema, node, &format!("{at}.*"), keys);
    }
}
