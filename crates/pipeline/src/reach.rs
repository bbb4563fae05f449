//! Which triggers an event of the pipeline may start.

use eventbridge::pattern::{Event, Pattern, RuleSet};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::model::{Pipeline, Trigger, TriggerKind};

/// A trigger that an event may start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'p> {
    pub(crate) job: &'p str,
    pub(crate) trigger: &'p Trigger,
}

/// By the names of the declared events: the enabled triggers that each may start, in the order of the spec.
pub(crate) type Reach<'p> = IndexMap<&'p str, Vec<Start<'p>>>;

/// Finds what every declared event may start. A filter on a field whose value nobody knows before an event
/// is there is taken as one that matches.
pub(crate) fn reach(pipeline: &Pipeline) -> Reach<'_> {
    let mut by_event: IndexMap<&str, Vec<usize>> = IndexMap::new();
    let mut patterns = Vec::new();
    let starts: Vec<Start<'_>> = enabled(pipeline).collect();
    for (place, start) in starts.iter().enumerate() {
        match &start.trigger.kind {
            TriggerKind::Event { event, .. } => {
                by_event.entry(&event.value).or_default().push(place);
            }
            TriggerKind::Pattern(pattern) => {
                if let Some(known) = known_part(&pattern.json) {
                    patterns.push((place, known));
                }
            }
            TriggerKind::Schedule(_) => {}
        }
    }
    let set = RuleSet::new(patterns.iter().map(|(_, known)| known));
    let mut matcher = set.matcher();
    let mut starts_of = |name: &str| {
        let mut places = by_event.get(name).cloned().unwrap_or_default();
        let event = sample(pipeline, name).to_string();
        let rules = matcher.matches(&event).unwrap_or_default();
        places.extend(rules.iter().map(|rule| patterns[*rule].0));
        places.sort_unstable();
        places.into_iter().map(|place| starts[place]).collect()
    };
    let names = pipeline.events.keys().map(String::as_str);
    names.map(|name| (name, starts_of(name))).collect()
}

fn enabled(pipeline: &Pipeline) -> impl Iterator<Item = Start<'_>> {
    pipeline.jobs.iter().flat_map(|(name, job)| {
        let triggers = job.triggers.iter().filter(|trigger| trigger.enabled);
        triggers.map(move |trigger| Start { job: name, trigger })
    })
}

/// What is known of a declared event before it is there.
fn sample(pipeline: &Pipeline, name: &str) -> Value {
    let detail_type = pipeline
        .events
        .get(name)
        .map(|event| event.detail_type.value.as_str());
    json!({
        "source": pipeline.source.value,
        "detail-type": detail_type,
        "detail": { "event_type": name },
    })
}

/// Whether a declared event may match a pattern.
pub(crate) fn may_match(pipeline: &Pipeline, name: &str, pattern: &Map<String, Value>) -> bool {
    let Some(pattern) = known_part(pattern) else {
        return false;
    };
    let event = Event::parse(&sample(pipeline, name).to_string());
    event.is_ok_and(|event| pattern.matches(&event))
}

/// The part of a pattern that asks what is known; nothing if the pattern is not valid.
fn known_part(pattern: &Map<String, Value>) -> Option<Pattern> {
    let mut known = Map::new();
    keep(pattern, &["source", "detail-type"], &mut known);
    // A pattern needs a field; the sample has no version.
    known.insert("version".to_owned(), json!([{ "exists": false }]));
    Pattern::parse(&Value::Object(known).to_string()).ok()
}

/// Keeps the fields of these names, what `detail` says of `event_type`, and a `$or` of which every
/// alternative says something of them.
fn keep(pattern: &Map<String, Value>, names: &[&str], known: &mut Map<String, Value>) {
    for (key, value) in pattern {
        match (key.as_str(), value) {
            ("detail", Value::Object(detail)) if names.contains(&"source") => {
                let mut inner = Map::new();
                keep(detail, &["event_type"], &mut inner);
                if !inner.is_empty() {
                    known.insert(key.clone(), Value::Object(inner));
                }
            }
            ("$or", Value::Array(alternatives)) => {
                let kept = alternatives.iter().map(|alternative| {
                    let mut inner = Map::new();
                    keep(alternative.as_object()?, names, &mut inner);
                    (!inner.is_empty()).then_some(Value::Object(inner))
                });
                if let Some(kept) = kept.collect::<Option<Vec<Value>>>() {
                    known.insert(key.clone(), Value::Array(kept));
                }
            }
            (name, value) if names.contains(&name) => {
                known.insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipeline() -> Pipeline {
        crate::testing::pipeline(
            "jobs: { j: { function: { package: j }, triggers: [ { event: e } ] } }",
        )
    }

    #[track_caller]
    fn check(pattern: &Value, matches: bool) {
        let pattern = pattern.as_object().unwrap();
        assert_eq!(may_match(&pipeline(), "e", pattern), matches, "{pattern:?}");
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
        check(&json!({"source": "s"}), false);
    }
}
