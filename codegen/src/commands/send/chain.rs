//! The jobs that an event reaches, by the spec.

use std::collections::HashSet;

use eventbridge::pattern::{Event, Pattern};
use eventbridge::put_events::Entry;
use jiff::Timestamp;
use pipeline::Pipeline;
use pipeline::model::{Code, Work};
use pipeline::resources::{DEFAULT_BUS, JobRef, Rule, RuleBus, RuleSource, rules};
use serde_json::{Value, json};

/// Who tells that a job has received an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Witness {
    /// The local bus, of every function that runs on it, and of what is delivered to anything else.
    LocalBus,
    /// The logs on AWS, in which functions of the workspace write what they received and emitted.
    Logs,
}

impl Witness {
    /// Says why nobody tells that a job has received an event; nothing if somebody does.
    pub(super) fn silence(self, job: JobRef<'_>) -> Option<&'static str> {
        let Self::Logs = self else {
            return None;
        };
        match &job.job.work {
            Work::Function(function) if matches!(function.code, Code::Package(_)) => None,
            Work::Function(_) | Work::Existing(_) => {
                Some("its log does not say which events arrive")
            }
            Work::DeliverTo(_) => Some("no log says what arrives there"),
        }
    }

    /// Whether somebody tells when the function of a job has run, and what it emitted.
    pub(super) fn sees_run(self, job: JobRef<'_>) -> bool {
        let (is_built, runs_here) = match &job.job.work {
            Work::Function(function) => match function.code {
                Code::Package(_) => (true, true),
                Code::Zip(_) | Code::Image(_) => (false, function.local.is_some()),
            },
            Work::Existing(existing) => (false, existing.local.is_some()),
            Work::DeliverTo(_) => (false, false),
        };
        match self {
            Self::LocalBus => runs_here,
            Self::Logs => is_built,
        }
    }
}

/// The jobs that an event starts, those that their events start, and so on: each once, in the order of the chain.
/// Nothing is followed through a job whose run the witness does not see. The event is on `bus`, and what jobs emit on the pipeline's: events on different buses do not meet.
pub(super) fn expected_jobs<'p>(
    pipeline: &'p Pipeline,
    entry: &Entry,
    witness: Witness,
    (bus, own): (&str, &str),
) -> Vec<JobRef<'p>> {
    let rules: Vec<Rule<'p>> = rules(pipeline).filter(|rule| rule.enabled.value).collect();
    let mut events = vec![(envelope(entry), bus)];
    let mut known = HashSet::new();
    let mut jobs: Vec<JobRef<'p>> = Vec::new();
    while let Some((event, bus)) = events.pop() {
        let on_bus = rules.iter().filter(|rule| is_on(rule, bus, own));
        for rule in on_bus.filter(|rule| matches(rule, &event)) {
            // Each job once: a loop of events would never end.
            if jobs.iter().any(|known| known.name == rule.job.name) {
                continue;
            }
            jobs.push(rule.job);
            if !witness.sees_run(rule.job) {
                continue;
            }
            // What its schedules emit is not emitted on an event.
            for name in &rule.job.job.emits {
                if known.insert(&name.value) {
                    let emitted = sample(pipeline, &name.value, &event);
                    events.extend(emitted.map(|event| (event, own)));
                }
            }
        }
    }
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
    sample["source"] = json!(event.source.value);
    sample["detail-type"] = json!(event.detail_type.value);
    sample["detail"]["event_type"] = json!(name);
    Some(sample)
}

/// Whether a rule is on a bus. `own` is the pipeline's.
fn is_on(rule: &Rule<'_>, bus: &str, own: &str) -> bool {
    match rule.bus() {
        Some(RuleBus::Pipeline) => bus == own,
        Some(RuleBus::Default) => bus == DEFAULT_BUS,
        Some(RuleBus::Existing(name)) => bus == name.value,
        None => false,
    }
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
        for witness in [Witness::LocalBus, Witness::Logs] {
            assert_eq!(names(spec, witness), ["one", "two", "three"]);
        }
    }

    /// The names of the jobs of a chain; in brackets if nobody tells of them, with a star if nobody sees them run.
    fn names(spec: &str, witness: Witness) -> Vec<String> {
        let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
        let entry = Entry {
            source: "s".to_owned(),
            detail_type: "A".to_owned(),
            detail: r#"{"event_type":"a"}"#.to_owned(),
            ..Entry::default()
        };
        let pipeline = parsed.pipeline.unwrap();
        let own = ("default", "default");
        let jobs = expected_jobs(&pipeline, &entry, witness, own).into_iter();
        let named = jobs.map(|job| match witness.silence(job) {
            Some(_) => format!("({})", job.name),
            None if !witness.sees_run(job) => format!("{}*", job.name),
            None => job.name.to_owned(),
        });
        named.collect()
    }

    /// Logs tell of functions that are built here, the local bus of all that is delivered, and of the runs on it.
    #[test]
    fn nothing_is_awaited_of_which_nobody_tells() {
        let spec = "
pipeline: p
source: s
events:
  a: { detail_type: A, external: true }
  b: { detail_type: B }
jobs:
  mail:
    function: { zip: a.zip, runtime: python3.13, handler: a.b, local: { command: [python3] } }
    triggers: [{ event: a }]
    emits: [b]
  after: { function: { package: after }, triggers: [{ event: b }] }
  theirs: { function: { existing: theirs }, triggers: [{ event: a }], emits: [b] }
  books: { deliver_to: queue, triggers: [{ event: a }] }
";
        let local = names(spec, Witness::LocalBus);
        assert_eq!(local, ["mail", "theirs*", "books*", "after"]);
        let logs = names(spec, Witness::Logs);
        assert_eq!(logs, ["(mail)", "(theirs)", "(books)"]);
    }
}
