//! A job's function, its log group, and what Lambda does when a run fails.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::Pipeline;
use pipeline::model::{Code, Job};
use pipeline::names;

use super::hcl::{
    Part, attribute, block, call, conditional, index, is_null, list, object, reference, resource,
    string, template,
};
use super::{name_in_environment, platform};

/// The ARN of a job's function, built here or there already.
pub(super) fn arn(label: &str, job: &Job) -> Expression {
    match job.function.code {
        Code::Existing(_) => reference(["data", "aws_lambda_function", label, "arn"]),
        _ => reference(["aws_lambda_function", label, "arn"]),
    }
}

/// The ARN of what rules invoke: the function, or its alias.
pub(super) fn invoked(label: &str, job: &Job) -> Expression {
    if platform::has_alias(job) {
        reference(["aws_lambda_alias", label, "arn"])
    } else {
        arn(label, job)
    }
}

/// How a permission names its function. By ARN where the function is ours, as a permission that names it by name is lost
/// when it is replaced; by name where it is there already, as the provider imports a permission under that name alone.
pub(super) fn permitted(label: &str, job: &Job) -> Expression {
    match job.function.code {
        Code::Package(_) | Code::Delivery(_) => arn(label, job),
        Code::Existing(_) => reference(["data", "aws_lambda_function", label, "function_name"]),
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
pub(super) fn artifact(name: &str, label: &str) -> Block {
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

pub(super) fn function(pipeline: &Pipeline, name: &str, label: &str, job: &Job) -> Block {
    let function = &job.function;
    let zip = || reference(["local", &format!("{label}_zip")]);
    let is_local = || is_null(artifact_of(label, "s3_bucket"));
    let architecture = string(function.architecture.as_str());
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
    let mode = if function.tracing {
        "Active"
    } else {
        "PassThrough"
    };
    let mut body = resource("aws_lambda_function", label).add_attribute(attribute(
        "function_name",
        name_in_environment(&names::function(&pipeline.name.value, name)),
    ));
    if let Some(description) = &job.description {
        body = body.add_attribute(attribute("description", string(description.as_str())));
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
        .add_attribute(attribute("memory_size", function.memory_mb))
        .add_attribute(attribute("timeout", function.timeout_seconds));
    let body = platform::attributes(body, &function.platform)
        .add_block(block("environment", [("variables", variables(job))]))
        .add_block(logging(label, job))
        .add_block(block("tracing_config", [("mode", string(mode))]));
    platform::blocks(body, &function.platform)
        // Without its policy the function could run before it may write its log.
        .add_attribute(attribute(
            "depends_on",
            list([reference(["aws_iam_role_policy", label])]),
        ))
        .build()
}

fn logging(label: &str, job: &Job) -> Block {
    let mut logging =
        Block::builder("logging_config").add_attribute(attribute("log_format", string("JSON")));
    if let Some(level) = job.function.platform.log_level {
        logging = logging
            .add_attribute(attribute(
                "application_log_level",
                string(level.application()),
            ))
            .add_attribute(attribute("system_log_level", string(level.system())));
    }
    let group = reference(["aws_cloudwatch_log_group", label, "name"]);
    logging.add_attribute(attribute("log_group", group)).build()
}

fn variables(job: &Job) -> Expression {
    let own = [
        (
            "EVENT_BUS_NAME".to_owned(),
            reference(["local", "event_bus_name"]),
        ),
        (
            "PIPELINE_ENVIRONMENT".to_owned(),
            reference(["var", "environment"]),
        ),
    ];
    let of_job = job
        .function
        .environment
        .iter()
        .map(|(name, value)| (name.clone(), string(value.value.as_str())));
    let secrets = job.function.secrets.iter();
    let secrets = secrets.map(|(name, secret)| (name.clone(), secret_arn(&secret.value)));
    let mut all: Vec<_> = own.into_iter().chain(of_job).chain(secrets).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    object(all)
}

/// The ARN of a secret, which each environment has its own of.
pub(super) fn secret_arn(name: &str) -> Expression {
    index(reference(["var", "secrets"]), name)
}

/// The log group, made before the function so that it has its retention from the first line on.
pub(super) fn log_group(pipeline: &Pipeline, name: &str, label: &str, job: &Job) -> Block {
    let function = names::function(&pipeline.name.value, name);
    resource("aws_cloudwatch_log_group", label)
        .add_attribute(attribute(
            "name",
            name_in_environment(&format!("/aws/lambda/{function}")),
        ))
        .add_attribute(attribute(
            "retention_in_days",
            job.function.log_retention_days,
        ))
        .build()
}

/// Where runs that fail are kept; a function that is there already has its own settings.
pub(super) fn keeps_failures(label: &str, job: &Job) -> Option<Expression> {
    job.has_own_function()
        .then(|| reference(["aws_lambda_function_event_invoke_config", label]))
}

/// The second failure layer: delivered, and the run failed.
pub(super) fn invoke_config(label: &str, job: &Job) -> Block {
    let queue = reference(["aws_sqs_queue", &format!("{label}_on_failure"), "arn"]);
    let destination = Block::builder("destination_config")
        .add_block(block("on_failure", [("destination", queue)]))
        .build();
    let mut body =
        resource("aws_lambda_function_event_invoke_config", label).add_attribute(attribute(
            "function_name",
            reference(["aws_lambda_function", label, "function_name"]),
        ));
    if let Some(alias) = platform::qualifier(label, job) {
        body = body.add_attribute(attribute("qualifier", alias));
    }
    body.add_attribute(attribute(
        "maximum_retry_attempts",
        job.execution.max_attempts,
    ))
    .add_attribute(attribute(
        "maximum_event_age_in_seconds",
        job.execution.max_age_seconds,
    ))
    .add_block(destination)
    .build()
}
