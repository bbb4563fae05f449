//! Tells of each step what earlier ones know: the function of a request, the event of a delivery, the event that
//! everything began with.

use std::collections::HashMap;
use std::sync::Arc;

use eventbridge::arn::Arn;
use serde_json::{Map, Value};

use crate::trace::{Record, Step};

/// The most things of which is known what the steps told. Of what came before them, once again as many are known, at most:
/// a trace that is full has about as many.
const MOST: usize = 25_000;

/// What the steps so far have told.
#[derive(Debug, Default)]
pub(super) struct Story {
    known: Memory,
    /// What was known when the memory was full the last time.
    before: Memory,
}

#[derive(Debug, Default)]
struct Memory {
    events: HashMap<Arc<str>, Known>,
    deliveries: HashMap<u64, Known>,
    requests: HashMap<Arc<str>, Known>,
    messages: HashMap<Arc<str>, Known>,
}

/// What is known of an event, a delivery, a request or a message: members that its steps get.
type Known = Arc<[(&'static str, Value)]>;

/// What is known of an event.
const EVENT: [&str; 7] = [
    "event",
    "bus",
    "source",
    "detail_type",
    "event_type",
    "subject",
    BEGAN_WITH,
];

/// The ids of the events that everything began with.
const BEGAN_WITH: &str = "began_with";

impl Story {
    /// Returns a step as JSON, with what earlier steps know of it. `jobs` has the job of each function.
    pub(super) fn tell(&self, record: &Record, jobs: &Map<String, Value>) -> Map<String, Value> {
        let Ok(Value::Object(mut told)) = serde_json::to_value(record) else {
            return Map::new();
        };
        if let Some(known) = self.known(&record.step) {
            for (name, value) in &*known {
                told.entry(*name).or_insert_with(|| value.clone());
            }
        }
        let function = told.get("function").and_then(Value::as_str).or_else(|| {
            let arn = told.get("arn").and_then(Value::as_str)?;
            Some(Arn::parse(arn).ok()?.function()?.name)
        });
        if let Some(job) = function.and_then(|name| jobs.get(name)) {
            told.insert("job".to_owned(), job.clone());
        }
        told
    }

    /// Returns what is known of the thing that a step is about.
    fn known(&self, step: &Step) -> Option<Known> {
        match step {
            Step::EventReceipt {
                event, emitted_by, ..
            } => {
                let known = emitted_by.as_ref().map(|by| self.request(by));
                let known = known.unwrap_or_else(|| self.event(event));
                // Of what came before it, an event has only the beginning.
                known.map(|known| beginning(began_with(known).cloned()))
            }
            Step::BatchStart { messages, .. } => {
                let known = messages.iter().filter_map(|one| self.message(&one.message));
                let began = known.filter_map(|known| began_with(known)?.as_array());
                let mut began: Vec<Value> = began.flatten().cloned().collect();
                began.dedup();
                Some(beginning(Some(Value::Array(began))))
            }
            Step::MessageGivenUp { message, .. } | Step::MessageFiltered { message, .. } => {
                self.message(message).cloned()
            }
            Step::InvocationAttemptStart { delivery, .. }
            | Step::InvocationAttemptSuccess { delivery }
            | Step::InvocationAttemptThrottle { delivery, .. }
            | Step::InvocationAttemptRetryableFailure { delivery, .. }
            | Step::InvocationAttemptPermanentFailure { delivery, .. }
            | Step::InvocationSuccess { delivery, .. }
            | Step::InvocationFailure { delivery, .. }
            | Step::InvocationDlq { delivery, .. } => self.delivery(*delivery).cloned(),
            Step::FunctionStart { request, .. }
            | Step::FunctionSuccess { request, .. }
            | Step::FunctionError { request, .. }
            | Step::FunctionThrottle { request, .. }
            | Step::FunctionFailure { request, .. }
            | Step::BatchEnd { request, .. }
            | Step::FunctionLog {
                request: Some(request),
                ..
            } => self.request(request).cloned(),
            Step::RuleMatch { event, .. }
            | Step::RuleUndecided { event, .. }
            | Step::NoStandardRulesMatched { event, .. }
            | Step::LoopStopped { event, .. }
            | Step::InvocationStart { event, .. } => self.event(event).cloned(),
            Step::Fault {
                delivery, request, ..
            } => {
                let delivery = delivery.and_then(|delivery| self.delivery(delivery));
                let request = request.as_ref().and_then(|request| self.request(request));
                delivery.or(request).cloned()
            }
            Step::EntryRefused { .. }
            | Step::ScheduleFired { .. }
            | Step::FunctionInvoked { .. }
            | Step::FunctionLog { request: None, .. } => None,
        }
    }

    fn event(&self, id: &str) -> Option<&Known> {
        let known = self.known.events.get(id);
        known.or_else(|| self.before.events.get(id))
    }

    fn delivery(&self, number: u64) -> Option<&Known> {
        let known = self.known.deliveries.get(&number);
        known.or_else(|| self.before.deliveries.get(&number))
    }

    fn request(&self, id: &str) -> Option<&Known> {
        let known = self.known.requests.get(id);
        known.or_else(|| self.before.requests.get(id))
    }

    fn message(&self, id: &str) -> Option<&Known> {
        let known = self.known.messages.get(id);
        known.or_else(|| self.before.messages.get(id))
    }

    /// Keeps what later steps want to know.
    pub(super) fn learn(&mut self, step: &Step, told: &Map<String, Value>) {
        if self.known.len() >= MOST {
            self.before = std::mem::take(&mut self.known);
        }
        let known = &mut self.known;
        match step {
            Step::EventReceipt { event, .. } | Step::ScheduleFired { event, .. } => {
                let mut of = taken(told, &EVENT);
                if !of.iter().any(|(name, _)| *name == BEGAN_WITH) {
                    of.push((BEGAN_WITH, Value::Array(vec![Value::from(&**event)])));
                }
                known.events.insert(Arc::clone(event), of.into());
            }
            Step::InvocationStart { delivery, .. } => {
                let of = taken(told, &[&EVENT[..], &["rule", "target", "arn"]].concat());
                known.deliveries.insert(*delivery, of.into());
            }
            Step::InvocationSuccess {
                request, message, ..
            } => {
                let of: Known = taken(told, &EVENT).into();
                if let Some(request) = request {
                    known.requests.insert(Arc::clone(request), Arc::clone(&of));
                }
                if let Some(message) = message {
                    known.messages.insert(Arc::clone(message), of);
                }
            }
            Step::FunctionInvoked { request, .. }
            | Step::FunctionStart { request, .. }
            | Step::BatchStart { request, .. } => {
                let of = taken(told, &[&EVENT[..], &["function"]].concat());
                known.requests.insert(Arc::clone(request), of.into());
            }
            _ => {}
        }
    }
}

impl Memory {
    fn len(&self) -> usize {
        self.events.len() + self.deliveries.len() + self.requests.len() + self.messages.len()
    }
}

/// Takes members of a step.
fn taken(told: &Map<String, Value>, names: &[&'static str]) -> Vec<(&'static str, Value)> {
    let taken = names.iter().filter_map(|name| {
        let value = told.get(*name).filter(|value| !value.is_null())?;
        Some((*name, value.clone()))
    });
    taken.collect()
}

fn beginning(began: Option<Value>) -> Known {
    began.map(|began| (BEGAN_WITH, began)).into_iter().collect()
}

fn began_with(known: &Known) -> Option<&Value> {
    let of = known.iter().find(|(name, _)| *name == BEGAN_WITH);
    of.map(|(_, began)| began)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_long_ago_is_forgotten() {
        let mut story = Story::default();
        for number in 0..4 * MOST {
            let step = Step::FunctionInvoked {
                request: number.to_string().into(),
                function: "f".into(),
                payload: "{}".into(),
            };
            story.learn(&step, &Map::new());
        }
        assert!(story.known.len() + story.before.len() <= 2 * MOST);
        assert!(story.request(&(3 * MOST + 1).to_string()).is_some());
        assert!(story.request("0").is_none());
    }
}
