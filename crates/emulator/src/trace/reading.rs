//! Reads a trace for its report, step by step: the steps themselves need not be kept.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::report::Report;
use super::step::{FaultKind, Step};

/// The fate of one effect. A fate further down replaces one further up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Waiting,
    Lost,
    Kept,
    Elsewhere,
    Arrived,
    /// It was not meant for the function, and counts as nothing that had to run.
    Filtered,
}

/// What stands for a text, or for several. A report over millions of steps has no room for the texts, and no two of them
/// get the same number by chance.
type Id = u64;

fn id(texts: impl Hash) -> Id {
    let mut hasher = DefaultHasher::new();
    texts.hash(&mut hasher);
    hasher.finish()
}

/// Makes a report. It takes about a hundred bytes for each effect.
#[derive(Debug, Default)]
pub(super) struct Reader {
    report: Report,
    /// By event, rule and target, or by the request.
    effects: HashMap<Id, Fate>,
    by_delivery: HashMap<u64, Id>,
    by_request: HashMap<Id, Id>,
    /// The effects that are messages of a queue. A FIFO queue makes one message of equal ones.
    queued: Vec<(Id, Id)>,
    /// The fate of each message, and the messages of each batch.
    messages: HashMap<Id, Fate>,
    batches: HashMap<Id, Vec<Id>>,
    /// Requests that had an entry refused, and those that had an entry taken.
    refused: HashSet<Id>,
    taken: HashSet<Id>,
    succeeded: HashSet<Id>,
    /// Requests that were given up. A function that keeps its event by itself succeeds afterwards.
    kept: HashSet<Id>,
}

impl Reader {
    pub(super) fn read(&mut self, step: &Step) {
        match step {
            Step::EventReceipt { emitted_by, .. } => {
                self.report.events += 1;
                self.taken.extend(emitted_by.as_deref().map(id));
            }
            Step::ScheduleFired { .. } => self.report.events += 1,
            Step::NoStandardRulesMatched { .. } => self.report.unmatched += 1,
            Step::LoopStopped { .. } => self.report.stopped_loops += 1,
            Step::EntryRefused { emitted_by, .. } => {
                self.refused.extend(emitted_by.as_deref().map(id));
            }
            Step::Fault { fault, request, .. } => {
                *self.report.faults.entry(*fault).or_default() += 1;
                // A request that fails as a whole has no records of its entries.
                if *fault == FaultKind::RefuseRequest {
                    self.refused.extend(request.as_deref().map(id));
                }
            }
            step => {
                self.read_delivery(step);
                self.read_batch(step);
                self.read_run(step);
            }
        }
    }

    fn read_delivery(&mut self, step: &Step) {
        match step {
            Step::InvocationStart {
                event,
                delivery,
                rule,
                target,
                ..
            } => {
                let effect = id((event, rule, target));
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
                let Some(effect) = self.by_delivery.remove(delivery) else {
                    return;
                };
                match (request, message) {
                    (Some(request), _) => {
                        self.by_request.insert(id(&**request), effect);
                    }
                    (None, Some(message)) => self.queued.push((id(&**message), effect)),
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

    fn read_run(&mut self, step: &Step) {
        match step {
            Step::FunctionInvoked { request, .. } => {
                let effect = id(&**request);
                self.by_request.insert(effect, effect);
                self.becomes(effect, Fate::Waiting);
            }
            Step::FunctionSuccess { request, .. } => {
                self.succeeded.insert(id(&**request));
                if !self.kept.contains(&id(&**request)) {
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
                self.kept.insert(id(&**request));
                self.request_becomes(request, fate);
            }
            _ => {}
        }
    }

    fn read_batch(&mut self, step: &Step) {
        match step {
            Step::BatchStart {
                request, messages, ..
            } => {
                let messages = messages.iter().map(|one| id(&*one.message));
                self.batches.insert(id(&**request), messages.collect());
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
                let messages = self.batches.remove(&id(&**request)).unwrap_or_default();
                let failed: Vec<Id> = failed.iter().map(|message| id(&**message)).collect();
                for message in messages
                    .into_iter()
                    .filter(|message| !failed.contains(message))
                {
                    // What the function has kept by itself is done for Lambda.
                    self.messages.entry(message).or_insert(Fate::Arrived);
                }
            }
            Step::MessageGivenUp { message, to, .. } => {
                let fate = match to {
                    Some(_) => Fate::Kept,
                    None => Fate::Lost,
                };
                self.messages.insert(id(&**message), fate);
            }
            Step::MessageFiltered { message, .. } => {
                self.messages.insert(id(&**message), Fate::Filtered);
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
        if let Some(effect) = self.by_request.get(&id(request)).copied() {
            self.becomes(effect, fate);
        }
    }

    /// Notes a fate, unless one further down is known: an effect that was delivered twice has happened if one of the two
    /// has.
    fn becomes(&mut self, effect: Id, fate: Fate) {
        let known = self.effects.entry(effect).or_insert(fate);
        *known = fate.max(*known);
    }

    /// Returns the report of what was read so far.
    pub(super) fn report(&mut self) -> Report {
        for (message, effect) in std::mem::take(&mut self.queued) {
            let fate = self.messages.get(&message).copied();
            self.becomes(effect, fate.unwrap_or(Fate::Waiting));
            self.queued.push((message, effect));
        }
        self.effects.retain(|_, fate| *fate != Fate::Filtered);
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
            ..self.report.clone()
        }
    }
}
