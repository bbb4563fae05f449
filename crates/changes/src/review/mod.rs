//! What changes between two specs, as a reviewer reads it: short lines, grouped by job.
//!
//! Everything that a spec comes to is told as a list of [`Fact`]s, made from the resources on AWS and, where AWS has none,
//! from the spec. Two lists are compared; what is the same is silent. So a key that changes what is on AWS changes a line
//! here, too.

mod event;
mod fact;
mod function;
mod job;
mod line;
mod pipeline;
mod receiver;
mod trigger;

use std::collections::{BTreeMap, BTreeSet};

use ::pipeline::Pipeline;
use ::pipeline::resources::{JobResources, Resources};
use jiff::Timestamp;
use serde::Serialize;

use crate::compare::pairs;
use crate::contract::same_event;
use fact::Fact;
pub use line::{Line, Run, Runs};

/// Everything that changes from one spec to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Review {
    /// The groups: the pipeline, then its events, then its jobs, each in the order of the present spec.
    pub groups: Vec<Group>,
}

/// What changes of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What it is.
    pub of: Of,
    /// The name in the present spec, or in the one before if it left.
    pub name: String,
    /// What happens to it.
    pub fate: Fate,
    /// The earlier name, if it has another one now.
    pub was: Option<String>,
    /// Its changes.
    pub lines: Vec<Line>,
}

/// What a group is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// The whole pipeline.
    Pipeline,
    /// What an environment says for declared values.
    Environment,
    /// An event.
    Event,
    /// A job.
    Job,
}

/// What happens to a thing of a spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is new.
    Added,
    /// It is another one in some parts.
    Changed,
    /// It left.
    Removed,
}

/// What an environment says for declared values, by its name, before and after.
pub type Environments<'e> = BTreeMap<&'e str, (Said<'e>, Said<'e>)>;

/// What an environment says, by the names of values; nothing if there is no such environment.
pub type Said<'e> = Option<&'e BTreeMap<String, String>>;

/// Lists everything that changes. Runs of schedules that change are listed from `now` on.
pub fn review(
    before: &Pipeline,
    after: &Pipeline,
    environments: &Environments<'_>,
    now: Timestamp,
) -> Review {
    let (old, new) = (Resources::new(before), Resources::new(after));
    let mut groups = Vec::new();
    let facts = (pipeline::facts(before, &old), pipeline::facts(after, &new));
    let lines = line::compare(&facts.0, &facts.1);
    groups.extend(changed(Of::Pipeline, &after.name.value, None, lines));
    for (name, said) in environments {
        groups.extend(environment(name, *said));
    }
    groups.extend(events(before, after));
    groups.extend(jobs(&old.jobs, &new.jobs, now));
    Review { groups }
}

/// A group of what is in both specs; nothing if it is the same.
fn changed(of: Of, name: &str, was: Option<&str>, lines: Vec<Line>) -> Option<Group> {
    let was = was.filter(|was| *was != name).map(str::to_owned);
    (was.is_some() || !lines.is_empty()).then(|| Group {
        of,
        name: name.to_owned(),
        fate: Fate::Changed,
        was,
        lines,
    })
}

/// A group of what is in one spec alone.
fn one_sided(of: Of, name: &str, fate: Fate, facts: &[Fact]) -> Group {
    let lines = match fate {
        Fate::Removed => Vec::new(),
        Fate::Added | Fate::Changed => line::introduce(facts),
    };
    Group {
        of,
        name: name.to_owned(),
        fate,
        was: None,
        lines,
    }
}

fn environment(name: &str, (before, after): (Said<'_>, Said<'_>)) -> Option<Group> {
    let facts = |said: Said<'_>| -> Vec<Fact> {
        let said = said.into_iter().flatten();
        let facts = said.map(|(name, value)| Fact::new("", format!("value `{name}`"), value));
        facts.collect()
    };
    let (old, new) = (facts(before), facts(after));
    match (before, after) {
        (Some(_), None) => Some(one_sided(Of::Environment, name, Fate::Removed, &old)),
        (None, Some(_)) => Some(one_sided(Of::Environment, name, Fate::Added, &new)),
        _ => changed(Of::Environment, name, None, line::compare(&old, &new)),
    }
}

fn events(before: &Pipeline, after: &Pipeline) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut known = BTreeSet::new();
    for (name, was) in &before.events {
        let Some((new_name, is)) = same_event(name, was, after) else {
            let facts = event::facts(was);
            groups.push(one_sided(Of::Event, name, Fate::Removed, &facts));
            continue;
        };
        known.insert(new_name);
        let lines = line::compare(&event::facts(was), &event::facts(is));
        groups.extend(changed(Of::Event, new_name, Some(name), lines));
    }
    let new = after.events.iter();
    let new = new.filter(|(name, _)| !known.contains(name.as_str()));
    groups.extend(
        new.map(|(name, event)| one_sided(Of::Event, name, Fate::Added, &event::facts(event))),
    );
    groups
}

fn jobs(old: &[JobResources<'_>], new: &[JobResources<'_>], now: Timestamp) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut known = BTreeSet::new();
    for pair in pairs(old, new) {
        let was = pair.old;
        // A job that only looks the same is another one: Terraform sees two.
        let Some(is) = pair.new.filter(|_| !pair.is_guess) else {
            let facts = job::facts(was);
            groups.push(one_sided(Of::Job, was.name(), Fate::Removed, &facts));
            continue;
        };
        known.insert(is.name());
        let mut facts = job::facts(was);
        trigger::follow_renames(&mut facts, is);
        let mut lines = line::compare(&facts, &job::facts(is));
        trigger::add_runs(&mut lines, was, is, now);
        groups.extend(changed(Of::Job, is.name(), Some(was.name()), lines));
    }
    let new = new.iter().filter(|job| !known.contains(job.name()));
    groups.extend(new.map(|job| one_sided(Of::Job, job.name(), Fate::Added, &job::facts(job))));
    groups
}
