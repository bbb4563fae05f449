//! Rules, their targets, and the permissions with which rules invoke a function.

use hcl::Expression;
use hcl::structure::{Block, BlockBuilder};
use pipeline::event_pattern::below;
use pipeline::model::{Bus, InputTemplate, Retry, TargetKind};
use pipeline::resources::{
    DEFAULT_BUS, Input, JobResources, Pattern, Permission, Permitted, Receiver, Role, Rule,
    RuleBus, RuleSource, Run, Target,
};
use pipeline::scheduled::ScheduledInput;
use pipeline::values::Valued;

use super::hcl::{
    Part, attribute, block, call, heredoc, list, object, reference, resource, string, template,
    word,
};
use super::{
    api, bus, destination, function, gate, inside_environment, name_in_environment, platform,
    shared, task, values,
};

/// Writes a rule with its targets.
pub(super) fn rule(job: &JobResources<'_>, rule: &Rule<'_>) -> Vec<Block> {
    let needs = needed(job, rule);
    let mut blocks = vec![event_rule(rule)];
    for target in &rule.targets {
        blocks.push(event_target(job, rule, target, needs.clone()));
    }
    blocks
}

/// Lists what has to be there before the first event is delivered, and until the last one is: what lets the event in,
/// what keeps a dead letter, and what keeps a failed run.
fn needed(job: &JobResources<'_>, rule: &Rule<'_>) -> Vec<Expression> {
    let let_in = match job.permission_of(rule) {
        Some(permission) => Some(reference(["aws_lambda_permission", &permission.label])),
        None => destination::let_in(job),
    };
    let dead_letters = job.dead_letters.as_ref();
    let dead_letters = dead_letters.map(|queue| reference(["aws_sqs_queue_policy", &queue.label]));
    let failed_runs = function::keeps_failures(job);
    [let_in, dead_letters, failed_runs]
        .into_iter()
        .flatten()
        .collect()
}

/// Writes the state of a rule or a schedule: `ENABLED` or `DISABLED`.
pub(super) fn state(enabled: &Valued<bool>) -> Expression {
    values::switch(enabled, "ENABLED", "DISABLED")
}

fn event_rule(rule: &Rule<'_>) -> Block {
    let Rule {
        job: _,
        trigger: _,
        key: _,
        name,
        // The permission has it.
        statement: _,
        label,
        description,
        enabled,
        source,
        // `event_target` writes these.
        targets: _,
        delivery: _,
    } = rule;
    let body = resource("aws_cloudwatch_event_rule", label)
        .add_attribute(attribute("name", name_in_environment(name)))
        .add_attribute(attribute("description", string(description)));
    let body = on_bus(body, rule);
    let body = match source {
        RuleSource::Pattern(pattern) => {
            let Pattern { json, texts } = pattern;
            let pattern = object(json.iter().map(|(key, value)| {
                let pointer = below("", key);
                (key, values::pattern(value, &pointer, texts))
            }));
            body.add_attribute(attribute("event_pattern", call("jsonencode", [pattern])))
        }
        RuleSource::Schedule(schedule) | RuleSource::Scheduler(schedule) => {
            let expression = string(schedule.expression.value.as_str());
            body.add_attribute(attribute("schedule_expression", expression))
        }
    };
    body.add_attribute(attribute("state", state(enabled)))
        .build()
}

/// Adds the bus of a rule. AWS allows schedules on the default bus only.
fn on_bus(body: BlockBuilder, rule: &Rule<'_>) -> BlockBuilder {
    let bus = match rule.bus() {
        Some(RuleBus::Pipeline) => bus::name(),
        Some(RuleBus::Existing(name)) => values::text(name),
        Some(RuleBus::Default) | None => string(DEFAULT_BUS),
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
        .add_attribute(attribute("target_id", values::text(id)))
        .add_attribute(attribute("arn", destination::arn(job)));
    // A queue, a topic and a log group have a policy that lets EventBridge in; these receivers need a role.
    let made = |role: &Role<'_>| reference(["aws_iam_role", &role.label, "arn"]);
    let assumed = match &job.receiver {
        Receiver::Elsewhere { to: _, role } => {
            let given = job.given.role.map(values::text);
            role.as_ref().map(made).or(given)
        }
        Receiver::Api(api) => Some(made(&api.role)),
        _ => None,
    };
    body = body.add_attributes(assumed.map(|role| attribute("role_arn", role)));
    body = body.add_blocks(settings_of(job));
    if let Some(group) = job.group() {
        body = body.add_block(block("sqs_target", [("message_group_id", string(group))]));
    }
    body = match *input {
        Input::Event => body,
        Input::Transformed(input) => body.add_block(input_transformer(input)),
        Input::Constant(text) => body.add_attribute(attribute("input", string(text))),
        Input::Part(path) => body.add_attribute(attribute("input_path", string(path))),
        Input::Scheduled(Run { detail, shard }) => {
            body.add_block(scheduled_transformer(&ScheduledInput::new(detail, shard)))
        }
    };
    kept(body, job, rule.delivery)
        // Terraform orders resources by their references, and a target refers to no permission and no policy. Without
        // this line events would arrive before they are let in, and are lost.
        .add_attribute(attribute("depends_on", list(needs)))
        .add_block(gate::new_first())
        .build()
}

/// Writes how a target of its kind is reached; nothing for those of which there is nothing to say.
fn settings_of(job: &JobResources<'_>) -> Option<Block> {
    let Receiver::Elsewhere { to, role: _ } = &job.receiver else {
        return api::http_target(job);
    };
    match &to.kind {
        TargetKind::Api(_) => api::http_target(job),
        TargetKind::Task(to) => Some(task::ecs_target(to)),
        TargetKind::Batch(to) => Some(task::batch_target(to, &job.job.prefix())),
        TargetKind::Stream { partition_key, .. } => partition_key.as_ref().map(|path| {
            let path = string(path.value.as_str());
            block("kinesis_target", [("partition_key_path", path)])
        }),
        _ => None,
    }
}

/// Adds the retries of a delivery, and the queue for dead letters.
pub(super) fn kept(body: BlockBuilder, job: &JobResources<'_>, delivery: Retry) -> BlockBuilder {
    let Retry {
        max_attempts,
        max_age_seconds,
    } = delivery;
    let queue = destination::dead_letters(job);
    let queue = queue.map(|arn| block("dead_letter_config", [("arn", arn)]));
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
    block(
        "input_transformer",
        [
            ("input_paths", shared::scheduled_input_paths()),
            // A heredoc: `jsonencode` would turn `<time>` into `\u003ctime\u003e`, which EventBridge does not replace.
            ("input_template", heredoc(&input.template)),
        ],
    )
}

/// Writes the permission with which one rule, or every rule of the job on a bus, invokes the function.
pub(super) fn permission(job: &JobResources<'_>, permission: &Permission<'_>) -> Block {
    let Permission {
        name,
        label,
        source,
    } = permission;
    let source = match source {
        Permitted::Rule(label) => reference(["aws_cloudwatch_event_rule", label, "arn"]),
        Permitted::Rules { bus, names } => rules_of_bus(job, *bus, names.base()),
    };
    let mut body = resource("aws_lambda_permission", label);
    body = match name.kept() {
        Some(_) => body.add_attribute(attribute("statement_id", name_in_environment(name))),
        // The provider adds a time to it: AWS refuses a second statement of one id, and the new permission has to be there
        // before the old one goes.
        None => body.add_attribute(attribute(
            "statement_id_prefix",
            template(
                inside_environment(name)
                    .into_iter()
                    .chain([Part::Text("-")]),
            ),
        )),
    };
    let mut body = body
        .add_attribute(attribute("action", string("lambda:InvokeFunction")))
        .add_attribute(attribute("function_name", function::permitted(job)));
    // An alias has its own policy: a permission for the function does not let anybody invoke the alias.
    if let Some(alias) = platform::qualifier(job) {
        body = body.add_attribute(attribute("qualifier", alias));
    }
    let body = body
        .add_attribute(attribute("principal", string("events.amazonaws.com")))
        .add_attribute(attribute("source_arn", source));
    if name.kept().is_some() {
        return body.build();
    }
    // A statement that has another id, from an earlier module or by hand, stays until something else about it changes.
    let ids = ["statement_id", "statement_id_prefix"].map(word);
    body.add_block(block("lifecycle", [("ignore_changes", list(ids))]))
        .build()
}

/// Writes one ARN for all rules of a job on a bus, with a wildcard. It is made from the ARN of the bus: the ARN of one
/// rule would change when that rule is removed.
fn rules_of_bus(job: &JobResources<'_>, bus: RuleBus<'_>, names: &str) -> Expression {
    let all = format!("{names}-");
    let environment = Part::Value(reference(["var", "environment"]));
    // `rule/<name>` on the default bus, but `rule/<bus>/<name>` on every other one.
    let other = match bus {
        RuleBus::Pipeline if job.job.pipeline.bus == Bus::Default => None,
        RuleBus::Pipeline => Some(bus::name()),
        RuleBus::Default => None,
        RuleBus::Existing(name) => Some(values::text(name)),
    };
    let rules = match other {
        Some(name) => template([
            Part::Text("rule/"),
            Part::Value(name),
            Part::Text(&format!("/{all}")),
            environment,
        ]),
        None => template([Part::Text(&format!("rule/{all}")), environment]),
    };
    let of_bus = template([Part::Text("event-bus/"), Part::Value(bus::name())]);
    call("replace", [bus::arn(), of_bus, rules])
}
