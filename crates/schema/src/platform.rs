//! The settings of a function that few need.

use pipeline::language::{EPHEMERAL_STORAGE_MB, LAYERS_MAX, LOG_LEVELS, RESERVED_CONCURRENCY};
use pipeline::platform::Platform;

use super::Schema;
use super::quantity::integer;
use super::text::text;

/// Adds the settings to a mapping.
pub(super) fn with_settings(mapping: Schema) -> Schema {
    let Platform { versions, .. } = Platform::default();
    mapping
        .key(
            "network",
            text()
                .describe("The name of the function's subnets and security groups in the Terraform variable `networks`; without it the function is in no VPC.")
                .example("private"),
        )
        .key(
            "layers",
            Schema::list(text())
                .or_nothing()
                .items_between(0, Some(LAYERS_MAX))
                .describe("The names of the function's layers in the Terraform variable `layers`.")
                .example(vec!["insights"]),
        )
        .key(
            "reserved_concurrency",
            integer(
                &RESERVED_CONCURRENCY,
                "How many runs there may be at one time; without it, the function shares the account's concurrency.",
            ),
        )
        .key(
            "ephemeral_storage_mb",
            integer(&EPHEMERAL_STORAGE_MB, "The size of `/tmp` in MB."),
        )
        .key(
            "kms_key",
            text()
                .describe("The name of the key of the function's environment and secrets in the Terraform variable `kms_keys`.")
                .example("payments"),
        )
        .key(
            "log_level",
            Schema::choice(LOG_LEVELS.map(|(word, _)| word))
                .describe("The lowest level of the lines that are logged."),
        )
        .key(
            "versions",
            Schema::boolean()
                .describe("Whether every change is published as a version, and rules invoke the alias `live` of the newest, or of the one that the Terraform variable `versions` names.")
                .default_value(versions),
        )
}
