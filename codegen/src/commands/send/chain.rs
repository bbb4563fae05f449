//! The jobs that an event reaches, by the spec.

use std::collections::HashSet;

use eventbridge::pattern::{Event, Pattern};
use eventbridge::put_events::Entry;
use jiff::Timestamp;
use pipeline::Pipeline;
use pipeline::model::Work;
use pipeline::resources::{JobRef, Rule, RuleSource, rules};
use serde_json::{Value, json};

/// The jobs that an event starts, those that their events start, and so on: each once, in the order of the chain.
/// Those without a function have no log to tell of it.
pub(super) fn expected_jobs<'p>(pipeline: &'p Pipeline, entry: &Entry) -> Vec<JobRef<'p>> {
    let rules: Vec<Rule<'p>> = rules(pipeline).filter(|rule| rule.enabled.value).collect();
    let mut events = vec![envelope(entry)];
    let mut known = HashSet::new();
    let mut jobs: Vec<JobRef<'p>> = Vec::new();
    while let Some(event) = events.pop() {
        for rule in rules.iter().filter(|rule| matches(rule, &event)) {
            // Each job once: a loop of events would never end.
            if jobs.iter().any(|known| known.name == rule.job.name) {
                continue;
            }
            jobs.push(rule.job);
            for name in &rule.job.job.emits {
                if known.insert(&name.value) {
                    events.extend(sample(pipeline, &name.value, &event));
                }
            }
        }
    }
    jobs.retain(|job| !matches!(job.job.work, Work::DeliverTo(_)));
    jobs
}

/// The entry as it arrives.
fn envelope(entry: &Entry) -> Value {
    let envelope = entry.clone().into_envelope(
        String::new(),
        String::new(),
        String::new(),
        Timestamp::UNIX_EPOCH,
    );
    let envelope = envelope
        .map(|envelope| envelope.to_json())
        .unwrap_or_default();
    serde_json::from_str(&envelope).unwrap_or_default()
}

/// An event that a job emits, with what it most likely hands on from the one that started it.
fn sample(pipeline: &Pipeline, name: &str, from: &Value) -> Option<Value> {
    let event = pipeline.events.get(name)?;
    let mut sample = from.clone();
    sample["source"] = json!(pipeline.source.value);
    sample["detail-type"] = json!(event.detail_type.value);
    sample["detail"]["event_type"] = json!(name);
    Some(sample)
}

fn matches(rule: &Rule<'_>, event: &Value) -> bool {
    let RuleSource::Pattern(pattern) = &rule.source else {
        return false;
    };
    let pattern = Pattern::parse(&Value::Object(pattern.json.clone()).to_string());
    match (pattern, Event::parse(&event.to_string())) {
        (Ok(pattern), Ok(event)) => pattern.matches(&event),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_followed_to_its_end_and_a_loop_once() {
        let spec = "
pipeline: p
source: s
events:
  a: { detail_type: A, external: true }
  b: { detail_type: B }
  c: { detail_type: C }
jobs:
  one: { function: { package: one }, triggers: [{ event: a }], emits: [b] }
  two: { function: { package: two }, triggers: [{ event: b }], emits: [c, b], loop_guard: counts }
  three: { function: { package: three }, triggers: [{ event: c }] }
  other: { function: { package: other }, triggers: [{ schedule: rate(1 hour) }] }
";
        let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
        let entry = Entry {
            source: "s".to_owned(),
            detail_type: "A".to_owned(),
            detail: r#"{"event_type":"a"}"#.to_owned(),
            ..Entry::default()
        };
        let pipeline = parsed.pipeline.unwrap();
        let jobs = expected_jobs(&pipeline, &entry);
        let names: Vec<&str> = jobs.iter().map(|job| job.name).collect();
        assert_eq!(names, ["one", "two", "three"]);
    }
}
