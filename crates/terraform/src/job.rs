//! Everything of one job.

use pipeline::Pipeline;
use pipeline::model::{Code, Job};
use pipeline::permissions::{Permissions, permissions};
use pipeline::wiring::{self, Source};

use super::hcl::{Block, Body};
use super::{alarm, destination, function, moved, platform, queue, role, rule, schedule};

pub(super) fn body(pipeline: &Pipeline, name: &str, job: &Job) -> Body {
    Body::builder()
        .add_blocks(blocks(pipeline, name, job))
        .add_blocks(moved::blocks(pipeline, name, job))
        .build()
}

/// The job's blocks. The first name that it had is still the one on AWS.
pub(super) fn blocks(pipeline: &Pipeline, name: &str, job: &Job) -> Vec<Block> {
    let kept = job.name_on_aws(name);
    let label = wiring::label(name);
    let rules = wiring::rules_of(pipeline, name, job);
    let mut blocks = Vec::new();
    match &job.function.code {
        Code::Package(_) => {
            blocks.push(function::artifact(name, &label));
            blocks.push(function::function(pipeline, kept, &label, job));
            blocks.extend(platform::alias(name, &label, job));
            blocks.push(function::log_group(pipeline, kept, &label, job));
            blocks.push(function::invoke_config(&label, job));
            blocks.extend(role::function(pipeline, kept, &label, job));
            blocks.extend(queue::on_failure(pipeline, kept, &label));
        }
        Code::Existing(function) => blocks.push(function::existing(&function.value, &label)),
        Code::Delivery(to) => {
            let made = destination::blocks(pipeline, name, &label, job, to.value, &rules);
            blocks.extend(made);
        }
    }
    if !rules.is_empty() {
        blocks.extend(queue::dead_letters(pipeline, kept, &label, &rules));
    }
    if rules
        .iter()
        .any(|rule| matches!(rule.source, Source::Scheduler(_)))
    {
        blocks.extend(role::scheduler(pipeline, kept, &label, job));
    }
    let is_delivery = matches!(job.function.code, Code::Delivery(_));
    let permissions = permissions(pipeline, name, job, &rules);
    for rule in &rules {
        match rule.source {
            Source::Scheduler(schedule) => {
                blocks.extend(schedule::schedules(rule, schedule, &label, job));
            }
            _ => blocks.extend(rule::rule(pipeline, rule, &label, job, permissions)),
        }
        if permissions == Permissions::ForEachRule && !is_delivery {
            blocks.extend(rule::permission(rule, &label, job));
        }
    }
    if permissions == Permissions::Folded {
        blocks.extend(rule::folded_permissions(
            pipeline, name, &label, job, &rules,
        ));
    }
    blocks.extend(alarm::blocks(pipeline, name, &label, job, &rules));
    blocks
}
