//! A live bus: AWS, or an endpoint that stands in for it.

use std::collections::BTreeMap;

use anyhow::bail;

use super::found::{Found, Placed};
use super::note::Note;
use crate::aws::deployed::{Deployed, Rule, Schedule};
use crate::aws::{Aws, Reading};
use crate::commands::verify::{DEFAULT_BUS, Expected};

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'w> {
    /// The pipeline's bus.
    pub(super) bus: &'w str,
    /// What rules' names begin with.
    pub(super) prefix: &'w str,
    /// What the names of schedules begin with, which are on no bus, and of rules on the default bus beside another.
    pub(super) own: &'w str,
}

/// Reads the rules of the bus, and schedules.
///
/// # Errors
/// A bus that is not there or cannot be read, nobody there, or credentials that nobody knows.
pub(super) async fn read(aws: &Aws, wanted: Wanted<'_>) -> anyhow::Result<(Found, Deployed)> {
    let mut rules = Vec::new();
    match aws.rules(wanted.bus, wanted.prefix, |_| true).await? {
        Reading::Found(found) => rules.push((wanted.bus.to_owned(), Reading::Found(found))),
        Reading::Absent => bail!("there is no bus {}", wanted.bus),
        Reading::Refused(why) => bail!("the rules of the bus {} cannot be read: {why}", wanted.bus),
    }
    let mut notes = Vec::new();
    if wanted.bus != DEFAULT_BUS {
        let found = aws.rules(DEFAULT_BUS, wanted.own, |_| true).await?;
        if let Reading::Refused(why) = &found {
            let why = format!("schedules, which are rules of the default bus: {why}");
            notes.push(Note::left_out(format!("bus {DEFAULT_BUS}"), why));
        }
        let found = found.map(|rules| {
            let mut rules = rules;
            rules.retain(|rule| rule.schedule.is_some());
            rules
        });
        rules.push((DEFAULT_BUS.to_owned(), found));
    }
    let schedules = aws.schedules(wanted.own, |_| true).await?;
    if let Reading::Refused(why) = &schedules {
        notes.push(Note::left_out(
            "schedules of EventBridge Scheduler",
            why.as_str(),
        ));
    }
    let all_rules = rules
        .iter()
        .filter_map(|(_, rules)| rules.found())
        .flatten();
    let found = Found {
        bus: wanted.bus.to_owned(),
        rules: all_rules.map(placed_rule).collect(),
        schedules: schedules
            .found()
            .into_iter()
            .flatten()
            .map(placed_schedule)
            .collect(),
        unnamed: BTreeMap::new(),
        notes,
    };
    let deployed = Deployed {
        rules,
        schedules,
        functions: BTreeMap::new(),
        queues: BTreeMap::new(),
    };
    Ok((found, deployed))
}

fn placed_rule(rule: &Rule) -> Placed<Rule> {
    Placed {
        place: format!("rule {}", rule.name),
        item: rule.clone(),
    }
}

fn placed_schedule(schedule: &Schedule) -> Placed<Schedule> {
    Placed {
        place: format!("schedule {}", schedule.name),
        item: schedule.clone(),
    }
}

/// Reads what the spec of the import names beside its rules.
///
/// # Errors
/// Nobody there, or credentials that nobody knows.
pub(super) async fn read_rest(
    aws: &Aws,
    expected: &Expected,
    deployed: &mut Deployed,
) -> anyhow::Result<()> {
    let functions = expected.functions.iter();
    let functions = functions.map(|function| (function.name.clone(), function.alias)).collect();
    deployed.functions = aws.functions(functions).await?.into_iter().collect();
    let queues = expected.queues.iter();
    let queues = queues.map(|queue| queue.name.clone()).collect();
    deployed.queues = aws.queues(queues).await?.into_iter().collect();
    Ok(())
}
