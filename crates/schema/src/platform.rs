//! The settings of a function that few need.

use pipeline::language::{
    EPHEMERAL_STORAGE_MB, LAYERS_MAX, LOG_CLASSES, LOG_EVENTS, LOG_LEVELS, RESERVED_CONCURRENCY,
};
use pipeline::platform::Platform;

use super::Schema;
use super::quantity::integer;
use super::text::text;

/// Adds the settings to a mapping.
pub(super) fn with_settings(mapping: Schema) -> Schema {
    let Platform { versions, .. } = Platform::default();
    let mapping = mapping
        .key(
            "network",
            text()
                .describe("The name of the function's subnets and security groups in the Terraform variable `networks`; without it the function is in no VPC.")
                .example("private")
                .on_aws("The function's VPC settings, and the permission that Lambda needs to make network interfaces."),
        )
        .key(
            "layers",
            Schema::list(text())
                .or_nothing()
                .items_between(0, Some(LAYERS_MAX))
                .describe("The names of the function's layers in the Terraform variable `layers`.")
                .example(vec!["insights"])
                .on_aws("The layers of the function."),
        )
        .key(
            "reserved_concurrency",
            integer(
                &RESERVED_CONCURRENCY,
                "How many runs there may be at one time; without it the function shares what the account has.",
            )
            .example(20)
            .or_value()
            .on_aws("The reserved concurrency of the function."),
        )
        .key(
            "ephemeral_storage_mb",
            integer(&EPHEMERAL_STORAGE_MB, "The size of `/tmp` in MB; Lambda gives 512 without it.")
                .example(1024)
                .on_aws("The ephemeral storage of the function."),
        )
        .key(
            "kms_key",
            text()
                .describe("The name, in the Terraform variable `kms_keys`, of the key that encrypts the function's environment and secrets.")
                .example("payments")
                .on_aws("The KMS key of the function, and the permission to decrypt with it."),
        );
    with_logs(mapping)
        .key(
            "versions",
            Schema::boolean()
                .describe("Whether every change is published as a version, and rules invoke the alias `live` of the newest, or of the one that the Terraform variable `versions` names.")
                .default_value(versions)
                .example(true)
                .on_aws("Versions of the function, and the alias `live`, which rules and schedules invoke."),
        )
}

/// Adds the settings of the log.
fn with_logs(mapping: Schema) -> Schema {
    let Platform { keep_log, .. } = Platform::default();
    mapping
        .key(
            "log_level",
            Schema::choice(LOG_LEVELS.map(|(word, _)| word))
                .describe("The least level of the lines that the function's log takes; without it Lambda decides.")
                .example("info")
                .on_aws("The level of the function's log, for its own lines and for Lambda's."),
        )
        .key(
            "log_events",
            Schema::choice(LOG_EVENTS.map(|(word, _)| word))
                .describe("What the function's log has of an event that could not be emitted: the whole event, from which it can be emitted by hand; the names of its fields (`keys`); or nothing of it (`none`). With the last two the log is no copy of the event, so the run fails: it is tried again, and then kept in the failure queue. Read by functions that are built with this project's crate.")
                .default_value("all")
                .example("keys")
                .on_aws("The environment variable `LOG_EVENTS` of the function, unless it is `all`."),
        )
        .key(
            "log_class",
            Schema::choice(LOG_CLASSES.map(|(word, _)| word))
                .describe("The class of the function's log group: `infrequent_access` costs half as much, and makes no metrics, so that alarms on `emit_failures` and on metrics of the job never go off. Another class replaces the log group with what it holds. A job with `deliver_to: log_group` takes the one of `defaults`.")
                .example("infrequent_access")
                .on_aws("The class of the log group; CloudWatch Logs takes the standard one without this."),
        )
        .key(
            "keep_log",
            Schema::boolean()
                .describe("Whether the log group stays on AWS when its job or the pipeline is removed. A job with `deliver_to: log_group` takes the one of `defaults`.")
                .default_value(keep_log)
                .example(true)
                .on_aws("`skip_destroy` of the log group: Terraform forgets it instead of deleting it."),
        )
}
