//! Roles: what a function may do, and what EventBridge Scheduler may do for a job.

use std::collections::BTreeSet;

use hcl::Expression;
use hcl::structure::Block;
use pipeline::Pipeline;
use pipeline::model::{Code, Event, Job};
use pipeline::names;
use pipeline::wiring::{Rule, Source};

use super::hcl::{Part, attribute, call, list, object, reference, resource, string, template};
use super::{function, name_in_environment, platform};

/// Takes on the roles of functions, which [AWS](https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html)
/// documents without a condition of the account.
const LAMBDA: &str = "lambda.amazonaws.com";

/// The role of a job's function, and its one policy.
pub(super) fn function(pipeline: &Pipeline, name: &str, label: &str, job: &Job) -> [Block; 2] {
    let mut statements = vec![write_logs(label)];
    if job.function.tracing {
        statements.push(write_traces());
    }
    if !job.emits.is_empty() {
        statements.push(put_events(pipeline, job));
    }
    if !job.function.secrets.is_empty() {
        statements.push(read_secrets(job));
    }
    statements.extend(platform::statements(&job.function));
    statements.push(send_to(&format!("{label}_on_failure"), "KeepFailedRuns"));
    let role_name = name_in_environment(&names::function(&pipeline.name.value, name));
    role(label, role_name, LAMBDA, statements)
}

/// The role that EventBridge Scheduler takes on: it invokes through a role, not through a permission.
pub(super) fn scheduler(pipeline: &Pipeline, name: &str, label: &str, job: &Job) -> [Block; 2] {
    let invoke = object([
        ("Sid", string("InvokeFunction")),
        ("Effect", string("Allow")),
        ("Action", string("lambda:InvokeFunction")),
        ("Resource", function::invoked(label, job)),
    ]);
    let keep = send_to(&format!("{label}_dlq"), "KeepDeadLetters");
    let role_name = name_in_environment(&names::scheduler_role(&pipeline.name.value, name));
    let label = format!("{label}_scheduler");
    role(
        &label,
        role_name,
        "scheduler.amazonaws.com",
        vec![invoke, keep],
    )
}

/// A job's roles: whose each is, and its label.
pub(super) fn of_job(
    name: &str,
    label: &str,
    job: &Job,
    rules: &[Rule<'_>],
) -> Vec<(String, String)> {
    let own = match &job.function.code {
        Code::Package(_) => true,
        Code::Delivery(to) => !to.value.is_made(),
        Code::Existing(_) => false,
    };
    let is_scheduler = |rule: &Rule<'_>| matches!(rule.source, Source::Scheduler(_));
    let of_scheduler = rules.iter().any(is_scheduler);
    let own = own.then(|| (name.to_owned(), label.to_owned()));
    let of_scheduler =
        of_scheduler.then(|| (format!("{name}-scheduler"), format!("{label}_scheduler")));
    own.into_iter().chain(of_scheduler).collect()
}

pub(super) fn role(
    label: &str,
    name: Expression,
    service: &str,
    statements: Vec<Expression>,
) -> [Block; 2] {
    let mut trust = vec![
        ("Effect", string("Allow")),
        ("Action", string("sts:AssumeRole")),
        ("Principal", object([("Service", string(service))])),
    ];
    if service != LAMBDA {
        trust.push((
            "Condition",
            from_account(reference(["local", "event_bus_arn"])),
        ));
    }
    let trust = object(trust);
    let role = resource("aws_iam_role", label)
        .add_attribute(attribute("name", name))
        .add_attribute(attribute("assume_role_policy", policy(vec![trust])))
        .add_attribute(attribute(
            "permissions_boundary",
            reference(["var", "permissions_boundary"]),
        ));
    let inline = resource("aws_iam_role_policy", label)
        .add_attribute(attribute("name", string("job")))
        .add_attribute(attribute("role", reference(["aws_iam_role", label, "id"])))
        .add_attribute(attribute("policy", policy(statements)));
    [role.build(), inline.build()]
}

/// Only for what the service does for the account of `arn`, and not for whoever else uses the service.
pub(super) fn from_account(arn: Expression) -> Expression {
    let parts = call("split", [string(":"), arn]);
    let account = call("element", [parts, Expression::from(4)]);
    let source = object([("aws:SourceAccount", account)]);
    object([("StringEquals", source)])
}

/// A policy document.
pub(super) fn policy(statements: Vec<Expression>) -> Expression {
    let document = object([
        ("Version", string("2012-10-17")),
        ("Statement", Expression::Array(statements)),
    ]);
    call("jsonencode", [document])
}

fn write_logs(label: &str) -> Expression {
    let group = reference(["aws_cloudwatch_log_group", label, "arn"]);
    object([
        ("Sid", string("WriteLogs")),
        ("Effect", string("Allow")),
        (
            "Action",
            list(["logs:CreateLogStream", "logs:PutLogEvents"].map(string)),
        ),
        ("Resource", template([Part::Value(group), Part::Text(":*")])),
    ])
}

/// X-Ray has no resources to narrow these to.
fn write_traces() -> Expression {
    object([
        ("Sid", string("WriteTraces")),
        ("Effect", string("Allow")),
        (
            "Action",
            list(["xray:PutTelemetryRecords", "xray:PutTraceSegments"].map(string)),
        ),
        ("Resource", string("*")),
    ])
}

/// Only on the pipeline's bus, only with its source, only the detail types that the job declares.
fn put_events(pipeline: &Pipeline, job: &Job) -> Expression {
    let emitted = job.emits.iter();
    let emitted = emitted.filter_map(|name| pipeline.events.get(&name.value));
    object([
        ("Sid", string("EmitEvents")),
        ("Effect", string("Allow")),
        ("Action", string("events:PutEvents")),
        ("Resource", reference(["local", "event_bus_arn"])),
        ("Condition", only_events(pipeline, emitted)),
    ])
}

/// Only the pipeline's source with the detail types of these events.
pub(super) fn only_events<'e>(
    pipeline: &Pipeline,
    events: impl Iterator<Item = &'e Event>,
) -> Expression {
    let detail_types: BTreeSet<&str> = events
        .map(|event| event.detail_type.value.as_str())
        .collect();
    let condition = object([
        (
            "events:detail-type",
            list(detail_types.into_iter().map(string)),
        ),
        ("events:source", string(pipeline.source.value.as_str())),
    ]);
    object([("StringEquals", condition)])
}

/// Only those that the job names, each once.
fn read_secrets(job: &Job) -> Expression {
    let names: BTreeSet<&str> = job
        .function
        .secrets
        .values()
        .map(|secret| secret.value.as_str())
        .collect();
    object([
        ("Sid", string("ReadSecrets")),
        ("Effect", string("Allow")),
        ("Action", string("secretsmanager:GetSecretValue")),
        (
            "Resource",
            list(names.into_iter().map(function::secret_arn)),
        ),
    ])
}

fn send_to(queue: &str, sid: &str) -> Expression {
    object([
        ("Sid", string(sid)),
        ("Effect", string("Allow")),
        ("Action", string("sqs:SendMessage")),
        ("Resource", reference(["aws_sqs_queue", queue, "arn"])),
    ])
}
