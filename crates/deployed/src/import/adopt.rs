//! What the first plan does: the deployment compared with the spec, and what is made beside it.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::{Lint, Pipeline, resources};

use super::blocks::{Import, is_statement, statement_ids};
use super::draft::{Draft, Origin};
use super::found::Found;
use super::note::{Kind, MADE, Note};
use crate::aws::Reading;
use crate::aws::deployed::{Deployed, Input, Rule, Schedule};
use crate::verify::lints::{DEAD_LETTERS, FAILED_RUNS, NO_CONCURRENCY, UNKNOWN_RULE};
use crate::verify::{Expected, Finding, RuleSource, compare};

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
    let adopted = adopted(draft, pipeline, &expected.suffix);
    let deployed = as_adopted(found, deployed, expected, &adopted);
    // What is made beside the old one differs as it likes.
    let beside: Vec<String> = expected
        .rules
        .iter()
        .filter(|rule| !adopted.contains_key(&rule.name))
        .map(|rule| format!(" {}", rule.name))
        .collect();
    let is_told = |finding: &Finding| {
        let is_of = |lints: &[&Lint]| lints.contains(&finding.lint);
        let is_beside = beside.iter().any(|name| finding.resource.ends_with(name));
        !is_beside && !is_of(&NO_CHANGES) && !is_of(&MADE)
    };
    let findings = compare(expected, &deployed).into_iter().filter(is_told);
    let mut notes: Vec<Note> = findings.map(Note::from_finding).collect();
    notes.extend(other_statements(expected, &deployed));
    notes
}

/// The rules and schedules that are taken over, by the names that the spec comes to.
fn adopted<'d>(
    draft: &'d Draft,
    pipeline: &Pipeline,
    suffix: &str,
) -> BTreeMap<String, &'d Origin> {
    let environment = suffix.trim_start_matches('-');
    let mut adopted = BTreeMap::new();
    for job in &draft.jobs {
        for trigger in job.triggers.iter().filter(|trigger| trigger.is_adopted) {
            let rules = resources::rules(pipeline)
                .filter(|rule| rule.job.name == job.name && rule.trigger.id.value == trigger.id);
            // Both are in the order of the shards.
            for (rule, origin) in rules.zip(&trigger.origins) {
                adopted.insert(rule.name.in_environment(environment), origin);
            }
        }
    }
    adopted
}

/// What is there of what is taken over.
fn as_adopted(
    found: &Found,
    deployed: &Deployed,
    expected: &Expected,
    adopted: &BTreeMap<String, &Origin>,
) -> Deployed {
    let mut there = deployed.clone();
    let on_bus = |bus: &String| {
        let rules = expected.rules.iter();
        let rules = rules.filter(|rule| rule.waits_for.bus() == Some(bus));
        let rules = rules.filter_map(|rule| {
            let Origin::Rule { bus, name } = adopted.get(&rule.name)? else {
                return None;
            };
            let mut rules = found.rules.iter().map(|found| &found.item);
            let rule = rules.find(|found| found.bus == *bus && found.name == *name)?;
            Some(with_names(found, &with_whole_events(rule)))
        });
        (bus.clone(), Reading::Found(rules.collect()))
    };
    there.rules = expected.buses.iter().map(on_bus).collect();
    let schedules = expected.rules.iter().filter_map(|rule| {
        let Origin::Schedule { group, name } = adopted.get(&rule.name)? else {
            return None;
        };
        let mut schedules = found.schedules.iter().map(|found| &found.item);
        let is_it = |found: &&Schedule| found.group == *group && found.name == *name;
        let mut schedule = schedules.find(is_it)?.clone();
        schedule.body = schedule.body.map(|mut body| {
            body.target = found.with_names(&body.target);
            body
        });
        Some(schedule)
    });
    there.schedules = Reading::Found(schedules.collect());
    there
}

/// A rule whose targets name functions as the spec does.
fn with_names(found: &Found, rule: &Rule) -> Rule {
    let mut rule = rule.clone();
    rule.targets = rule.targets.map(|mut targets| {
        for target in &mut targets {
            target.arn = found.with_names(&target.arn);
        }
        targets
    });
    rule
}

/// A rule with a schedule, of which a target without an input receives the whole event: a spec says that as a path.
fn with_whole_events(rule: &Rule) -> Rule {
    let mut rule = rule.clone();
    if rule.schedule.is_some() {
        rule.targets = rule.targets.map(|mut targets| {
            for target in &mut targets {
                if target.input == Input::Event {
                    target.input = Input::Path("$".to_owned());
                }
            }
            targets
        });
    }
    rule
}

/// What the module has beside what is taken over: names of resources by their kinds.
pub(super) fn added(pipeline: &Pipeline, imports: &[Import]) -> BTreeMap<String, Vec<String>> {
    let taken: BTreeSet<(&str, &str)> = imports
        .iter()
        .map(|import| (import.kind, import.label.as_str()))
        .collect();
    let mut added: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in terraform::render(pipeline, "pipeline.yaml") {
        let mut lines = file.text.lines().peekable();
        while let Some(line) = lines.next() {
            // One with a `count` is made if the environment asks for it.
            let is_asked_for = lines
                .peek()
                .is_some_and(|next| next.trim_start().starts_with("count "));
            let Some(rest) = line.strip_prefix("resource \"") else {
                continue;
            };
            let mut words = rest.split('"');
            let (Some(kind), Some(label)) = (words.next(), words.nth(1)) else {
                continue;
            };
            // Nothing on AWS: it only orders what Terraform does.
            if kind != "terraform_data" && !is_asked_for && !taken.contains(&(kind, label)) {
                let labels = added.entry(kind.to_owned()).or_default();
                labels.push(label.to_owned());
            }
        }
    }
    added
}

/// What is said of what is made.
pub(super) fn notes_of_added(added: &BTreeMap<String, Vec<String>>) -> Vec<Note> {
    let notes = added.iter().map(|(kind, labels)| {
        let verb = if labels.len() == 1 { "is" } else { "are" };
        let message = format!("{} {verb} made: {}", labels.len(), labels.join(", "));
        Note::new(Kind::Added, kind, message)
    });
    notes.collect()
}

/// Schedules whose role becomes one of the pipeline's.
pub(super) fn other_roles(deployed: &Deployed, expected: &Expected) -> Vec<Note> {
    let mut notes = Vec::new();
    for rule in &expected.rules {
        let RuleSource::Scheduler { role, .. } = &rule.waits_for else {
            continue;
        };
        let found = deployed.schedules.found().into_iter().flatten();
        let mut found =
            found.filter(|found| found.name == rule.name && rule.is_in_group(&found.group));
        let body = found.next().and_then(|found| found.body.found());
        let Some(taken) = body.and_then(|body| body.role.as_deref()) else {
            continue;
        };
        let place = format!("schedule {}", rule.name);
        let name = eventbridge::arn::Arn::parse(taken).ok();
        if name.and_then(|arn| arn.role_name()) == Some(role.name.as_str()) {
            continue;
        }
        notes.push(Note::new(
            Kind::Changes,
            place,
            format!("the role: {taken} becomes {}, which is made", role.name),
        ));
    }
    notes
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
