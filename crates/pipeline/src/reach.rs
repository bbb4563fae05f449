//! Which triggers an event of the pipeline may start.

use std::collections::HashMap;

use eventbridge::pattern::{Pattern, RuleSet};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::matching::branches;
use crate::model::{Discriminator, Event, Pipeline, Trigger, TriggerKind};
use crate::resources::RuleBus;
use crate::span::Span;

/// A trigger that an event may start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'p> {
    pub(crate) job: &'p str,
    pub(crate) trigger: &'p Trigger,
    /// The bus on which it waits.
    pub(crate) bus: RuleBus<'p>,
}

/// The triggers that every declared event may start. Nobody knows the values of a detail before the event exists, so a
/// filter on such a value counts as a match.
#[derive(Debug)]
pub(crate) struct Reach<'p> {
    /// By the events' names: enabled triggers, in the order of the spec.
    starts: IndexMap<&'p str, Vec<Start<'p>>>,
    /// By the jobs and places of triggers with a pattern; several jobs may share a place by an alias.
    own_events: HashMap<(&'p str, Span), Vec<&'p str>>,
}

impl<'p> Reach<'p> {
    pub(crate) fn new(pipeline: &'p Pipeline) -> Self {
        let triggers: Vec<Start<'p>> = triggers(pipeline).collect();
        let mut by_event: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut patterns = Vec::new();
        for (place, start) in triggers.iter().enumerate() {
            match &start.trigger.kind {
                TriggerKind::Event { event, .. } => {
                    by_event.entry(&event.value).or_default().push(place);
                }
                TriggerKind::Pattern(pattern) => patterns.push((place, &pattern.json)),
                TriggerKind::Schedule(_) => {}
            }
        }
        let mut by_pattern = HashMap::new();
        for discriminator in [Discriminator::EventType, Discriminator::None] {
            let events = pipeline.events.iter();
            let mut events = events
                .filter(|(_, event)| event.discriminator == discriminator)
                .peekable();
            if events.peek().is_none() {
                continue;
            }
            let known = patterns.iter().filter_map(|(place, pattern)| {
                known_part(pattern, discriminator).map(|known| (*place, known))
            });
            let known: Vec<(usize, Pattern)> = known.collect();
            // One set for all patterns: trying every pattern with every event takes the square of the time.
            let set = RuleSet::new(known.iter().map(|(_, known)| known));
            let mut matcher = set.matcher();
            for (name, event) in events {
                let sample = sample(name, event).to_string();
                let rules = matcher.matches(&sample).unwrap_or_default();
                let places: Vec<usize> = rules.iter().map(|rule| known[*rule].0).collect();
                by_pattern.insert(name.as_str(), places);
            }
        }
        let mut reach = Self {
            starts: IndexMap::new(),
            own_events: HashMap::new(),
        };
        for name in pipeline.events.keys().map(String::as_str) {
            // A place is the number of a trigger: sorted places are the order of the spec.
            let mut places = by_event.remove(name).unwrap_or_default();
            for place in by_pattern.remove(name).unwrap_or_default() {
                let key = (triggers[place].job, triggers[place].trigger.span);
                reach.own_events.entry(key).or_default().push(name);
                places.push(place);
            }
            places.sort_unstable();
            let starts = places.into_iter().map(|place| triggers[place]);
            let enabled = starts.filter(|start| start.trigger.enabled.value);
            reach.starts.insert(name, enabled.collect());
        }
        reach
    }

    /// Triggers that an event may start, with its declared name; `None` if it is not declared.
    pub(crate) fn of(&self, event: &str) -> Option<(&'p str, &[Start<'p>])> {
        let (name, starts) = self.starts.get_key_value(event)?;
        Some((name, starts))
    }

    /// Triggers that an event may start when a job emits it: those on the pipeline's bus. Events on different buses do
    /// not meet.
    pub(crate) fn of_emitted(
        &self,
        event: &str,
    ) -> Option<(&'p str, impl Iterator<Item = &Start<'p>>)> {
        let (name, starts) = self.of(event)?;
        let own = starts.iter().filter(|start| start.bus == RuleBus::Pipeline);
        Some((name, own))
    }

    /// Lists every declared event with the triggers that it may start.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'p str, &[Start<'p>])> {
        let starts = self.starts.iter();
        starts.map(|(name, starts)| (*name, starts.as_slice()))
    }

    /// The declared events that the pattern of a job's trigger may match.
    pub(crate) fn own_events(&self, job: &'p str, trigger: &Trigger) -> &[&'p str] {
        self.own_events
            .get(&(job, trigger.span))
            .map_or(&[], Vec::as_slice)
    }
}

fn triggers(pipeline: &Pipeline) -> impl Iterator<Item = Start<'_>> {
    pipeline.jobs.iter().flat_map(move |(name, job)| {
        let triggers = job.triggers.iter();
        triggers.map(move |trigger| Start {
            job: name,
            trigger,
            bus: RuleBus::of_trigger(pipeline, trigger),
        })
    })
}

/// Builds the part of a declared event that is known before it is emitted.
fn sample(name: &str, event: &Event) -> Value {
    json!({
        "source": event.source.value,
        "detail-type": event.detail_type.value,
        "detail": { "event_type": event.event_type(name) },
    })
}

/// Whether any declared event may match a pattern.
pub(crate) fn matches_any(pipeline: &Pipeline, pattern: &Map<String, Value>) -> bool {
    let mut known = HashMap::new();
    pipeline.events.iter().any(|(name, event)| {
        let is_named = event.discriminator == Discriminator::EventType;
        let known = known
            .entry(is_named)
            .or_insert_with(|| known_part(pattern, event.discriminator));
        let sample = sample(name, event).to_string();
        match (known, eventbridge::pattern::Event::parse(&sample)) {
            (Some(known), Ok(sample)) => known.matches(&sample),
            _ => false,
        }
    })
}

/// Cuts a pattern down to the tests of known fields; `None` if it is not valid.
fn known_part(pattern: &Map<String, Value>, discriminator: Discriminator) -> Option<Pattern> {
    Pattern::parse(&Value::Object(pattern.clone()).to_string()).ok()?;
    let names = match discriminator {
        Discriminator::EventType => &["source", "detail-type", "detail.event_type"][..],
        // Without a discriminator nobody asks for `event_type`, so an event of others may lack it.
        Discriminator::None => &["source", "detail-type"],
    };
    // EventBridge refuses a pattern without fields. This test is always true: the sample has no version.
    let anything = json!({ "version": [{ "exists": false }] });
    let mut alternatives: Vec<Value> = Vec::new();
    // A pattern with too many alternatives may match any event.
    for branch in branches(pattern).unwrap_or_default() {
        let mut known = anything.clone();
        for name in names {
            if let Some(tests) = branch.get(*name) {
                known[name] = Value::from(tests.to_vec());
            }
        }
        if !alternatives.contains(&known) {
            alternatives.push(known);
        }
    }
    // A `$or` has at least two alternatives. The same one twice is one.
    let known = match alternatives.as_slice() {
        [] => anything,
        [only] => only.clone(),
        _ => json!({ "$or": alternatives }),
    };
    Pattern::parse(&known.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &Value, matches: bool) {
        let pipeline = crate::testing::pipeline(&format!(
            "jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ pattern: {pattern} }} ] }} }}"
        ));
        let reach = Reach::new(&pipeline);
        let trigger = &pipeline.jobs["j"].triggers[0];
        assert_eq!(
            reach.own_events("j", trigger) == ["e"],
            matches,
            "{pattern}"
        );
    }

    #[test]
    fn what_is_unknown_may_match() {
        check(&json!({"source": ["s"]}), true);
        check(&json!({"source": ["x"]}), false);
        check(&json!({"account": ["1"]}), true);
        check(
            &json!({"detail-type": [{"prefix": "E"}], "detail": {"x": [1]}}),
            true,
        );
        check(&json!({"detail": {"event_type": ["f"]}}), false);
        check(
            &json!({"$or": [{"source": ["x"]}, {"account": ["1"]}]}),
            true,
        );
        check(
            &json!({"$or": [{"source": ["x"]}, {"source": ["y"]}]}),
            false,
        );
        check(
            &json!({"detail": {"$or": [{"event_type": ["x"]}, {"event_type": ["e"]}]}}),
            true,
        );
        check(&json!({"detail.event_type": ["f"]}), false);
        // The later of two fields with one path wins.
        check(
            &json!({"detail": {"event_type": ["f"]}, "detail.event_type": ["e"]}),
            true,
        );
    }

    #[test]
    fn every_event_is_held_against_patterns_with_its_own_source_and_discriminator() {
        let spec = "pipeline: p\nsource: s\nevents: {
            own: { detail_type: T, external: true },
            theirs: { source: acme, detail_type: T, discriminator: none } }\n";
        let reached = |pattern: &Value| {
            let spec = format!(
                "{spec}jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ pattern: {pattern} }} ] }} }}"
            );
            let surroundings = crate::Surroundings::default();
            let pipeline = crate::parse(&spec, &surroundings).pipeline.unwrap();
            let reach = Reach::new(&pipeline);
            let trigger = &pipeline.jobs["j"].triggers[0];
            let TriggerKind::Pattern(pattern) = &trigger.kind else {
                panic!("{trigger:?}");
            };
            let reached = reach.own_events("j", trigger).join(" ");
            assert_eq!(matches_any(&pipeline, &pattern.json), !reached.is_empty());
            reached
        };
        assert_eq!(reached(&json!({ "detail-type": ["T"] })), "own theirs");
        assert_eq!(reached(&json!({ "source": ["acme"] })), "theirs");
        // An event of others may have any `event_type`, or none.
        let named = json!({ "detail": { "event_type": ["x"] } });
        assert_eq!(reached(&named), "theirs");
        assert_eq!(reached(&json!({ "source": ["t"] })), "");
    }
}
