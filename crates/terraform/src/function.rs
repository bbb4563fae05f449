//! The function of a job, its log group, and what Lambda does when a run fails.

use hcl::Expression;
use hcl::structure::{Block, BlockBuilder};
use pipeline::model::{self, Code, Existing};
use pipeline::resources::{Function, JobResources, LogGroup, Receiver, Variable};

use super::hcl::{
    Part, attribute, block, builder, call, conditional, index, is_null, list, object, reference,
    resource, string, template,
};
use super::{bus, name_in_environment, platform, values};

/// Refers to the ARN of a job's function, whether the module makes it or it exists already.
pub(super) fn arn(job: &JobResources<'_>) -> Expression {
    match job.receiver {
        Receiver::Existing(_) => reference(["data", "aws_lambda_function", &job.label, "arn"]),
        _ => reference(["aws_lambda_function", &job.label, "arn"]),
    }
}

/// Refers to the ARN of what rules invoke: the function, or its alias.
pub(super) fn invoked(job: &JobResources<'_>) -> Expression {
    if platform::has_alias(job) {
        return reference(["aws_lambda_alias", &job.label, "arn"]);
    }
    match &job.receiver {
        // Not the data source's `qualified_arn`: it ends in the version behind an alias if Lambda's answer does.
        Receiver::Existing(existing) => match &existing.qualifier {
            Some(qualifier) => {
                let behind = [Part::Value(arn(job)), Part::Text(":")].into_iter();
                template(behind.chain(values::inside(qualifier)))
            }
            None => arn(job),
        },
        _ => arn(job),
    }
}

/// Names the function in a permission.
///
/// A function of the module is named by its ARN: if it were named by its name, Terraform would not see that a replaced
/// function has lost its permissions. A function that exists already is named by its name, as the provider imports its
/// permissions only under that.
pub(super) fn permitted(job: &JobResources<'_>) -> Expression {
    match job.receiver {
        Receiver::Existing(_) => {
            reference(["data", "aws_lambda_function", &job.label, "function_name"])
        }
        _ => arn(job),
    }
}

/// Looks up a function that exists already.
pub(super) fn existing(existing: &Existing, label: &str) -> Block {
    let Existing {
        function,
        // `invoked` and the permission have it.
        qualifier: _,
        // For the checks, and for one machine.
        timeout_seconds: _,
        local: _,
    } = existing;
    builder("data")
        .add_labels(["aws_lambda_function", label])
        .add_attribute(attribute("function_name", values::text(function)))
        .build()
}

/// Writes the locals that say where the function's zip is.
pub(super) fn artifact(job: &JobResources<'_>) -> Block {
    let (name, label) = (job.name(), &job.label);
    let given = index(reference(["var", "artifacts"]), name);
    // `try`: the caller may leave out a job.
    let artifact = call("try", [given, reference(["local", "built_here"])]);
    let built = template([
        Part::Value(reference(["path", "root"])),
        Part::Text(&format!("/artifacts/{name}.zip")),
    ]);
    let zip = call("coalesce", [artifact_of(label, "path"), built]);
    builder("locals")
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
        // `job::blocks` writes these, each as a resource.
        alias: _,
        log_group: _,
        role: _,
        execution: _,
        failed_runs: _,
        buffer: _,
    } = function;
    let model::Function {
        code,
        // It says what is in the zip.
        features: _,
        // One machine alone runs it.
        local: _,
        memory_mb,
        timeout_seconds,
        architecture,
        // The log group has it.
        log_retention_days: _,
        tracing,
        // Both are among `Function::variables`.
        environment: _,
        secrets: _,
        // The role has them.
        secret_keys: _,
        rights,
        platform,
    } = *settings;
    let mode = if *tracing { "Active" } else { "PassThrough" };
    let mut body = resource("aws_lambda_function", label)
        .add_attribute(attribute("function_name", name_in_environment(name)));
    if let Some(description) = description {
        body = body.add_attribute(attribute("description", string(*description)));
    }
    let body = body.add_attribute(attribute("role", reference(["aws_iam_role", label, "arn"])));
    let architecture = string(architecture.as_str());
    let body = match code {
        Code::Package(_) => zipped(body, label, architecture, "provided.al2023", "bootstrap"),
        Code::Zip(zip) => {
            let model::Zip {
                // `codegen package` takes it from there.
                path: _,
                runtime,
                handler,
            } = zip;
            zipped(body, label, architecture, &runtime.value, &handler.value)
        }
        Code::Image(image) => body
            .add_attribute(attribute("package_type", string("Image")))
            .add_attribute(attribute("image_uri", values::text(image)))
            .add_attribute(attribute("architectures", list([architecture]))),
    };
    let body = body
        .add_attribute(attribute("memory_size", values::number(memory_mb)))
        .add_attribute(attribute("timeout", values::seconds(timeout_seconds, 1)));
    let mut depends_on = vec![reference(["aws_iam_role_policy", label])];
    if !rights.policies.is_empty() {
        depends_on.push(reference(["aws_iam_role_policy_attachment", label]));
    }
    let body = platform::attributes(body, platform)
        .add_block(block("environment", [("variables", variables(function))]))
        .add_block(logging(function))
        .add_block(block("tracing_config", [("mode", string(mode))]));
    platform::blocks(body, platform)
        // Terraform would make the role's policy at any time. The function could then run before it may write its log,
        // and Lambda refuses a queue for failed runs that the role may not send to.
        .add_attribute(attribute("depends_on", list(depends_on)))
        .build()
}

/// Adds the zip of a function, and what runs it.
fn zipped(
    body: BlockBuilder,
    label: &str,
    architecture: Expression,
    runtime: &str,
    handler: &str,
) -> BlockBuilder {
    let zip = || reference(["local", &format!("{label}_zip")]);
    let is_local = || is_null(artifact_of(label, "s3_bucket"));
    // A published zip says which processor it was built for. That overrides the spec.
    let architectures = list([call(
        "coalesce",
        [artifact_of(label, "architecture"), architecture],
    )]);
    let filename = conditional(is_local(), zip(), Expression::Null);
    // Terraform ignores an error in the branch that it does not take: a zip in S3 need not be on this disk.
    let hash = conditional(
        is_local(),
        call("filebase64sha256", [zip()]),
        artifact_of(label, "source_code_hash"),
    );
    body.add_attribute(attribute("runtime", string(runtime)))
        .add_attribute(attribute("handler", string(handler)))
        .add_attribute(attribute("architectures", architectures))
        .add_attribute(attribute("filename", filename))
        .add_attribute(attribute("s3_bucket", artifact_of(label, "s3_bucket")))
        .add_attribute(attribute("s3_key", artifact_of(label, "s3_key")))
        .add_attribute(attribute("source_code_hash", hash))
}

fn logging(function: &Function<'_>) -> Block {
    // Lambda accepts log levels only with the format JSON.
    let mut logging =
        builder("logging_config").add_attribute(attribute("log_format", string("JSON")));
    if let Some(level) = function.settings.platform.log_level {
        logging = logging
            .add_attribute(attribute(
                "application_log_level",
                string(level.application()),
            ))
            .add_attribute(attribute("system_log_level", string(level.system())));
    }
    // This reference makes the group first. Otherwise the first run makes one without retention, and Terraform then
    // fails because the group exists.
    let group = &function.log_group.label;
    let group = reference(["aws_cloudwatch_log_group", group, "name"]);
    logging.add_attribute(attribute("log_group", group)).build()
}

fn variables(function: &Function<'_>) -> Expression {
    let value = |variable| match variable {
        Variable::BusName => bus::name(),
        Variable::Environment => reference(["var", "environment"]),
        Variable::FailureQueue => reference(["aws_sqs_queue", &function.failed_runs.label, "url"]),
        Variable::Word(word) => string(word),
        Variable::Text(text) => values::text(text),
        Variable::Secret(name) => secret_arn(name),
    };
    let variables = function.variables().into_iter();
    object(variables.map(|(name, variable)| (name, value(variable))))
}

/// Looks up the ARN of a secret: each environment has its own.
pub(super) fn secret_arn(name: &str) -> Expression {
    index(reference(["var", "secrets"]), name)
}

/// Writes the log group of a function, or one that is a target of events.
pub(super) fn log_group(group: &LogGroup) -> Block {
    let LogGroup {
        name,
        label,
        retention_days,
        class,
        is_kept,
        kms_key,
    } = group;
    let mut body = resource("aws_cloudwatch_log_group", label)
        .add_attribute(attribute("name", name_in_environment(name)))
        .add_attribute(attribute(
            "retention_in_days",
            values::number(retention_days),
        ));
    if let Some(class) = class {
        body = body.add_attribute(attribute("log_group_class", string(class.on_aws())));
    }
    if let Some(key) = kms_key {
        body = body.add_attribute(attribute("kms_key_id", platform::key_arn(key)));
    }
    if *is_kept {
        body = body.add_attribute(attribute("skip_destroy", true));
    }
    body.build()
}

/// Refers to what keeps failed runs; nothing for a function that exists already, which has its own settings. With a
/// buffer, it is what takes the events out of the queue: without that they would only wait.
pub(super) fn keeps_failures(job: &JobResources<'_>) -> Option<Expression> {
    let function = job.receiver.function()?;
    if let Some(buffer) = &function.buffer {
        let mapping = "aws_lambda_event_source_mapping";
        return Some(reference([mapping, &buffer.label]));
    }
    let config = "aws_lambda_function_event_invoke_config";
    Some(reference([config, &function.label]))
}

/// Writes the second layer of failures: the event was delivered, and the run failed. A function with a buffer has none.
pub(super) fn invoke_config(function: &Function<'_>) -> Option<Block> {
    let model::Retry {
        max_attempts,
        max_age_seconds,
    } = function.execution?;
    let label = &function.label;
    let queue = reference(["aws_sqs_queue", &function.failed_runs.label, "arn"]);
    let destination = builder("destination_config")
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
    let config = body
        .add_attribute(attribute("maximum_retry_attempts", max_attempts))
        .add_attribute(attribute("maximum_event_age_in_seconds", max_age_seconds))
        .add_block(destination)
        .build();
    Some(config)
}
