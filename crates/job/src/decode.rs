//! Reads the payload of an invocation, and finds the run that it asks for.

use crate::arrival::{Arrival, Malformed};
use crate::event::{EventId, Job, Trigger};
use crate::scheduled::{Schedule, Scheduled};

/// `event_type` of a scheduled run.
const SCHEDULED: &str = "scheduled";

/// Sources of scheduled events: EventBridge's rules, and EventBridge Scheduler.
const SCHEDULERS: [&str; 2] = ["aws.events", "aws.scheduler"];

/// A run that an invocation asks for.
#[derive(Debug)]
pub(crate) enum Request<J: Job> {
    /// A run for one event.
    Event(J::Trigger),
    /// A scheduled run, over everybody.
    Scheduled(J::Schedule),
}

/// Reads what an event asks of the job `J`.
pub(crate) fn decode<J: Job>(arrival: &Arrival<'_>) -> Result<Request<J>, Malformed> {
    if is_scheduled::<J>(arrival) {
        return scheduled::<J>(arrival);
    }
    // Before the plain schedule: a `pattern` trigger may wait for just such an event.
    match J::Trigger::decode(arrival)? {
        Some(trigger) => Ok(Request::Event(trigger)),
        None if is_plain_schedule(arrival) => scheduled::<J>(arrival),
        None => Err(unexpected::<J>(arrival)),
    }
}

/// Returns whether the event says that it is a scheduled run.
fn is_scheduled<J: Job>(arrival: &Arrival<'_>) -> bool {
    let event_type = arrival.field("event_type");
    let is_named = event_type.is_some_and(|name| name == SCHEDULED);
    match arrival.source() {
        // Other services may use the same `event_type` for events of their own.
        Some(source) => is_named && (source == J::SOURCE || SCHEDULERS.contains(&source)),
        // A person who sends a bare detail has no source to name.
        None => is_named || is_for_everybody(arrival, J::Trigger::EVENTS),
    }
}

/// Returns whether a bare detail is for everybody: its subject is null, and it names no event or one of the job's.
fn is_for_everybody(arrival: &Arrival<'_>, events: &[EventId]) -> bool {
    let is_known = |name| events.iter().any(|event| name == event.name);
    arrival.subject().is_some_and(serde_json::Value::is_null)
        && arrival.field("event_type").is_none_or(is_known)
}

/// Returns whether the event is what EventBridge sends on a schedule without an input transformer.
fn is_plain_schedule(arrival: &Arrival<'_>) -> bool {
    let is_schedulers = arrival
        .source()
        .is_some_and(|source| SCHEDULERS.contains(&source));
    is_schedulers
        && arrival.detail_type() == Some("Scheduled Event")
        && arrival.field("event_type").is_none()
}

fn scheduled<J: Job>(arrival: &Arrival<'_>) -> Result<Request<J>, Malformed> {
    match J::Schedule::accept(Scheduled::read(arrival)?, arrival) {
        Some(run) => Ok(Request::Scheduled(run)),
        None if J::Schedule::IS_SCHEDULED => Err(arrival.unknown_schedule()),
        None => Err(unexpected::<J>(arrival)),
    }
}

/// An error that names the field which keeps an event from starting the job.
fn unexpected<J: Job>(arrival: &Arrival<'_>) -> Malformed {
    let event_type = arrival.field("event_type");
    let named = J::Trigger::EVENTS
        .iter()
        .find(|event| event_type.is_some_and(|name| name == event.name));
    let typed = J::Trigger::EVENTS.iter().find(|event| {
        arrival.source() == Some(event.source) && arrival.detail_type() == Some(event.detail_type)
    });
    match (named, arrival.source(), arrival.detail_type()) {
        (Some(event), Some(source), _) if source != event.source => {
            Malformed::expected("source", &quoted(event.source), Some(&source.into()))
        }
        (Some(event), _, Some(detail_type)) => {
            let expected = quoted(event.detail_type);
            Malformed::expected("detail-type", &expected, Some(&detail_type.into()))
        }
        (_, Some(source), _) if typed.is_none() && event_type.is_none() => {
            let expected = format!("an event that starts the job `{}`", J::NAME);
            Malformed::expected("source", &expected, Some(&source.into()))
        }
        _ => arrival.unexpected("event_type", &expected_types::<J>()),
    }
}

/// The values of `event_type` that start the job, in words.
fn expected_types<J: Job>() -> String {
    let mut names: Vec<_> = J::Trigger::EVENTS
        .iter()
        .map(|event| quoted(event.name))
        .collect();
    if J::Schedule::IS_SCHEDULED {
        names.push(quoted(SCHEDULED));
    }
    match names.as_slice() {
        [] => "an event of others, in its envelope".to_owned(),
        [only] => only.clone(),
        several => format!("one of {}", several.join(", ")),
    }
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests;
