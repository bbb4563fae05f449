//! IAM roles: what a function may do, and what EventBridge and its Scheduler may do for a job.

use std::collections::BTreeSet;

use hcl::Expression;
use hcl::structure::Block;
use pipeline::model::{ExistingTarget, TargetKind};
use pipeline::resources::{Grant, JobResources, Role, RuleSource, Service};
use pipeline::rights::Statement;
use pipeline::values::Text;

use super::hcl::{
    Part, attribute, builder, call, list, object, reference, resource, string, template,
};
use super::policy::{allow, beside, from_account, from_account_and, only_events, policy, trust};
use super::{bus, destination, function, name_in_environment, platform, shared, task, values};

/// Writes a role, its own policy, and the policies that are attached to it.
pub(super) fn role(job: &JobResources<'_>, role: &Role<'_>) -> Vec<Block> {
    let Role {
        key: _,
        name,
        label,
        service,
        grants,
        policies,
    } = role;
    // Lambda's [documentation](https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html) has no
    // condition on the account, so nothing says that Lambda fills in the key. The other two services do.
    let of_us = |condition| policy(vec![trust(*service, Some(condition))]);
    let trusted = match service {
        Service::Lambda => shared::assumed_by_lambda(),
        Service::Events => of_us(from_account(bus::arn())),
        Service::Scheduler => of_us(from_groups(job)),
    };
    let statements = grants.iter().flat_map(|grant| statements(job, grant));
    let made = resource("aws_iam_role", label)
        .add_attribute(attribute("name", name_in_environment(name)))
        .add_attribute(attribute("assume_role_policy", trusted))
        .add_attribute(attribute(
            "permissions_boundary",
            reference(["var", "permissions_boundary"]),
        ));
    let mut blocks = vec![made.build()];
    blocks.extend(inline(label, *service, policy(statements.collect())));
    blocks.extend(attached(label, policies));
    blocks
}

/// Writes the policy of a role itself.
///
/// A role that delivers has another policy as soon as it delivers elsewhere. Its name then is another one, too, so that
/// Terraform makes the new policy before the target changes, and removes the old one afterwards.
fn inline(label: &str, service: Service, document: Expression) -> Vec<Block> {
    let written = resource("aws_iam_role_policy", label);
    let role = attribute("role", reference(["aws_iam_role", label, "id"]));
    if service == Service::Lambda {
        let name = attribute("name", string("job"));
        let policy = attribute("policy", document);
        return vec![written.add_attributes([name, role, policy]).build()];
    }
    let local = format!("{label}_may");
    let document = attribute(&local, document);
    let policy = || reference(["local", &local]);
    let digest = call("sha256", [policy()]);
    let digest = call("substr", [digest, 0.into(), 8.into()]);
    let name = template([Part::Text("job-"), Part::Value(digest)]);
    let written = written
        .add_attribute(attribute("name", name))
        .add_attribute(role)
        .add_attribute(attribute("policy", policy()));
    let locals = builder("locals").add_attribute(document);
    vec![written.build(), locals.build()]
}

/// Restricts a role to what EventBridge Scheduler does for the groups of the job's schedules. A condition names groups
/// and no schedules:
/// [confused deputy prevention](https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html).
fn from_groups(job: &JobResources<'_>) -> Expression {
    let schedules = job.rules.iter().filter_map(|rule| match rule.source {
        RuleSource::Scheduler(schedule) => Some(schedule),
        RuleSource::Pattern(_) | RuleSource::Schedule(_) => None,
    });
    let groups: BTreeSet<_> = schedules.map(|schedule| schedule.group.as_ref()).collect();
    let groups = groups.into_iter().map(|group| {
        let begin = beside(bus::arn(), "events", "scheduler", "schedule-group/");
        let behind = match group {
            Some(group) => values::inside(group),
            None => vec![Part::Text("default")],
        };
        template([Part::Value(begin)].into_iter().chain(behind))
    });
    let source = object([("aws:SourceArn", list(groups))]);
    from_account_and(bus::arn(), [("ArnEquals", source)])
}

/// Attaches managed policies. The keys are texts of the spec, so that taking one out of the middle detaches no other, and
/// Terraform knows them in every plan: what an ARN names may be unknown, as the account is while the call of the module
/// waits for something (`depends_on`).
fn attached(label: &str, policies: &[&Text]) -> Option<Block> {
    if policies.is_empty() {
        return None;
    }
    let arns = if policies.iter().all(|policy| policy.parts.is_none()) {
        call("toset", [list(policies.iter().copied().map(values::text))])
    } else {
        object(
            policies
                .iter()
                .map(|policy| (policy.as_written(), values::text(policy))),
        )
    };
    let attached = resource("aws_iam_role_policy_attachment", label)
        .add_attribute(attribute("for_each", arns))
        .add_attribute(attribute(
            "role",
            reference(["aws_iam_role", label, "name"]),
        ))
        .add_attribute(attribute("policy_arn", reference(["each", "value"])));
    Some(attached.build())
}

/// Writes the statements of a policy that grant something.
fn statements(job: &JobResources<'_>, grant: &Grant<'_>) -> Vec<Expression> {
    let statement = match grant {
        Grant::WriteLogs => write_logs(&job.label),
        Grant::WriteTraces => write_traces(),
        Grant::EmitEvents(detail_types) => put_events(&job.job.pipeline.source.value, detail_types),
        Grant::ReadSecrets(names) => read_secrets(names),
        Grant::UseKeys(names) => platform::use_keys(names),
        Grant::Stated(statement) => stated(statement),
        Grant::Encrypt(key) => platform::encrypt(key),
        Grant::JoinNetwork => return platform::join_network().into(),
        Grant::Send { queue, sid } => send_to(queue, sid),
        Grant::Receive { queue } => receive_from(queue),
        Grant::InvokeFunction => allow(
            "InvokeFunction",
            "lambda:InvokeFunction",
            function::invoked(job),
        ),
        Grant::KeepIn(queue) => {
            let queue = destination::given_queue(queue);
            let keep = |queue| allow("KeepDeadLetters", "sqs:SendMessage", queue);
            return queue.map(keep).into_iter().collect();
        }
        Grant::Deliver(ExistingTarget { kind, address: _ }) => {
            return deliver(kind, destination::arn(job));
        }
        Grant::CallApi => allow(
            "CallApi",
            "events:InvokeApiDestination",
            destination::arn(job),
        ),
    };
    vec![statement]
}

/// Allows EventBridge to [deliver](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html)
/// to what is there already. It may send records one at a time or
/// [several at once](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-target-firehose.html).
fn deliver(kind: &TargetKind, to: Expression) -> Vec<Expression> {
    let sid = "DeliverEvents";
    let records = |actions: [&str; 2], to| {
        object([
            ("Sid", string(sid)),
            ("Effect", string("Allow")),
            ("Action", list(actions.map(string))),
            ("Resource", to),
        ])
    };
    let statement = match kind {
        TargetKind::StateMachine => allow(sid, "states:StartExecution", to),
        TargetKind::Bus => allow(sid, "events:PutEvents", to),
        TargetKind::Queue { .. } => allow(sid, "sqs:SendMessage", to),
        TargetKind::Topic { .. } => allow(sid, "sns:Publish", to),
        TargetKind::Stream { .. } => records(["kinesis:PutRecord", "kinesis:PutRecords"], to),
        TargetKind::Firehose => records(["firehose:PutRecord", "firehose:PutRecordBatch"], to),
        TargetKind::Api(_) => allow(sid, "events:InvokeApiDestination", to),
        TargetKind::Task(task) => return task::start_task(task, to),
        TargetKind::Batch(batch) => return task::submit_job(batch, to),
    };
    vec![statement]
}

/// Writes a statement of the spec. A variable of IAM, which a spec writes as `$${aws:username}`, is none of Terraform.
fn stated(statement: &Statement) -> Expression {
    let Statement {
        span: _,
        actions,
        resources,
        conditions,
    } = statement;
    let texts = |texts: &[Text]| list(texts.iter().map(values::text));
    let actions = actions.iter().map(|action| string(&action.value));
    let mut written = vec![
        ("Effect", string("Allow")),
        ("Action", list(actions)),
        ("Resource", texts(resources)),
    ];
    if !conditions.is_empty() {
        let operators = conditions.iter().map(|(operator, keys)| {
            let keys = keys.value.iter();
            let keys = keys.map(|(key, values)| (key, texts(&values.value)));
            (operator, object(keys))
        });
        written.push(("Condition", object(operators)));
    }
    object(written)
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
