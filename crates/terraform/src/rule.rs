//! A rule, its targets, and the permissions for rules to invoke the function.

use hcl::Expression;
use hcl::structure::{Block, BlockBuilder};
use pipeline::Pipeline;
use pipeline::model::{Bus, Code, InputTemplate, Job, Trigger, TriggerKind};
use pipeline::permissions::{Permissions, folded_kind, folded_kinds};
use pipeline::scheduled::ScheduledInput;
use pipeline::wiring::{Rule, Source, Target};

use super::hcl::{
    Part, attribute, block, call, heredoc, json, list, object, reference, resource, string,
    template,
};
use super::{destination, function, name_in_environment, platform};

/// One rule with its targets. It is never made before its predecessor is destroyed:
/// the two would have one name.
pub(super) fn rule(
    pipeline: &Pipeline,
    rule: &Rule<'_>,
    label: &str,
    job: &Job,
    permissions: Permissions,
) -> Vec<Block> {
    let needs = needed(pipeline, rule, label, job, permissions);
    let mut blocks = vec![event_rule(rule, job)];
    for target in &rule.targets {
        blocks.push(event_target(rule, target, label, job, needs.clone()));
    }
    blocks
}

/// What has to be there before the first event is delivered, and until the last one is: what lets the event in,
/// and what keeps it if it cannot be delivered or its run fails.
fn needed(
    pipeline: &Pipeline,
    rule: &Rule<'_>,
    label: &str,
    job: &Job,
    permissions: Permissions,
) -> Vec<Expression> {
    let let_in = match (&job.function.code, permissions) {
        (Code::Delivery(to), _) => destination::let_in(label, to.value),
        (_, Permissions::ForEachRule) => reference(["aws_lambda_permission", &rule.label]),
        (_, Permissions::Folded) => {
            let kind = folded_kind(pipeline, &rule.source);
            reference(["aws_lambda_permission", &format!("{label}_{kind}")])
        }
    };
    let dead_letters = reference(["aws_sqs_queue_policy", &format!("{label}_dlq")]);
    let failed_runs = function::keeps_failures(label, job);
    [let_in, dead_letters]
        .into_iter()
        .chain(failed_runs)
        .collect()
}

/// What the rule says on the console.
pub(super) fn description(name: &str, job: &Job, trigger: &Trigger) -> String {
    let does = match &job.function.code {
        Code::Delivery(to) => format!("Delivers to the {} {name}", to.value.name()),
        _ => format!("Runs {name}"),
    };
    match &trigger.kind {
        TriggerKind::Schedule(schedule) => format!("{does} on {}", schedule.expression.value),
        TriggerKind::Event { event, .. } => format!("{does} on the event {}", event.value),
        TriggerKind::Pattern(_) => {
            format!("{does} on the events of its pattern {}", trigger.id.value)
        }
    }
}

fn event_rule(rule: &Rule<'_>, job: &Job) -> Block {
    let state = if rule.trigger.enabled {
        "ENABLED"
    } else {
        "DISABLED"
    };
    let body = resource("aws_cloudwatch_event_rule", &rule.label)
        .add_attribute(attribute("name", name_in_environment(&rule.name)))
        .add_attribute(attribute(
            "description",
            string(description(rule.job, job, rule.trigger)),
        ));
    let body = on_bus(body, rule);
    let body = match &rule.source {
        Source::Pattern(pattern) => {
            let pattern = object(pattern.iter().map(|(key, value)| (key, json(value))));
            body.add_attribute(attribute("event_pattern", call("jsonencode", [pattern])))
        }
        Source::Schedule(schedule) | Source::Scheduler(schedule) => {
            let expression = string(schedule.expression.value.as_str());
            body.add_attribute(attribute("schedule_expression", expression))
        }
    };
    body.add_attribute(attribute("state", string(state)))
        .build()
}

/// Schedules live on the default bus alone.
fn on_bus(body: BlockBuilder, rule: &Rule<'_>) -> BlockBuilder {
    let bus = match rule.source {
        Source::Pattern(_) => reference(["local", "event_bus_name"]),
        _ => string("default"),
    };
    body.add_attribute(attribute("event_bus_name", bus))
}

fn event_target(
    rule: &Rule<'_>,
    target: &Target,
    label: &str,
    job: &Job,
    needs: Vec<Expression>,
) -> Block {
    let target_label = rule.target_label(target);
    let delivery = rule.trigger.delivery;
    let body = resource("aws_cloudwatch_event_target", &target_label).add_attribute(attribute(
        "rule",
        reference(["aws_cloudwatch_event_rule", &rule.label, "name"]),
    ));
    let mut body = on_bus(body, rule)
        .add_attribute(attribute("target_id", string(target.id.as_str())))
        .add_attribute(attribute("arn", destination_of(rule.job, label, job)));
    if let Code::Delivery(to) = &job.function.code
        && let Some(role) = destination::role_arn(label, to.value)
    {
        body = body.add_attribute(attribute("role_arn", role));
    }
    if let Some(input) = rule.scheduled_input(target) {
        body = body.add_block(scheduled_transformer(&input));
    } else if let Some(input) = &rule.trigger.input {
        body = body.add_block(input_transformer(input));
    }
    let queue = reference(["aws_sqs_queue", &format!("{label}_dlq"), "arn"]);
    body.add_block(block("dead_letter_config", [("arn", queue)]))
        .add_block(block(
            "retry_policy",
            [
                (
                    "maximum_event_age_in_seconds",
                    delivery.max_age_seconds.into(),
                ),
                ("maximum_retry_attempts", delivery.max_attempts.into()),
            ],
        ))
        .add_attribute(attribute("depends_on", list(needs)))
        .build()
}

/// The ARN of what a rule's events go to.
fn destination_of(name: &str, label: &str, job: &Job) -> Expression {
    match &job.function.code {
        Code::Delivery(to) => destination::arn(name, label, to.value),
        _ => function::invoked(label, job),
    }
}

fn input_transformer(input: &InputTemplate) -> Block {
    let paths = input.paths.iter();
    let paths = object(paths.map(|(name, path)| (name, string(path.value.as_str()))));
    let template = string(input.template.value.as_str());
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

/// A schedule of EventBridge Scheduler invokes through a role, and needs none.
pub(super) fn permission(rule: &Rule<'_>, label: &str, job: &Job) -> Option<Block> {
    if matches!(rule.source, Source::Scheduler(_)) {
        return None;
    }
    let source = reference(["aws_cloudwatch_event_rule", &rule.label, "arn"]);
    let statement = name_in_environment(&rule.name);
    Some(lambda_permission(
        &rule.label,
        statement,
        source,
        label,
        job,
    ))
}

/// One permission for the rules of each bus: for those on events, and for schedules. It names no rule, as it would
/// be replaced with the one that it names, and refuse the events of all the others meanwhile.
pub(super) fn folded_permissions(
    pipeline: &Pipeline,
    name: &str,
    label: &str,
    job: &Job,
    rules: &[Rule<'_>],
) -> Vec<Block> {
    let names = format!("{}-{}", pipeline.name.value, job.name_on_aws(name));
    let bus = || reference(["local", "event_bus_name"]);
    let fold = |kind: &str| {
        let all = format!("{names}-*-");
        let environment = Part::Value(reference(["var", "environment"]));
        let rules = match (&pipeline.bus, kind) {
            (Bus::Custom(_), "events") => template([
                Part::Text("rule/"),
                Part::Value(bus()),
                Part::Text(&format!("/{all}")),
                environment,
            ]),
            _ => template([Part::Text(&format!("rule/{all}")), environment]),
        };
        let of_bus = template([Part::Text("event-bus/"), Part::Value(bus())]);
        let source = call(
            "replace",
            [reference(["local", "event_bus_arn"]), of_bus, rules],
        );
        let statement = name_in_environment(&format!("{names}-{kind}"));
        let own_label = format!("{label}_{kind}");
        lambda_permission(&own_label, statement, source, label, job)
    };
    let kinds = folded_kinds(pipeline, rules).into_iter();
    kinds.map(fold).collect()
}

fn lambda_permission(
    own_label: &str,
    statement: Expression,
    source: Expression,
    label: &str,
    job: &Job,
) -> Block {
    let mut body = resource("aws_lambda_permission", own_label)
        .add_attribute(attribute("statement_id", statement))
        .add_attribute(attribute("action", string("lambda:InvokeFunction")))
        .add_attribute(attribute("function_name", function::permitted(label, job)));
    if let Some(alias) = platform::qualifier(label, job) {
        body = body.add_attribute(attribute("qualifier", alias));
    }
    body.add_attribute(attribute("principal", string("events.amazonaws.com")))
        .add_attribute(attribute("source_arn", source))
        .build()
}
