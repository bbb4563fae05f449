//! `function:` of a job, and the settings that `defaults:` may give.

use pipeline::language::{
    ARCHITECTURES, MEMORY_MB, RETENTION_DAYS, Settings, TIMEOUT, VARIABLES_RESERVED, VARIABLES_SET,
    show_duration,
};

use super::quantity::{duration, integer};
use super::text::text;
use super::{Schema, platform};

pub(super) fn function() -> Schema {
    let code = Schema::mapping()
        .key(
            "package",
            text().describe("The Cargo package whose binary is the function."),
        )
        .key(
            "existing",
            text()
                .describe("A function that exists already: its name or its ARN.")
                .example("warehouse-notifications"),
        );
    with_settings(code, None)
        .key("environment", environment())
        .describe("The function that does the work: a `package` that is built here, or an `existing` one.")
        .and_one_of([
            Schema::default().requiring("package"),
            Schema::default().requiring("existing"),
        ])
}

/// Adds the settings to a mapping. Inside `defaults:` they have defaults.
pub(super) fn with_settings(mapping: Schema, defaults: Option<&Settings>) -> Schema {
    let mut memory = integer(
        &MEMORY_MB,
        "Memory in MB; the processor's share grows with it.",
    );
    let mut timeout = duration(&TIMEOUT, "How long a run may take.").example("30s");
    let mut architecture = Schema::choice(ARCHITECTURES.map(|(word, _)| word))
        .describe("The processor that the function is built for.");
    let mut retention = Schema::choice(RETENTION_DAYS).describe(
        "For how many days the log is kept: one of the numbers that CloudWatch Logs accepts; 0 is for ever.",
    );
    let mut tracing = Schema::boolean().describe("Whether AWS X-Ray traces the runs.");
    if let Some(defaults) = defaults {
        memory = memory.default_value(defaults.memory_mb);
        timeout = timeout.default_value(show_duration(defaults.timeout_seconds));
        architecture = architecture.default_value(defaults.architecture.as_str());
        retention = retention.default_value(defaults.log_retention_days);
        tracing = tracing.default_value(defaults.tracing);
    }
    let mapping = mapping
        .key("memory_mb", memory)
        .key("timeout", timeout)
        .key("architecture", architecture)
        .key("log_retention_days", retention)
        .key("tracing", tracing)
        .key(
            "features",
            Schema::list(text())
                .or_nothing()
                .describe("Cargo features that the package is built with for AWS, instead of its default ones.")
                .example(vec!["postgres"]),
        )
        .key(
            "secrets",
            environment().describe("Environment variables that hold the ARN of a secret in AWS Secrets Manager, which the function may read: each with the secret's name in the Terraform variable `secrets`."),
        );
    platform::with_settings(mapping)
}

pub(super) fn environment() -> Schema {
    let reserved = format!("^({})", VARIABLES_RESERVED.join("|"));
    let refused = Schema::any_of([
        Schema::choice(VARIABLES_SET),
        Schema::default().matching(reserved),
    ]);
    Schema::each(text())
        .describe("Environment variables in addition to those that every function has. A name has letters, digits and underscores, at least two, a letter first.")
        .names(
            Schema::default()
                .matching("^[A-Za-z][A-Za-z0-9_]+$")
                .except(refused),
        )
}
