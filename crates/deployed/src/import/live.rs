//! A live bus: AWS, or an endpoint that stands in for it.

use std::collections::BTreeMap;

use anyhow::bail;

use super::found::{Found, Placed};
use super::note::Note;
use crate::aws::deployed::{Deployed, Rule, Schedule};
use crate::aws::{Aws, Reading};
use crate::verify::{DEFAULT_BUS, Expected};

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
/// A bus that is not there or cannot be read, a service that cannot be reached, or credentials that it does not know.
pub(super) async fn read_bus(aws: &Aws, wanted: Wanted<'_>) -> anyhow::Result<(Found, Deployed)> {
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
        // The default bus has rules of everybody: a pipeline with a bus of its own has only schedules there.
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
    let deployed = Deployed {
        rules,
        schedules,
        functions: BTreeMap::new(),
        mappings: BTreeMap::new(),
        queues: BTreeMap::new(),
    };
    let found = gathered(wanted.bus, &deployed, notes);
    Ok((found, deployed))
}

/// What was read, with its places.
fn gathered(bus: &str, deployed: &Deployed, notes: Vec<Note>) -> Found {
    let rules = deployed.rules.iter();
    let rules = rules.filter_map(|(_, rules)| rules.found()).flatten();
    let schedules = deployed.schedules.found().into_iter().flatten();
    Found {
        bus: bus.to_owned(),
        rules: rules.map(placed_rule).collect(),
        schedules: schedules.map(placed_schedule).collect(),
        unnamed: BTreeMap::new(),
        notes,
    }
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
/// A service that cannot be reached, or credentials that it does not know.
pub(super) async fn read_rest(
    aws: &Aws,
    expected: &Expected,
    deployed: &mut Deployed,
) -> anyhow::Result<()> {
    let functions = expected.functions.iter();
    let functions = functions
        .map(|function| (function.name.clone(), function.alias.clone()))
        .collect();
    deployed.functions = aws.functions(functions).await?.into_iter().collect();
    let queues = expected.queues.iter();
    let queues = queues.map(|queue| queue.name.clone()).collect();
    deployed.queues = aws.queues(queues).await?.into_iter().collect();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::note::Kind;
    use crate::import::{adopt, blocks, derive};
    use crate::verify::{compare, expected, perfect};
    use pipeline::model::Work;
    use pipeline::resources::rules_of_job;

    /// Asserts that what is deployed from a spec is imported as a spec for the same deployment.
    fn round_trip(name: &str, text: &str) {
        let parse = |text: &str| {
            let parsed = pipeline::parse(text, &pipeline::Surroundings::default());
            assert!(!parsed.has_errors(), "{text}\n{:?}", parsed.diagnostics);
            parsed.pipeline.unwrap()
        };
        let pipeline = parse(text);
        let wanted = expected(&pipeline, "dev");
        let deployed = perfect(&wanted);
        let found = gathered(&wanted.buses[0], &deployed, Vec::new());
        let (draft, notes) = derive::derive(&found, &pipeline.name.value, "dev");
        let is_remark = |note: &Note| note.kind == Kind::Remark;
        assert!(notes.iter().all(is_remark), "{name}: {notes:#?}");
        let text = draft.text(&[]);
        let imported = parse(&text);
        let again = expected(&imported, "dev");
        assert_eq!(compare(&again, &deployed), [], "{name}: {text}");
        let changes = adopt::changes(&found, &deployed, &draft, &imported, &again);
        let is_known = |note: &Note| note.place.starts_with("role ");
        assert!(changes.iter().all(is_known), "{name}: {changes:#?}");
        let kinds = [
            "aws_cloudwatch_event_rule",
            "aws_cloudwatch_event_target",
            "aws_scheduler_schedule",
        ];
        let imports = blocks::imports(&again, &deployed);
        let imports = imports.iter().filter(|import| kinds.contains(&import.kind));
        let on_buses = wanted
            .rules
            .iter()
            .filter(|rule| rule.waits_for.bus().is_some());
        let targets: usize = on_buses.map(|rule| rule.targets.len()).sum();
        assert_eq!(imports.count(), wanted.rules.len() + targets, "{name}");
    }

    #[test]
    fn what_is_deployed_from_the_examples_comes_back() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut specs = vec![root.join("pipeline.yaml")];
        let examples = std::fs::read_dir(root.join("examples")).unwrap();
        specs.extend(examples.map(|example| example.unwrap().path().join("pipeline.yaml")));
        let mut came_back = 0;
        for spec in specs {
            let text = std::fs::read_to_string(&spec).unwrap();
            let parsed = pipeline::parse(&text, &pipeline::Surroundings::default());
            let pipeline = parsed.pipeline.unwrap();
            if pipeline.jobs.values().all(is_importable) {
                round_trip(&spec.display().to_string(), &text);
                came_back += 1;
            } else {
                listed_as_left_out(&pipeline);
            }
        }
        assert!(came_back >= 3, "{came_back}");
    }

    /// A function: of other targets a bus does not tell who made them.
    fn is_importable(job: &pipeline::model::Job) -> bool {
        match &job.work {
            Work::Function(_) | Work::Existing(_) => true,
            Work::DeliverTo(_) => false,
        }
    }

    /// What cannot be carried over is told of, each rule and schedule by its name.
    fn listed_as_left_out(pipeline: &pipeline::Pipeline) {
        let wanted = expected(pipeline, "dev");
        let deployed = perfect(&wanted);
        let found = gathered(&wanted.buses[0], &deployed, Vec::new());
        let (_, notes) = derive::derive(&found, &pipeline.name.value, "dev");
        let others = pipeline.job_refs().filter(|job| !is_importable(job.job));
        for job in others {
            for rule in rules_of_job(job) {
                let is_of_rule = |note: &Note| {
                    note.kind == Kind::LeftOut && note.place.contains(rule.name.base())
                };
                assert!(
                    notes.iter().any(is_of_rule),
                    "{}: {notes:#?}",
                    rule.name.base()
                );
            }
        }
    }

    #[test]
    fn what_the_language_can_say_of_triggers_comes_back() {
        let spec = "
pipeline: p
source: s
bus: own
discriminator: none
events: { e: { detail_type: E, external: true }, some.thing: { detail_type: Some Thing, external: true } }
jobs:
  first-one:
    function: { package: first-one }
    triggers:
      - event: e
        where: { n: [{ numeric: ['>', 1] }], t: ['yes', '1', null, true] }
        delivery: { max_attempts: 0, max_age: 60s }
        enabled: false
      - { schedule: rate(1 hour), shards: 12 }
      - { schedule: rate(1 hour), id: berlin, timezone: Europe/Berlin, flexible_window: 90m, shards: 3 }
      - { schedule: rate(2 hours), id: weekly, shards: 2, detail: { kind: weekly, n: { l: [1, '<'] } } }
      - { schedule: rate(3 hours), id: zoned, timezone: UTC, detail: { user: null } }
      - { schedule: rate(1 hours), id: plural, timezone: UTC }
      - { schedule: rate(4 hours), id: season, timezone: UTC, start: 2130-01-01T00:00:00Z, end: 2130-04-01T00:00:00Z, group: seasons }
      - { schedule: cron(0/30 20-2 ? * FRI-MON *), id: nights }
  second:
    function: { existing: theirs }
    triggers:
      - { event: e, id: again, input: { paths: { a: $.detail.a }, template: '{\"a\": <a>}' } }
      - { event: some.thing }
      - { pattern: { source: [other], account: ['012345678901'] } }
  third:
    function: { existing: theirs }
    triggers:
      - { pattern: { source: [{ prefix: shop. }] }, enabled: false }
";
        round_trip("all of it", spec);
    }
}
