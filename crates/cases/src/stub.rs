//! What a stub of a case does: the events that it was started by in, those that it emits out.

use std::sync::{Mutex, PoisonError};

use emulator::{Stub, StubAnswer, StubRun};
use eventbridge::put_events::{Entry, seconds};
use jiff::Timestamp;
use pipeline::Pipeline;
use pipeline::detail::{self, EVENT_TYPE};
use pipeline::model::{Discriminator, Event, FieldType};
use serde_json::{Map, Value};

use crate::bench::Bench;
use crate::case::{StubEmit, StubPlan};

/// What a stub does in a run.
struct Plan {
    emits: Vec<Emit>,
    fails: u32,
    error: Option<String>,
}

/// An event that a stub emits, with all that its entry is made of.
struct Emit {
    name: String,
    event: Event,
    detail: Map<String, Value>,
}

/// How far a stub has come.
#[derive(Default)]
struct Progress {
    /// Runs that succeeded.
    runs: usize,
    /// Attempts of the next one that failed.
    failed: u32,
}

/// Makes the stub of a job from what the case says of it.
pub(crate) fn stub(bench: &Bench<'_>, plan: &StubPlan) -> Stub {
    let plans = plan.runs.iter().map(|run| Plan {
        emits: run
            .emits
            .iter()
            .filter_map(|emit| of_event(bench.pipeline, emit))
            .collect(),
        fails: run.fails,
        error: run.error.clone(),
    });
    let plans: Vec<Plan> = plans.collect();
    let bus = bench.bus();
    let progress = Mutex::new(Progress::default());
    Stub::new(move |run| {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(plan) = plans.get(progress.runs).or(plans.last()) else {
            return StubAnswer::default();
        };
        match answer(plan, &progress, run, &bus) {
            Ok(emits) => {
                progress.runs += 1;
                progress.failed = 0;
                StubAnswer {
                    emits,
                    failure: None,
                }
            }
            Err(failure) => {
                progress.failed = progress.failed.saturating_add(1);
                StubAnswer {
                    emits: Vec::new(),
                    failure: Some(failure),
                }
            }
        }
    })
}

/// Makes what an attempt emits, or says why it fails.
fn answer(
    plan: &Plan,
    progress: &Progress,
    run: &StubRun<'_>,
    bus: &str,
) -> Result<Vec<Entry>, String> {
    if progress.failed < plan.fails {
        let times = match plan.fails {
            u32::MAX => "always".to_owned(),
            1 => "once".to_owned(),
            times => format!("{times} times"),
        };
        let said = format!("fails {times}, as the case says");
        return Err(plan.error.clone().unwrap_or(said));
    }
    let entries = entries(&plan.emits, run, bus);
    entries.map_err(|problem| format!("cannot emit {problem}"))
}

fn of_event(pipeline: &Pipeline, emit: &StubEmit) -> Option<Emit> {
    Some(Emit {
        name: emit.event.clone(),
        event: pipeline.events.get(&emit.event)?.clone(),
        detail: emit.detail.clone(),
    })
}

/// Makes what a run emits: each event once for every event that started it.
fn entries(emits: &[Emit], run: &StubRun<'_>, bus: &str) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for received in details(run.payload) {
        for emit in emits {
            let detail = emitted(emit, &received, run.now);
            let problems = detail::problems(&emit.event, &detail);
            if let Some(problem) = problems.first() {
                let name = &emit.name;
                let (field, kind) = (&problem.field, &problem.kind);
                return Err(format!(
                    "`{name}`: `{field}` {kind}; write `emits: [{{ event: {name}, detail: {{ {field}: … }} }}]`"
                ));
            }
            entries.push(Entry {
                source: emit.event.source.value.clone(),
                detail_type: emit.event.detail_type.value.clone(),
                detail: Value::Object(detail).to_string(),
                event_bus_name: Some(bus.to_owned()),
                ..Entry::default()
            });
        }
    }
    Ok(entries)
}

/// Returns the detail of each event that a function receives. Behind a queue they are the bodies of messages.
fn details(payload: &str) -> Vec<Map<String, Value>> {
    let payload: Value = serde_json::from_str(payload).unwrap_or_default();
    let of_event = |event: &Value| {
        let detail = event["detail"].as_object().or(event.as_object());
        detail.cloned().unwrap_or_default()
    };
    match payload["Records"].as_array() {
        None => vec![of_event(&payload)],
        Some(records) => records
            .iter()
            .map(|record| {
                let body = record["body"].as_str().unwrap_or_default();
                of_event(&serde_json::from_str(body).unwrap_or_default())
            })
            .collect(),
    }
}

/// Makes the detail of an emitted event: the fields that the case gives, then those of the event that started the run,
/// and the time for a timestamp that neither has.
fn emitted(emit: &Emit, received: &Map<String, Value>, now: Timestamp) -> Map<String, Value> {
    let mut detail = emit.detail.clone();
    for (name, field) in &emit.event.detail {
        if detail.contains_key(name) {
            continue;
        }
        if field.field_type == FieldType::Timestamp && !field.optional {
            detail.insert(name.clone(), seconds(now).into());
        } else if let Some(value) = received.get(name) {
            detail.insert(name.clone(), value.clone());
        }
    }
    if emit.event.discriminator == Discriminator::EventType {
        detail.insert(
            EVENT_TYPE.to_owned(),
            emit.event.event_type(&emit.name).into(),
        );
    }
    detail
}
