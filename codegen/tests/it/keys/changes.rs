//! A change of a spec for every key of it.

use super::triggers::TRIGGERS;

/// A key, a part of the spec, and what stands there with the key or with another value of it.
pub(crate) type Change = (String, &'static str, String);

const OWN: &str = "function: { package: j }";
pub(super) const TRIGGER: &str = "- event: e\n";
pub(super) const SCHEDULE: &str = "timezone: Europe/Berlin }";
const JOB: &str = "    emits: [f]\n";
const ALARMS: &str = "alarms: { metrics";
const BUFFER: &str = "buffer: { window";
const WATCHED: &str = "period: 15m";
const CLOUD: &str = "{ cloud: { organization: acme, workspaces: { name: production } } }";
const S3: &str = "bucket: b, key: k, region: eu-central-1";

/// The settings of functions, each with a value.
const SETTINGS: [(&str, &str); 22] = [
    ("memory_mb", "512"),
    ("timeout", "9m"),
    ("architecture", "x86_64"),
    ("log_retention_days", "7"),
    ("tracing", "false"),
    ("features", "[postgres]"),
    ("secrets.*.name", "{ TOKEN_ARN: { name: token } }"),
    (
        "secrets.*.kms_key",
        "{ TOKEN_ARN: { name: token, kms_key: tokens } }",
    ),
    (
        "permissions[].actions",
        "[{ actions: [s3:GetObject], resources: ['arn:aws:s3:::a'] }]",
    ),
    (
        "permissions[].resources",
        "[{ actions: [s3:PutObject], resources: ['arn:aws:s3:::b'] }]",
    ),
    (
        "permissions[].conditions",
        "[{ actions: [s3:GetObject], resources: ['arn:aws:s3:::a'], conditions: { Null: { a: 'true' } } }]",
    ),
    ("policies", "['arn:aws:iam::aws:policy/A']"),
    ("network", "private"),
    ("layers", "[extension]"),
    ("reserved_concurrency", "2"),
    ("ephemeral_storage_mb", "1024"),
    ("kms_key", "main"),
    ("log_level", "warn"),
    ("log_events", "keys"),
    ("log_class", "infrequent_access"),
    ("keep_log", "true"),
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
    ("jobs.*.buffer.batch", BUFFER, "buffer: { batch: 5, window"),
    ("jobs.*.buffer.window", "window: 1s", "window: 2s"),
    (
        "jobs.*.buffer.fifo",
        "buffer: { window: 1s,",
        "buffer: { fifo: true,",
    ),
    (
        "jobs.*.buffer.max_concurrency",
        "max_concurrency: 4",
        "max_concurrency: 5",
    ),
    (
        "jobs.*.buffer.max_receives",
        BUFFER,
        "buffer: { max_receives: 3, window",
    ),
    (
        "jobs.*.alarms.waiting_minutes",
        WATCHED,
        "period: 15m, waiting_minutes: 5",
    ),
    (
        "jobs.*.alarms.waiting_events",
        WATCHED,
        "period: 15m, waiting_events: 5",
    ),
    (
        "alarms.waiting_minutes",
        ALARMS,
        "alarms: { waiting_minutes: 5, metrics",
    ),
    (
        "alarms.waiting_events",
        ALARMS,
        "alarms: { waiting_events: 5, metrics",
    ),
    ("pipeline", "pipeline: p\n", "pipeline: q\n"),
    ("source", "source: s\n", "source: t\n"),
    ("bus.existing", "bus: own\n", "bus: { existing: theirs }\n"),
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
    (
        "events.*.source",
        "e: { detail_type: E,",
        "e: { source: theirs, detail_type: E,",
    ),
    (
        "events.*.aws",
        "bus: own\nvalues: { v: { local: w } }\nevents:\n  e: { detail_type: E, external: true }",
        // AWS sends nothing to another bus.
        "bus: default\nvalues: { v: { local: w } }\nevents:\n  e: { aws: s3.object-created }",
    ),
    (
        "events.*.discriminator",
        "e: { detail_type: E,",
        "e: { discriminator: none, detail_type: E,",
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
        "events.*.allow",
        "{ detail_type: E,",
        "{ allow: { broken-consumer: x }, detail_type: E,",
    ),
    (
        "archive.days",
        "bus: own\n",
        "bus: own\narchive: { days: 7 }\n",
    ),
    (
        "names.region",
        "bus: own\n",
        "bus: own\nnames: { region: true }\n",
    ),
    (
        "volumes.events_per_day",
        "bus: own\n",
        "bus: own\nvolumes: { events_per_day: { e: 5 } }\n",
    ),
    (
        "volumes.deliveries_per_day",
        "bus: own\n",
        "bus: own\nvolumes: { deliveries_per_day: { j: 5 } }\n",
    ),
    (
        "volumes.run_ms",
        "bus: own\n",
        "bus: own\nvolumes: { run_ms: { j: 5 } }\n",
    ),
    ("alarms.topic", ALARMS, "alarms: { topic: made, metrics"),
    (
        "alarms.dashboard",
        ALARMS,
        "alarms: { dashboard: false, metrics",
    ),
    (
        "values.*.description",
        "{ local: w }",
        "{ local: w, description: d }",
    ),
    (
        "values.*.type",
        "{ local: w }",
        "{ type: integer, local: 5 }",
    ),
    ("values.*.local", "{ local: w }", "{ local: x }"),
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
    ("jobs.*.function.zip", "zip: j.zip", "zip: other.zip"),
    (
        "jobs.*.function.runtime",
        "runtime: python3.13",
        "runtime: python3.12",
    ),
    (
        "jobs.*.function.handler",
        "handler: j.handler",
        "handler: j.other",
    ),
    (
        "jobs.*.function.image",
        OWN,
        "function: { image: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/jj:1' }",
    ),
    (
        "jobs.*.function.local.command",
        "command: [python3]",
        "command: [python3, -v]",
    ),
    (
        "jobs.*.function.local.directory",
        "command: [python3]",
        "command: [python3], directory: x",
    ),
    (
        "jobs.*.function.environment",
        OWN,
        "function: { package: j, environment: { NAME: v } }",
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
    ("jobs.*.emits", JOB, "    emits: [f, g]\n"),
    (
        "jobs.*.dead_letter_queue.existing",
        JOB,
        "    emits: [f]\n    dead_letter_queue: { existing: dead }\n",
    ),
    (
        "jobs.*.delivery_role.existing",
        JOB,
        "    emits: [f]\n    delivery_role: { existing: 'arn:aws:iam::123456789012:role/r' }\n",
    ),
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
        "jobs.*.name",
        JOB,
        "    emits: [f]\n    name: 'acme-${environment}'\n",
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
        "output.schemas",
        "terraform/pipeline }",
        "terraform/pipeline, schemas: schemas }",
    ),
    (
        "output.python",
        "terraform/pipeline }",
        "terraform/pipeline, python: events.py }",
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
        "uses.*.contract",
        "bus: own\n",
        "bus: own\nuses: { u: { contract: ../u/pipeline.yaml } }\n",
    ),
    (
        "uses.*.account",
        "bus: own\n",
        "bus: own\nuses: { u: { contract: ../u/pipeline.yaml, account: '111122223333' } }\n",
    ),
    (
        "uses.*.region",
        "bus: own\n",
        "bus: own\nuses: { u: { contract: ../u/pipeline.yaml, region: eu-west-1 } }\n",
    ),
    (
        "encryption.queues",
        "bus: own\n",
        "bus: own\nencryption: { queues: main }\n",
    ),
    (
        "encryption.topics",
        "bus: own\n",
        "bus: own\nencryption: { topics: main }\n",
    ),
    (
        "encryption.bus",
        "bus: own\n",
        "bus: own\nencryption: { bus: main }\n",
    ),
    (
        "encryption.logs",
        "bus: own\n",
        "bus: own\nencryption: { logs: main }\n",
    ),
    (
        "removed.*.keep",
        "bus: own\n",
        "bus: own\nremoved: { old: { keep: [failure_queue] } }\n",
    ),
    (
        "removed.*.allow",
        "bus: own\n",
        "bus: own\nremoved: { old: { allow: { deleted-messages: x } } }\n",
    ),
    (
        "allow",
        "bus: own\n",
        "bus: own\nallow: { wide-pattern: x }\n",
    ),
    (
        "jobs.*.allow",
        JOB,
        "    emits: [f]\n    allow: { wide-pattern: x }\n",
    ),
    (
        "local.environment",
        "bus: own\n",
        "bus: own\nlocal: { environment: { DATABASE: x } }\n",
    ),
];

/// A change for every key of the schema that holds no other key.
pub(crate) fn changes() -> Vec<Change> {
    let mut changes: Vec<Change> = ONCE
        .iter()
        .chain(TRIGGERS)
        .map(|(key, from, to)| ((*key).to_owned(), *from, (*to).to_owned()))
        .collect();
    for (key, value) in SETTINGS {
        // The first part of a path is what stands in the spec.
        let written = key.split(['.', '[']).next().unwrap_or(key);
        changes.push((
            format!("defaults.function.{key}"),
            "function: {},",
            format!("function: {{ {written}: {value} }},"),
        ));
        changes.push((
            format!("jobs.*.function.{key}"),
            OWN,
            format!("function: {{ package: j, {written}: {value} }}"),
        ));
    }
    for key in ["role", "log_group", "dead_letter_queue", "failure_queue"] {
        changes.push((
            format!("jobs.*.names.{key}"),
            JOB,
            format!("{JOB}    names: {{ {key}: 'acme-${{environment}}' }}\n"),
        ));
    }
    for key in ["statement", "target"] {
        changes.push((
            format!("jobs.*.triggers[].names.{key}"),
            TRIGGER,
            format!("- {{ event: e, names: {{ {key}: Acme }} }}\n"),
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
    changes.extend(of_schedules());
    changes
}

/// The keys that make a rule's schedule one of EventBridge Scheduler.
fn of_schedules() -> [Change; 3] {
    [
        ("start", "2130-01-01T00:00:00Z"),
        ("end", "2130-01-01T00:00:00Z"),
        ("group", "nightly"),
    ]
    .map(|(key, value)| {
        let to = format!("{key}: {value}, {SCHEDULE}");
        (format!("jobs.*.triggers[].{key}"), SCHEDULE, to)
    })
}
