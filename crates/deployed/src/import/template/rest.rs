//! What else is in a template: what the generated module has of its own, and what stays behind.

use std::collections::BTreeSet;

use serde_json::Value;

use super::parts::{Part, cannot_read, place};
use super::resolve::{Resolver, as_text};
use crate::aws::Reading;
use crate::aws::deployed::Target;
use crate::import::found::Found;
use crate::import::note::Note;

/// What only the whole of an import says.
pub(super) struct Rest {
    /// The ARNs of the dead-letter queues of all targets.
    dead_letters: BTreeSet<String>,
    /// The ARNs of all targets.
    targets: BTreeSet<String>,
}

impl Rest {
    pub(super) fn new(found: &Found) -> Self {
        let bodies = found.schedules.iter();
        let bodies = || {
            bodies
                .clone()
                .filter_map(|schedule| schedule.item.body.found())
        };
        let dead_letters = targets(found).filter_map(|target| target.dead_letters.clone());
        let arns = targets(found).map(|target| target.arn.clone());
        Self {
            dead_letters: dead_letters
                .chain(bodies().filter_map(|body| body.dead_letters.clone()))
                .collect(),
            targets: arns
                .chain(bodies().map(|body| body.target.clone()))
                .collect(),
        }
    }

    /// Notes a resource if it is not carried over.
    pub(super) fn note(
        &self,
        resolver: Resolver<'_>,
        id: &str,
        resource: &Value,
        found: &mut Found,
    ) {
        let kind = resource["Type"].as_str().unwrap_or_default();
        let left_out = match kind {
            "AWS::CDK::Metadata" | "AWS::Events::Rule" | "AWS::Scheduler::Schedule" => None,
            // It is in the ARN of what targets invoke.
            "AWS::Lambda::Alias" if self.targets.contains(&arn(resolver, id)) => None,
            "" => Some("it has no `Type`".to_owned()),
            "AWS::Lambda::Function" => (!self.is_target(&arn(resolver, id)))
                .then(|| "nothing in the template starts it".to_owned()),
            "AWS::Events::EventBus" => {
                let name = resolver.name(id).as_ref().and_then(as_text);
                if name.as_deref() == Some(&found.bus) {
                    let part = Part::new(resolver, id, resource, found);
                    part.note_others(&["Name", "Tags"], found);
                    None
                } else {
                    Some("no pattern of the pipeline is on it".to_owned())
                }
            }
            // The module has one of its own for each.
            "AWS::Lambda::Permission" => {
                let mut part = Part::new(resolver, id, resource, found);
                let principal = part.text("Principal", found).unwrap_or_default();
                (principal != "events.amazonaws.com" && part.is_whole)
                    .then(|| format!("a permission for {principal}, not for EventBridge"))
            }
            "AWS::SQS::Queue" => (!self.dead_letters.contains(&arn(resolver, id)))
                .then(|| "the queue keeps no target's dead letters".to_owned()),
            "AWS::SQS::QueuePolicy" => self.note_policy(resolver, id, resource, found),
            "AWS::CloudFormation::Stack" => Some(
                "a stack of its own: give its template, too, with another `--template`".to_owned(),
            ),
            kind => Some(format!("{kind} is not part of a pipeline")),
        };
        let place = place(resolver, id);
        found
            .notes
            .extend(left_out.map(|why| Note::left_out(place, why)));
    }

    /// Whether a target invokes a function, or an alias or version of it.
    fn is_target(&self, function: &str) -> bool {
        let mut targets = self.targets.iter();
        targets.any(|target| {
            let behind = target.strip_prefix(function);
            behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(':'))
        })
    }

    /// A policy of other queues than those of dead letters stays behind.
    fn note_policy(
        &self,
        resolver: Resolver<'_>,
        id: &str,
        resource: &Value,
        found: &mut Found,
    ) -> Option<String> {
        let queues = &resource["Properties"]["Queues"];
        let Some(list) = queues.as_array() else {
            let place = format!("{}/Queues", place(resolver, id));
            let queues = resolver.resolve(queues).unwrap_or_default();
            found
                .notes
                .push(cannot_read(resolver, place, &queues, "a list"));
            return None;
        };
        let is_other = |queue: &Value| {
            let id = queue["Ref"].as_str().unwrap_or_default();
            !self.dead_letters.contains(&arn(resolver, id))
        };
        list.iter()
            .any(is_other)
            .then(|| "a policy of queues that keep no target's dead letters".to_owned())
    }
}

fn targets(found: &Found) -> impl Iterator<Item = &Target> {
    let rules = found.rules.iter();
    rules
        .filter_map(|rule| match &rule.item.targets {
            Reading::Found(targets) => Some(targets),
            _ => None,
        })
        .flatten()
}

/// The ARN of a resource, as targets have it.
fn arn(resolver: Resolver<'_>, id: &str) -> String {
    let arn = as_text(&resolver.arn(id)).unwrap_or_default();
    resolver.unknowns().address(&arn, &mut Vec::new())
}
