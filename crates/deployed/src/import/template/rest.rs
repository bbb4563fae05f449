//! What else is in a template: what the generated module has of its own, and what stays behind.

use std::collections::BTreeSet;

use serde_json::Value;

use super::parts::{note_others, place};
use super::resolve::Resolver;
use crate::aws::Reading;
use crate::aws::deployed::Target;
use crate::import::found::Found;
use crate::import::note::Note;

/// Notes every resource that is not carried over.
pub(super) fn note_the_rest(resolver: &Resolver<'_>, found: &mut Found) {
    let dead_letters = dead_letter_queues(found);
    for (id, resource) in resolver.resources {
        let place = place(id);
        let kind = resource["Type"].as_str().unwrap_or_default();
        let properties = &resource["Properties"];
        if kind == "AWS::CDK::Metadata" {
            continue;
        }
        if let Some(condition) = resource["Condition"].as_str() {
            let message = format!("it is read as if the condition {condition} held");
            found
                .notes
                .push(Note::left_out(format!("{place}/Condition"), message));
        }
        let left_out = match kind {
            "AWS::Events::Rule" | "AWS::Scheduler::Schedule" => None,
            "AWS::Lambda::Function" => is_unused(resolver, id, found)
                .then(|| "nothing in the template starts it".to_owned()),
            "AWS::Events::EventBus" => {
                if resolver.name(id).as_deref() == Some(&found.bus) {
                    note_others(&place, properties, &["Name", "Tags"], &mut found.notes);
                    None
                } else {
                    Some("no pattern of the pipeline is on it".to_owned())
                }
            }
            // The module has one of its own for each.
            "AWS::Lambda::Permission" => {
                let principal = resolver.text(&properties["Principal"]).unwrap_or_default();
                (principal != "events.amazonaws.com")
                    .then(|| format!("a permission for {principal}, not for EventBridge"))
            }
            "AWS::SQS::Queue" => (!dead_letters.contains(&resource_arn(resolver, id)))
                .then(|| "the queue keeps no target's dead letters".to_owned()),
            "AWS::SQS::QueuePolicy" => other_queues(resolver, properties, &dead_letters)
                .then(|| "a policy of queues that keep no target's dead letters".to_owned()),
            kind => Some(format!("{kind} is not part of a pipeline")),
        };
        found
            .notes
            .extend(left_out.map(|why| Note::left_out(place, why)));
    }
}

fn targets(found: &Found) -> impl Iterator<Item = &Target> {
    let rules = found.rules.iter();
    rules.filter_map(|rule| rule.item.targets.found()).flatten()
}

/// The ARNs of the dead-letter queues of all targets.
fn dead_letter_queues(found: &Found) -> BTreeSet<String> {
    let of_rules = targets(found).filter_map(|target| target.dead_letters.clone());
    let schedules = found.schedules.iter();
    let of_schedules = schedules.filter_map(|schedule| match &schedule.item.body {
        Reading::Found(body) => body.dead_letters.clone(),
        _ => None,
    });
    of_rules.chain(of_schedules).collect()
}

fn resource_arn(resolver: &Resolver<'_>, id: &str) -> String {
    let reference = serde_json::json!({ "Fn::GetAtt": [id, "Arn"] });
    resolver.text(&reference).unwrap_or_default()
}

fn is_unused(resolver: &Resolver<'_>, id: &str, found: &Found) -> bool {
    let arn = resource_arn(resolver, id);
    let mut schedules = found.schedules.iter();
    let is_target = schedules.any(|schedule| {
        schedule
            .item
            .body
            .found()
            .is_some_and(|body| body.target == arn)
    });
    !is_target && targets(found).all(|target| target.arn != arn)
}

/// Whether a policy is for another queue than those of dead letters.
fn other_queues(
    resolver: &Resolver<'_>,
    properties: &Value,
    dead_letters: &BTreeSet<String>,
) -> bool {
    let mut queues = properties["Queues"].as_array().into_iter().flatten();
    queues.any(|queue| {
        let id = queue["Ref"].as_str().unwrap_or_default();
        !dead_letters.contains(&resource_arn(resolver, id))
    })
}
