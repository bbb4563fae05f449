//! Schedules of EventBridge Scheduler, for triggers with a time zone, a flexible window, a start or an end: rules have
//! none of these.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::model::Schedule;
use pipeline::resources::{Input, JobResources, Receiver, Rule, Run, SCHEDULED_DETAIL_TYPE};
use pipeline::scheduled;

use super::hcl::{attribute, block, builder, heredoc, list, reference, resource, string};
use super::rule::{kept, state};
use super::{destination, function, gate, name_in_environment, values};

/// Writes a schedule; none if it has nothing to invoke.
pub(super) fn schedule(
    job: &JobResources<'_>,
    rule: &Rule<'_>,
    schedule: &Schedule,
) -> Option<Block> {
    let Rule {
        job: _,
        trigger: _,
        key: _,
        name,
        // EventBridge Scheduler needs no permission.
        statement: _,
        label,
        description,
        enabled,
        source: _,
        targets,
        delivery: _,
    } = rule;
    let Schedule {
        expression,
        // In `Schedule::zone`.
        timezone: _,
        start,
        end,
        group,
        flexible_window_minutes,
        // Each shard has become a schedule of its own.
        shards: _,
        // It is in the envelope that each schedule sends.
        detail: _,
        // The role of the function has these.
        emits: _,
    } = schedule;
    let input = match targets.first()?.input {
        Input::Scheduled(run) => envelope(job, run),
        Input::Constant(text) => string(text),
        // `invalid-input` refuses these: there is no event to make them from.
        Input::Event | Input::Transformed(_) | Input::Part(_) => return None,
    };
    // In UTC: Terraform would see a change in each plan if another offset stood there.
    let dates = [("start_date", start), ("end_date", end)];
    let dates = dates.into_iter().filter_map(|(name, date)| {
        let date = date.as_ref()?.value.to_string();
        Some(attribute(name, string(date)))
    });
    let group = group.as_ref();
    let group = group.map(|group| attribute("group_name", values::text(group)));
    let block = resource("aws_scheduler_schedule", label)
        .add_attribute(attribute("name", name_in_environment(name)))
        .add_attributes(group)
        .add_attribute(attribute("description", string(description)))
        .add_attribute(attribute(
            "schedule_expression",
            string(expression.value.as_str()),
        ))
        .add_attribute(attribute(
            "schedule_expression_timezone",
            string(schedule.zone()),
        ))
        .add_attributes(dates)
        .add_attribute(attribute("state", state(enabled)))
        .add_block(window(*flexible_window_minutes))
        .add_block(invocation(job, rule, input)?)
        .add_attribute(attribute("depends_on", list(needed(job))))
        .add_block(gate::new_first())
        .build();
    Some(block)
}

/// Lists what has to be there before the first run, as for the targets of a rule: the role's policy, and what keeps a
/// failed run.
fn needed(job: &JobResources<'_>) -> Vec<Expression> {
    let let_in = job.scheduler_role.as_ref();
    let let_in = let_in.map(|role| reference(["aws_iam_role_policy", &role.label]));
    let failed_runs = function::keeps_failures(job);
    let_in.into_iter().chain(failed_runs).collect()
}

fn window(minutes: Option<u32>) -> Block {
    match minutes {
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

fn invocation(job: &JobResources<'_>, rule: &Rule<'_>, input: Expression) -> Option<Block> {
    let invoker = match &job.scheduler_role {
        Some(made) => reference(["aws_iam_role", &made.label, "arn"]),
        None => values::text(job.given.role?),
    };
    let target = builder("target")
        .add_attribute(attribute("arn", destination::arn(job)))
        .add_attribute(attribute("role_arn", invoker))
        .add_attribute(attribute("input", input));
    let group = job.buffer().and_then(|buffer| buffer.group.as_deref());
    let group = group.map(|group| block("sqs_parameters", [("message_group_id", string(group))]));
    let target = target.add_blocks(group);
    Some(kept(target, job, rule.delivery).build())
}

/// Writes the envelope. Terraform takes the region and the account from the function's ARN.
fn envelope(job: &JobResources<'_>, run: Run<'_>) -> Expression {
    let label = &job.label;
    let arn = match job.receiver {
        Receiver::Existing(_) => format!("data.aws_lambda_function.{label}.arn"),
        _ => format!("aws_lambda_function.{label}.arn"),
    };
    // A heredoc may hold expressions, and unlike `jsonencode` it leaves `<aws.scheduler.…>` as it is.
    let part = |index| format!("${{split(\":\", {arn})[{index}]}}");
    heredoc(&scheduler_envelope(run, &part(3), &part(4)))
}

/// Writes the envelope that a rule would send. Scheduler replaces its
/// [context attributes](https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html);
/// it has none for the region and the account.
pub fn scheduler_envelope(run: Run<'_>, region: &str, account: &str) -> String {
    scheduled::envelope(run.detail, run.shard, |field| match field {
        "id" => "\"<aws.scheduler.execution-id>\"".to_owned(),
        "time" => "\"<aws.scheduler.scheduled-time>\"".to_owned(),
        "resources" => "[\"<aws.scheduler.schedule-arn>\"]".to_owned(),
        "source" => "\"aws.scheduler\"".to_owned(),
        "region" => format!("\"{region}\""),
        "account" => format!("\"{account}\""),
        _ => format!("\"{SCHEDULED_DETAIL_TYPE}\""),
    })
}
