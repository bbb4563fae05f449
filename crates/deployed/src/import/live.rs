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
    /// The buses: the first is the pipeline's.
    pub(super) buses: &'w [String],
    /// What rules' names begin with.
    pub(super) prefix: &'w str,
    /// What the names of rules on the default bus begin with, beside another bus.
    pub(super) own: &'w str,
    /// What the names of schedules begin with, which are on no bus.
    pub(super) schedules: &'w str,
}

/// Reads the rules of the buses, and schedules.
///
/// # Errors
/// A bus that is not there or cannot be read, a service that cannot be reached, or credentials that it does not know.
pub(super) async fn read_bus(aws: &Aws, wanted: Wanted<'_>) -> anyhow::Result<(Found, Deployed)> {
    let mut rules = Vec::new();
    for bus in wanted.buses {
        match aws.rules(bus, wanted.prefix, |_| true).await? {
            Reading::Found(found) => rules.push((bus.clone(), Reading::Found(found))),
            Reading::Absent => bail!("there is no bus {bus}"),
            Reading::Refused(why) => bail!("the rules of the bus {bus} cannot be read: {why}"),
        }
    }
    let mut notes = Vec::new();
    // The default bus has rules of everybody: a pipeline with a bus of its own has some there under its name.
    if wanted.buses.iter().all(|bus| bus != DEFAULT_BUS) {
        let found = aws.rules(DEFAULT_BUS, wanted.own, |_| true).await?;
        if let Reading::Refused(why) = &found {
            let why = format!("its rules cannot be read: {why}");
            notes.push(Note::left_out(format!("bus {DEFAULT_BUS}"), why));
        }
        rules.push((DEFAULT_BUS.to_owned(), found));
    }
    let schedules = aws.schedules(wanted.schedules, |_| true).await?;
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
    let bus = wanted.buses.first().map_or(DEFAULT_BUS, String::as_str);
    let found = gathered(bus, &deployed, notes);
    Ok((found, deployed))
}

/// What was read, with its places.
fn gathered(bus: &str, deployed: &Deployed, notes: Vec<Note>) -> Found {
    let rules = deployed.rules.iter();
    let rules = rules.filter_map(|(_, rules)| rules.found()).flatten();
    let schedules = deployed.schedules.found().into_iter().flatten();
    Found {
        bus: bus.to_owned(),
        keeps_bus: false,
        rules: rules.map(placed_rule).collect(),
        schedules: schedules.map(placed_schedule).collect(),
        unnamed: BTreeMap::new(),
        values: Vec::new(),
        notes,
    }
}

fn placed_rule(rule: &Rule) -> Placed<Rule> {
    Placed {
        place: format!("rule {}", rule.name),
        item: rule.clone(),
        is_named: true,
    }
}

fn placed_schedule(schedule: &Schedule) -> Placed<Schedule> {
    Placed {
        place: format!("schedule {}", schedule.name),
        item: schedule.clone(),
        is_named: true,
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
    use crate::import::draft::Origin;
    use crate::import::note::Kind;
    use crate::import::{Manner, Names, adopt, blocks, derive};
    use crate::verify::{expected, perfect};
    use pipeline::Surroundings;
    use pipeline::model::{DeliverTo, TargetAddress, TargetKind, Work};
    use pipeline::resources::rules_of_job;
    use pipeline::values::Setting;

    /// The bus of a deployment as a spec describes it.
    fn deployed(pipeline: &pipeline::Pipeline) -> (Found, Deployed) {
        let wanted = expected(pipeline, "dev");
        let deployed = perfect(&wanted);
        (gathered(&wanted.buses[0], &deployed, Vec::new()), deployed)
    }

    fn parse(text: &str) -> pipeline::Pipeline {
        let here = Surroundings {
            setting: Setting {
                environment: "dev".to_owned(),
                ..Setting::default()
            },
            ..Surroundings::default()
        };
        let parsed = pipeline::parse(text, &here);
        assert!(!parsed.has_errors(), "{text}\n{:?}", parsed.diagnostics);
        parsed.pipeline.unwrap()
    }

    fn names(pipeline: &str) -> Names<'_> {
        Names {
            pipeline,
            environment: "dev",
        }
    }

    /// Asserts that what is deployed from a spec is imported as a spec for the same deployment.
    fn round_trip(name: &str, text: &str) {
        let pipeline = parse(text);
        let wanted = expected(&pipeline, "dev");
        let (found, deployed) = deployed(&pipeline);
        let name_of = names(&pipeline.name.value);
        let (draft, notes) = derive::derive(&found, name_of, Manner::default());
        let is_remark = |note: &Note| note.kind == Kind::Remark;
        assert!(notes.iter().all(is_remark), "{name}: {notes:#?}");
        let text = draft.text(&[]);
        let imported = parse(&text);
        let again = expected(&imported, "dev");
        let changes = adopt::changes(&found, &deployed, &draft, &imported, &again);
        assert!(changes.is_empty(), "{name}: {changes:#?}\n{text}");
        let kinds = [
            "aws_cloudwatch_event_rule",
            "aws_cloudwatch_event_target",
            "aws_scheduler_schedule",
        ];
        let imports = blocks::imports(&again, &deployed, imported.bus.is_made());
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
            let pipeline = parse(&text);
            if pipeline.jobs.values().all(is_importable) {
                round_trip(&spec.display().to_string(), &text);
                came_back += 1;
            } else {
                listed_as_left_out(&pipeline);
            }
        }
        assert!(came_back >= 3, "{came_back}");
    }

    /// What an import names. A log group is made, what a target starts or calls is not read, and a spec has no schedule
    /// for a queue.
    fn is_importable(job: &pipeline::model::Job) -> bool {
        if job.buffer.is_some() && job.triggers.iter().any(|one| one.schedule().is_some()) {
            return false;
        }
        match &job.work {
            Work::Function(_) | Work::Existing(_) => true,
            Work::DeliverTo(delivery) => match &delivery.to.value {
                DeliverTo::Queue { .. } | DeliverTo::Topic => true,
                DeliverTo::LogGroup | DeliverTo::Api(_) => false,
                DeliverTo::Existing(to) => {
                    !matches!(
                        to.kind,
                        TargetKind::Task(_) | TargetKind::Batch(_) | TargetKind::Api(_)
                    ) && to.address != TargetAddress::Variable
                }
            },
        }
    }

    /// What cannot be carried over is told of, each rule and schedule by its name.
    fn listed_as_left_out(pipeline: &pipeline::Pipeline) {
        let (found, _) = deployed(pipeline);
        let name = names(&pipeline.name.value);
        let (draft, notes) = derive::derive(&found, name, Manner::default());
        let taken: Vec<&str> = draft
            .jobs
            .iter()
            .flat_map(|job| &job.triggers)
            .flat_map(|trigger| &trigger.origins)
            .map(Origin::name)
            .collect();
        let others = pipeline.job_refs().filter(|job| !is_importable(job.job));
        for rule in others.flat_map(rules_of_job) {
            let name = rule.name.in_environment("dev");
            let is_of_rule = |note: &Note| note.kind == Kind::LeftOut && note.place.contains(&name);
            assert!(
                notes.iter().any(is_of_rule) || taken.contains(&name.as_str()),
                "{name}: {notes:#?}"
            );
        }
    }

    /// A pipeline as it was deployed, imported.
    fn imported(text: &str, pipeline: &str) -> (String, Vec<Note>) {
        let (found, _) = deployed(&parse(text));
        let (draft, notes) = derive::derive(&found, names(pipeline), Manner::default());
        (draft.text(&[]), notes)
    }

    #[test]
    fn names_that_every_environment_has_are_allowed_and_others_need_not_be() {
        let spec = |name: &str| {
            format!(
                "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true }} }}\njobs: {{ j: {{ function: {{ existing: f }}, triggers: [ {{ event: e, name: '{name}' }} ] }} }}\n"
            )
        };
        let warned = |text: &str| {
            let parsed = pipeline::parse(text, &Surroundings::default());
            let found = parsed.diagnostics.into_iter();
            found.map(|one| one.lint.id).collect::<Vec<_>>()
        };
        for (name, is_allowed) in [
            ("acme", true),
            ("acme-${environment}", false),
            ("acmedev", true),
        ] {
            let (text, _) = imported(&spec(name), "other");
            assert_eq!(text.contains("allow:"), is_allowed, "{text}");
            assert!(
                text.contains(&format!("name: {name}"))
                    || text.contains(&format!("name: \"{name}\""))
            );
            assert_eq!(warned(&text), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn one_pattern_that_does_not_fit_is_the_only_one_that_stays_a_pattern() {
        // The name of the event is none, the source is of AWS, and one pattern is for events that nothing declares.
        let spec = "
pipeline: p
source: s
discriminator: none
events:
  e: { detail_type: E, external: true }
  f: { detail_type: '...', external: true }
jobs:
  j:
    function: { existing: f }
    triggers:
      - { event: e, id: a }
      - { event: f, id: b }
      - { pattern: { source: [aws.s3], detail-type: [E] }, id: c }
      - { pattern: { source: [s], detail: { x: ['${y}'] } }, id: d, allow: { unmatched-pattern: r } }
"
        .replace("${y}", "$${y}");
        let (text, notes) = imported(&spec, "p");
        assert!(
            notes.iter().all(|note| note.kind == Kind::Remark),
            "{notes:#?}"
        );
        assert!(text.contains("\nsource: s\n"), "{text}");
        for line in [
            "- event: e\n",
            "- pattern: { detail-type: [\"...\"], source: [s] }\n",
            "- pattern: { detail-type: [E], source: [aws.s3] }\n",
            "- pattern: { detail: { x: [\"$${y}\"] }, source: [s] }\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        parse(&text);
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
