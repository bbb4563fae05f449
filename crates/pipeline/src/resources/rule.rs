//! Rules with their targets, and schedules of EventBridge Scheduler.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::name::{JobRef, Name, label};
use crate::event_pattern::EventPattern;
use crate::model::{
    Bus, Discriminator, InputTemplate, Pipeline, Retry, Schedule, ScheduledDetail, Trigger,
    TriggerBus, TriggerInput, TriggerKind, Work,
};
use crate::span::Spanned;
use crate::values::{Text, Valued};

/// The most targets of one rule:
/// [quotas](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html).
pub const TARGETS_PER_RULE: u32 = 5;

/// The detail type of what EventBridge emits on a schedule.
pub const SCHEDULED_DETAIL_TYPE: &str = "Scheduled Event";

/// A rule, or a schedule of EventBridge Scheduler, with its targets.
#[derive(Clone, Debug)]
pub struct Rule<'p> {
    /// The job that it starts.
    pub job: JobRef<'p>,
    /// The trigger that it comes from.
    pub trigger: &'p Trigger,
    /// What the spec calls it: `<job>-<trigger>`, and a number if a trigger has several rules.
    pub key: String,
    /// The name on AWS: the key, unless its job or trigger was renamed, or the trigger has a name.
    pub name: Name,
    /// The id of the statement that lets it invoke the function, where it has one of its own. A made id has no dots,
    /// which a rule's own name may have
    /// ([`AddPermission`](https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html)).
    pub statement: Name,
    /// The Terraform label, unique in the pipeline.
    pub label: String,
    /// What the console says of it.
    pub description: String,
    /// Whether it is enabled.
    pub enabled: Valued<bool>,
    /// What it waits for.
    pub source: RuleSource<'p>,
    /// What it invokes, at least one, at most [`TARGETS_PER_RULE`]; one for a schedule of EventBridge Scheduler.
    pub targets: Vec<Target<'p>>,
    /// Limits on the attempts of a delivery.
    pub delivery: Retry,
}

/// What a rule waits for.
#[derive(Clone, Debug)]
pub enum RuleSource<'p> {
    /// Events on a bus that match a pattern.
    Pattern(Pattern),
    /// A schedule: a rule on the default bus, as rules on other buses have none.
    Schedule(&'p Schedule),
    /// A schedule of EventBridge Scheduler.
    Scheduler(&'p Schedule),
}

/// A pattern of events.
#[derive(Clone, Debug, Default)]
pub struct Pattern {
    /// The pattern in the setting that the spec was read for.
    pub json: Map<String, Value>,
    /// The texts in it that name values, by their JSON pointers.
    pub texts: BTreeMap<String, Text>,
}

/// The bus that a rule is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleBus<'p> {
    /// The pipeline's bus.
    Pipeline,
    /// The account's `default` bus.
    Default,
    /// Another bus that exists already, by its name.
    Existing(&'p Text),
}

impl<'p> RuleBus<'p> {
    /// The bus on which a trigger waits for events.
    pub(crate) fn of_trigger(pipeline: &'p Pipeline, trigger: &'p Trigger) -> Self {
        match (&trigger.bus, &pipeline.bus) {
            (None, _) | (Some(TriggerBus::Default), Bus::Default) => Self::Pipeline,
            (Some(TriggerBus::Existing(name)), Bus::Existing(own)) if name == own => Self::Pipeline,
            (Some(TriggerBus::Default), _) => Self::Default,
            (Some(TriggerBus::Existing(name)), _) => Self::Existing(name),
        }
    }
}

/// One invocation of what a job's events go to.
#[derive(Clone, Debug)]
pub struct Target<'p> {
    /// Unique in its rule.
    pub id: Text,
    /// The Terraform label: its rule's, if that has no other target.
    pub label: String,
    /// What it receives.
    pub input: Input<'p>,
}

/// What a target receives.
#[derive(Clone, Copy, Debug)]
pub enum Input<'p> {
    /// The event as it is.
    Event,
    /// What the template of the trigger's `input` makes of the event.
    Transformed(&'p InputTemplate),
    /// The same for every event: JSON text.
    Constant(&'p str),
    /// A part of the event, by its JSON path.
    Part(&'p str),
    /// The scheduled event with a detail that says so.
    Scheduled(Run<'p>),
}

impl<'p> Input<'p> {
    fn of_trigger(input: &'p TriggerInput) -> Self {
        match input {
            TriggerInput::Template(input) => Self::Transformed(input),
            TriggerInput::Value(text) => Self::Constant(&text.value),
            TriggerInput::Path(path) => Self::Part(&path.value),
        }
    }
}

/// A scheduled run, as one target is told of it.
#[derive(Clone, Copy, Debug)]
pub struct Run<'p> {
    /// The fields that the spec gives the event's detail.
    pub detail: &'p ScheduledDetail,
    /// The part of the run that the target gets; `None` if it gets all of it.
    pub shard: Option<Shard>,
}

/// One part of a scheduled run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The number of the shard, from 0.
    pub index: u32,
    /// The number of all shards of the run.
    pub of: u32,
}

impl<'p> Rule<'p> {
    /// The bus that it is on; a schedule of EventBridge Scheduler is on none.
    pub fn bus(&self) -> Option<RuleBus<'p>> {
        match self.source {
            RuleSource::Pattern(_) => Some(RuleBus::of_trigger(self.job.pipeline, self.trigger)),
            RuleSource::Schedule(_) => Some(RuleBus::Default),
            RuleSource::Scheduler(_) => None,
        }
    }

    /// Whether no statement for all rules of the job lets it in: its name is not like theirs, or its statement has an id
    /// that the spec gives.
    pub(super) fn stands_alone(&self) -> bool {
        self.name.kept().is_some() || self.statement.kept().is_some()
    }

    /// The word for it in AWS.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.source {
            RuleSource::Scheduler(_) => "schedule",
            RuleSource::Pattern(_) | RuleSource::Schedule(_) => "rule",
        }
    }
}

/// Every rule of a pipeline, in the order of the spec.
pub fn rules(pipeline: &Pipeline) -> impl Iterator<Item = Rule<'_>> {
    pipeline.job_refs().flat_map(rules_of_job)
}

/// The rules of one job, in the order of its triggers.
pub fn rules_of_job(job: JobRef<'_>) -> Vec<Rule<'_>> {
    let triggers = &job.job.triggers;
    // Nearly every trigger has one rule. `collect` would make room for four large ones in each job.
    let mut rules = Vec::with_capacity(triggers.len());
    rules.extend(
        triggers
            .iter()
            .flat_map(|trigger| rules_of_trigger(job, trigger)),
    );
    rules
}

/// The rules of one trigger.
pub(crate) fn rules_of_trigger<'p>(job: JobRef<'p>, trigger: &'p Trigger) -> Vec<Rule<'p>> {
    let Trigger {
        id: _,
        span: _,
        enabled: _,
        delivery: _,
        input,
        // In `RuleBus::of_trigger`.
        bus: _,
        kind,
        // In `rule`.
        name: _,
        names: _,
        renamed_from: _,
        allow: _,
    } = trigger;
    let input = input.as_ref().map(Input::of_trigger);
    let whole = || {
        let id = target_id(job, trigger, None);
        vec![(id, input.unwrap_or(Input::Event))]
    };
    match kind {
        TriggerKind::Event { event, filter } => {
            let texts = filter.iter().flat_map(|filter| &filter.texts);
            let texts = texts.map(|(pointer, text)| (format!("/detail{pointer}"), text.clone()));
            let pattern = Pattern {
                json: event_pattern(job.pipeline, event, filter.as_ref()),
                texts: texts.collect(),
            };
            vec![rule(
                job,
                trigger,
                "",
                RuleSource::Pattern(pattern),
                &whole(),
            )]
        }
        TriggerKind::Pattern(pattern) => {
            let source = RuleSource::Pattern(Pattern {
                json: pattern.json.clone(),
                texts: pattern.texts.clone(),
            });
            vec![rule(job, trigger, "", source, &whole())]
        }
        TriggerKind::Schedule(schedule) => {
            // With an `input` there is one target: the reader refuses `shards` beside it.
            let targets = match input {
                Some(_) => whole(),
                None => targets(job, trigger, schedule),
            };
            scheduled_rules(job, trigger, schedule, &targets)
        }
    }
}

/// The rules of a trigger with a schedule: as many as its shards need.
fn scheduled_rules<'p>(
    job: JobRef<'p>,
    trigger: &'p Trigger,
    schedule: &'p Schedule,
    targets: &[(Text, Input<'p>)],
) -> Vec<Rule<'p>> {
    let scheduler = schedule.needs_scheduler();
    let per_rule = if scheduler { 1 } else { TARGETS_PER_RULE };
    let chunks = targets.chunks(per_rule as usize).enumerate();
    let rules = chunks.map(|(index, targets)| {
        // The first rule never gets a number: it must keep its name if shards are added later.
        let suffix = if index == 0 {
            String::new()
        } else {
            format!("-{}", index + 1)
        };
        let source = if scheduler {
            RuleSource::Scheduler(schedule)
        } else {
            RuleSource::Schedule(schedule)
        };
        rule(job, trigger, &suffix, source, targets)
    });
    rules.collect()
}

/// One rule of a trigger; `suffix` tells it from the trigger's others.
fn rule<'p>(
    job: JobRef<'p>,
    trigger: &'p Trigger,
    suffix: &str,
    source: RuleSource<'p>,
    targets: &[(Text, Input<'p>)],
) -> Rule<'p> {
    let key = format!("{}-{}{suffix}", job.name, trigger.id.value);
    let own_label = label(&key);
    let targets = targets.iter().map(|(id, input)| Target {
        id: id.clone(),
        label: target_label(job, &own_label, targets.len(), input),
        input: *input,
    });
    let name = Name::new(format!("{}-{}{suffix}", job.prefix(), trigger.id_on_aws()));
    Rule {
        job,
        trigger,
        statement: name
            .clone()
            .or_kept(trigger.names.statement.as_ref(), suffix),
        name: name.or_kept(trigger.name.as_ref(), suffix),
        description: description(job, trigger),
        enabled: trigger.enabled.clone(),
        source,
        targets: targets.collect(),
        delivery: trigger.delivery,
        label: own_label,
        key,
    }
}

/// The Terraform label of a target: its rule's if that has no other.
fn target_label(job: JobRef<'_>, rule: &str, targets: usize, input: &Input<'_>) -> String {
    match input {
        // The id holds the job's name on AWS; a label holds its name in the spec. They differ after a rename.
        Input::Scheduled(Run {
            shard: Some(shard), ..
        }) if targets > 1 => {
            format!("{rule}_{}_{}", job.label(), shard.index)
        }
        _ => rule.to_owned(),
    }
}

/// What the console says of a rule.
fn description(job: JobRef<'_>, trigger: &Trigger) -> String {
    let name = job.name;
    let does = match &job.job.work {
        Work::DeliverTo(delivery) => {
            format!("Delivers to the {} {name}", delivery.to.value.name())
        }
        Work::Function(_) | Work::Existing(_) => format!("Runs {name}"),
    };
    match &trigger.kind {
        TriggerKind::Schedule(schedule) => format!("{does} on {}", schedule.expression.value),
        TriggerKind::Event { event, .. } => format!("{does} on the event {}", event.value),
        TriggerKind::Pattern(_) => {
            format!("{does} on the events of its pattern {}", trigger.id.value)
        }
    }
}

/// The id of a target: the job's name on AWS unless the spec gives another, with the number of its shard.
fn target_id(job: JobRef<'_>, trigger: &Trigger, shard: Option<u32>) -> Text {
    let made = || Text::literal(job.on_aws(), trigger.id.span);
    let id = trigger.names.target.clone().unwrap_or_else(made);
    match shard {
        Some(index) => id.within("", &format!("-{index}")),
        None => id,
    }
}

/// Builds the targets of a run, one for each of its parts.
fn targets<'p>(
    job: JobRef<'_>,
    trigger: &Trigger,
    schedule: &'p Schedule,
) -> Vec<(Text, Input<'p>)> {
    let Schedule {
        // The rule has these.
        expression: _,
        timezone: _,
        group: _,
        start: _,
        end: _,
        flexible_window_minutes: _,
        shards: of,
        detail,
        // The role has these.
        emits: _,
    } = schedule;
    let input = |shard| Input::Scheduled(Run { detail, shard });
    if *of == 1 {
        return vec![(target_id(job, trigger, None), input(None))];
    }
    let shards = (0..*of).map(|index| {
        let shard = Shard { index, of: *of };
        (target_id(job, trigger, Some(index)), input(Some(shard)))
    });
    shards.collect()
}

/// Builds the pattern that matches a declared event and nothing else.
pub(crate) fn event_pattern(
    pipeline: &Pipeline,
    name: &Spanned<String>,
    filter: Option<&EventPattern>,
) -> Map<String, Value> {
    let declared = pipeline.events.get(&name.value);
    let detail_type = declared.map_or(&name.value, |event| &event.detail_type.value);
    let mut detail = filter.map(|filter| filter.json.clone()).unwrap_or_default();
    // `invalid-pattern` forbids a filter on `event_type`, so this overwrites nothing.
    let discriminator = declared.map_or(pipeline.discriminator, |event| event.discriminator);
    if discriminator == Discriminator::EventType {
        let event_type =
            declared.map_or(name.value.as_str(), |event| event.event_type(&name.value));
        detail.insert("event_type".to_owned(), json!([event_type]));
    }
    let mut pattern = Map::new();
    let source = declared.map_or(&pipeline.source, |event| &event.source);
    pattern.insert("source".to_owned(), json!([source.value]));
    pattern.insert("detail-type".to_owned(), json!([detail_type]));
    if !detail.is_empty() {
        pattern.insert("detail".to_owned(), Value::Object(detail));
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::pipeline;

    #[test]
    fn an_event_trigger_matches_source_detail_type_and_event_type() {
        let pipeline = pipeline(
            "jobs: { j: { function: { package: j }, triggers: [ { event: e, where: { n: [1] } } ] } }",
        );
        let rules: Vec<_> = rules(&pipeline).collect();
        assert_eq!(rules[0].name.base(), "p-j-event");
        assert_eq!(rules[0].label, "j_event");
        let RuleSource::Pattern(pattern) = &rules[0].source else {
            panic!("{rules:?}");
        };
        let expected = json!({
            "source": ["s"],
            "detail-type": ["E"],
            "detail": { "event_type": ["e"], "n": [1] },
        });
        assert_eq!(Value::Object(pattern.json.clone()), expected);
    }

    #[test]
    fn shards_are_split_over_rules_of_five_targets() {
        let pipeline = pipeline(
            "jobs: { j: { function: { package: j }, triggers: [ { schedule: rate(1 hour), shards: 7 } ] } }",
        );
        let rules: Vec<_> = rules(&pipeline).collect();
        let names: Vec<_> = rules
            .iter()
            .map(|rule| (rule.name.base(), rule.targets.len()))
            .collect();
        assert_eq!(names, [("p-j-scheduled", 5), ("p-j-scheduled-2", 2)]);
        let last = Shard { index: 6, of: 7 };
        let Input::Scheduled(run) = rules[1].targets[1].input else {
            panic!("{rules:?}");
        };
        assert_eq!(run.shard, Some(last));
    }

    #[test]
    fn a_zone_moves_a_schedule_to_eventbridge_scheduler() {
        let pipeline = pipeline(
            "jobs: { j: { function: { package: j }, triggers: [ { schedule: rate(1 hour), timezone: Europe/Berlin } ] } }",
        );
        let rule = rules(&pipeline).next().unwrap();
        assert!(matches!(rule.source, RuleSource::Scheduler(_)));
    }
}
