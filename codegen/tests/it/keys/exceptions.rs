//! What keys do not change, each with the reason.

use std::collections::BTreeSet;

/// What is made of a spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Made {
    Module,
    Verify,
    LocalBus,
}

use Made::{LocalBus, Module, Verify};

/// What a key does not change, and why: the key, or what keys begin with.
const EXCEPTIONS: &[(&str, &[Made], &str)] = &[
    ("alarms.", &[Verify, LocalBus], ALARMS_ARE_NOT_READ),
    ("allow", &[Module, Verify, LocalBus], SILENCES),
    (
        "archive.days",
        &[Verify, LocalBus],
        "an archive is not read, and the local bus is given one over its API",
    ),
    (
        "encryption.queues",
        &[LocalBus],
        "on this machine nothing is encrypted",
    ),
    ("encryption.topics", &[Verify, LocalBus], KEYS),
    ("encryption.bus", &[LocalBus], KEYS),
    ("encryption.logs", &[Verify, LocalBus], KEYS),
    ("events.*.allow", &[Module, Verify, LocalBus], SILENCES),
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
    (
        "names.region",
        &[LocalBus],
        "this machine has neither roles nor dashboards",
    ),
    (
        "volumes.",
        &[Module, Verify, LocalBus],
        "they are for an estimate of what the pipeline costs",
    ),
    (
        "uses.",
        &[Module, Verify, LocalBus],
        "it says what the events are that triggers name, and on which bus: `uses.rs` holds that",
    ),
    (
        "values.*.description",
        &[Module, Verify, LocalBus],
        "it is for people",
    ),
    ("jobs.*.alarms.", &[Verify, LocalBus], ALARMS_ARE_NOT_READ),
    ("jobs.*.allow", &[Module, Verify, LocalBus], SILENCES),
    (
        "jobs.*.description",
        &[Verify, LocalBus],
        "it is for people",
    ),
    (
        "jobs.*.delivery_role.existing",
        &[LocalBus],
        "on this machine nothing takes on a role",
    ),
    (
        "jobs.*.emits",
        &[Verify, LocalBus],
        "roles are not read, and on this machine a function may do what the user may",
    ),
    (
        "jobs.*.triggers[].emits",
        &[Verify, LocalBus],
        "roles are not read, and on this machine a function may do what the user may",
    ),
    (
        "jobs.*.function.environment",
        &[Verify],
        SETTINGS_ARE_NOT_READ,
    ),
    (
        "jobs.*.function.timeout",
        &[Verify],
        "verify looks only at the timeout behind a buffer, whose queue hides a message for a multiple of it",
    ),
    (
        "jobs.*.function.package",
        &[Module, Verify],
        "it says what is built; the zip has the name of the job",
    ),
    ("jobs.*.function.handler", &[Verify], SETTINGS_ARE_NOT_READ),
    ("jobs.*.function.image", &[Verify], SETTINGS_ARE_NOT_READ),
    (
        "jobs.*.function.local.",
        &[Module, Verify],
        "it is for this machine alone",
    ),
    (
        "jobs.*.function.runtime",
        &[Verify, LocalBus],
        "on this machine `local.command` says what runs",
    ),
    (
        "jobs.*.function.zip",
        &[Module, Verify, LocalBus],
        "`codegen package` takes it; the zip of a deployment has the name of the job",
    ),
    (
        "jobs.*.deliver_to.task.definition",
        &[Verify, LocalBus],
        STARTED_ELSEWHERE,
    ),
    (
        "jobs.*.deliver_to.task.launch_type",
        &[Verify, LocalBus],
        STARTED_ELSEWHERE,
    ),
    (
        "jobs.*.deliver_to.task.network",
        &[Verify, LocalBus],
        STARTED_ELSEWHERE,
    ),
    (
        "jobs.*.deliver_to.task.public_ip",
        &[Verify, LocalBus],
        STARTED_ELSEWHERE,
    ),
    (
        "jobs.*.deliver_to.task.count",
        &[Verify, LocalBus],
        STARTED_ELSEWHERE,
    ),
    (
        "jobs.*.deliver_to.task.roles",
        &[Verify, LocalBus],
        STARTED_ELSEWHERE,
    ),
    (
        "jobs.*.deliver_to.batch.definition",
        &[LocalBus],
        NOT_STARTED_HERE,
    ),
    (
        "jobs.*.deliver_to.batch.job_name",
        &[LocalBus],
        NOT_STARTED_HERE,
    ),
    (
        "jobs.*.deliver_to.batch.attempts",
        &[LocalBus],
        NOT_STARTED_HERE,
    ),
    (
        "jobs.*.deliver_to.batch.array_size",
        &[LocalBus],
        NOT_STARTED_HERE,
    ),
    ("jobs.*.deliver_to.api.auth.", &[Verify, LocalBus], CALLED),
    ("jobs.*.deliver_to.api.url", &[Verify, LocalBus], CALLED),
    ("jobs.*.deliver_to.api.method", &[Verify, LocalBus], CALLED),
    ("jobs.*.deliver_to.api.rate", &[Verify, LocalBus], CALLED),
    ("jobs.*.deliver_to.api.headers", &[Verify, LocalBus], CALLED),
    ("jobs.*.deliver_to.api.query", &[Verify, LocalBus], CALLED),
    (
        "jobs.*.deliver_to.api.local",
        &[Module, Verify],
        "it is for this machine alone",
    ),
    ("jobs.*.deliver_to.queue.kms_key", &[Verify, LocalBus], KEYS),
    ("jobs.*.deliver_to.topic.kms_key", &[Verify, LocalBus], KEYS),
    (
        "jobs.*.deliver_to.stream.partition_key",
        &[LocalBus],
        "there are no streams on this machine",
    ),
    (
        "jobs.*.deliver_to.stream.kms_key",
        &[Verify, LocalBus],
        KEYS,
    ),
    (
        "jobs.*.loop_guard",
        &[Module, Verify, LocalBus],
        "it is a remark for the checks",
    ),
    (
        "removed.*.keep",
        &[Verify, LocalBus],
        "what left the spec is nobody's any more",
    ),
    ("removed.*.allow", &[Module, Verify, LocalBus], SILENCES),
    (
        "jobs.*.names.role",
        &[Verify, LocalBus],
        "roles of functions are not read, and this machine has none",
    ),
    (
        "jobs.*.names.log_group",
        &[Verify],
        "log groups are not read",
    ),
    (
        "jobs.*.triggers[].names.statement",
        &[LocalBus],
        "the local bus checks no permission",
    ),
    (
        "jobs.*.triggers[].allow",
        &[Module, Verify, LocalBus],
        SILENCES,
    ),
    (
        "jobs.*.triggers[].group",
        &[LocalBus],
        "this machine has one group of schedules",
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
        "output.python",
        &[Module, Verify, LocalBus],
        "it says where the typed dictionaries go",
    ),
    (
        "output.schemas",
        &[Module, Verify, LocalBus],
        "it says where the schemas of events go",
    ),
    (
        "output.terraform",
        &[Verify, LocalBus],
        "it says where the module goes",
    ),
    (
        "subject",
        &[Module, Verify],
        "it says what people are told of events on this machine",
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

const CALLED: &str = "verify reads where a target leads, not how it is called, and on this machine `local` is called";
const STARTED_ELSEWHERE: &str = "verify does not read it, and nothing is started on this machine";
const NOT_STARTED_HERE: &str = "nothing is started on this machine";
const SILENCES: &str = "it says which findings are not shown";
/// `verify` looks for what loses events; a plan shows every other difference.
const SETTINGS_ARE_NOT_READ: &str = "verify looks for what loses events, and a plan shows all else";
const ALARMS_ARE_NOT_READ: &str = "alarms are not read, and nothing is watched on this machine";

/// Settings of functions of which one thing alone depends.
const OF_FUNCTIONS: &[(&str, &[Made], &str)] = &[
    ("memory_mb", &[Verify], SETTINGS_ARE_NOT_READ),
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
    ("secrets.*.name", &[Verify, LocalBus], NO_SECRETS),
    ("secrets.*.kms_key", &[Verify, LocalBus], NO_SECRETS),
    ("permissions[].actions", &[Verify, LocalBus], ROLES),
    ("permissions[].resources", &[Verify, LocalBus], ROLES),
    ("permissions[].conditions", &[Verify, LocalBus], ROLES),
    ("policies", &[Verify, LocalBus], ROLES),
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
        "log_events",
        &[Verify],
        "a variable of the function, and verify reads none",
    ),
    ("log_class", &[Verify, LocalBus], LOGS),
    ("keep_log", &[Verify, LocalBus], LOGS),
];
const KEYS: &str = "a plan shows which key is set, and on this machine nothing is encrypted";
const LOGS: &str = "log groups are not read, and this machine has none";
const NO_SECRETS: &str = "there are no secrets on this machine";
const ROLES: &str = "roles are not read, and on this machine a function may do what the user may";
const ONLY_ON_AWS: &str = "this machine has no counterpart";

/// What a key does not change.
pub(crate) fn exceptions(key: &str) -> BTreeSet<Made> {
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
