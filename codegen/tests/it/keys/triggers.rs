//! A change of a spec for every key of a trigger that the spec has in one place.

use super::changes::{SCHEDULE, TRIGGER};

/// The key, a part of the spec, and what stands there with the key or with another value of it.
pub(super) const TRIGGERS: &[(&str, &str, &str)] = &[
    (
        "jobs.*.triggers[].bus",
        "source: [other, '${v}'] }",
        "source: [other, '${v}'] }, bus: default",
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
        "jobs.*.triggers[].emits",
        SCHEDULE,
        "timezone: Europe/Berlin, emits: [g] }",
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
        "jobs.*.triggers[].name",
        TRIGGER,
        "- { event: e, name: 'acme-${environment}' }\n",
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
        "- { event: e, input: { template: <aws.events.event.json> } }\n",
    ),
    (
        "jobs.*.triggers[].input.value",
        SCHEDULE,
        "timezone: Europe/Berlin, input: { value: { event_type: scheduled } } }",
    ),
    (
        "jobs.*.triggers[].input.path",
        TRIGGER,
        "- { event: e, input: { path: $.detail } }\n",
    ),
    (
        "jobs.*.triggers[].pattern",
        "source: [other, '${v}']",
        "source: [others]",
    ),
    (
        "jobs.*.triggers[].allow",
        TRIGGER,
        "- { event: e, allow: { wide-pattern: x } }\n",
    ),
];
