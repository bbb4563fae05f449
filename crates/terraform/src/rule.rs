//! A rule, its targets, and the permissions for rules to invoke the function.

use hcl::Expression;
use hcl::structure::{Block, BlockBuilder};
use pipeline::model::{InputTemplate, Retry};
use pipeline::resources::{
    JobResources, Permission, Permitted, Queue, Receiver, Rule, RuleBus, Source, Target,
};
use pipeline::scheduled::ScheduledInput;

use super::hcl::{
    Part, attribute, block, call, heredoc, json, list, object, reference, resource, string,
    template,
};
use super::{bus, destination, function, name_in_environment, platform};

/// One rule with its targets. It is never made before its predecessor is destroyed:
/// the two would have one name.
pub(super) fn rule(job: &JobResources<'_>, rule: &Rule<'_>) -> Vec<Block> {
    let needs = needed(job, rule);
    let mut blocks = vec![event_rule(rule)];
    for target in &rule.targets {
        blocks.push(event_target(job, rule, target, needs.clone()));
    }
    blocks
}

/// What has to be there before the first event is delivered, and until the last one is: what lets the event in,
/// and what keeps it if it cannot be delivered or its run fails.
fn needed(job: &JobResources<'_>, rule: &Rule<'_>) -> Vec<Expression> {
    let let_in = match job.permission_of(rule) {
        Some(permission) => Some(reference(["aws_lambda_permission", &permission.label])),
        None => destination::let_in(&job.receiver, &job.label),
    };
    let dead_letters = job.dead_letters.as_ref();
    let dead_letters = dead_letters.map(|queue| reference(["aws_sqs_queue_policy", &queue.label]));
    let failed_runs = function::keeps_failures(job);
    [let_in, dead_letters, failed_runs]
        .into_iter()
        .flatten()
        .collect()
}

/// `ENABLED` or `DISABLED`, as rules and schedules have it.
pub(super) fn state(is_enabled: bool) -> Expression {
    string(if is_enabled { "ENABLED" } else { "DISABLED" })
}

fn event_rule(rule: &Rule<'_>) -> Block {
    let Rule {
        job: _,
        trigger: _,
        key: _,
        name,
        label,
        description,
        enabled,
        source,
        // Blocks of their own, with the retries of their deliveries.
        targets: _,
        delivery: _,
    } = rule;
    let body = resource("aws_cloudwatch_event_rule", label)
        .add_attribute(attribute("name", name_in_environment(name)))
        .add_attribute(attribute("description", string(description)));
    let body = on_bus(body, rule);
    let body = match source {
        Source::Pattern(pattern) => {
            let pattern = object(pattern.iter().map(|(key, value)| (key, json(value))));
            body.add_attribute(attribute("event_pattern", call("jsonencode", [pattern])))
        }
        Source::Schedule(schedule) | Source::Scheduler(schedule) => {
            let expression = string(schedule.expression.value.as_str());
            body.add_attribute(attribute("schedule_expression", expression))
        }
    };
    body.add_attribute(attribute("state", state(*enabled)))
        .build()
}

/// Schedules live on the default bus alone.
fn on_bus(body: BlockBuilder, rule: &Rule<'_>) -> BlockBuilder {
    let bus = match rule.bus() {
        Some(RuleBus::Pipeline) => bus::name(),
        Some(RuleBus::Default) | None => string("default"),
    };
    body.add_attribute(attribute("event_bus_name", bus))
}

fn event_target(
    job: &JobResources<'_>,
    rule: &Rule<'_>,
    target: &Target<'_>,
    needs: Vec<Expression>,
) -> Block {
    let Target { id, label, input } = target;
    let body = resource("aws_cloudwatch_event_target", label).add_attribute(attribute(
        "rule",
        reference(["aws_cloudwatch_event_rule", &rule.label, "name"]),
    ));
    let mut body = on_bus(body, rule)
        .add_attribute(attribute("target_id", string(id.as_str())))
        .add_attribute(attribute("arn", destination::arn(job)));
    if let Receiver::Elsewhere { role, .. } = &job.receiver {
        let taken_on = reference(["aws_iam_role", &role.label, "arn"]);
        body = body.add_attribute(attribute("role_arn", taken_on));
    }
    if let Some(input) = input.scheduled_input() {
        body = body.add_block(scheduled_transformer(&input));
    } else if let pipeline::resources::Input::Transformed(input) = input {
        body = body.add_block(input_transformer(input));
    }
    kept(body, job.dead_letters.as_ref(), rule.delivery)
        .add_attribute(attribute("depends_on", list(needs)))
        .build()
}

/// How often a delivery is tried again, and where what fails for good is kept.
pub(super) fn kept(
    body: BlockBuilder,
    dead_letters: Option<&Queue>,
    delivery: Retry,
) -> BlockBuilder {
    let Retry {
        max_attempts,
        max_age_seconds,
    } = delivery;
    let queue = dead_letters.map(|queue| {
        let arn = reference(["aws_sqs_queue", &queue.label, "arn"]);
        block("dead_letter_config", [("arn", arn)])
    });
    body.add_blocks(queue).add_block(block(
        "retry_policy",
        [
            ("maximum_event_age_in_seconds", max_age_seconds.into()),
            ("maximum_retry_attempts", max_attempts.into()),
        ],
    ))
}

fn input_transformer(input: &InputTemplate) -> Block {
    let InputTemplate { paths, template } = input;
    let paths = paths.iter();
    let paths = object(paths.map(|(name, path)| (name, string(path.value.as_str()))));
    let template = string(template.value.as_str());
    block(
        "input_transformer",
        [("input_paths", paths), ("input_template", template)],
    )
}

fn scheduled_transformer(input: &ScheduledInput) -> Block {
    let paths = input
        .paths
        .iter()
        .map(|(name, path)| (*name, string(*path)));
    block(
        "input_transformer",
        [
            ("input_paths", object(paths)),
            // Text, as `jsonencode` would turn `<time>` into `\u003ctime\u003e`.
            ("input_template", heredoc(&input.template)),
        ],
    )
}

/// What lets one rule invoke the function, or every rule of a bus.
pub(super) fn permission(job: &JobResources<'_>, permission: &Permission) -> Block {
    let Permission {
        name,
        label,
        source,
    } = permission;
    let source = match source {
        Permitted::Rule(label) => reference(["aws_cloudwatch_event_rule", label, "arn"]),
        Permitted::Rules { bus, names } => rules_of_bus(job, *bus, names.base()),
    };
    let mut body = resource("aws_lambda_permission", label)
        .add_attribute(attribute("statement_id", name_in_environment(name)))
        .add_attribute(attribute("action", string("lambda:InvokeFunction")))
        .add_attribute(attribute("function_name", function::permitted(job)));
    if let Some(alias) = platform::qualifier(job) {
        body = body.add_attribute(attribute("qualifier", alias));
    }
    body.add_attribute(attribute("principal", string("events.amazonaws.com")))
        .add_attribute(attribute("source_arn", source))
        .build()
}

/// The ARNs of all rules of a bus whose names match: made of the bus's own, as a rule's would go with the rule.
fn rules_of_bus(job: &JobResources<'_>, bus: RuleBus, names: &str) -> Expression {
    let all = format!("{names}-");
    let environment = Part::Value(reference(["var", "environment"]));
    // ARNs of rules on the default bus do not name it.
    let is_named = bus == RuleBus::Pipeline && bus::is_made(job.job.pipeline);
    let rules = if is_named {
        template([
            Part::Text("rule/"),
            Part::Value(bus::name()),
            Part::Text(&format!("/{all}")),
            environment,
        ])
    } else {
        template([Part::Text(&format!("rule/{all}")), environment])
    };
    let of_bus = template([Part::Text("event-bus/"), Part::Value(bus::name())]);
    call("replace", [bus::arn(), of_bus, rules])
}
