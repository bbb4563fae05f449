//! What many jobs say in the same words, as locals: a job's file then shows what is its own.

use hcl::Expression;
use pipeline::resources::{Input, JobResources, Resources, Service};
use pipeline::scheduled::SCHEDULED_PATHS;

use super::hcl::{Body, attribute, builder, call, list, object, reference, row, string};
use super::policy::{policy, trust};

/// The trust of every role that Lambda takes on.
const ASSUMED_BY_LAMBDA: &str = "assumed_by_lambda";
/// The statement of every queue's policy against plain HTTP, without the queue.
const REFUSE_PLAIN_HTTP: &str = "refuse_plain_http";
/// Where the input of every scheduled rule has its variables from.
const SCHEDULED_INPUT_PATHS: &str = "scheduled_input_paths";

/// Refers to the trust policy of a role that Lambda takes on.
pub(super) fn assumed_by_lambda() -> Expression {
    reference(["local", ASSUMED_BY_LAMBDA])
}

/// Writes the statement that refuses plain HTTP to a queue.
pub(super) fn refuse_plain_http(queue: &str) -> Expression {
    let of_queue = object([("Resource", reference(["aws_sqs_queue", queue, "arn"]))]);
    let common = reference(["local", REFUSE_PLAIN_HTTP]);
    call("merge", [common, row(of_queue)])
}

/// Refers to the paths of a scheduled event.
pub(super) fn scheduled_input_paths() -> Expression {
    reference(["local", SCHEDULED_INPUT_PATHS])
}

/// Writes those of the locals that something refers to; nothing if that is none.
pub(super) fn body(resources: &Resources<'_>) -> Option<Body> {
    let any = |has: fn(&JobResources<'_>) -> bool| resources.jobs.iter().any(has);
    let locals = [
        (
            ASSUMED_BY_LAMBDA,
            any(|job| job.roles().any(|role| role.service == Service::Lambda)),
            policy(vec![trust(Service::Lambda, None)]),
        ),
        (
            REFUSE_PLAIN_HTTP,
            any(|job| job.queues().next().is_some()) || resources.bus.unreadable().is_some(),
            plain_http(),
        ),
        (
            SCHEDULED_INPUT_PATHS,
            any(|job| {
                let on_bus = job.rules.iter().filter(|rule| rule.bus().is_some());
                let mut targets = on_bus.flat_map(|rule| &rule.targets);
                targets.any(|target| matches!(target.input, Input::Scheduled(_)))
            }),
            object(SCHEDULED_PATHS.map(|(name, path)| (name, string(path)))),
        ),
    ];
    let needed = locals.into_iter().filter(|(_, is_needed, _)| *is_needed);
    let needed: Vec<_> = needed
        .map(|(name, _, value)| attribute(name, value))
        .collect();
    if needed.is_empty() {
        return None;
    }
    let locals = builder("locals").add_attributes(needed).build();
    Some(Body::builder().add_block(locals).build())
}

fn plain_http() -> Expression {
    let insecure = object([("aws:SecureTransport", string("false"))]);
    object([
        ("Sid", string("RefusePlainHttp")),
        ("Effect", string("Deny")),
        ("Principal", string("*")),
        ("Action", list([string("sqs:*")])),
        ("Condition", object([("Bool", insecure)])),
    ])
}
