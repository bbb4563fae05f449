//! What is wired to what: the rules and schedules that a pipeline comes to.
//!
//! Terraform and the local bus are both made from this, so that they cannot differ.

use serde_json::{Map, Value, json};

use crate::event_pattern::EventPattern;
use crate::model::{Bus, Discriminator, Job, Pipeline, Schedule, Trigger, TriggerKind};
use crate::span::Spanned;

/// The most targets of one rule:
/// [quotas](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html).
pub const TARGETS_PER_RULE: u32 = 5;

/// The longest name on AWS: of a
/// [rule](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html) and a
/// [schedule](https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html) alike.
pub(crate) const MAX_RULE_NAME: usize = 64;

/// The detail type of what EventBridge emits on a schedule.
pub const SCHEDULED_DETAIL_TYPE: &str = "Scheduled Event";

/// A rule, or a schedule of EventBridge Scheduler, with its targets.
#[derive(Clone, Debug)]
pub struct Rule<'p> {
    /// The job that it starts.
    pub job: &'p str,
    /// The trigger that it comes from.
    pub trigger: &'p Trigger,
    /// What the spec calls it: `<job>-<trigger>`, and a number where a trigger has several rules.
    pub key: String,
    /// Its name on AWS, without the environment: the key, unless its job or trigger was renamed.
    pub name: String,
    /// Its Terraform label, unique in the pipeline.
    pub label: String,
    /// What it waits for.
    pub source: Source<'p>,
    /// What it invokes, at least one, at most [`TARGETS_PER_RULE`].
    pub targets: Vec<Target>,
}

/// What a rule waits for.
#[derive(Clone, Debug)]
pub enum Source<'p> {
    /// Events on the pipeline's bus that match a pattern.
    Pattern(Map<String, Value>),
    /// A schedule: a rule on the default bus, as rules on other buses have none.
    Schedule(&'p Schedule),
    /// A schedule of EventBridge Scheduler.
    Scheduler(&'p Schedule),
}

/// One invocation of the job's function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Unique in its rule.
    pub id: String,
    /// What the function receives.
    pub input: Input,
}

/// What a target receives. It is always an EventBridge envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The event as it is.
    Event,
    /// The scheduled event with a detail that says so.
    Scheduled(Option<Shard>),
}

/// One part of a scheduled run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 0.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

impl Input {
    /// The part of a scheduled run; nothing if the run is whole.
    pub fn shard(self) -> Option<Shard> {
        match self {
            Self::Event => None,
            Self::Scheduled(shard) => shard,
        }
    }
}

impl Rule<'_> {
    /// The Terraform label of one of its targets: its own where that is the only one.
    pub fn target_label(&self, target: &Target) -> String {
        match (self.targets.as_slice(), target.input) {
            ([_], _) => self.label.clone(),
            // By the job's name in the spec, which may be another than the one in the target's id.
            (_, Input::Scheduled(Some(shard))) => {
                format!("{}_{}_{}", self.label, label(self.job), shard.index)
            }
            _ => format!("{}_{}", self.label, label(&target.id)),
        }
    }

    /// What AWS calls it.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.source {
            Source::Scheduler(_) => "schedule",
            _ => "rule",
        }
    }
}

/// Every rule of a pipeline, in the order of the spec.
pub fn rules(pipeline: &Pipeline) -> impl Iterator<Item = Rule<'_>> {
    pipeline
        .jobs
        .iter()
        .flat_map(|(name, job)| rules_of(pipeline, name, job))
}

/// The rules of one job, in the order of its triggers.
pub fn rules_of<'p>(pipeline: &'p Pipeline, name: &'p str, job: &'p Job) -> Vec<Rule<'p>> {
    job.triggers
        .iter()
        .flat_map(|trigger| rules_of_trigger(pipeline, name, job, trigger))
        .collect()
}

/// The rules of one trigger.
pub(crate) fn rules_of_trigger<'p>(
    pipeline: &'p Pipeline,
    name: &'p str,
    job: &Job,
    trigger: &'p Trigger,
) -> Vec<Rule<'p>> {
    let kept = job.name_on_aws(name);
    let rule = |suffix: &str, source, targets| {
        let key = format!("{name}-{}{suffix}", trigger.id.value);
        let id = trigger.id_on_aws();
        Rule {
            job: name,
            trigger,
            name: format!("{}-{kept}-{id}{suffix}", pipeline.name.value),
            label: label(&key),
            key,
            source,
            targets,
        }
    };
    let whole = |input| Target {
        id: kept.to_owned(),
        input,
    };
    match &trigger.kind {
        TriggerKind::Event { event, filter } => {
            let pattern = event_pattern(pipeline, event, filter.as_ref());
            vec![rule(
                "",
                Source::Pattern(pattern),
                vec![whole(Input::Event)],
            )]
        }
        TriggerKind::Pattern(pattern) => {
            let source = Source::Pattern(pattern.json.clone());
            vec![rule("", source, vec![whole(Input::Event)])]
        }
        TriggerKind::Schedule(schedule) => {
            let scheduler = schedule.needs_scheduler();
            let per_rule = if scheduler { 1 } else { TARGETS_PER_RULE };
            let targets = shards(kept, schedule.shards);
            targets
                .chunks(per_rule as usize)
                .enumerate()
                .map(|(index, targets)| {
                    // The first keeps its name when shards are added.
                    let suffix = if index == 0 {
                        String::new()
                    } else {
                        format!("-{}", index + 1)
                    };
                    let source = if scheduler {
                        Source::Scheduler(schedule)
                    } else {
                        Source::Schedule(schedule)
                    };
                    rule(&suffix, source, targets.to_vec())
                })
                .collect()
        }
    }
}

fn shards(job: &str, of: u32) -> Vec<Target> {
    if of == 1 {
        return vec![Target {
            id: job.to_owned(),
            input: Input::Scheduled(None),
        }];
    }
    (0..of)
        .map(|index| Target {
            id: format!("{job}-{index}"),
            input: Input::Scheduled(Some(Shard { index, of })),
        })
        .collect()
}

/// The pattern that matches a declared event and nothing else.
fn event_pattern(
    pipeline: &Pipeline,
    name: &Spanned<String>,
    filter: Option<&EventPattern>,
) -> Map<String, Value> {
    let declared = pipeline.events.get(&name.value);
    let detail_type = declared.map_or(&name.value, |event| &event.detail_type.value);
    let mut detail = filter.map(|filter| filter.json.clone()).unwrap_or_default();
    if pipeline.discriminator == Discriminator::EventType {
        detail.insert("event_type".to_owned(), json!([name.value]));
    }
    let mut pattern = Map::new();
    pattern.insert("source".to_owned(), json!([pipeline.source.value]));
    pattern.insert("detail-type".to_owned(), json!([detail_type]));
    if !detail.is_empty() {
        pattern.insert("detail".to_owned(), Value::Object(detail));
    }
    pattern
}

/// A name as a Terraform label and a Rust path: hyphens become underscores.
pub fn label(name: &str) -> String {
    name.replace('-', "_")
}

impl Bus {
    /// The bus's name in an environment.
    pub fn name_in(&self, environment: &str) -> String {
        match self {
            Self::Default => "default".to_owned(),
            Self::Custom(name) => format!("{}-{environment}", name.value),
        }
    }
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
        assert_eq!(rules[0].name, "p-j-event");
        assert_eq!(rules[0].label, "j_event");
        let Source::Pattern(pattern) = &rules[0].source else {
            panic!("{rules:?}");
        };
        let expected = json!({
            "source": ["s"],
            "detail-type": ["E"],
            "detail": { "event_type": ["e"], "n": [1] },
        });
        assert_eq!(Value::Object(pattern.clone()), expected);
    }

    #[test]
    fn shards_are_split_over_rules_of_five_targets() {
        let pipeline = pipeline(
            "jobs: { j: { function: { package: j }, triggers: [ { schedule: rate(1 hour), shards: 7 } ] } }",
        );
        let rules: Vec<_> = rules(&pipeline).collect();
        let names: Vec<_> = rules
            .iter()
            .map(|rule| (rule.name.as_str(), rule.targets.len()))
            .collect();
        assert_eq!(names, [("p-j-scheduled", 5), ("p-j-scheduled-2", 2)]);
        let last = Shard { index: 6, of: 7 };
        assert_eq!(rules[1].targets[1].input, Input::Scheduled(Some(last)));
    }

    #[test]
    fn a_zone_moves_a_schedule_to_eventbridge_scheduler() {
        let pipeline = pipeline(
            "jobs: { j: { function: { package: j }, triggers: [ { schedule: rate(1 hour), timezone: Europe/Berlin } ] } }",
        );
        let rule = rules(&pipeline).next().unwrap();
        assert!(matches!(rule.source, Source::Scheduler(_)));
    }
}
