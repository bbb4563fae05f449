//! `function:` of a job, and the settings that `defaults:` may give.

use pipeline::language::{
    ARCHITECTURES, CODE_KEYS, MEMORY_MB, RETENTION_DAYS, Settings, TIMEOUT, VARIABLES_RESERVED,
    VARIABLES_SET, show_duration,
};

use serde_json::json;

use super::quantity::{duration, integer};
use super::text::text;
use super::{Schema, platform, rights};

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
            "zip",
            text()
                .describe("A zip that something else builds, relative to the spec's folder. It needs `runtime` and `handler` beside it, and is taken byte for byte.")
                .example("dist/mail.zip")
                .on_aws("A Lambda function as for a `package`, on the runtime that stands beside it."),
        )
        .key(
            "runtime",
            text()
                .describe("The runtime that runs the `zip`, one of Lambda's: `python3.13`, `nodejs22.x`, `java21`, `provided.al2023`.")
                .example("python3.13")
                .on_aws("The runtime of the function."),
        )
        .key(
            "handler",
            text()
                .describe("What the runtime calls. Of Python, Node.js and Ruby a file and a function in it; `bootstrap` on `provided.al2023` and `provided.al2`, which start the file of that name.")
                .example("mail.handler")
                .on_aws("The handler of the function."),
        )
        .key(
            "image",
            text()
                .with_values()
                .describe("The URI of a container image in Amazon ECR, with a tag or a digest. Terraform deploys another image only if this text changes.")
                .example("123456789012.dkr.ecr.eu-central-1.amazonaws.com/mail:1.4.0")
                .on_aws("A Lambda function as for a `package`, of the package type `Image`."),
        )
        .key(
            "existing",
            text()
                .describe("A function that exists already: its name or its ARN, and behind `:` a version or an alias if rules shall invoke that one. Everything but `timeout` and `local` stays its owner's: settings, role, environment, alarms.")
                .with_values()
                .example("warehouse-notifications:live")
                .on_aws("The permission for the job's rules to invoke it, or its alias, and nothing else: the function is its owner's."),
        )
        .key("local", local());
    with_settings(code, None)
        .key(
            "environment",
            environment()
                .with_values()
                .example(json!({ "CURRENCY": "EUR" }))
                .on_aws("Environment variables of the function, beside `PIPELINE_ENVIRONMENT`, `EVENT_BUS_NAME` and `FAILURE_QUEUE_URL`."),
        )
        .describe("The function that does the work: a `package` that is built here, a `zip` or an `image` that something else builds, or an `existing` function.")
        .example(json!({ "package": "bill" }))
        .on_aws("A Lambda function, or the permission to invoke one that is there.")
        .and_one_of(CODE_KEYS.map(|key| match key {
            "zip" => Schema::default()
                .requiring(key)
                .requiring("runtime")
                .requiring("handler"),
            _ => Schema::default().requiring(key),
        }))
}

fn local() -> Schema {
    Schema::mapping()
        .key(
            "command",
            Schema::list(text())
                .describe("The program and its arguments. No shell reads them. A program with a `/` is looked for in `directory`, another on the `PATH`.")
                .example(json!(["python3", "-m", "awslambdaric", "mail.handler"]))
                .on_aws("Nothing: it runs on this machine."),
        )
        .requiring("command")
        .key(
            "directory",
            text()
                .describe("The folder that the program runs in, relative to the spec's. `codegen dev` watches the code and the data in it.")
                .example("mail")
                .on_aws("Nothing: it is a folder of this machine."),
        )
        .describe("What runs on one machine for a `zip`, an `image` or an `existing` function: a program that speaks the Lambda Runtime API. Without it, events for the job are not run there.")
        .example(json!({ "command": ["python3", "-m", "awslambdaric", "mail.handler"], "directory": "mail" }))
        .on_aws("Nothing: it is for the local bus.")
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
            variables(Schema::reference("secret"))
                .describe("Environment variables that hold the ARN of a secret in AWS Secrets Manager, which the function may read. Each has the secret's name in the Terraform variable `secrets`, or a mapping of `name` and `kms_key`, if a key of its own encrypts the secret.")
                .kind("mapping from variables to names of secrets")
                .example(json!({ "PAYMENTS_SECRET_ARN": "payments" }))
                .on_aws("The ARN in an environment variable, and the permission to read that secret."),
        );
    rights::with_rights(platform::with_settings(mapping))
}

/// One of `secrets`.
pub(super) fn secret() -> Schema {
    let with_key = Schema::mapping()
        .required_key(
            "name",
            text()
                .describe("The secret's name in the Terraform variable `secrets`.")
                .example("payments")
                .on_aws("The permission to read this secret."),
        )
        .key(
            "kms_key",
            text()
                .describe("The name, in the Terraform variable `kms_keys`, of the key that encrypts the secret, if it is neither Secrets Manager's own nor the function's `kms_key`.")
                .example("ledger")
                .on_aws("The permission to decrypt with this key."),
        );
    Schema::any_of([text(), with_key])
}

pub(super) fn environment() -> Schema {
    variables(text())
        .kind("mapping from variables to texts")
        .describe("Environment variables beside those that every function gets. A name has letters, digits and underscores, at least two, a letter first.")
}

/// A mapping from the names of variables to values of one kind.
fn variables(value: Schema) -> Schema {
    let refused = Schema::any_of([
        Schema::choice(VARIABLES_SET),
        Schema::choice(VARIABLES_RESERVED),
    ]);
    Schema::each(value).names(
        Schema::default()
            .matching("^[A-Za-z][A-Za-z0-9_]+$")
            .except(refused),
    )
}
