//! The result of a run: whether everything has run that the events had to start.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::step::FaultKind;

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

impl Report {
    /// Returns whether there was something to start, and all of it happened.
    pub fn is_fine(&self) -> bool {
        // If nothing matched, the run proves nothing.
        self.effects > 0
            && self.arrived + self.elsewhere == self.effects
            && self.silent_runs == 0
            && self.stopped_loops == 0
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
    use crate::trace::{BatchMessage, Record, Step};

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
