//! The trace as a tree: event → rule → function → event …

mod draw;
mod log;

use std::collections::{BTreeMap, BTreeSet};

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
    messages: BTreeMap<&'t str, Message<'t>>,
    batches: BTreeMap<&'t str, Batch<'t>>,
    /// Whether nobody has measured the runs.
    is_timeless: bool,
}

/// A message of a queue.
#[derive(Debug, Default)]
struct Message<'t> {
    /// The requests of the batches that it was in, in order.
    batches: Vec<&'t str>,
    given_up: Option<GivenUp<'t>>,
    /// The function that a filter keeps it from.
    filtered: Option<&'t str>,
    /// The subject of its event.
    subject: Option<&'t str>,
}

/// What became of a message that left its queue without being done.
#[derive(Clone, Copy, Debug)]
enum GivenUp<'t> {
    /// A queue keeps it.
    Kept(&'t str),
    Lost,
}

/// A batch of messages for which a function runs once.
#[derive(Debug, Default)]
struct Batch<'t> {
    messages: Vec<&'t str>,
    failed: BTreeSet<&'t str>,
}

#[derive(Debug)]
struct Event<'t> {
    /// The request of the run that emitted the event, if one did.
    emitted_by: Option<&'t str>,
    label: String,
    subject: Option<&'t str>,
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
    /// Attempts that failed and were tried again.
    failed_attempts: usize,
    faults: Vec<FaultKind>,
    request: Option<&'t str>,
    /// The message's id, if the target is a queue that a function gets its events from.
    message: Option<&'t str>,
    is_elsewhere: bool,
    is_done: bool,
    /// The subject of the event.
    subject: Option<&'t str>,
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
    /// Whether the function had kept its event by itself when it ended.
    is_given_up: bool,
}

impl<'t> Tree<'t> {
    /// Arranges the records of a trace.
    pub fn new(records: &'t [Record]) -> Self {
        let mut tree = Self::default();
        for record in records {
            tree.add_event(record);
            tree.add_delivery(&record.step);
            tree.add_run(&record.step);
            tree.add_batch(&record.step);
        }
        tree
    }

    /// Leaves out how long each run took, which logs do not tell.
    #[must_use]
    pub fn without_times(self) -> Self {
        Self {
            is_timeless: true,
            ..self
        }
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
                let subject = subject.as_deref();
                let shown = subject.map(|subject| format!("  {subject}"));
                let label = name + &shown.unwrap_or_default();
                self.event(event, emitted_by.as_deref(), label, subject);
            }
            Step::ScheduleFired { event, .. } => {
                self.event(event, None, format!("{}  scheduled", record.at), None);
            }
            Step::NoStandardRulesMatched {
                event,
                nearest,
                no_bus,
            } => {
                if let Some(event) = self.find(event) {
                    let nearest = nearest.as_ref().map(|nearest| nearest.reason.as_str());
                    event.unmatched = Some(no_bus.as_deref().or(nearest).unwrap_or_default());
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
                let mut subject = None;
                if let Some(event) = self.find(event) {
                    event.deliveries.push(*delivery);
                    subject = event.subject;
                }
                // The bus may have dropped old records, so any step can be the first of its delivery.
                let started = self.deliveries.entry(*delivery).or_default();
                (started.rule, started.arn) = (rule, arn);
                started.subject = subject;
            }
            Step::InvocationAttemptThrottle { delivery, .. } => {
                self.deliveries.entry(*delivery).or_default().throttled += 1;
            }
            Step::InvocationAttemptRetryableFailure {
                delivery,
                error_code,
                message,
                ..
            } => {
                let failed = self.deliveries.entry(*delivery).or_default();
                failed.failed_attempts += 1;
                failed.failure = Some((error_code, message));
            }
            Step::InvocationAttemptPermanentFailure {
                delivery,
                error_code,
                message,
            } => {
                let failed = self.deliveries.entry(*delivery).or_default();
                failed.failure = Some((error_code, message));
            }
            Step::InvocationSuccess {
                delivery,
                request,
                message,
                is_elsewhere,
            } => {
                let delivered = self.deliveries.entry(*delivery).or_default();
                delivered.request = request.as_deref();
                delivered.message = message.as_deref();
                (delivered.is_elsewhere, delivered.is_done) = (*is_elsewhere, true);
                if let Some(message) = message {
                    let subject = delivered.subject;
                    self.messages.entry(message).or_default().subject = subject;
                }
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

    fn add_batch(&mut self, step: &'t Step) {
        match step {
            Step::BatchStart {
                request,
                function,
                messages,
                ..
            } => {
                self.run(request).function = function;
                let messages = messages.iter().map(|one| &*one.message);
                let batch = Batch {
                    messages: messages.collect(),
                    ..Batch::default()
                };
                for message in &batch.messages {
                    let message = self.messages.entry(message).or_default();
                    message.batches.push(request);
                }
                self.batches.insert(request, batch);
            }
            Step::BatchEnd {
                request, failed, ..
            } => {
                let batch = self.batches.entry(request).or_default();
                batch.failed = failed.iter().map(|message| &**message).collect();
            }
            Step::MessageFiltered {
                message, function, ..
            } => {
                let message = self.messages.entry(message).or_default();
                message.filtered = Some(function);
            }
            Step::MessageGivenUp { message, to, .. } => {
                let message = self.messages.entry(message).or_default();
                message.given_up = Some(to.as_deref().map_or(GivenUp::Lost, GivenUp::Kept));
            }
            _ => {}
        }
    }

    /// Returns the message of a batch that an event which the run emitted goes with: the only one with its subject, or
    /// else the first one.
    fn cause(&self, batch: &Batch<'t>, event: &Event<'t>) -> Option<&'t str> {
        let subject = event.subject;
        let mut same = batch.messages.iter().filter(|message| {
            let message = self.messages.get(**message);
            subject.is_some() && message.is_some_and(|message| message.subject == subject)
        });
        let found = same.next().filter(|_| same.next().is_none());
        found.or(batch.messages.first()).copied()
    }

    fn event(
        &mut self,
        id: &'t str,
        emitted_by: Option<&'t str>,
        label: String,
        subject: Option<&'t str>,
    ) {
        let place = self.events.len();
        // A forwarded or replayed event keeps its id. What follows belongs to its latest place.
        self.places.insert(id, place);
        if let Some(request) = emitted_by {
            self.run(request).emitted.push(place);
        }
        self.events.push(Event {
            emitted_by,
            label,
            subject,
            unmatched: None,
            undecided: Vec::new(),
            stopped_after: None,
            deliveries: Vec::new(),
        });
    }

    /// Returns the runs that belong to an event or to nothing. Of others, the beginning is not kept.
    fn shown_runs(&self) -> BTreeSet<&'t str> {
        let deliveries = self.events.iter().flat_map(|event| &event.deliveries);
        let deliveries = deliveries.filter_map(|number| self.deliveries.get(number));
        let mut shown = BTreeSet::new();
        for delivery in deliveries {
            let message = delivery.message.and_then(|id| self.messages.get(id));
            shown.extend(message.into_iter().flat_map(|message| &message.batches));
            shown.extend(delivery.request);
        }
        let direct = self.runs.iter().filter(|(_, run)| run.is_direct);
        shown.extend(direct.map(|(request, _)| request));
        shown
    }

    fn find(&mut self, id: &str) -> Option<&mut Event<'t>> {
        self.events.get_mut(*self.places.get(id)?)
    }

    fn run(&mut self, request: &'t str) -> &mut Run<'t> {
        self.runs.entry(request).or_default()
    }

    fn end(&mut self, request: &'t str, duration_us: u64, failure: Option<&'t Failure>) {
        // Attempts of one request never overlap, so the last one is the one that ends.
        let run = self.run(request);
        let is_given_up = run.given_up.is_some();
        if let Some(attempt) = run.attempts.last_mut() {
            attempt.duration_us = Some(duration_us);
            attempt.failure = failure;
            attempt.is_given_up = is_given_up;
        }
    }
}
