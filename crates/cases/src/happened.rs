//! What happened in a case, under the names that people give things.

use std::collections::HashMap;

use emulator::{Record, Step};
use jiff::Timestamp;
use serde_json::Value;

use crate::bench::{Bench, TriggerRef};

/// What happened in a case.
#[derive(Clone, Debug)]
pub struct Happened {
    /// When it began.
    pub begin: Timestamp,
    /// When everything was at rest.
    pub end: Timestamp,
    pub(crate) events: Vec<Seen>,
    /// The triggers that an event or a time has started, in order.
    pub(crate) started: Vec<TriggerRef>,
    pub(crate) runs: Vec<Run>,
    pub(crate) landed: Vec<Landed>,
    /// What was refused or stopped, a sentence each.
    pub(crate) trouble: Vec<String>,
    /// The steps of the local bus; none if nothing ran.
    pub trace: Vec<Record>,
}

/// An event on a bus.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) at: Timestamp,
    pub(crate) bus: String,
    /// The declared name, or source and detail type.
    pub(crate) name: String,
    /// The envelope.
    pub(crate) json: String,
    /// The job that emitted it, if one did.
    pub(crate) by: Option<String>,
}

/// A run of a function, through all its attempts.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) job: String,
    /// When its last attempt began.
    pub(crate) at: Timestamp,
    pub(crate) attempts: u32,
    pub(crate) state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Running,
    Succeeded,
    /// Says why.
    Failed(String),
}

/// A message in a queue.
#[derive(Clone, Debug)]
pub(crate) struct Landed {
    pub(crate) queue: String,
    pub(crate) at: Timestamp,
    /// The event that it comes from, by its number, if it is known.
    pub(crate) event: Option<usize>,
    /// The message, if it is another text than the event.
    pub(crate) text: Option<String>,
}

impl Happened {
    pub(crate) fn new(begin: Timestamp) -> Self {
        Self {
            begin,
            end: begin,
            events: Vec::new(),
            started: Vec::new(),
            runs: Vec::new(),
            landed: Vec::new(),
            trouble: Vec::new(),
            trace: Vec::new(),
        }
    }

    pub(crate) fn add_matched<'t>(
        &mut self,
        at: Timestamp,
        bus: &str,
        json: String,
        triggers: impl IntoIterator<Item = &'t TriggerRef>,
    ) {
        self.events.push(Seen {
            at,
            bus: bus.to_owned(),
            name: String::new(),
            json,
            by: None,
        });
        self.started.extend(triggers.into_iter().cloned());
        self.end = self.end.max(at);
    }

    /// Reads the steps of a local bus.
    pub(crate) fn read(bench: &Bench<'_>, begin: Timestamp, trace: Vec<Record>) -> Self {
        let mut reader = Reader {
            bench,
            happened: Self::new(begin),
            events: HashMap::new(),
            requests: HashMap::new(),
            deliveries: HashMap::new(),
            causes: HashMap::new(),
        };
        for record in &trace {
            reader.add(record);
        }
        let mut happened = reader.happened;
        happened.trace = trace;
        happened
    }

    /// The events that jobs emitted.
    pub(crate) fn emitted(&self) -> impl Iterator<Item = &Seen> {
        self.events.iter().filter(|event| event.by.is_some())
    }

    /// Every event with the bus that it came to.
    pub(crate) fn on_buses(&self) -> Vec<(&str, &str)> {
        let events = self.events.iter();
        let events = events.map(|event| (event.bus.as_str(), event.json.as_str()));
        events.collect()
    }

    /// The messages in a queue.
    pub(crate) fn in_queue(&self, queue: &str) -> impl Iterator<Item = &Landed> {
        self.landed
            .iter()
            .filter(move |landed| landed.queue == queue)
    }

    /// The event that a message comes from.
    pub(crate) fn event_of(&self, landed: &Landed) -> Option<&Seen> {
        self.events.get(landed.event?)
    }

    /// The triggers that were started, each once, in the order of the spec.
    pub(crate) fn triggers(&self, bench: &Bench<'_>) -> Vec<TriggerRef> {
        let known = bench.triggers.iter().map(|known| &known.name);
        known
            .filter(|name| self.started.contains(name))
            .cloned()
            .collect()
    }
}

struct Reader<'b, 'p, 't> {
    bench: &'b Bench<'p>,
    happened: Happened,
    /// Events by their ids.
    events: HashMap<&'t str, usize>,
    /// Runs by their requests.
    requests: HashMap<&'t str, usize>,
    deliveries: HashMap<u64, Delivery<'t>>,
    /// The event that a request or a message comes from.
    causes: HashMap<&'t str, usize>,
}

#[derive(Default)]
struct Delivery<'t> {
    event: Option<usize>,
    arn: &'t str,
    payload: Option<&'t str>,
}

impl<'t> Reader<'_, '_, 't> {
    fn add(&mut self, record: &'t Record) {
        let at = record.at;
        match &record.step {
            Step::EventReceipt {
                event,
                bus,
                emitted_by,
                envelope,
                ..
            } => {
                let read: Value = serde_json::from_str(envelope).unwrap_or_default();
                let run = emitted_by
                    .as_ref()
                    .and_then(|request| self.requests.get(&**request));
                let seen = Seen {
                    at,
                    bus: bus.to_string(),
                    name: self.bench.event_name(&read),
                    json: envelope.to_string(),
                    by: run.map(|run| self.happened.runs[*run].job.clone()),
                };
                self.events.insert(event, self.happened.events.len());
                self.happened.events.push(seen);
            }
            Step::ScheduleFired {
                event,
                rule,
                envelope,
            } => {
                let seen = Seen {
                    at,
                    bus: String::new(),
                    name: "scheduled".to_owned(),
                    json: envelope.to_string(),
                    by: None,
                };
                self.events.insert(event, self.happened.events.len());
                self.happened.events.push(seen);
                self.start(rule);
            }
            Step::RuleMatch { rule, .. } => self.start(rule),
            Step::EntryRefused {
                source,
                detail_type,
                message,
                ..
            } => {
                let said = format!("the bus refused `{detail_type}` of `{source}`: {message}");
                self.happened.trouble.push(said);
            }
            Step::LoopStopped { hops, .. } => {
                let said = format!("a loop of events was stopped after {hops} functions");
                self.happened.trouble.push(said);
            }
            step => {
                self.add_delivery(at, step);
                self.add_run(at, step);
            }
        }
        // What nobody sees is no reason to count time: lines and the end of a batch's window.
        if !matches!(record.step, Step::FunctionLog { .. }) {
            self.happened.end = self.happened.end.max(at);
        }
    }

    fn start(&mut self, rule: &str) {
        let trigger = self.bench.trigger_of_rule(rule).cloned();
        self.happened.started.extend(trigger);
    }

    fn add_delivery(&mut self, at: Timestamp, step: &'t Step) {
        match step {
            Step::InvocationStart {
                event,
                delivery,
                arn,
                payload,
                ..
            } => {
                let started = Delivery {
                    event: self.events.get(&**event).copied(),
                    arn,
                    payload: payload.as_deref(),
                };
                self.deliveries.insert(*delivery, started);
            }
            Step::InvocationSuccess {
                delivery,
                request,
                message,
                ..
            } => {
                let Some(of) = self.deliveries.get(delivery) else {
                    return;
                };
                let (event, arn, text) = (of.event, of.arn, of.payload.map(str::to_owned));
                if let Some(event) = event {
                    let ids = request.iter().chain(message);
                    self.causes.extend(ids.map(|id| (&**id, event)));
                }
                self.land(at, arn, event, text);
            }
            Step::InvocationDlq {
                delivery,
                queue,
                message: Some(_),
            } => {
                let event = self.deliveries.get(delivery).and_then(|of| of.event);
                self.land(at, queue, event, None);
            }
            Step::MessageGivenUp {
                message,
                to: Some(to),
                ..
            } => {
                let event = self.causes.get(&**message).copied();
                self.land(at, to, event, None);
            }
            _ => {}
        }
    }

    fn land(&mut self, at: Timestamp, arn: &str, event: Option<usize>, text: Option<String>) {
        if let Some(queue) = self.bench.queue_of_arn(arn) {
            self.happened.landed.push(Landed {
                queue: queue.to_owned(),
                at,
                event,
                text,
            });
        }
    }

    fn add_run(&mut self, at: Timestamp, step: &'t Step) {
        match step {
            Step::FunctionStart {
                request, function, ..
            } => {
                let number = *self.requests.entry(request).or_insert_with(|| {
                    let job = self.bench.job_of_function(function);
                    self.happened.runs.push(Run {
                        job: job.unwrap_or(function).to_owned(),
                        at,
                        attempts: 0,
                        state: State::Running,
                    });
                    self.happened.runs.len() - 1
                });
                let run = &mut self.happened.runs[number];
                run.attempts += 1;
                run.at = at;
            }
            Step::FunctionSuccess { request, .. } => self.end(request, State::Succeeded),
            Step::FunctionError {
                request, failure, ..
            } => self.end(request, State::Failed(failure.to_string())),
            Step::BatchEnd {
                request,
                failed,
                reason,
                ..
            } if !failed.is_empty() => {
                let left = format!("{} of its messages are not done", failed.len());
                let said = reason.clone().unwrap_or(left);
                self.end(request, State::Failed(said));
            }
            Step::FunctionFailure {
                request,
                destination: Some(queue),
                ..
            } => {
                let event = self.causes.get(&**request).copied();
                self.land(at, queue, event, None);
            }
            _ => {}
        }
    }

    fn end(&mut self, request: &str, state: State) {
        if let Some(run) = self.requests.get(request) {
            self.happened.runs[*run].state = state;
        }
    }
}
