//! What the first plan changes: the deployment as it would be named in the spec, compared with the spec.

use std::collections::{BTreeMap, BTreeSet};

use eventbridge::arn::{Arn, FunctionName};
use pipeline::{Lint, Pipeline, resources};

use super::blocks::{is_statement, statement_ids};
use super::draft::Draft;
use super::found::Found;
use super::note::{Kind, Note};
use crate::aws::Reading;
use crate::aws::deployed::{Deployed, Rule, Schedule};
use crate::verify::expected::{Reaches, Rule as ExpectedRule};
use crate::verify::lints::{DEAD_LETTERS, FAILED_RUNS, NO_CONCURRENCY, UNKNOWN_RULE};
use crate::verify::{DEFAULT_BUS, Expected, RuleSource, compare};

/// What is about the operation of what is deployed, or said elsewhere.
static NO_CHANGES: [&Lint; 4] = [&DEAD_LETTERS, &FAILED_RUNS, &NO_CONCURRENCY, &UNKNOWN_RULE];

/// Every difference between what is there and what the imported spec describes.
pub(super) fn changes(
    found: &Found,
    deployed: &Deployed,
    draft: &Draft,
    pipeline: &Pipeline,
    expected: &Expected,
) -> Vec<Note> {
    let origins = origins(draft, pipeline, expected);
    let mut notes = Vec::new();
    for rule in &expected.rules {
        notes.extend(renamed(found, expected, rule, origins.get(&rule.name)));
    }
    let adopted = adopt(found, deployed, expected, &origins);
    let findings = compare(expected, &adopted);
    let findings = findings
        .into_iter()
        .filter(|finding| !NO_CHANGES.contains(&finding.lint));
    notes.extend(findings.map(Note::from_finding));
    notes.extend(role_policies(expected));
    notes.extend(other_statements(expected, deployed));
    notes
}

/// The roles that EventBridge Scheduler takes on: what their policies hold is not read.
fn role_policies(expected: &Expected) -> Vec<Note> {
    let names: BTreeSet<&str> = expected
        .rules
        .iter()
        .filter_map(|rule| match &rule.waits_for {
            RuleSource::Scheduler { role, .. } => Some(role.name.as_str()),
            _ => None,
        })
        .collect();
    let note = |name| {
        Note::new(
            Kind::Changes,
            format!("role {name}"),
            "its own policy is written beside those that are there already",
        )
    };
    names.into_iter().map(note).collect()
}

/// The rule or schedule that an expected one was made from.
struct Origin {
    /// The name on AWS.
    name: String,
    /// The target of it, if it was a single one.
    target: Option<String>,
}

/// What each expected rule or schedule was made from, by its name.
fn origins(draft: &Draft, pipeline: &Pipeline, expected: &Expected) -> BTreeMap<String, Origin> {
    let mut origins = BTreeMap::new();
    for job in &draft.jobs {
        for trigger in &job.triggers {
            let rules = resources::rules(pipeline)
                .filter(|rule| rule.job.name == job.name && rule.trigger.id.value == trigger.id);
            // Both are in the order of the shards.
            for (rule, origin) in rules.zip(&trigger.origins) {
                let name = format!("{}{}", rule.name.base(), expected.suffix);
                let target = trigger.target.clone();
                let origin = Origin {
                    name: origin.clone(),
                    target,
                };
                origins.insert(name, origin);
            }
        }
    }
    origins
}

/// A rule that cannot keep its name or its bus.
fn renamed(
    found: &Found,
    expected: &Expected,
    rule: &ExpectedRule,
    origin: Option<&Origin>,
) -> Option<Note> {
    let origin = &origin?.name;
    let bus = rule.waits_for.bus();
    let moves = bus == Some(expected.buses[0].as_str()) && found.bus != expected.buses[0];
    let mut schedules = found.schedules.iter().map(|found| &found.item);
    let regroups = bus.is_none()
        && schedules.any(|found| found.name == *origin && !rule.is_in_group(&found.group));
    if *origin == rule.name && !moves && !regroups {
        return None;
    }
    let what = if bus.is_some() { "rule" } else { "schedule" };
    let to = match bus {
        Some(bus) if moves => format!("{} on the bus {bus}", rule.name),
        None if regroups => format!("{} in another group", rule.name),
        _ => rule.name.clone(),
    };
    let note = Note::new(
        Kind::Changes,
        format!("{what} {origin}"),
        format!("it cannot be kept as it is named: {to} is made beside it"),
    );
    Some(note.help(format!(
        "the function runs for both until {origin} is disabled or removed: do that with the first apply"
    )))
}

/// The deployment with its rules under the names that they get.
fn adopt(
    found: &Found,
    deployed: &Deployed,
    expected: &Expected,
    origins: &BTreeMap<String, Origin>,
) -> Deployed {
    let mut adopted = deployed.clone();
    adopted.rules = expected
        .buses
        .iter()
        .map(|bus| {
            let rules = expected.rules.iter();
            let rules = rules.filter(|rule| rule.waits_for.bus() == Some(bus));
            let rules = rules.filter_map(|rule| {
                let origin = origins.get(&rule.name)?;
                // Schedules are on the default bus, whatever the pipeline's is.
                let from = match rule.waits_for {
                    RuleSource::Pattern { .. } => found.bus.as_str(),
                    _ => DEFAULT_BUS,
                };
                let mut found = found.rules.iter().map(|found| &found.item);
                let found = found.find(|found| found.bus == from && found.name == origin.name)?;
                Some(as_named(rule, found, bus, origin.target.as_deref()))
            });
            (bus.clone(), Reading::Found(rules.collect()))
        })
        .collect();
    let schedules = expected.rules.iter();
    let schedules = schedules.filter(|rule| rule.waits_for.bus().is_none());
    let schedules = schedules.filter_map(|rule| {
        let origin = origins.get(&rule.name)?;
        let found = found.schedules.iter();
        let mut found = found.filter(|found| found.item.name == origin.name);
        Some(Schedule {
            name: rule.name.clone(),
            ..found.next()?.item.clone()
        })
    });
    adopted.schedules = Reading::Found(schedules.collect());
    adopted
}

/// A rule under its new name. One that keeps its name keeps its targets; a new one gets those for its function.
fn as_named(expected: &ExpectedRule, found: &Rule, bus: &str, origin: Option<&str>) -> Rule {
    if found.name == expected.name && found.bus == bus {
        return found.clone();
    }
    let mut adopted = found.clone();
    expected.name.clone_into(&mut adopted.name);
    bus.clone_into(&mut adopted.bus);
    // The ARN is not known yet.
    adopted.arn = String::new();
    adopted.targets = adopted.targets.map(|mut targets| {
        let is_own = |arn: &str| {
            let function = Arn::parse(arn).ok().and_then(|arn| arn.function());
            function.is_some_and(|function| is_reached(&expected.reaches, function))
        };
        targets.retain(|target| match origin {
            Some(id) => target.id == id,
            None => is_own(&target.arn),
        });
        for (target, expected) in targets.iter_mut().zip(&expected.targets) {
            target.id.clone_from(&expected.id);
        }
        targets.truncate(expected.targets.len());
        targets
    });
    adopted
}

fn is_reached(reaches: &Reaches, function: FunctionName<'_>) -> bool {
    let FunctionName {
        name: found,
        qualifier,
    } = function;
    matches!(reaches, Reaches::Function { name, alias } if name == found && alias.as_deref() == qualifier)
}

/// Statements of functions' policies that the module does not have.
fn other_statements(expected: &Expected, deployed: &Deployed) -> Vec<Note> {
    let mut notes = Vec::new();
    for function in &expected.functions {
        let policy = deployed.functions.get(&function.asked_for());
        let Some(Reading::Found(policy)) = policy.map(|found| &found.policy) else {
            continue;
        };
        for id in statement_ids(policy) {
            let mut own = function.permissions.iter();
            if !own.any(|own| is_statement(&id, &own.name)) {
                notes.push(
                    Note::new(
                        Kind::Remark,
                        format!("function {}", function.name),
                        format!(
                            "the statement {id} of its policy stays, and is not the pipeline's"
                        ),
                    )
                    .help("remove it when nothing needs it any more"),
                );
            }
        }
    }
    notes
}
