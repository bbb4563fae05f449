//! What events are delivered to beside functions, with what EventBridge needs to be let in.
//!
//! A queue, a topic and a log group let their senders in by a policy of their own, which belongs to whoever
//! made them: so they are made here. A state machine and a bus are there already, and are reached with a role.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::model::{Code, DeliverTo, Job};
use pipeline::names;
use pipeline::wiring::{self, Rule};
use pipeline::{Pipeline, Span};

use super::hcl::{
    Body, Part, attribute, index, list, object, reference, resource, string, template,
};
use super::role::{policy, role};
use super::{name_in_environment, queue};

/// The ARN of what a job's events are delivered to.
pub(super) fn arn(name: &str, label: &str, to: DeliverTo) -> Expression {
    match to {
        DeliverTo::Queue => reference(["aws_sqs_queue", label, "arn"]),
        DeliverTo::Topic => reference(["aws_sns_topic", label, "arn"]),
        DeliverTo::LogGroup => reference(["aws_cloudwatch_log_group", label, "arn"]),
        DeliverTo::StateMachine | DeliverTo::Bus => index(reference(["var", "destinations"]), name),
    }
}

/// The role that EventBridge takes on, where it needs one.
pub(super) fn role_arn(label: &str, to: DeliverTo) -> Option<Expression> {
    (!to.is_made()).then(|| reference(["aws_iam_role", label, "arn"]))
}

/// What lets EventBridge in.
pub(super) fn let_in(label: &str, to: DeliverTo) -> Expression {
    match to {
        DeliverTo::Queue => reference(["aws_sqs_queue_policy", label]),
        DeliverTo::Topic => reference(["aws_sns_topic_policy", label]),
        DeliverTo::LogGroup => reference(["aws_cloudwatch_log_resource_policy", "events"]),
        DeliverTo::StateMachine | DeliverTo::Bus => reference(["aws_iam_role_policy", label]),
    }
}

/// What is made for one job.
pub(super) fn blocks(
    pipeline: &Pipeline,
    name: &str,
    label: &str,
    job: &Job,
    to: DeliverTo,
    rules: &[Rule<'_>],
) -> Vec<Block> {
    let own_name = names::destination(&pipeline.name.value, job.name_on_aws(name));
    match to {
        DeliverTo::Queue => queue::delivered(&own_name, label, rules).into(),
        DeliverTo::Topic => topic(&own_name, label).into(),
        DeliverTo::LogGroup => vec![log_group(&own_name, label, job)],
        DeliverTo::StateMachine => reach(name, &own_name, label, to, "states:StartExecution"),
        DeliverTo::Bus => reach(name, &own_name, label, to, "events:PutEvents"),
    }
}

/// SNS looks at no condition of a policy for EventBridge, so it lets in the service.
fn topic(name: &str, label: &str) -> [Block; 2] {
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
    let topic = resource("aws_sns_topic", label)
        .add_attribute(attribute("name", name_in_environment(name)));
    let allowed = resource("aws_sns_topic_policy", label)
        .add_attribute(attribute("arn", arn()))
        .add_attribute(attribute("policy", policy(vec![publish])));
    [topic.build(), allowed.build()]
}

/// Below `/aws/events/`, where AWS's console makes them and looks for them.
fn log_group(name: &str, label: &str, job: &Job) -> Block {
    let name = name_in_environment(&format!("/aws/events/{name}"));
    resource("aws_cloudwatch_log_group", label)
        .add_attribute(attribute("name", name))
        .add_attribute(attribute(
            "retention_in_days",
            job.function.log_retention_days,
        ))
        .build()
}

fn reach(name: &str, own_name: &str, label: &str, to: DeliverTo, action: &str) -> Vec<Block> {
    let deliver = object([
        ("Sid", string("DeliverEvents")),
        ("Effect", string("Allow")),
        ("Action", string(action)),
        ("Resource", arn(name, label, to)),
    ]);
    let name = name_in_environment(own_name);
    role(label, name, "events.amazonaws.com", vec![deliver]).into()
}

/// The jobs without a function, with what their events are delivered to.
fn deliveries(pipeline: &Pipeline) -> impl Iterator<Item = (&str, &Job, DeliverTo)> {
    let jobs = pipeline.jobs.iter();
    jobs.filter_map(|(name, job)| match &job.function.code {
        Code::Delivery(to) => Some((name.as_str(), job, to.value)),
        _ => None,
    })
}

/// The jobs whose destination is there already, each with its place in the spec.
pub(super) fn there_already(pipeline: &Pipeline) -> impl Iterator<Item = (String, Span)> {
    deliveries(pipeline)
        .filter(|(_, _, to)| !to.is_made())
        .map(|(name, job, _)| (name.to_owned(), job.name_span))
}

/// What is made, by job and with its ARN.
pub(super) fn made(pipeline: &Pipeline) -> impl Iterator<Item = (String, Expression)> {
    deliveries(pipeline)
        .filter(|(_, _, to)| to.is_made())
        .map(|(name, _, to)| (name.to_owned(), arn(name, &wiring::label(name), to)))
}

/// One policy for all log groups, as an account has ten in a region; nothing where there is none.
pub(super) fn shared(pipeline: &Pipeline) -> Option<Body> {
    let groups: Vec<Expression> = deliveries(pipeline)
        .filter(|(_, _, to)| *to == DeliverTo::LogGroup)
        .map(|(name, _, to)| {
            let arn = arn(name, &wiring::label(name), to);
            template([Part::Value(arn), Part::Text(":*")])
        })
        .collect();
    if groups.is_empty() {
        return None;
    }
    let services = ["delivery.logs.amazonaws.com", "events.amazonaws.com"].map(string);
    let write = object([
        ("Sid", string("WriteEvents")),
        ("Effect", string("Allow")),
        ("Principal", object([("Service", list(services))])),
        (
            "Action",
            list(["logs:CreateLogStream", "logs:PutLogEvents"].map(string)),
        ),
        ("Resource", list(groups)),
    ]);
    let name = format!("{}-events", pipeline.name.value);
    let allowed = resource("aws_cloudwatch_log_resource_policy", "events")
        .add_attribute(attribute("policy_name", name_in_environment(&name)))
        .add_attribute(attribute("policy_document", policy(vec![write])));
    Some(Body::builder().add_block(allowed.build()).build())
}
