//! `function:` of a job, and the settings that `defaults:` may give.

use pipeline::language::{
    ARCHITECTURES, MEMORY_MB, RETENTION_DAYS, Settings, TIMEOUT, VARIABLES_RESERVED, VARIABLES_SET,
    show_duration,
};

use serde_json::json;

use super::quantity::{duration, integer};
use super::text::text;
use super::{Schema, platform};

pub(super) fn function() -> Schema {
    let code = Schema::mapping()
        .key(
            "package",
            text()
                .describe("The Cargo package whose binary is the function.")
                .example("bill")
                .on_aws("A Lambda function `<pipeline>-<job>-<environment>` on `provided.al2023`, its role, its log group, and the queue of its failed runs."),
        )
        .key(
            "existing",
            text()
                .describe("A function that exists already: its name or its ARN. Its settings stay as they are.")
                .with_values()
                .example("warehouse-notifications")
                .on_aws("The permission for the job's rules to invoke it, and nothing else: the function is its owner's."),
        );
    with_settings(code, None)
        .key(
            "environment",
            environment()
                .with_values()
                .example(json!({ "CURRENCY": "EUR" }))
                .on_aws("Environment variables of the function, beside `PIPELINE_ENVIRONMENT` and `EVENT_BUS_NAME`."),
        )
        .describe("The function that does the work: a `package` that is built here, or an `existing` one.")
        .example(json!({ "package": "bill" }))
        .on_aws("A Lambda function, or the permission to invoke one that is there.")
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
    )
    .example(512)
    .or_value()
    .on_aws("The memory of the function.");
    let mut timeout = duration(&TIMEOUT, "How long a run may take.")
        .example("30s")
        .or_value()
        .on_aws("The timeout of the function.");
    let mut architecture = Schema::choice(ARCHITECTURES.map(|(word, _)| word))
        .describe("The processor that the function is built for.")
        .example("x86_64")
        .on_aws("The architecture of the function.");
    let mut retention = Schema::choice(RETENTION_DAYS)
        .describe(
            "How many days the log is kept: a number that CloudWatch Logs accepts; 0 is for ever.",
        )
        .example(30)
        .or_value()
        .on_aws("The retention of the log group `/aws/lambda/<pipeline>-<job>-<environment>`.");
    let mut tracing = Schema::boolean()
        .describe("Whether AWS X-Ray traces the runs.")
        .example(false)
        .on_aws("Active tracing of the function, and the permission to write traces.");
    if let Some(defaults) = defaults {
        memory = memory.default_value(defaults.memory_mb.value);
        timeout = timeout.default_value(show_duration(defaults.timeout_seconds.value));
        architecture = architecture.default_value(defaults.architecture.as_str());
        retention = retention.default_value(defaults.log_retention_days.value);
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
                .describe("The Cargo features that the package is built with for AWS, instead of its default ones.")
                .example(vec!["postgres"])
                .on_aws("Nothing of its own: another binary in the function's zip."),
        )
        .key(
            "secrets",
            environment()
                .describe("Environment variables that hold the ARN of a secret in AWS Secrets Manager, which the function may read. Each has the secret's name in the Terraform variable `secrets`.")
                .kind("mapping from variables to names of secrets")
                .example(json!({ "PAYMENTS_SECRET_ARN": "payments" }))
                .on_aws("The ARN in an environment variable, and the permission to read that secret."),
        );
    platform::with_settings(mapping)
}

pub(super) fn environment() -> Schema {
    let refused = Schema::any_of([
        Schema::choice(VARIABLES_SET),
        Schema::choice(VARIABLES_RESERVED),
    ]);
    Schema::each(text())
        .kind("mapping from variables to texts")
        .describe("Environment variables beside those that every function gets. A name has letters, digits and underscores, at least two, a letter first.")
        .names(
            Schema::default()
                .matching("^[A-Za-z][A-Za-z0-9_]+$")
                .except(refused),
        )
}
