//! Rules and schedules for the local bus.

use std::time::Duration;

use emulator::{RetryPolicy, RuleSource, TargetInput, To, Transformer};
use eventbridge::Dialect;
use pipeline::model::{self, Retry, Schedule};
use pipeline::resources::{
    self, DEFAULT_BUS, Input, JobResources, Rule, SCHEDULED_DETAIL_TYPE, Target,
};
use pipeline::scheduled::{self, ScheduledInput};
use serde_json::Value;

use super::{ENVIRONMENT, elsewhere};

pub(super) fn convert_rule(
    job: &JobResources<'_>,
    rule: &Rule<'_>,
    to: &To,
    bus: &str,
) -> anyhow::Result<emulator::Rule> {
    let Rule {
        job: _,
        trigger: _,
        key: _,
        name,
        // The local bus checks no permission.
        statement: _,
        label: _,
        description: _,
        enabled,
        source,
        targets,
        delivery,
    } = rule;
    let Retry {
        max_attempts,
        max_age_seconds,
    } = *delivery;
    let made = job.dead_letters.as_ref();
    let made = made.map(|queue| queue.name.in_environment(ENVIRONMENT));
    let dead_letters = made.or_else(|| elsewhere::dead_letters(job));
    let targets = targets.iter().map(|target| {
        let Target {
            id,
            label: _,
            input,
        } = target;
        Ok(emulator::Target {
            id: id.value.clone(),
            to: to.clone(),
            input: convert_input(*input, rule.bus().is_none())?,
            retry: RetryPolicy {
                max_attempts,
                max_age: Duration::from_secs(max_age_seconds.into()),
            },
            dead_letter_queue: dead_letters.clone(),
        })
    });
    Ok(emulator::Rule {
        enabled: enabled.value,
        bus: match rule.bus() {
            Some(resources::RuleBus::Pipeline) => bus.to_owned(),
            Some(resources::RuleBus::Existing(name)) => name.value.clone(),
            // A schedule of EventBridge Scheduler is on no bus. Here it is a rule, as other schedules are.
            Some(resources::RuleBus::Default) | None => DEFAULT_BUS.to_owned(),
        },
        source: convert_source(source),
        targets: targets.collect::<anyhow::Result<_>>()?,
        name: name.in_environment(ENVIRONMENT),
    })
}

fn convert_source(source: &resources::RuleSource<'_>) -> RuleSource {
    let (schedule, dialect) = match source {
        resources::RuleSource::Pattern(pattern) => {
            return RuleSource::Pattern(Value::Object(pattern.json.clone()).to_string());
        }
        resources::RuleSource::Schedule(schedule) => (schedule, Dialect::Rule),
        resources::RuleSource::Scheduler(schedule) => (schedule, Dialect::Scheduler),
    };
    let Schedule {
        expression,
        // In `Schedule::zone`.
        timezone: _,
        // This machine has one.
        group: _,
        // In `Schedule::lifetime`.
        start: _,
        end: _,
        // A run starts at the beginning of its window.
        flexible_window_minutes: _,
        // Each shard has become a target, whose input holds the shard and the detail.
        shards: _,
        detail: _,
        // On this machine a function may emit what it likes.
        emits: _,
    } = schedule;
    RuleSource::Schedule {
        expression: expression.value.clone(),
        timezone: schedule.zone().to_owned(),
        dialect,
        lifetime: schedule.lifetime(),
    }
}

/// Converts the input of a target. On a schedule it is an envelope, and EventBridge Scheduler's has another source.
fn convert_input(input: Input<'_>, is_scheduler: bool) -> anyhow::Result<Option<TargetInput>> {
    let transformer = match input {
        Input::Event => return Ok(None),
        Input::Constant(text) => return Ok(Some(TargetInput::Constant(text.to_owned()))),
        Input::Part(path) => return Ok(Some(TargetInput::Path(path.to_owned()))),
        Input::Transformed(input) => {
            let model::InputTemplate { paths, template } = input;
            let paths = paths.iter();
            let paths = paths.map(|(name, path)| (name.clone(), path.value.clone()));
            Transformer::new(paths.collect(), &template.value)
        }
        Input::Scheduled(run) => {
            let scheduled = ScheduledInput::new(run.detail, run.shard);
            let template = if is_scheduler {
                scheduled::envelope(run.detail, run.shard, |field| match field {
                    "source" => "\"aws.scheduler\"".to_owned(),
                    "detail_type" => format!("\"{SCHEDULED_DETAIL_TYPE}\""),
                    field => format!("<{field}>"),
                })
            } else {
                scheduled.template
            };
            let paths = scheduled.paths.iter();
            let paths = paths.map(|(name, path)| ((*name).to_owned(), (*path).to_owned()));
            Transformer::new(paths.collect(), &template)
        }
    };
    Ok(Some(TargetInput::Transformer(transformer?)))
}
