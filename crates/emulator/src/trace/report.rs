//! The result of a run: whether everything has run that the events had to start.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::journal::Record;
use super::step::{BatchMessage, FaultKind, Step};

/// The result of a trace. An effect is one thing that had to run: an event at one target of a rule that it matched, or a
/// direct invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Events that arrived on a bus, including those of schedules.
    pub events: usize,
    /// Events that no rule matched.
    pub unmatched: usize,
    /// Everything that events and direct invocations had to start.
    pub effects: usize,
    /// Effects that happened at least once.
    pub arrived: usize,
    /// Effects that failed for good, and are kept in a dead-letter queue or at a failure destination.
    pub kept: usize,
    /// Effects that failed for good, and are kept nowhere.
    pub lost: usize,
    /// Effects that were delivered to something that is not on this machine.
    pub elsewhere: usize,
    /// Effects that still have to be tried.
    pub waiting: usize,
    /// Attempts of functions that failed.
    pub failed_attempts: usize,
    /// Attempts to deliver that a target refused.
    pub refused_deliveries: usize,
    /// Runs that succeeded although the bus refused all their events.
    pub silent_runs: usize,
    /// Chains of events that were stopped because they were too long.
    pub stopped_loops: usize,
    /// Faults that were put in.
    pub faults: BTreeMap<FaultKind, usize>,
}

/// The fate of one effect. A fate further down replaces one further up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Waiting,
    Lost,
    Kept,
    Elsewhere,
    Arrived,
}

/// An effect's key: its event, rule and target, or its request and two empty texts.
type Effect<'t> = [&'t str; 3];

#[derive(Default)]
struct Reader<'t> {
    report: Report,
    effects: BTreeMap<Effect<'t>, Fate>,
    by_delivery: BTreeMap<u64, Effect<'t>>,
    by_request: BTreeMap<&'t str, Effect<'t>>,
    /// The effects that are messages of a queue. A FIFO queue makes one message of equal ones.
    queued: Vec<(&'t str, Effect<'t>)>,
    /// The fate of each message, and the messages of each batch.
    messages: BTreeMap<&'t str, Fate>,
    batches: BTreeMap<&'t str, &'t [BatchMessage]>,
    /// Requests that had an entry refused, and those that had an entry taken.
    refused: BTreeSet<&'t str>,
    taken: BTreeSet<&'t str>,
    succeeded: BTreeSet<&'t str>,
    /// Requests that were given up. A function that keeps its event by itself succeeds afterwards.
    kept: BTreeSet<&'t str>,
}

impl Report {
    /// Reads a trace.
    pub fn new(records: &[Record]) -> Self {
        let mut reader = Reader::default();
        for record in records {
            reader.read(&record.step);
        }
        reader.finish()
    }

    /// Returns whether there was something to start, and all of it happened.
    pub fn is_fine(&self) -> bool {
        // If nothing matched, the run proves nothing.
        self.effects > 0
            && self.arrived + self.elsewhere == self.effects
            && self.silent_runs == 0
            && self.stopped_loops == 0
    }
}

impl<'t> Reader<'t> {
    fn read(&mut self, step: &'t Step) {
        match step {
            Step::EventReceipt { emitted_by, .. } => {
                self.report.events += 1;
                self.taken.extend(emitted_by.as_deref());
            }
            Step::ScheduleFired { .. } => self.report.events += 1,
            Step::NoStandardRulesMatched { .. } => self.report.unmatched += 1,
            Step::LoopStopped { .. } => self.report.stopped_loops += 1,
            Step::EntryRefused { emitted_by, .. } => self.refused.extend(emitted_by.as_deref()),
            Step::Fault { fault, request, .. } => {
                *self.report.faults.entry(*fault).or_default() += 1;
                // A request that fails as a whole has no records of its entries.
                if *fault == FaultKind::RefuseRequest {
                    self.refused.extend(request.as_deref());
                }
            }
            step => {
                self.read_delivery(step);
                self.read_batch(step);
                self.read_run(step);
            }
        }
    }

    fn read_delivery(&mut self, step: &'t Step) {
        match step {
            Step::InvocationStart {
                event,
                delivery,
                rule,
                target,
                ..
            } => {
                let effect: Effect<'t> = [event, rule, target];
                self.by_delivery.insert(*delivery, effect);
                self.becomes(effect, Fate::Waiting);
            }
            Step::InvocationAttemptThrottle { .. }
            | Step::InvocationAttemptRetryableFailure { .. }
            | Step::InvocationAttemptPermanentFailure { .. } => {
                self.report.refused_deliveries += 1;
            }
            Step::InvocationSuccess {
                delivery,
                request,
                message,
                is_elsewhere,
            } => {
                let Some(effect) = self.by_delivery.get(delivery).copied() else {
                    return;
                };
                match (request, message) {
                    (Some(request), _) => {
                        self.by_request.insert(request, effect);
                    }
                    (None, Some(message)) => self.queued.push((message, effect)),
                    (None, None) if *is_elsewhere => self.becomes(effect, Fate::Elsewhere),
                    (None, None) => self.becomes(effect, Fate::Arrived),
                }
            }
            Step::InvocationFailure { delivery, .. } => {
                self.delivery_becomes(*delivery, Fate::Lost);
            }
            Step::InvocationDlq {
                delivery,
                message: Some(_),
                ..
            } => self.delivery_becomes(*delivery, Fate::Kept),
            _ => {}
        }
    }

    fn read_run(&mut self, step: &'t Step) {
        match step {
            Step::FunctionInvoked { request, .. } => {
                let effect: Effect<'t> = [request, "", ""];
                self.by_request.insert(request, effect);
                self.becomes(effect, Fate::Waiting);
            }
            Step::FunctionSuccess { request, .. } => {
                self.succeeded.insert(request);
                if !self.kept.contains(&**request) {
                    self.request_becomes(request, Fate::Arrived);
                }
            }
            Step::FunctionError {
                request, retry_at, ..
            } => {
                self.report.failed_attempts += 1;
                // The next step of this request says whether it is kept.
                if retry_at.is_none() {
                    self.request_becomes(request, Fate::Lost);
                }
            }
            Step::FunctionFailure {
                request,
                destination,
                ..
            } => {
                let fate = match destination {
                    Some(_) => Fate::Kept,
                    None => Fate::Lost,
                };
                self.kept.insert(request);
                self.request_becomes(request, fate);
            }
            _ => {}
        }
    }

    fn read_batch(&mut self, step: &'t Step) {
        match step {
            Step::BatchStart {
                request, messages, ..
            } => {
                self.batches.insert(request, messages);
            }
            Step::BatchEnd {
                request,
                failed,
                reason,
                ..
            } => {
                // A batch that failed as a whole has an attempt of its function that says so.
                if reason.is_none() {
                    self.report.failed_attempts += failed.len();
                }
                let messages = self.batches.remove(&**request).unwrap_or_default();
                let done = messages.iter().map(|one| &one.message);
                for message in done.filter(|message| !failed.contains(message)) {
                    // What the function has kept by itself is done for Lambda.
                    self.messages.entry(message).or_insert(Fate::Arrived);
                }
            }
            Step::MessageGivenUp { message, to, .. } => {
                let fate = match to {
                    Some(_) => Fate::Kept,
                    None => Fate::Lost,
                };
                self.messages.insert(message, fate);
            }
            _ => {}
        }
    }

    fn delivery_becomes(&mut self, delivery: u64, fate: Fate) {
        if let Some(effect) = self.by_delivery.get(&delivery).copied() {
            self.becomes(effect, fate);
        }
    }

    fn request_becomes(&mut self, request: &str, fate: Fate) {
        if let Some(effect) = self.by_request.get(request).copied() {
            self.becomes(effect, fate);
        }
    }

    /// Notes a fate, unless one further down is known: an effect that was delivered twice has happened if one of the two
    /// has.
    fn becomes(&mut self, effect: Effect<'t>, fate: Fate) {
        let known = self.effects.entry(effect).or_insert(fate);
        *known = fate.max(*known);
    }

    fn finish(mut self) -> Report {
        for (message, effect) in std::mem::take(&mut self.queued) {
            let fate = self.messages.get(message).copied();
            self.becomes(effect, fate.unwrap_or(Fate::Waiting));
        }
        let of = |fate| self.effects.values().filter(|is| **is == fate).count();
        // A run is not silent if one of its entries was taken, for instance when it tried again.
        let silent = self.refused.difference(&self.taken);
        Report {
            effects: self.effects.len(),
            arrived: of(Fate::Arrived),
            elsewhere: of(Fate::Elsewhere),
            kept: of(Fate::Kept),
            lost: of(Fate::Lost),
            waiting: of(Fate::Waiting),
            silent_runs: silent
                .filter(|request| self.succeeded.contains(*request))
                .count(),
            ..self.report
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = |count: usize| format!("{count} run{}", if count == 1 { "" } else { "s" });
        write!(f, "{}", runs(self.effects))?;
        if self.effects == 0 {
            return write!(f, ": nothing matched");
        }
        write!(f, ", {} ok", self.arrived)?;
        for (count, what) in [
            (self.elsewhere, "delivered, not run here"),
            (self.kept, "failed and kept in a queue"),
            (self.lost, "failed and lost"),
            (self.waiting, "waiting"),
            (
                self.silent_runs,
                "ok without its events, which were refused",
            ),
            (self.stopped_loops, "stopped as a loop"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        let attempts = self.failed_attempts + self.refused_deliveries;
        if attempts > 0 {
            let plural = if attempts == 1 { "" } else { "s" };
            write!(f, " ({attempts} failed attempt{plural})")?;
        }
        if !self.faults.is_empty() {
            let faults = self.faults.iter();
            let faults = faults.map(|(fault, count)| format!("{count} {}", fault.name()));
            write!(f, "\nfaults: {}", faults.collect::<Vec<_>>().join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(delivery: u64, target: &str) -> Step {
        Step::InvocationStart {
            event: "e".into(),
            delivery,
            rule: "r".into(),
            target: target.into(),
            arn: "arn".into(),
            payload: None,
        }
    }

    fn taken(delivery: u64, request: &str) -> Step {
        Step::InvocationSuccess {
            delivery,
            message: None,
            is_elsewhere: false,
            request: Some(request.into()),
        }
    }

    fn done(request: &str) -> Step {
        Step::FunctionSuccess {
            request: request.into(),
            duration_us: 1,
            init_us: 0,
        }
    }

    fn given_up(request: &str, destination: Option<&str>) -> Step {
        Step::FunctionFailure {
            request: request.into(),
            condition: "RetriesExhausted".to_owned(),
            destination: destination.map(str::to_owned),
        }
    }

    fn report(steps: Vec<Step>) -> Report {
        let records = steps.into_iter().zip(0..).map(|(step, sequence)| Record {
            sequence,
            at: jiff::Timestamp::UNIX_EPOCH,
            step,
        });
        Report::new(&records.collect::<Vec<_>>())
    }

    #[test]
    fn what_was_delivered_twice_is_one_effect() {
        let steps = vec![
            start(0, "a"),
            start(1, "a"),
            taken(0, "x"),
            taken(1, "y"),
            done("x"),
            given_up("y", None),
        ];
        let report = report(steps);
        assert_eq!((report.effects, report.arrived, report.lost), (1, 1, 0));
        assert!(report.is_fine());
        assert_eq!(report.to_string(), "1 run, 1 ok");
    }

    #[test]
    fn what_is_kept_lost_and_waiting_is_told_apart() {
        let steps = vec![
            start(0, "a"),
            start(1, "b"),
            start(2, "c"),
            taken(0, "x"),
            taken(1, "y"),
            taken(2, "z"),
            given_up("x", Some("queue")),
            given_up("y", None),
        ];
        let report = report(steps);
        assert!(!report.is_fine());
        assert_eq!(
            report.to_string(),
            "3 runs, 0 ok, 1 failed and kept in a queue, 1 failed and lost, 1 waiting"
        );
    }

    #[test]
    fn a_message_has_arrived_when_its_batch_is_done_without_it_failing() {
        let queued = |delivery, message: &str| Step::InvocationSuccess {
            delivery,
            request: None,
            message: Some(message.into()),
            is_elsewhere: false,
        };
        let batch = |request: &str, messages: &[&str], failed: &[&str]| {
            let messages = messages.iter().map(|message| BatchMessage {
                message: (*message).into(),
                receive: 1,
            });
            let begin = Step::BatchStart {
                request: request.into(),
                queue: "q".into(),
                function: "f".into(),
                messages: messages.collect(),
            };
            let end = Step::BatchEnd {
                request: request.into(),
                failed: failed.iter().map(|message| (*message).into()).collect(),
                reason: None,
                retry_at: None,
            };
            [begin, end]
        };
        let mut steps = vec![
            start(0, "a"),
            start(1, "b"),
            start(2, "c"),
            queued(0, "m"),
            queued(1, "n"),
            queued(2, "o"),
        ];
        steps.extend(batch("r", &["m", "n"], &["n"]));
        steps.extend(batch("s", &["n"], &["n"]));
        let waiting = report(steps.clone());
        assert_eq!((waiting.arrived, waiting.waiting), (1, 2));
        assert_eq!(waiting.failed_attempts, 2);
        steps.push(Step::MessageGivenUp {
            message: "n".into(),
            queue: "q".into(),
            to: Some("d".to_owned()),
        });
        steps.push(Step::MessageGivenUp {
            message: "o".into(),
            queue: "q".into(),
            to: None,
        });
        let over = report(steps);
        assert_eq!((over.arrived, over.kept, over.lost), (1, 1, 1));
    }

    #[test]
    fn what_is_delivered_elsewhere_is_counted_apart_and_is_fine() {
        let elsewhere = Step::InvocationSuccess {
            delivery: 0,
            request: None,
            message: None,
            is_elsewhere: true,
        };
        let report = report(vec![start(0, "a"), elsewhere]);
        assert!(report.is_fine());
        assert_eq!(report.to_string(), "1 run, 0 ok, 1 delivered, not run here");
    }

    #[test]
    fn a_run_whose_events_were_all_refused_is_not_fine() {
        let refused = Step::EntryRefused {
            emitted_by: Some("x".into()),
            source: "s".to_owned(),
            detail_type: "D".to_owned(),
            code: "InternalFailure".to_owned(),
            message: String::new(),
        };
        let report = report(vec![start(0, "a"), taken(0, "x"), refused, done("x")]);
        assert_eq!((report.arrived, report.silent_runs), (1, 1));
        assert!(!report.is_fine());
    }
}
