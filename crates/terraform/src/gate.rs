//! The order in which an apply goes from one set of targets to another.

use hcl::structure::Block;
use pipeline::resources::JobResources;

use super::hcl::{attribute, block, list, reference, resource, word};

/// Makes Terraform create a resource before it destroys the one in its place. For what a target depends on, Terraform does
/// the same by itself, so only targets and schedules say it.
pub(super) fn new_first() -> Block {
    block("lifecycle", [("create_before_destroy", word("true"))])
}

/// Writes the gate of a job, which names its targets and schedules; nothing for a job without one.
///
/// A trigger that was renamed has another address, and Terraform sees nothing in common between the old target and the new
/// one. This resource depends on the new target by its configuration, and on the old one by the state. So Terraform makes
/// the new target, updates this, and only then destroys the old target.
pub(super) fn gate(job: &JobResources<'_>) -> Option<Block> {
    let rules = job.rules.iter();
    let targets = rules.flat_map(|rule| {
        let kind = match rule.bus() {
            Some(_) => "aws_cloudwatch_event_target",
            None => "aws_scheduler_schedule",
        };
        let labels = match rule.bus() {
            Some(_) => rule.targets.iter().map(|target| &target.label).collect(),
            None => vec![&rule.label],
        };
        let ids = labels.into_iter();
        ids.map(move |label| reference([kind, label, "id"]))
    });
    let targets: Vec<_> = targets.collect();
    if targets.is_empty() {
        return None;
    }
    let gate = resource("terraform_data", &format!("{}_delivers", job.label))
        .add_attribute(attribute("input", list(targets)));
    Some(gate.build())
}
