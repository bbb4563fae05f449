//! Schedules of EventBridge Scheduler: those with a time zone or a flexible window.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::model::ScheduledDetail;
use pipeline::model::{Code, Job, Schedule};
use pipeline::scheduled;
use pipeline::wiring::{Input, Rule, SCHEDULED_DETAIL_TYPE, Shard};

use super::hcl::{attribute, block, heredoc, list, reference, resource, string};
use super::rule::description;
use super::{function, name_in_environment};

pub(super) fn schedules(
    rule: &Rule<'_>,
    schedule: &Schedule,
    label: &str,
    job: &Job,
) -> Option<Block> {
    let target = rule.targets.first()?;
    let state = if rule.trigger.enabled {
        "ENABLED"
    } else {
        "DISABLED"
    };
    let zone = schedule
        .timezone
        .as_ref()
        .map_or("UTC", |zone| zone.value.as_str());
    let block = resource("aws_scheduler_schedule", &rule.label)
        .add_attribute(attribute("name", name_in_environment(&rule.name)))
        .add_attribute(attribute(
            "description",
            string(description(rule.job, job, rule.trigger)),
        ))
        .add_attribute(attribute(
            "schedule_expression",
            string(schedule.expression.value.as_str()),
        ))
        .add_attribute(attribute("schedule_expression_timezone", string(zone)))
        .add_attribute(attribute("state", string(state)))
        .add_block(window(schedule))
        .add_block(invocation(rule, schedule, target.input, label, job))
        .add_attribute(attribute("depends_on", list(needed(label, job))))
        .build();
    Some(block)
}

/// As for a rule's targets: what lets the schedule invoke, and what keeps a run that fails.
fn needed(label: &str, job: &Job) -> Vec<Expression> {
    let let_in = reference(["aws_iam_role_policy", &format!("{label}_scheduler")]);
    let failed_runs = function::keeps_failures(label, job);
    [let_in].into_iter().chain(failed_runs).collect()
}

fn window(schedule: &Schedule) -> Block {
    match schedule.flexible_window_minutes {
        None => block("flexible_time_window", [("mode", string("OFF"))]),
        Some(minutes) => block(
            "flexible_time_window",
            [
                ("mode", string("FLEXIBLE")),
                ("maximum_window_in_minutes", minutes.into()),
            ],
        ),
    }
}

fn invocation(rule: &Rule<'_>, schedule: &Schedule, input: Input, label: &str, job: &Job) -> Block {
    let delivery = rule.trigger.delivery;
    let queue = reference(["aws_sqs_queue", &format!("{label}_dlq"), "arn"]);
    let invoker = reference(["aws_iam_role", &format!("{label}_scheduler"), "arn"]);
    Block::builder("target")
        .add_attribute(attribute("arn", function::invoked(label, job)))
        .add_attribute(attribute("role_arn", invoker))
        .add_attribute(attribute("input", envelope(schedule, input, label, job)))
        .add_block(block("dead_letter_config", [("arn", queue)]))
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
        .build()
}

/// The envelope as Terraform writes it: region and account come out of the function's ARN.
fn envelope(schedule: &Schedule, input: Input, label: &str, job: &Job) -> Expression {
    let arn = match job.function.code {
        Code::Existing(_) => format!("data.aws_lambda_function.{label}.arn"),
        _ => format!("aws_lambda_function.{label}.arn"),
    };
    let part = |index| format!("${{split(\":\", {arn})[{index}]}}");
    heredoc(&scheduler_envelope(
        &schedule.detail,
        input.shard(),
        &part(3),
        &part(4),
    ))
}

/// The envelope that a rule would send. Scheduler fills in its
/// [context attributes](https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html);
/// for region and account it has none.
pub fn scheduler_envelope(
    detail: &ScheduledDetail,
    shard: Option<Shard>,
    region: &str,
    account: &str,
) -> String {
    scheduled::envelope(detail, shard, |field| match field {
        "id" => "\"<aws.scheduler.execution-id>\"".to_owned(),
        "time" => "\"<aws.scheduler.scheduled-time>\"".to_owned(),
        "resources" => "[\"<aws.scheduler.schedule-arn>\"]".to_owned(),
        "source" => "\"aws.scheduler\"".to_owned(),
        "region" => format!("\"{region}\""),
        "account" => format!("\"{account}\""),
        _ => format!("\"{SCHEDULED_DETAIL_TYPE}\""),
    })
}
