//! The trace as a tree: event → rule → function → event …

mod draw;
mod log;

use std::collections::BTreeMap;

use super::failure::Failure;
use super::journal::Record;
use super::step::{FaultKind, Step};

/// Options for drawing a tree.
#[derive(Clone, Copy, Debug, Default)]
pub struct TreeOptions {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// Whether to show what each function wrote.
    pub logs: bool,
}

/// A trace, arranged by what caused what.
#[derive(Debug, Default)]
pub struct Tree<'t> {
    events: Vec<Event<'t>>,
    /// The place of each event, by its id.
    places: BTreeMap<&'t str, usize>,
    deliveries: BTreeMap<u64, Delivery<'t>>,
    runs: BTreeMap<&'t str, Run<'t>>,
}

#[derive(Debug)]
struct Event<'t> {
    /// Whether no function's run emitted the event.
    is_first: bool,
    label: String,
    /// Set if no rule matched: says which rule came nearest, or is empty if none did.
    unmatched: Option<&'t str>,
    /// The rules for which matching was given up.
    undecided: Vec<&'t str>,
    stopped_after: Option<u32>,
    deliveries: Vec<u64>,
}

#[derive(Debug, Default)]
struct Delivery<'t> {
    rule: &'t str,
    arn: &'t str,
    throttled: usize,
    faults: Vec<FaultKind>,
    request: Option<&'t str>,
    failure: Option<(&'t str, &'t str)>,
    /// The reason why the delivery was given up, if it was.
    given_up: Option<&'t str>,
    dead_letter: Option<(&'t str, bool)>,
}

#[derive(Debug, Default)]
struct Run<'t> {
    function: &'t str,
    is_direct: bool,
    attempts: Vec<Attempt<'t>>,
    throttled: usize,
    faults: Vec<FaultKind>,
    given_up: Option<(&'t str, Option<&'t str>)>,
    refused: Vec<(&'t str, &'t str)>,
    logs: Vec<&'t str>,
    /// The places of the events that the run emitted.
    emitted: Vec<usize>,
}

#[derive(Debug, Default)]
struct Attempt<'t> {
    cold: bool,
    duration_us: Option<u64>,
    failure: Option<&'t Failure>,
}

impl<'t> Tree<'t> {
    /// Arranges the records of a trace.
    pub fn new(records: &'t [Record]) -> Self {
        let mut tree = Self::default();
        for record in records {
            tree.add_event(record);
            tree.add_delivery(&record.step);
            tree.add_run(&record.step);
        }
        tree
    }

    fn add_event(&mut self, record: &'t Record) {
        match &record.step {
            Step::EventReceipt {
                event,
                emitted_by,
                source,
                detail_type,
                event_type,
                subject,
                ..
            } => {
                let name = match event_type {
                    Some(event_type) => event_type.clone(),
                    None => format!("{source} / {detail_type}"),
                };
                let subject = subject.iter().map(|subject| format!("  {subject}"));
                let label = name + &subject.collect::<String>();
                self.event(event, emitted_by.as_deref(), label);
            }
            Step::ScheduleFired { event, .. } => {
                self.event(event, None, format!("{}  scheduled", record.at));
            }
            Step::NoStandardRulesMatched { event, nearest } => {
                if let Some(event) = self.find(event) {
                    let nearest = nearest.as_ref().map(|nearest| nearest.reason.as_str());
                    event.unmatched = Some(nearest.unwrap_or_default());
                }
            }
            Step::RuleUndecided { event, rule } => {
                if let Some(event) = self.find(event) {
                    event.undecided.push(rule);
                }
            }
            Step::LoopStopped { event, hops } => {
                if let Some(event) = self.find(event) {
                    event.stopped_after = Some(*hops);
                }
            }
            _ => {}
        }
    }

    fn add_delivery(&mut self, step: &'t Step) {
        match step {
            Step::InvocationStart {
                event,
                delivery,
                rule,
                arn,
                ..
            } => {
                if let Some(event) = self.find(event) {
                    event.deliveries.push(*delivery);
                }
                // The bus may have dropped old records, so any step can be the first of its delivery.
                let started = self.deliveries.entry(*delivery).or_default();
                (started.rule, started.arn) = (rule, arn);
            }
            Step::InvocationAttemptThrottle { delivery, .. } => {
                self.deliveries.entry(*delivery).or_default().throttled += 1;
            }
            Step::InvocationAttemptPermanentFailure {
                delivery,
                error_code,
                message,
            } => {
                let failed = self.deliveries.entry(*delivery).or_default();
                failed.failure = Some((error_code, message));
            }
            Step::InvocationSuccess { delivery, request } => {
                self.deliveries.entry(*delivery).or_default().request = request.as_deref();
            }
            Step::InvocationFailure {
                delivery,
                error_code,
                condition,
            } => {
                let failed = self.deliveries.entry(*delivery).or_default();
                failed.given_up = Some(condition.as_ref().unwrap_or(error_code));
            }
            Step::InvocationDlq {
                delivery,
                queue,
                message,
            } => {
                let failed = self.deliveries.entry(*delivery).or_default();
                failed.dead_letter = Some((queue, message.is_some()));
            }
            Step::Fault {
                fault,
                delivery: Some(delivery),
                ..
            } => {
                let delivery = self.deliveries.entry(*delivery).or_default();
                delivery.faults.push(*fault);
            }
            _ => {}
        }
    }

    fn add_run(&mut self, step: &'t Step) {
        match step {
            Step::FunctionInvoked {
                request, function, ..
            } => {
                let run = self.run(request);
                (run.function, run.is_direct) = (function, true);
            }
            Step::FunctionStart {
                request,
                function,
                cold,
                ..
            } => {
                let run = self.run(request);
                run.function = function;
                run.attempts.push(Attempt {
                    cold: *cold,
                    ..Attempt::default()
                });
            }
            Step::FunctionSuccess {
                request,
                duration_us,
                ..
            } => self.end(request, *duration_us, None),
            Step::FunctionError {
                request,
                duration_us,
                failure,
                ..
            } => self.end(request, *duration_us, Some(failure)),
            Step::FunctionThrottle { request, .. } => self.run(request).throttled += 1,
            Step::FunctionFailure {
                request,
                condition,
                destination,
            } => self.run(request).given_up = Some((condition, destination.as_deref())),
            Step::FunctionLog {
                request: Some(request),
                line,
                ..
            } => self.run(request).logs.push(line),
            Step::EntryRefused {
                emitted_by: Some(request),
                detail_type,
                code,
                ..
            } => self.run(request).refused.push((detail_type, code)),
            Step::Fault {
                fault,
                request: Some(request),
                ..
            } => self.run(request).faults.push(*fault),
            _ => {}
        }
    }

    fn event(&mut self, id: &'t str, emitted_by: Option<&'t str>, label: String) {
        let place = self.events.len();
        // A forwarded or replayed event keeps its id. What follows belongs to its latest place.
        self.places.insert(id, place);
        if let Some(request) = emitted_by {
            self.run(request).emitted.push(place);
        }
        self.events.push(Event {
            is_first: emitted_by.is_none(),
            label,
            unmatched: None,
            undecided: Vec::new(),
            stopped_after: None,
            deliveries: Vec::new(),
        });
    }

    fn find(&mut self, id: &str) -> Option<&mut Event<'t>> {
        self.events.get_mut(*self.places.get(id)?)
    }

    fn run(&mut self, request: &'t str) -> &mut Run<'t> {
        self.runs.entry(request).or_default()
    }

    fn end(&mut self, request: &'t str, duration_us: u64, failure: Option<&'t Failure>) {
        // Attempts of one request never overlap, so the last one is the one that ends.
        if let Some(attempt) = self.run(request).attempts.last_mut() {
            attempt.duration_us = Some(duration_us);
            attempt.failure = failure;
        }
    }
}
