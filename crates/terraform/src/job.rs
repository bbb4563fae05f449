//! The file of one job: every resource that the job has.

use pipeline::resources::{JobResources, Receiver, RuleSource};

use super::hcl::{Block, Body};
use super::{
    alarm, api, buffer, destination, function, gate, moved, platform, queue, role, rule, schedule,
};

pub(super) fn body(job: &JobResources<'_>) -> Body {
    Body::builder()
        .add_blocks(blocks(job))
        .add_blocks(moved::blocks(job))
        .build()
}

/// Writes the blocks of the job, without its `moved` blocks.
pub(super) fn blocks(job: &JobResources<'_>) -> Vec<Block> {
    // No `..` here: a new kind of resource that is not written must not compile.
    let JobResources {
        job: _,
        label,
        rules,
        receiver,
        permissions,
        dead_letters,
        scheduler_role,
        // The targets have them.
        given: _,
    } = job;
    let mut blocks = Vec::new();
    match receiver {
        Receiver::Function(made) => {
            if made.settings.code.is_zipped() {
                blocks.push(function::artifact(job));
            }
            blocks.push(function::function(made));
            blocks.extend(platform::alias(job, made));
            blocks.push(function::log_group(&made.log_group));
            blocks.extend(function::invoke_config(made));
            blocks.extend(role::role(job, &made.role));
            blocks.extend(queue::queue(&made.failed_runs));
            if let Some(waiting) = &made.buffer {
                blocks.extend(queue::queue(&waiting.queue));
                blocks.push(buffer::mapping(job, waiting));
            }
        }
        Receiver::Existing(existing) => {
            blocks.push(function::existing(existing, label));
        }
        // Its rules' targets have the group.
        Receiver::Queue { queue, group: _ } => blocks.extend(queue::queue(queue)),
        Receiver::Topic {
            name,
            label,
            kms_key,
        } => blocks.extend(destination::topic(name, label, *kms_key)),
        Receiver::LogGroup(group) => blocks.push(function::log_group(group)),
        Receiver::Elsewhere { to: _, role } => {
            blocks.extend(role.iter().flat_map(|role| role::role(job, role)));
        }
        Receiver::Api(made) => {
            blocks.extend(api::api(made));
            blocks.extend(role::role(job, &made.role));
        }
    }
    if let Some(dead_letters) = dead_letters {
        blocks.extend(queue::queue(dead_letters));
    }
    if let Some(role) = scheduler_role {
        blocks.extend(role::role(job, role));
    }
    for rule in rules {
        match &rule.source {
            RuleSource::Scheduler(schedule) => {
                blocks.extend(schedule::schedule(job, rule, schedule));
            }
            RuleSource::Pattern(_) | RuleSource::Schedule(_) => {
                blocks.extend(rule::rule(job, rule));
            }
        }
        // The permission of a single rule follows that rule.
        let own = permissions.iter().filter(|one| one.label == rule.label);
        blocks.extend(own.map(|permission| rule::permission(job, permission)));
    }
    // A function's policy holds 20 KB. A job with too many rules for that has one permission for each bus instead.
    let folded = permissions
        .iter()
        .filter(|one| rules.iter().all(|rule| rule.label != one.label));
    blocks.extend(folded.map(|permission| rule::permission(job, permission)));
    blocks.extend(gate::gate(job));
    blocks.extend(alarm::blocks(job));
    blocks
}
