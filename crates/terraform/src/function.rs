//! A job's function, its log group, and what Lambda does when a run fails.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::model;
use pipeline::resources::{Function, JobResources, LogGroup, Receiver, Variable};

use super::hcl::{
    Part, attribute, block, call, conditional, index, is_null, list, object, reference, resource,
    string, template,
};
use super::{bus, name_in_environment, platform};

/// The ARN of a job's function, built here or there already.
pub(super) fn arn(job: &JobResources<'_>) -> Expression {
    match job.receiver {
        Receiver::Existing(_) => reference(["data", "aws_lambda_function", &job.label, "arn"]),
        _ => reference(["aws_lambda_function", &job.label, "arn"]),
    }
}

/// The ARN of what rules invoke: the function, or its alias.
pub(super) fn invoked(job: &JobResources<'_>) -> Expression {
    if platform::has_alias(job) {
        reference(["aws_lambda_alias", &job.label, "arn"])
    } else {
        arn(job)
    }
}

/// How a permission names its function. By ARN where the function is ours, as a permission that names it by name is lost
/// when it is replaced; by name where it is there already, as the provider imports a permission under that name alone.
pub(super) fn permitted(job: &JobResources<'_>) -> Expression {
    match job.receiver {
        Receiver::Existing(_) => {
            reference(["data", "aws_lambda_function", &job.label, "function_name"])
        }
        _ => arn(job),
    }
}

/// A function that is there already.
pub(super) fn existing(function: &str, label: &str) -> Block {
    Block::builder("data")
        .add_labels(["aws_lambda_function", label])
        .add_attribute(attribute("function_name", string(function)))
        .build()
}

/// The local that says where the function's zip is.
pub(super) fn artifact(job: &JobResources<'_>) -> Block {
    let (name, label) = (job.job.name, &job.label);
    let given = index(reference(["var", "artifacts"]), name);
    let artifact = call("try", [given, reference(["local", "built_here"])]);
    let built = template([
        Part::Value(reference(["path", "root"])),
        Part::Text(&format!("/artifacts/{name}.zip")),
    ]);
    let zip = call("coalesce", [artifact_of(label, "path"), built]);
    Block::builder("locals")
        .add_attribute(attribute(&format!("{label}_artifact"), artifact))
        .add_attribute(attribute(&format!("{label}_zip"), zip))
        .build()
}

fn artifact_of(label: &str, field: &str) -> Expression {
    reference(["local", &format!("{label}_artifact"), field])
}

pub(super) fn function(function: &Function<'_>) -> Block {
    let Function {
        name,
        label,
        description,
        settings,
        // Resources of their own.
        alias: _,
        log_group: _,
        role: _,
        execution: _,
        failed_runs: _,
    } = function;
    let model::Function {
        // What is in the zip.
        package: _,
        features: _,
        memory_mb,
        timeout_seconds,
        architecture,
        // The log group's.
        log_retention_days: _,
        tracing,
        // Both are among `Function::variables`.
        environment: _,
        secrets: _,
        platform,
    } = *settings;
    let zip = || reference(["local", &format!("{label}_zip")]);
    let is_local = || is_null(artifact_of(label, "s3_bucket"));
    let architecture = string(architecture.as_str());
    let architectures = list([call(
        "coalesce",
        [artifact_of(label, "architecture"), architecture],
    )]);
    let filename = conditional(is_local(), zip(), Expression::Null);
    let hash = conditional(
        is_local(),
        call("filebase64sha256", [zip()]),
        artifact_of(label, "source_code_hash"),
    );
    let mode = if *tracing { "Active" } else { "PassThrough" };
    let mut body = resource("aws_lambda_function", label)
        .add_attribute(attribute("function_name", name_in_environment(name)));
    if let Some(description) = description {
        body = body.add_attribute(attribute("description", string(*description)));
    }
    let body = body
        .add_attribute(attribute("role", reference(["aws_iam_role", label, "arn"])))
        .add_attribute(attribute("runtime", string("provided.al2023")))
        .add_attribute(attribute("handler", string("bootstrap")))
        .add_attribute(attribute("architectures", architectures))
        .add_attribute(attribute("filename", filename))
        .add_attribute(attribute("s3_bucket", artifact_of(label, "s3_bucket")))
        .add_attribute(attribute("s3_key", artifact_of(label, "s3_key")))
        .add_attribute(attribute("source_code_hash", hash))
        .add_attribute(attribute("memory_size", *memory_mb))
        .add_attribute(attribute("timeout", *timeout_seconds));
    let body = platform::attributes(body, platform)
        .add_block(block("environment", [("variables", variables(function))]))
        .add_block(logging(function))
        .add_block(block("tracing_config", [("mode", string(mode))]));
    platform::blocks(body, platform)
        // Without its policy the function could run before it may write its log.
        .add_attribute(attribute(
            "depends_on",
            list([reference(["aws_iam_role_policy", label])]),
        ))
        .build()
}

fn logging(function: &Function<'_>) -> Block {
    let mut logging =
        Block::builder("logging_config").add_attribute(attribute("log_format", string("JSON")));
    if let Some(level) = function.settings.platform.log_level {
        logging = logging
            .add_attribute(attribute(
                "application_log_level",
                string(level.application()),
            ))
            .add_attribute(attribute("system_log_level", string(level.system())));
    }
    let group = &function.log_group.label;
    let group = reference(["aws_cloudwatch_log_group", group, "name"]);
    logging.add_attribute(attribute("log_group", group)).build()
}

fn variables(function: &Function<'_>) -> Expression {
    let value = |variable| match variable {
        Variable::BusName => bus::name(),
        Variable::Environment => reference(["var", "environment"]),
        Variable::Text(text) => string(text),
        Variable::Secret(name) => secret_arn(name),
    };
    let variables = function.variables().into_iter();
    object(variables.map(|(name, variable)| (name, value(variable))))
}

/// The ARN of a secret, which each environment has its own of.
pub(super) fn secret_arn(name: &str) -> Expression {
    index(reference(["var", "secrets"]), name)
}

/// A log group: of a function, made before it so that it has its retention from the first line on, or of events.
pub(super) fn log_group(group: &LogGroup) -> Block {
    let LogGroup {
        name,
        label,
        retention_days,
    } = group;
    resource("aws_cloudwatch_log_group", label)
        .add_attribute(attribute("name", name_in_environment(name)))
        .add_attribute(attribute("retention_in_days", *retention_days))
        .build()
}

/// Where runs that fail are kept; a function that is there already has its own settings.
pub(super) fn keeps_failures(job: &JobResources<'_>) -> Option<Expression> {
    let function = job.receiver.function()?;
    let config = "aws_lambda_function_event_invoke_config";
    Some(reference([config, &function.label]))
}

/// The second failure layer: delivered, and the run failed.
pub(super) fn invoke_config(function: &Function<'_>) -> Block {
    let label = &function.label;
    let queue = reference(["aws_sqs_queue", &function.failed_runs.label, "arn"]);
    let destination = Block::builder("destination_config")
        .add_block(block("on_failure", [("destination", queue)]))
        .build();
    let mut body =
        resource("aws_lambda_function_event_invoke_config", label).add_attribute(attribute(
            "function_name",
            reference(["aws_lambda_function", label, "function_name"]),
        ));
    if let Some(alias) = platform::qualifier_of(function) {
        body = body.add_attribute(attribute("qualifier", alias));
    }
    let model::Retry {
        max_attempts,
        max_age_seconds,
    } = function.execution;
    body.add_attribute(attribute("maximum_retry_attempts", max_attempts))
        .add_attribute(attribute("maximum_event_age_in_seconds", max_age_seconds))
        .add_block(destination)
        .build()
}
