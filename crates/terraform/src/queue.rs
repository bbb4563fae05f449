//! Queues: for dead letters, for failed runs, and as targets of events.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::resources::{Keeps, Queue, Redrive, Visibility};

use super::hcl::{attribute, call, list, object, reference, resource, string};
use super::policy::policy;
use super::{bus, name_in_environment, platform, values};

/// Writes a queue, and the policy that says who may send to it.
pub(super) fn queue(queue: &Queue) -> [Block; 2] {
    let Queue {
        name,
        label,
        keeps,
        is_fifo,
        retention_seconds,
        visibility,
        redrive,
        senders,
        kms_key,
    } = queue;
    let mut statements = Vec::new();
    if *keeps == Keeps::Unreadable {
        statements.push(allow_eventbridge(
            "KeepUnreadable",
            label,
            vec![bus::made_arn()],
        ));
    }
    // Lambda and EventBridge Scheduler send with a role, which has the permission. Only rules need one here.
    if !senders.is_empty() {
        let sid = match keeps {
            Keeps::Events | Keeps::Waiting => "DeliverEvents",
            Keeps::DeadLetters | Keeps::FailedRuns | Keeps::Unreadable => "KeepDeadLetters",
        };
        let arn = |label: &String| reference(["aws_cloudwatch_event_rule", label, "arn"]);
        let rules = senders.iter().map(arn).collect();
        statements.push(allow_eventbridge(sid, label, rules));
    }
    statements.push(refuse_plain_http(label));
    let mut made = resource("aws_sqs_queue", label)
        .add_attribute(attribute("name", name_in_environment(name)));
    if *is_fifo {
        made = made
            .add_attribute(attribute("fifo_queue", true))
            // EventBridge sends no deduplication id.
            .add_attribute(attribute("content_based_deduplication", true));
    }
    made = made.add_attribute(attribute("message_retention_seconds", *retention_seconds));
    if let Some(Visibility {
        timeout,
        window_seconds,
    }) = visibility
    {
        let seconds = values::seconds_and(timeout, Visibility::TIMES, *window_seconds);
        made = made.add_attribute(attribute("visibility_timeout_seconds", seconds));
    }
    if let Some(redrive) = redrive {
        made = made.add_attribute(attribute("redrive_policy", redrive_policy(redrive)));
    }
    let made = match kms_key {
        // The policy of a key has to let EventBridge in, too, and without that every dead letter is lost. So this is
        // only for those who ask for it.
        Some(key) => made.add_attribute(attribute("kms_master_key_id", platform::key_arn(key))),
        None => made.add_attribute(attribute("sqs_managed_sse_enabled", true)),
    };
    let queue_policy = resource("aws_sqs_queue_policy", label)
        .add_attribute(attribute(
            "queue_url",
            reference(["aws_sqs_queue", label, "id"]),
        ))
        .add_attribute(attribute("policy", policy(statements)));
    [made.build(), queue_policy.build()]
}

/// Writes where messages go that were received too often.
fn redrive_policy(redrive: &Redrive) -> Expression {
    let Redrive {
        label,
        // The label refers to the same queue.
        name: _,
        max_receives,
    } = redrive;
    let policy = object([
        (
            "deadLetterTargetArn",
            reference(["aws_sqs_queue", label, "arn"]),
        ),
        ("maxReceiveCount", (*max_receives).into()),
    ]);
    call("jsonencode", [policy])
}

/// Allows rules to send to the queue. Without this statement EventBridge drops what it could not deliver, and says
/// nothing.
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
