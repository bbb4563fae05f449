//! Queues: of events that could not be delivered, of runs that failed, and those that events are delivered to.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::Pipeline;
use pipeline::names;
use pipeline::wiring::{Rule, Source};

use super::hcl::{attribute, list, object, reference, resource, string};
use super::name_in_environment;
use super::role::policy;

/// Fourteen days, the longest that SQS keeps a message: time to find and redrive it.
const RETENTION_SECONDS: u32 = 1_209_600;

/// The dead-letter queue of the job's targets, which EventBridge may send to for these rules.
pub(super) fn dead_letters(
    pipeline: &Pipeline,
    name: &str,
    label: &str,
    rules: &[Rule<'_>],
) -> [Block; 2] {
    let queue = format!("{label}_dlq");
    let name = names::dead_letter_queue(&pipeline.name.value, name);
    let arns: Vec<Expression> = rules
        .iter()
        .filter(|rule| !matches!(rule.source, Source::Scheduler(_)))
        .map(|rule| reference(["aws_cloudwatch_event_rule", &rule.label, "arn"]))
        .collect();
    let mut statements = Vec::new();
    if !arns.is_empty() {
        statements.push(allow_eventbridge("KeepDeadLetters", &queue, arns));
    }
    with_policy(&queue, &name, statements)
}

/// A queue that the events themselves are delivered to.
pub(super) fn delivered(name: &str, label: &str, rules: &[Rule<'_>]) -> [Block; 2] {
    let arns: Vec<Expression> = rules
        .iter()
        .map(|rule| reference(["aws_cloudwatch_event_rule", &rule.label, "arn"]))
        .collect();
    let mut statements = Vec::new();
    if !arns.is_empty() {
        statements.push(allow_eventbridge("DeliverEvents", label, arns));
    }
    with_policy(label, name, statements)
}

/// The destination of runs that failed for good. The function sends with its own role.
pub(super) fn on_failure(pipeline: &Pipeline, name: &str, label: &str) -> [Block; 2] {
    let queue = format!("{label}_on_failure");
    let name = names::failure_queue(&pipeline.name.value, name);
    with_policy(&queue, &name, Vec::new())
}

fn with_policy(label: &str, name: &str, mut statements: Vec<Expression>) -> [Block; 2] {
    statements.push(refuse_plain_http(label));
    let queue = resource("aws_sqs_queue", label)
        .add_attribute(attribute("name", name_in_environment(name)))
        .add_attribute(attribute("message_retention_seconds", RETENTION_SECONDS))
        .add_attribute(attribute("sqs_managed_sse_enabled", true));
    let queue_policy = resource("aws_sqs_queue_policy", label)
        .add_attribute(attribute(
            "queue_url",
            reference(["aws_sqs_queue", label, "id"]),
        ))
        .add_attribute(attribute("policy", policy(statements)));
    [queue.build(), queue_policy.build()]
}

/// Without it EventBridge drops what it could not deliver, and says nothing.
fn allow_eventbridge(sid: &str, queue: &str, rules: Vec<Expression>) -> Expression {
    let source = object([("aws:SourceArn", Expression::Array(rules))]);
    object([
        ("Sid", string(sid)),
        ("Effect", string("Allow")),
        (
            "Principal",
            object([("Service", string("events.amazonaws.com"))]),
        ),
        ("Action", string("sqs:SendMessage")),
        ("Resource", reference(["aws_sqs_queue", queue, "arn"])),
        ("Condition", object([("ArnEquals", source)])),
    ])
}

fn refuse_plain_http(queue: &str) -> Expression {
    let insecure = object([("aws:SecureTransport", string("false"))]);
    object([
        ("Sid", string("RefusePlainHttp")),
        ("Effect", string("Deny")),
        ("Principal", string("*")),
        ("Action", list([string("sqs:*")])),
        ("Resource", reference(["aws_sqs_queue", queue, "arn"])),
        ("Condition", object([("Bool", insecure)])),
    ])
}
