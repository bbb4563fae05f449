//! Targets other than functions, and what lets EventBridge deliver to them.
//!
//! A queue, a topic and a log group have a policy that says who may send. Only their owner can write it, so the module
//! makes them. What is there already, EventBridge reaches with a role.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::model::{ExistingTarget, TargetAddress, TargetKind, Task, TaskDefinition};
use pipeline::resources::{JobResources, Name, Receiver, Resources};
use pipeline::{Span, Spanned};

use super::hcl::{
    Body, Part, attribute, builder, index, list, object, reference, resource, string, template,
};
use super::policy::{beside, policy};
use super::{bus, function, inside_environment, name_in_environment, platform, values};

/// Refers to the ARN of the job's target.
pub(super) fn arn(job: &JobResources<'_>) -> Expression {
    if let Some(buffer) = job.buffer() {
        return reference(["aws_sqs_queue", &buffer.queue.label, "arn"]);
    }
    match &job.receiver {
        Receiver::Function(_) | Receiver::Existing(_) => function::invoked(job),
        Receiver::Elsewhere { to, role: _ } => existing_arn(job.name(), to),
        Receiver::Queue { .. }
        | Receiver::Topic { .. }
        | Receiver::LogGroup(_)
        | Receiver::Api(_) => reference([made_kind(&job.receiver), &job.label, "arn"]),
    }
}

/// Refers to the ARN of the queue of a job's dead letters, made or not; nothing if there is none.
pub(super) fn dead_letters(job: &JobResources<'_>) -> Option<Expression> {
    if let Some(made) = &job.dead_letters {
        return Some(reference(["aws_sqs_queue", &made.label, "arn"]));
    }
    given_queue(job.given.dead_letters?)
}

/// Refers to the ARN of a queue of dead letters that is there already.
pub(super) fn given_queue(queue: &TargetAddress) -> Option<Expression> {
    match queue {
        TargetAddress::Variable => None,
        TargetAddress::Arn(arn) => Some(values::text(arn)),
        TargetAddress::Name(name) => Some(values::arn_here("sqs", "", name)),
    }
}

/// Refers to the ARN of a target that is there already.
fn existing_arn(job: &str, target: &ExistingTarget) -> Expression {
    let ExistingTarget { kind, address } = target;
    match address {
        TargetAddress::Variable => index(reference(["var", "destinations"]), job),
        TargetAddress::Arn(arn) => values::text(arn),
        TargetAddress::Name(name) => values::arn_here(kind.service(), kind.before_name(), name),
    }
}

/// Whether something is named in this account and region, whatever these are.
pub(super) fn is_named(resources: &Resources<'_>) -> bool {
    let is_name = |definition: &TaskDefinition| matches!(definition, TaskDefinition::Name(_));
    let mut jobs = resources.jobs.iter();
    let keeps_there =
        |job: &JobResources<'_>| matches!(job.given.dead_letters, Some(TargetAddress::Name(_)));
    jobs.any(|job| {
        keeps_there(job)
            || match &job.receiver {
                Receiver::Elsewhere { to, role: _ } => {
                    let of_definition = match &to.kind {
                        TargetKind::Task(task) => is_name(&task.definition),
                        TargetKind::Batch(batch) => is_name(&batch.definition),
                        _ => false,
                    };
                    of_definition || matches!(to.address, TargetAddress::Name(_))
                }
                _ => false,
            }
    })
}

/// Returns the kind of resource that the module makes as a target; empty if it makes none.
fn made_kind(receiver: &Receiver<'_>) -> &'static str {
    match receiver {
        Receiver::Queue { .. } => "aws_sqs_queue",
        Receiver::Topic { .. } => "aws_sns_topic",
        Receiver::LogGroup(_) => "aws_cloudwatch_log_group",
        Receiver::Api(_) => "aws_cloudwatch_event_api_destination",
        Receiver::Function(_) | Receiver::Existing(_) | Receiver::Elsewhere { .. } => "",
    }
}

/// Refers to what lets EventBridge deliver; nothing for functions, which have a permission.
pub(super) fn let_in(job: &JobResources<'_>) -> Option<Expression> {
    if let Some(buffer) = job.buffer() {
        return Some(reference(["aws_sqs_queue_policy", &buffer.queue.label]));
    }
    let label = &job.label;
    Some(match &job.receiver {
        Receiver::Function(_) | Receiver::Existing(_) => return None,
        Receiver::Queue { .. } => reference(["aws_sqs_queue_policy", label]),
        Receiver::Topic { .. } => reference(["aws_sns_topic_policy", label]),
        Receiver::LogGroup(_) => reference(["aws_cloudwatch_log_resource_policy", "events"]),
        // What is there already is its owner's to let in.
        Receiver::Elsewhere { role, .. } => {
            reference(["aws_iam_role_policy", &role.as_ref()?.label])
        }
        Receiver::Api(api) => reference(["aws_iam_role_policy", &api.role.label]),
    })
}

/// Writes a topic that EventBridge may publish to. The policy has no condition, as SNS does not support one for
/// EventBridge.
pub(super) fn topic(name: &Name, label: &str, kms_key: Option<&str>) -> [Block; 2] {
    let arn = || reference(["aws_sns_topic", label, "arn"]);
    let publish = object([
        ("Sid", string("PublishEvents")),
        ("Effect", string("Allow")),
        (
            "Principal",
            object([("Service", string("events.amazonaws.com"))]),
        ),
        ("Action", string("sns:Publish")),
        ("Resource", arn()),
    ]);
    let mut topic = resource("aws_sns_topic", label)
        .add_attribute(attribute("name", name_in_environment(name)));
    if let Some(key) = kms_key {
        topic = topic.add_attribute(attribute("kms_master_key_id", platform::key_arn(key)));
    }
    let allowed = resource("aws_sns_topic_policy", label)
        .add_attribute(attribute("arn", arn()))
        .add_attribute(attribute("policy", policy(vec![publish])));
    [topic.build(), allowed.build()]
}

/// Whether the module makes an API destination.
pub(super) fn calls_api(resources: &Resources<'_>) -> bool {
    let mut jobs = resources.jobs.iter();
    jobs.any(|job| matches!(job.receiver, Receiver::Api(_)))
}

/// The task that a job starts.
pub(super) fn task<'p>(job: &JobResources<'p>) -> Option<&'p Task> {
    match &job.receiver {
        Receiver::Elsewhere { to, role: _ } => match &to.kind {
            TargetKind::Task(task) => Some(task),
            _ => None,
        },
        _ => None,
    }
}

/// Lists the keys that encrypt targets which are there already, each with its place in the spec.
pub(super) fn keys<'r>(resources: &'r Resources<'_>) -> impl Iterator<Item = &'r Spanned<String>> {
    let jobs = resources.jobs.iter();
    jobs.filter_map(|job| match &job.receiver {
        Receiver::Elsewhere { to, role: _ } => to.kind.kms_key(),
        _ => None,
    })
}

/// Lists the jobs whose target the variable `destinations` names, each with its place in the spec.
pub(super) fn there_already(resources: &Resources<'_>) -> impl Iterator<Item = (String, Span)> {
    let jobs = resources.jobs.iter();
    let elsewhere = jobs.filter(|job| match &job.receiver {
        Receiver::Elsewhere { to, role: _ } => to.address == TargetAddress::Variable,
        _ => false,
    });
    elsewhere.map(|job| (job.name().to_owned(), job.spec().name_span))
}

/// Lists the targets that the module makes: the job, and the ARN.
pub(super) fn made(resources: &Resources<'_>) -> impl Iterator<Item = (String, Expression)> {
    let jobs = resources.jobs.iter();
    let made = jobs.filter(|job| !made_kind(&job.receiver).is_empty());
    made.map(|job| (job.name().to_owned(), arn(job)))
}

/// Writes one policy for all log groups, which lets in the rules of this account; nothing if there is no log group. An
/// account may have only ten such policies in a region.
///
/// It names the groups by a pattern. A list of them would leave a group out as soon as its job delivers elsewhere, up to a
/// minute before the rule's target does.
pub(super) fn shared(resources: &Resources<'_>) -> Option<Body> {
    let name = resources.log_policy.as_ref()?;
    let groups = resources.jobs.iter().filter_map(|job| match &job.receiver {
        Receiver::LogGroup(group) => Some((job, &group.name)),
        _ => None,
    });
    let (kept, made): (Vec<_>, Vec<_>) = groups.partition(|(_, name)| name.kept().is_some());
    let pattern = made.first().map(|(job, _)| job.job.log_groups_of_events());
    let names = pattern.iter().chain(kept.into_iter().map(|(_, name)| name));
    let groups = names.map(log_groups_named);
    let streams = list(groups);
    let rules = beside(bus::arn(), "events", "events", "rule/*");
    // EventBridge writes through `delivery.logs`, and AWS asks for both.
    let services = ["delivery.logs.amazonaws.com", "events.amazonaws.com"].map(string);
    let statement = |sid, action| {
        vec![
            ("Sid", string(sid)),
            ("Effect", string("Allow")),
            ("Principal", object([("Service", list(services.clone()))])),
            ("Action", string(action)),
            ("Resource", streams.clone()),
        ]
    };
    // The log stream is made without the rule's name, as Terraform's documentation of
    // [targets](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudwatch_event_target#cloudwatch-log-group-usage)
    // has it.
    let streamed = statement("MakeStreams", "logs:CreateLogStream");
    let mut written = statement("WriteEvents", "logs:PutLogEvents");
    let source = object([("aws:SourceArn", rules)]);
    written.push(("Condition", object([("ArnLike", source)])));
    let allowed = resource("aws_cloudwatch_log_resource_policy", "events")
        .add_attribute(attribute("policy_name", name_in_environment(name)))
        .add_attribute(attribute(
            "policy_document",
            policy(vec![object(streamed), object(written)]),
        ));
    let here = beside(bus::arn(), "events", "logs", "log-group:");
    let locals = builder("locals").add_attribute(attribute(LOG_GROUPS, here));
    let body = Body::builder().add_block(locals.build());
    Some(body.add_block(allowed.build()).build())
}

/// The local with which the ARN of every log group here begins.
const LOG_GROUPS: &str = "log_groups";

/// Writes the ARN of everything in the log groups with a name. It refers to no group, which would have to be there first.
fn log_groups_named(name: &Name) -> Expression {
    let begin = [Part::Value(reference(["local", LOG_GROUPS]))];
    let parts = begin.into_iter().chain(inside_environment(name));
    template(parts.chain([Part::Text(":*")]))
}
