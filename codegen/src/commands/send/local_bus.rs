//! What became of an event, by the trace of `codegen dev`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use emulator::{Record, Step};

use super::wait::Sighting;
use crate::dev_server;

/// A bus that `codegen dev` serves.
pub(super) struct LocalBus {
    endpoint: String,
    /// The next record to read.
    from: u64,
    events: HashSet<Arc<str>>,
    /// The rule that each delivery is for, by its number; and that of each request, and of each message in a queue.
    deliveries: HashMap<u64, Arc<str>>,
    requests: HashMap<Arc<str>, Arc<str>>,
    messages: HashMap<Arc<str>, Arc<str>>,
    /// The messages of each batch that are about the events.
    batches: HashMap<Arc<str>, Vec<Arc<str>>>,
}

impl LocalBus {
    /// The bus at an endpoint, if there is one.
    pub(super) async fn at(endpoint: Option<&str>) -> Option<Self> {
        let state = dev_server::state(endpoint).await?;
        Some(Self {
            from: state.sequence,
            endpoint: state.endpoint,
            events: HashSet::new(),
            deliveries: HashMap::new(),
            requests: HashMap::new(),
            messages: HashMap::new(),
            batches: HashMap::new(),
        })
    }

    /// Returns what happened since the last time, to an event and to those that it led to.
    pub(super) async fn look(&mut self, event: &str) -> anyhow::Result<Vec<Sighting>> {
        self.events.insert(event.into());
        let path = format!("/_/trace?from={}&wait=1", self.from);
        let answer = dev_server::get(&self.endpoint, &path).await?;
        self.from = answer.next.unwrap_or(self.from);
        let records = answer
            .body
            .lines()
            .filter_map(|line| Record::from_json(line).ok());
        Ok(records
            .filter_map(|record| self.read(record.step))
            .collect())
    }

    fn read(&mut self, step: Step) -> Option<Sighting> {
        match step {
            Step::EventReceipt {
                event,
                emitted_by: Some(request),
                ..
            } if self.requests.contains_key(&request) => {
                self.events.insert(event);
            }
            Step::InvocationStart {
                event,
                delivery,
                rule,
                ..
            } if self.events.contains(&event) => {
                self.deliveries.insert(delivery, rule);
            }
            Step::InvocationSuccess {
                delivery,
                request,
                message,
                is_elsewhere,
            } => {
                let rule = Arc::clone(self.deliveries.get(&delivery)?);
                if let Some(request) = request {
                    self.requests.insert(request, rule);
                    return None;
                }
                let sighting = Sighting::delivered(&rule, is_elsewhere);
                if let Some(message) = message {
                    self.messages.insert(message, rule);
                }
                return Some(sighting);
            }
            Step::InvocationAttemptPermanentFailure {
                delivery,
                error_code,
                message,
            } => {
                let rule = self.deliveries.get(&delivery)?;
                let why = format!("not delivered: {error_code}: {message}");
                return Some(Sighting::failed(rule, &why));
            }
            // Without a condition, the step above has said it.
            Step::InvocationFailure {
                delivery,
                error_code,
                condition: Some(_),
            } => {
                let rule = self.deliveries.get(&delivery)?;
                let why = format!("not delivered: {error_code}");
                return Some(Sighting::failed(rule, &why));
            }
            Step::FunctionSuccess { request, .. } if !self.batches.contains_key(&request) => {
                return Some(Sighting::ok(self.requests.get(&request)?));
            }
            Step::FunctionFailure {
                request, condition, ..
            } => {
                // A function that keeps its event by itself succeeds afterwards.
                let rule = self.requests.remove(&request)?;
                let why = format!("failed: {condition}");
                return Some(Sighting::failed(&rule, &why));
            }
            step => return self.read_batch(step),
        }
        None
    }

    /// Reads what became of messages of a queue. A run for a batch counts for the events that it is about.
    fn read_batch(&mut self, step: Step) -> Option<Sighting> {
        match step {
            Step::BatchStart {
                request, messages, ..
            } => {
                let messages = messages.into_iter().map(|one| one.message);
                let ours: Vec<_> = messages
                    .filter(|message| self.messages.contains_key(message))
                    .collect();
                // All messages of a queue are for one job, by whichever of its rules.
                if let Some(rule) = ours.first().map(|first| Arc::clone(&self.messages[first])) {
                    self.requests.insert(Arc::clone(&request), rule);
                    self.batches.insert(request, ours);
                }
            }
            Step::BatchEnd {
                request, failed, ..
            } => {
                let ours = self.batches.remove(&request)?;
                let is_done = ours.iter().any(|message| !failed.contains(message));
                return is_done.then(|| Sighting::ok(&self.requests[&request]));
            }
            Step::MessageFiltered { message, .. } => {
                let rule = self.messages.get(&message)?;
                return Some(Sighting::failed(rule, "left out by a filter"));
            }
            Step::MessageGivenUp { message, .. } => {
                let rule = self.messages.get(&message)?;
                return Some(Sighting::failed(rule, "failed: kept in a queue"));
            }
            _ => {}
        }
        None
    }
}
