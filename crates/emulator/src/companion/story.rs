//! Tells of each step what earlier ones know: the function of a request, the event of a delivery, the event that
//! everything began with.

use std::collections::HashMap;
use std::sync::Arc;

use eventbridge::arn::Arn;
use serde_json::{Map, Value};

use crate::trace::{Record, Step};

/// What the steps so far have told.
#[derive(Debug, Default)]
pub(super) struct Story {
    events: HashMap<Arc<str>, Known>,
    deliveries: HashMap<u64, Known>,
    requests: HashMap<Arc<str>, Known>,
    messages: HashMap<Arc<str>, Known>,
}

/// What is known of an event, a delivery, a request or a message: members that its steps get.
type Known = Arc<Map<String, Value>>;

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
    pub(super) fn tell(
        &mut self,
        record: &Record,
        jobs: &Map<String, Value>,
    ) -> Map<String, Value> {
        let Ok(Value::Object(mut told)) = serde_json::to_value(record) else {
            return Map::new();
        };
        if let Some(known) = self.known(&record.step) {
            for (name, value) in &*known {
                told.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        let function = told.get("function").and_then(Value::as_str).or_else(|| {
            let arn = told.get("arn").and_then(Value::as_str)?;
            Some(Arn::parse(arn).ok()?.function()?.name)
        });
        if let Some(job) = function.and_then(|name| jobs.get(name)) {
            told.insert("job".to_owned(), job.clone());
        }
        self.learn(&record.step, &told);
        told
    }

    /// Returns what is known of the thing that a step is about.
    fn known(&self, step: &Step) -> Option<Known> {
        match step {
            Step::EventReceipt {
                event, emitted_by, ..
            } => {
                let known = emitted_by.as_ref().map(|by| self.requests.get(by));
                let known = known.unwrap_or_else(|| self.events.get(event));
                // Of what came before it, an event has only the beginning.
                known.map(|known| beginning(known.get(BEGAN_WITH).cloned()))
            }
            Step::BatchStart { messages, .. } => {
                let known = messages
                    .iter()
                    .filter_map(|one| self.messages.get(&one.message));
                let mut began: Vec<Value> = known.filter_map(began_with).flatten().collect();
                began.dedup();
                Some(beginning(Some(Value::Array(began))))
            }
            Step::MessageGivenUp { message, .. } | Step::MessageFiltered { message, .. } => {
                self.messages.get(message).cloned()
            }
            Step::InvocationAttemptStart { delivery, .. }
            | Step::InvocationAttemptSuccess { delivery }
            | Step::InvocationAttemptThrottle { delivery, .. }
            | Step::InvocationAttemptRetryableFailure { delivery, .. }
            | Step::InvocationAttemptPermanentFailure { delivery, .. }
            | Step::InvocationSuccess { delivery, .. }
            | Step::InvocationFailure { delivery, .. }
            | Step::InvocationDlq { delivery, .. } => self.deliveries.get(delivery).cloned(),
            Step::FunctionStart { request, .. }
            | Step::FunctionSuccess { request, .. }
            | Step::FunctionError { request, .. }
            | Step::FunctionThrottle { request, .. }
            | Step::FunctionFailure { request, .. }
            | Step::BatchEnd { request, .. }
            | Step::FunctionLog {
                request: Some(request),
                ..
            } => self.requests.get(request).cloned(),
            Step::RuleMatch { event, .. }
            | Step::RuleUndecided { event, .. }
            | Step::NoStandardRulesMatched { event, .. }
            | Step::LoopStopped { event, .. }
            | Step::InvocationStart { event, .. } => self.events.get(event).cloned(),
            Step::Fault {
                delivery, request, ..
            } => {
                let delivery = delivery.and_then(|delivery| self.deliveries.get(&delivery));
                let request = request
                    .as_ref()
                    .and_then(|request| self.requests.get(request));
                delivery.or(request).cloned()
            }
            Step::EntryRefused { .. }
            | Step::ScheduleFired { .. }
            | Step::FunctionInvoked { .. }
            | Step::FunctionLog { request: None, .. } => None,
        }
    }

    /// Keeps what later steps want to know.
    fn learn(&mut self, step: &Step, told: &Map<String, Value>) {
        let take = |names: &[&str]| -> Known {
            let taken = names.iter().filter_map(|name| {
                let value = told.get(*name).filter(|value| !value.is_null())?;
                Some(((*name).to_owned(), value.clone()))
            });
            Arc::new(taken.collect())
        };
        match step {
            Step::EventReceipt { event, .. } | Step::ScheduleFired { event, .. } => {
                let mut known = Map::clone(&take(&EVENT));
                known
                    .entry(BEGAN_WITH)
                    .or_insert_with(|| Value::Array(vec![Value::from(&**event)]));
                self.events.insert(Arc::clone(event), Arc::new(known));
            }
            Step::InvocationStart { delivery, .. } => {
                let known = take(&[&EVENT[..], &["rule", "target", "arn"]].concat());
                self.deliveries.insert(*delivery, known);
            }
            Step::InvocationSuccess {
                request, message, ..
            } => {
                let known = take(&EVENT);
                if let Some(request) = request {
                    self.requests
                        .insert(Arc::clone(request), Arc::clone(&known));
                }
                if let Some(message) = message {
                    self.messages.insert(Arc::clone(message), known);
                }
            }
            Step::FunctionInvoked { request, .. }
            | Step::FunctionStart { request, .. }
            | Step::BatchStart { request, .. } => {
                let known = take(&[&EVENT[..], &["function"]].concat());
                self.requests.insert(Arc::clone(request), known);
            }
            _ => {}
        }
    }
}

fn beginning(began: Option<Value>) -> Known {
    let began = began.map(|began| (BEGAN_WITH.to_owned(), began));
    Arc::new(began.into_iter().collect())
}

fn began_with(known: &Known) -> Option<Vec<Value>> {
    known.get(BEGAN_WITH)?.as_array().cloned()
}
