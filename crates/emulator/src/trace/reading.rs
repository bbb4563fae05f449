//! Reads a trace for its report, step by step: the steps themselves need not be kept. What has come to its end is counted
//! and forgotten, so that a report over millions of runs takes no more memory than what is on its way.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};

use super::report::Report;
use super::step::{FaultKind, Step};
use crate::queue::is_fifo;

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

/// The number of failures of which the next step may still say that they are kept. It comes at once, but steps of others may
/// come between.
const FAILURES: usize = 1_000;

/// The time for which a FIFO queue gives an equal message the id of the first one, and a little more.
const EQUAL: SignedDuration = SignedDuration::from_mins(6);

/// One thing that had to run.
#[derive(Debug)]
struct Effect {
    fate: Fate,
    /// What may still change its fate: deliveries, runs and messages that have not ended.
    open: u32,
}

/// Messages that run together.
#[derive(Debug)]
struct Batch {
    messages: Vec<Id>,
    is_ordered: bool,
}

/// Makes a report. It takes about two hundred bytes for each effect that has not ended.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// What has ended.
    report: Report,
    /// What has not, by event, rule and target, or by the request.
    effects: HashMap<Id, Effect>,
    by_delivery: HashMap<u64, Id>,
    by_request: HashMap<Id, Id>,
    /// The effects that are messages of a queue. A FIFO queue makes one message of equal ones.
    by_message: HashMap<Id, Vec<Id>>,
    /// The fates of messages of FIFO queues that have ended lately.
    equal: HashMap<Id, Fate>,
    equal_since: VecDeque<(Timestamp, Id)>,
    batches: HashMap<Id, Batch>,
    /// Requests that have a run, those that had an entry refused, and those that had an entry taken.
    running: HashSet<Id>,
    refused: HashSet<Id>,
    taken: HashSet<Id>,
    /// Requests that were given up during their run. A function that keeps its event by itself succeeds afterwards.
    kept: HashSet<Id>,
    /// Deliveries and requests that failed for good a short while ago.
    failed_deliveries: VecDeque<u64>,
    failed_requests: VecDeque<Id>,
}

impl Reader {
    pub(super) fn read(&mut self, at: Timestamp, step: &Step) {
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
                self.read_batch(at, step);
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
                self.open(effect);
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
                    (None, Some(message)) => self.is_message(id(&**message), effect),
                    (None, None) if *is_elsewhere => self.ends(effect, Fate::Elsewhere),
                    (None, None) => self.ends(effect, Fate::Arrived),
                }
            }
            Step::InvocationFailure { delivery, .. } => {
                self.delivery_becomes(*delivery, Fate::Lost);
                // The next step of this delivery says whether it is kept.
                self.failed_deliveries.push_back(*delivery);
                if self.failed_deliveries.len() > FAILURES
                    && let Some(delivery) = self.failed_deliveries.pop_front()
                    && let Some(effect) = self.by_delivery.remove(&delivery)
                {
                    self.close(effect);
                }
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
                self.open(effect);
            }
            Step::FunctionStart { request, .. } => {
                self.running.insert(id(&**request));
            }
            Step::FunctionSuccess { request, .. } => {
                let request = id(&**request);
                if !self.kept.contains(&request) {
                    self.request_becomes(request, Fate::Arrived);
                }
                // A run is not silent if one of its entries was taken, for instance when it tried again.
                if self.refused.contains(&request) && !self.taken.contains(&request) {
                    self.report.silent_runs += 1;
                }
                self.request_is_over(request);
            }
            Step::FunctionError {
                request, retry_at, ..
            } => {
                let request = id(&**request);
                self.report.failed_attempts += 1;
                self.running.remove(&request);
                if retry_at.is_none() {
                    self.request_becomes(request, Fate::Lost);
                    // The next step of this request says whether it is kept.
                    self.failed_requests.push_back(request);
                    if self.failed_requests.len() > FAILURES
                        && let Some(request) = self.failed_requests.pop_front()
                    {
                        self.request_is_over(request);
                    }
                }
            }
            Step::FunctionFailure {
                request,
                destination,
                ..
            } => {
                let request = id(&**request);
                let fate = match destination {
                    Some(_) => Fate::Kept,
                    None => Fate::Lost,
                };
                self.request_becomes(request, fate);
                if self.running.contains(&request) {
                    self.kept.insert(request);
                } else {
                    self.request_is_over(request);
                }
            }
            _ => {}
        }
    }

    fn read_batch(&mut self, at: Timestamp, step: &Step) {
        match step {
            Step::BatchStart {
                request,
                messages,
                queue,
                ..
            } => {
                let batch = Batch {
                    messages: messages.iter().map(|one| id(&*one.message)).collect(),
                    is_ordered: is_fifo(queue),
                };
                self.batches.insert(id(&**request), batch);
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
                let request = id(&**request);
                self.request_is_over(request);
                let Some(batch) = self.batches.remove(&request) else {
                    return;
                };
                let failed: HashSet<Id> = failed.iter().map(|message| id(&**message)).collect();
                let done = batch.messages.into_iter();
                for message in done.filter(|message| !failed.contains(message)) {
                    // What the function has kept by itself is done for Lambda, and has ended before.
                    self.message_ends(at, message, Fate::Arrived, batch.is_ordered);
                }
            }
            Step::MessageGivenUp { message, to, queue } => {
                let fate = match to {
                    Some(_) => Fate::Kept,
                    None => Fate::Lost,
                };
                self.message_ends(at, id(&**message), fate, is_fifo(queue));
            }
            Step::MessageFiltered { message, queue, .. } => {
                self.message_ends(at, id(&**message), Fate::Filtered, is_fifo(queue));
            }
            _ => {}
        }
    }

    fn delivery_becomes(&mut self, delivery: u64, fate: Fate) {
        if let Some(effect) = self.by_delivery.get(&delivery).copied() {
            self.becomes(effect, fate);
        }
    }

    fn request_becomes(&mut self, request: Id, fate: Fate) {
        if let Some(effect) = self.by_request.get(&request).copied() {
            self.becomes(effect, fate);
        }
    }

    /// Forgets a request that has no further run.
    fn request_is_over(&mut self, request: Id) {
        for of in [
            &mut self.running,
            &mut self.refused,
            &mut self.taken,
            &mut self.kept,
        ] {
            of.remove(&request);
        }
        if let Some(effect) = self.by_request.remove(&request) {
            self.close(effect);
        }
    }

    /// Notes that an effect is a message, which may be equal to one that has ended.
    fn is_message(&mut self, message: Id, effect: Id) {
        match self.equal.get(&message).copied() {
            Some(fate) => self.ends(effect, fate),
            None => self.by_message.entry(message).or_default().push(effect),
        }
    }

    /// Notes the end of a message. The first end counts.
    fn message_ends(&mut self, at: Timestamp, message: Id, fate: Fate, is_ordered: bool) {
        for effect in self.by_message.remove(&message).unwrap_or_default() {
            self.ends(effect, fate);
        }
        while let Some((since, old)) = self.equal_since.front().copied() {
            if at.duration_since(since) < EQUAL {
                break;
            }
            self.equal.remove(&old);
            self.equal_since.pop_front();
        }
        if is_ordered && !self.equal.contains_key(&message) {
            self.equal.insert(message, fate);
            self.equal_since.push_back((at, message));
        }
    }

    /// Notes that something more may decide the fate of an effect.
    fn open(&mut self, effect: Id) {
        let known = self.effects.entry(effect).or_insert(Effect {
            fate: Fate::Waiting,
            open: 0,
        });
        known.open += 1;
    }

    fn ends(&mut self, effect: Id, fate: Fate) {
        self.becomes(effect, fate);
        self.close(effect);
    }

    /// Notes a fate, unless one further down is known: an effect that was delivered twice has happened if one of the two
    /// has.
    fn becomes(&mut self, effect: Id, fate: Fate) {
        if let Some(known) = self.effects.get_mut(&effect) {
            known.fate = fate.max(known.fate);
        }
    }

    /// Notes that something no longer decides the fate of an effect. After the last one it is counted.
    fn close(&mut self, effect: Id) {
        let Some(known) = self.effects.get_mut(&effect) else {
            return;
        };
        known.open = known.open.saturating_sub(1);
        if known.open == 0 {
            let fate = known.fate;
            self.effects.remove(&effect);
            count(&mut self.report, fate);
        }
    }

    /// Returns the report of what was read so far.
    pub(super) fn report(&self) -> Report {
        let mut report = self.report.clone();
        for effect in self.effects.values() {
            count(&mut report, effect.fate);
        }
        report
    }
}

/// Counts an effect.
fn count(report: &mut Report, fate: Fate) {
    let counted = match fate {
        Fate::Waiting => &mut report.waiting,
        Fate::Lost => &mut report.lost,
        Fate::Kept => &mut report.kept,
        Fate::Elsewhere => &mut report.elsewhere,
        Fate::Arrived => &mut report.arrived,
        Fate::Filtered => return,
    };
    *counted += 1;
    report.effects += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twenty thousand events, each with a run that fails once, a message in a FIFO queue, and a delivery that is given up.
    #[test]
    fn what_has_ended_takes_no_memory() {
        let mut reader = Reader::default();
        for number in 0..20_000_u32 {
            let at = Timestamp::from_second(number.into()).unwrap();
            for step in steps(number) {
                reader.read(at, &step);
            }
        }
        let report = reader.report();
        assert_eq!(report.effects, 60_000);
        assert_eq!((report.arrived, report.kept), (40_000, 20_000));
        assert_eq!(report.silent_runs, 20_000);
        let held = reader.effects.len() + reader.by_delivery.len() + reader.by_request.len();
        assert!(held <= 2 * FAILURES, "{held}");
        assert!(reader.equal.len() <= 360 && reader.equal_since.len() <= 360);
        let sets = [
            &reader.running,
            &reader.refused,
            &reader.taken,
            &reader.kept,
        ];
        assert!(sets.iter().all(|set| set.is_empty()));
        assert!(reader.by_message.is_empty() && reader.batches.is_empty());
    }

    fn steps(number: u32) -> Vec<Step> {
        let first = u64::from(number) * 3;
        let name = |what: &str| -> std::sync::Arc<str> { format!("{what}{number}").into() };
        let start = |delivery, target: &str| Step::InvocationStart {
            event: name("event"),
            delivery,
            rule: "rule".into(),
            target: target.into(),
            arn: "arn".into(),
            payload: None,
        };
        let success = |delivery, request, message| Step::InvocationSuccess {
            delivery,
            request,
            message,
            is_elsewhere: false,
        };
        let run = || Step::FunctionStart {
            request: name("run"),
            function: "f".into(),
            attempt: 1,
            cold: false,
        };
        let queue: std::sync::Arc<str> = "arn:aws:sqs:r:1:q.fifo".into();
        let receive = crate::trace::BatchMessage {
            message: name("message"),
            receive: 1,
        };
        vec![
            start(first, "function"),
            start(first + 1, "queue"),
            start(first + 2, "none"),
            success(first, Some(name("run")), None),
            run(),
            Step::FunctionError {
                request: name("run"),
                duration_us: 1,
                failure: crate::trace::Failure::Lost,
                retry_at: Some(Timestamp::UNIX_EPOCH),
            },
            run(),
            Step::EntryRefused {
                emitted_by: Some(name("run")),
                source: "s".to_owned(),
                detail_type: "D".to_owned(),
                code: "InternalFailure".to_owned(),
                message: String::new(),
            },
            Step::FunctionSuccess {
                request: name("run"),
                duration_us: 1,
                init_us: 0,
            },
            success(first + 1, None, Some(name("message"))),
            Step::BatchStart {
                request: name("batch"),
                queue,
                function: "f".into(),
                messages: vec![receive],
            },
            Step::BatchEnd {
                request: name("batch"),
                failed: Vec::new(),
                reason: None,
                retry_at: None,
            },
            Step::InvocationFailure {
                delivery: first + 2,
                error_code: "NO_RESOURCE".to_owned(),
                condition: None,
            },
            Step::InvocationDlq {
                delivery: first + 2,
                queue: "dead".to_owned(),
                message: Some("letter".to_owned()),
            },
        ]
    }
}
