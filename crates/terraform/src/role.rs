//! IAM roles: what a function may do, and what EventBridge and its Scheduler may do for a job.

use std::collections::BTreeSet;

use hcl::Expression;
use hcl::structure::Block;
use pipeline::model::DeliverTo;
use pipeline::resources::{Grant, JobResources, Role, Service};

use super::hcl::{Part, attribute, list, object, reference, resource, string, template};
use super::policy::{allow, from_account, only_events, policy};
use super::{bus, destination, function, name_in_environment, platform};

/// Writes a role and its only policy.
pub(super) fn role(job: &JobResources<'_>, role: &Role<'_>) -> [Block; 2] {
    let Role {
        key: _,
        name,
        label,
        service,
        grants,
    } = role;
    let mut trust = vec![
        ("Effect", string("Allow")),
        ("Action", string("sts:AssumeRole")),
        (
            "Principal",
            object([("Service", string(service.principal()))]),
        ),
    ];
    // Lambda's [documentation](https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html) has no
    // condition on the account, so nothing says that Lambda fills in the key. The other two services do.
    if *service != Service::Lambda {
        trust.push(("Condition", from_account(bus::arn())));
    }
    let trust = object(trust);
    let statements = grants.iter().flat_map(|grant| statements(job, grant));
    let made = resource("aws_iam_role", label)
        .add_attribute(attribute("name", name_in_environment(name)))
        .add_attribute(attribute("assume_role_policy", policy(vec![trust])))
        .add_attribute(attribute(
            "permissions_boundary",
            reference(["var", "permissions_boundary"]),
        ));
    let inline = resource("aws_iam_role_policy", label)
        .add_attribute(attribute("name", string("job")))
        .add_attribute(attribute("role", reference(["aws_iam_role", label, "id"])))
        .add_attribute(attribute("policy", policy(statements.collect())));
    [made.build(), inline.build()]
}

/// Writes the statements of a policy that grant something.
fn statements(job: &JobResources<'_>, grant: &Grant<'_>) -> Vec<Expression> {
    let statement = match grant {
        Grant::WriteLogs => write_logs(&job.label),
        Grant::WriteTraces => write_traces(),
        Grant::EmitEvents(detail_types) => put_events(&job.job.pipeline.source.value, detail_types),
        Grant::ReadSecrets(names) => read_secrets(names),
        Grant::UseKey(name) => platform::use_key(name),
        Grant::JoinNetwork => return platform::join_network().into(),
        Grant::Send { queue, sid } => send_to(queue, sid),
        Grant::Receive { queue } => receive_from(queue),
        Grant::InvokeFunction => allow(
            "InvokeFunction",
            "lambda:InvokeFunction",
            function::invoked(job),
        ),
        Grant::Deliver(to) => {
            let action = match to {
                DeliverTo::StateMachine => "states:StartExecution",
                _ => "events:PutEvents",
            };
            allow("DeliverEvents", action, destination::arn(job))
        }
    };
    vec![statement]
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
        // Log streams are below the group, and the provider's ARN of a group comes without the `:*`.
        ("Resource", template([Part::Value(group), Part::Text(":*")])),
    ])
}

/// Allows traces. X-Ray has no resources that could narrow this.
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

/// Allows events on the pipeline's bus, with its source, and with the detail types that the job emits.
fn put_events(source: &str, detail_types: &BTreeSet<&str>) -> Expression {
    object([
        ("Sid", string("EmitEvents")),
        ("Effect", string("Allow")),
        ("Action", string("events:PutEvents")),
        ("Resource", bus::arn()),
        ("Condition", only_events(source, detail_types)),
    ])
}

/// Allows reading the secrets that the job names.
fn read_secrets(names: &BTreeSet<&str>) -> Expression {
    object([
        ("Sid", string("ReadSecrets")),
        ("Effect", string("Allow")),
        ("Action", string("secretsmanager:GetSecretValue")),
        (
            "Resource",
            list(names.iter().map(|name| function::secret_arn(name))),
        ),
    ])
}

fn send_to(queue: &str, sid: &str) -> Expression {
    let queue = reference(["aws_sqs_queue", queue, "arn"]);
    allow(sid, "sqs:SendMessage", queue)
}

/// Allows what Lambda does with the
/// [messages of a queue](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions).
fn receive_from(queue: &str) -> Expression {
    let actions = [
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
    ];
    object([
        ("Sid", string("ReceiveEvents")),
        ("Effect", string("Allow")),
        ("Action", list(actions.map(string))),
        ("Resource", reference(["aws_sqs_queue", queue, "arn"])),
    ])
}
