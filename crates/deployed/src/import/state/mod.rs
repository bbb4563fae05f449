//! The state of a root module of Terraform that is there already.

mod address;
mod document;
mod moves;
mod policies;
mod resources;

use std::collections::BTreeMap;

use super::found::{Found, Placed, bus_of};
use super::note::Note;
use crate::aws::Reading;
use crate::aws::deployed::{Deployed, Rule, Schedule, Target};
use crate::verify::Expected;
use crate::verify::expected::Function;
use document::Instance;
use resources::bus_of as bus_of_instance;

const BUS: &str = "aws_cloudwatch_event_bus";
const RULE: &str = "aws_cloudwatch_event_rule";
const TARGET: &str = "aws_cloudwatch_event_target";
const SCHEDULE: &str = "aws_scheduler_schedule";
const PERMISSION: &str = "aws_lambda_permission";
const ROLE: &str = "aws_iam_role";
const QUEUE: &str = "aws_sqs_queue";
const QUEUE_POLICY: &str = "aws_sqs_queue_policy";

/// Settings of a bus that one of a pipeline does not have, or has in another way.
const OF_A_BUS: [&str; 2] = ["kms_key_identifier", "event_source_name"];

/// The resources that a state has.
pub(super) struct State {
    instances: Vec<Instance>,
}

/// What names begin with of what is read; without it all of it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Prefixes<'p> {
    pub(super) rules: Option<&'p str>,
    pub(super) schedules: Option<&'p str>,
}

/// Reads a state, and what it has of rules and schedules.
///
/// # Errors
/// A text that is no state.
pub(super) fn read_state(
    text: &str,
    prefixes: Prefixes<'_>,
) -> anyhow::Result<(State, Found, Deployed)> {
    let state = State {
        instances: document::read_instances(text)?,
    };
    let mut found = Found::default();
    state.add_rules(prefixes, &mut found);
    state.add_schedules(prefixes, &mut found);
    found.bus = bus_of(&found.rules);
    found.keeps_bus = !state.has_plain_bus(&found.bus);
    let deployed = found.deployed();
    Ok((state, found, deployed))
}

impl State {
    fn of_kind<'s>(&'s self, kind: &'static str) -> impl Iterator<Item = &'s Instance> {
        self.instances
            .iter()
            .filter(move |instance| instance.kind == kind)
    }

    /// Adds rules with their targets.
    fn add_rules(&self, prefixes: Prefixes<'_>, found: &mut Found) {
        let mut targets = self.targets(&mut found.notes);
        for instance in self.of_kind(RULE) {
            let place = instance.address.to_string();
            let rule = match resources::rule(instance) {
                Ok(rule) => rule,
                Err(why) => {
                    // Its targets are told of with it.
                    if let Some(key) = key_of(instance, "name") {
                        targets.remove(&key);
                    }
                    found.notes.push(Note::left_out(place, why));
                    continue;
                }
            };
            let of_rule = targets.remove(&(rule.bus.clone(), rule.name.clone()));
            if !rule.name.starts_with(prefixes.rules.unwrap_or_default()) {
                continue;
            }
            let of_rule = of_rule.unwrap_or(Reading::Found(Vec::new()));
            found.rules.push(Placed {
                place,
                item: Rule {
                    targets: of_rule,
                    ..rule
                },
                is_named: true,
            });
        }
        for (_, rule) in targets.into_keys() {
            if rule.starts_with(prefixes.rules.unwrap_or_default()) {
                let why = "its rule is not in this state, so its targets stay as they are";
                found
                    .notes
                    .push(Note::left_out(format!("rule {rule}"), why));
            }
        }
    }

    /// The targets of each rule, by its bus and name; refused for a rule of which one cannot be taken over.
    fn targets(&self, notes: &mut Vec<Note>) -> BTreeMap<(String, String), Reading<Vec<Target>>> {
        let mut targets: BTreeMap<_, Reading<Vec<Target>>> = BTreeMap::new();
        for instance in self.of_kind(TARGET) {
            let Some(key) = key_of(instance, "rule") else {
                let why = "the state does not say which rule it is of";
                notes.push(Note::left_out(instance.address.to_string(), why));
                continue;
            };
            let of_rule = targets.entry(key).or_insert(Reading::Found(Vec::new()));
            match (resources::target(instance), &mut *of_rule) {
                (Ok(target), Reading::Found(targets)) => targets.push(target),
                (Ok(_), _) => {}
                (Err(why), of_rule) => {
                    *of_rule = Reading::Refused(format!("{}: {why}", instance.address));
                }
            }
        }
        targets
    }

    fn add_schedules(&self, prefixes: Prefixes<'_>, found: &mut Found) {
        let prefix = prefixes.schedules.or(prefixes.rules).unwrap_or_default();
        for instance in self.of_kind(SCHEDULE) {
            let place = instance.address.to_string();
            match resources::schedule(instance) {
                Ok(schedule) if schedule.name.starts_with(prefix) => {
                    found.schedules.push(Placed::<Schedule> {
                        place,
                        item: schedule,
                        is_named: true,
                    });
                }
                Ok(_) => {}
                Err(why) => found.notes.push(Note::left_out(place, why)),
            }
        }
    }

    /// Whether a bus is this state's, without settings that a pipeline would take from it.
    fn has_plain_bus(&self, name: &str) -> bool {
        let mut buses = self.of_kind(BUS);
        buses.any(|bus| {
            bus.shown("name") == Some(name)
                && !bus.is_tainted
                && OF_A_BUS.iter().all(|key| bus.text(key) == Ok(None))
                && ["dead_letter_config", "log_config"]
                    .iter()
                    .all(|key| bus.block(key) == Ok(None))
        })
    }

    /// Adds what the spec of the import names beside its rules.
    pub(super) fn read_rest(&self, expected: &Expected, deployed: &mut Deployed) {
        let wanted: Vec<String> = expected.functions.iter().map(Function::asked_for).collect();
        let permissions = self.of_kind(PERMISSION).filter(|one| !one.is_tainted);
        deployed.functions = policies::functions(permissions);
        deployed.functions.retain(|name, _| wanted.contains(name));
        let policies: Vec<&Instance> = self.of_kind(QUEUE_POLICY).collect();
        for queue in &expected.queues {
            let mut queues = self.of_kind(QUEUE).filter(|found| !found.is_tainted);
            let found = queues.find(|found| found.shown("name") == Some(&queue.name));
            let found = found.map(|found| policies::queue(found, &policies));
            let read = found.map_or(Reading::Absent, Reading::Found);
            deployed.queues.insert(queue.name.clone(), read);
        }
    }
}

/// The bus and the name of a rule, as far as they may be shown.
fn key_of(instance: &Instance, name: &str) -> Option<(String, String)> {
    let bus = bus_of_instance(instance).ok()?;
    Some((bus, instance.shown(name)?.to_owned()))
}

#[cfg(test)]
mod tests;
