//! Queues: for dead letters, for failed runs, and as targets of events.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::resources::{Admitted, Keeps, Name, Queue, Redrive, Visibility};

use super::hcl::{Part, attribute, builder, call, object, reference, resource, string, template};
use super::policy::policy;
use super::{bus, inside_environment, name_in_environment, platform, shared, values};

/// Writes a queue, and the policy that says who may send to it.
pub(super) fn queue(queue: &Queue) -> Vec<Block> {
    let Queue {
        name,
        label,
        keeps,
        is_fifo,
        retention_seconds,
        visibility,
        redrive,
        // The policy names them another way.
        senders: _,
        admitted,
        kms_key,
    } = queue;
    let mut statements = Vec::new();
    if *keeps == Keeps::Unreadable {
        let bus = source_is("ArnEquals", vec![bus::made_arn()]);
        statements.push(allow_eventbridge("KeepUnreadable", label, [bus]));
    }
    // Lambda and EventBridge Scheduler send with a role, which has the permission. Only rules need one here.
    if let Some(admitted) = admitted {
        let sid = match keeps {
            Keeps::Events | Keeps::Waiting => "DeliverEvents",
            Keeps::DeadLetters | Keeps::FailedRuns | Keeps::Unreadable => "KeepDeadLetters",
        };
        statements.extend(allow_rules(sid, label, admitted));
    }
    statements.push(shared::refuse_plain_http(label));
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
    let mut blocks = vec![made.build(), queue_policy.build()];
    blocks.extend(admitted.as_ref().map(|_| rules_here(label)));
    blocks
}

/// Writes the local with which the ARN of every rule here begins. The ARN of the queue says the account, the region and
/// the partition, and unlike that of the bus it stays if the bus changes.
fn rules_here(queue: &str) -> Block {
    let parts = [
        reference(["aws_sqs_queue", queue, "arn"]),
        string("/:sqs:(.*):[^:]*$/"),
        string(":events:$1:rule"),
    ];
    let begin = attribute(&rules_of(queue), call("replace", parts));
    builder("locals").add_attribute(begin).build()
}

pub(super) fn rules_of(queue: &str) -> String {
    format!("{queue}_rules")
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

/// Lets rules send to the queue, by their names and not by their ARNs: a policy that refers to a rule changes before the
/// new rule delivers, and shuts the old one out.
fn allow_rules(sid: &str, queue: &str, admitted: &Admitted) -> Vec<Expression> {
    let all = |names: &[Name]| {
        let arns = names
            .iter()
            .map(|name| rules_named(queue, || inside_environment(name)));
        arns.flatten().collect()
    };
    let (names, others, alone) = match admitted {
        Admitted::All => {
            let any = source_is(
                "ArnLike",
                rules_named(queue, || vec![Part::Text("*")]).into(),
            );
            return vec![allow_eventbridge(sid, queue, [any])];
        }
        Admitted::OfJob {
            names,
            others,
            alone,
        } => (names, others, alone),
    };
    let mut conditions = vec![source_is("ArnLike", all(std::slice::from_ref(names)))];
    if !others.is_empty() {
        conditions.push(source_is("ArnNotLike", all(others)));
    }
    let mut statements = vec![allow_eventbridge(sid, queue, conditions)];
    if !alone.is_empty() {
        let alone = source_is("ArnLike", all(alone));
        statements.push(allow_eventbridge(&format!("{sid}OfNamed"), queue, [alone]));
    }
    statements
}

/// Writes the ARNs of the rules with a name: `rule/<name>` on the default bus, and `rule/<bus>/<name>` on any other. A
/// pipeline may change its bus, and then has rules on both for a while.
fn rules_named<'n>(queue: &str, name: impl Fn() -> Vec<Part<'n>>) -> [Expression; 2] {
    ["/", "/*/"].map(|before| {
        let begin = reference(["local", &rules_of(queue)]);
        let begin = [Part::Value(begin), Part::Text(before)];
        template(begin.into_iter().chain(name()))
    })
}

fn source_is(operator: &'static str, arns: Vec<Expression>) -> (&'static str, Expression) {
    let source = object([("aws:SourceArn", Expression::Array(arns))]);
    (operator, source)
}

/// Allows EventBridge to send to the queue. Without this statement EventBridge drops what it could not deliver, and says
/// nothing.
fn allow_eventbridge(
    sid: &str,
    queue: &str,
    conditions: impl IntoIterator<Item = (&'static str, Expression)>,
) -> Expression {
    object([
        ("Sid", string(sid)),
        ("Effect", string("Allow")),
        (
            "Principal",
            object([("Service", string("events.amazonaws.com"))]),
        ),
        ("Action", string("sqs:SendMessage")),
        ("Resource", reference(["aws_sqs_queue", queue, "arn"])),
        ("Condition", object(conditions)),
    ])
}
