//! What happened, step by step, in AWS's own vocabulary.

mod tree;

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

pub use tree::{Tree, TreeOptions};

/// One step. Times are the pipeline's, which may be virtual; durations are measured.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// Counts from 0, in the order in which things happened.
    pub sequence: u64,
    /// The pipeline's time.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub step: Step,
}

/// What may happen.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "step", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Step {
    /// An event arrived on the bus.
    EventReceipt {
        /// The event's id.
        event: String,
        /// The invocation that emitted it, if a function did.
        emitted_by: Option<String>,
        /// `source`.
        source: String,
        /// `detail-type`.
        detail_type: String,
        /// `detail.event_type`, if it has one.
        event_type: Option<String>,
        /// `detail.user_id`, if it has one.
        user_id: Option<String>,
    },
    /// A rule's schedule came due; the event is what it sends.
    ScheduleFired {
        /// The event's id.
        event: String,
        /// The rule.
        rule: String,
    },
    /// A rule matched an event.
    RuleMatch {
        /// The event's id.
        event: String,
        /// The rule.
        rule: String,
    },
    /// No rule matched an event.
    NoStandardRulesMatched {
        /// The event's id.
        event: String,
        /// The rule that came nearest, with the field that decided.
        nearest: Option<String>,
    },
    /// An event was handed to a function's queue.
    InvocationStart {
        /// The event's id.
        event: String,
        /// The rule.
        rule: String,
        /// The invocation's id, which its attempts share.
        invocation: String,
        /// The function.
        function: String,
    },
    /// The function began an attempt.
    InvocationAttemptStart {
        /// The invocation's id.
        invocation: String,
        /// From 1.
        attempt: u32,
        /// Whether a process was started for it.
        cold: bool,
    },
    /// The attempt succeeded.
    InvocationAttemptSuccess {
        /// The invocation's id.
        invocation: String,
        /// Measured, from hand-over to answer; a cold start is in it.
        duration_us: u64,
        /// The part of it that the process took to start.
        init_us: u64,
    },
    /// The attempt failed, and may be repeated.
    InvocationAttemptRetryableFailure {
        /// The invocation's id.
        invocation: String,
        /// Measured.
        duration_us: u64,
        /// What went wrong.
        failure: Failure,
    },
    /// The invocation is given up.
    InvocationFailure {
        /// The invocation's id.
        invocation: String,
        /// `RetriesExhausted`, or why it could not be tried.
        condition: String,
    },
    /// A line that a function wrote.
    FunctionLog {
        /// The invocation's id; nothing outside of one.
        invocation: Option<String>,
        /// The function.
        function: String,
        /// The line.
        line: String,
    },
}

/// How an attempt went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Failure {
    /// The handler answered with an error.
    Handler {
        /// `errorType`.
        error_type: String,
        /// `errorMessage`.
        message: String,
    },
    /// The process ended during a run.
    Crash {
        /// How it ended.
        status: String,
    },
    /// The process ended, or reported an error, before it asked for work.
    Init {
        /// How it ended.
        status: String,
    },
    /// The run took longer than the function's timeout.
    Timeout {
        /// The timeout.
        seconds: u64,
    },
    /// The process could not be started.
    Start {
        /// Why.
        message: String,
    },
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Handler {
                error_type,
                message,
            } => write!(f, "{error_type}: {message}"),
            Self::Crash { status } => write!(f, "the function ended during the run ({status})"),
            Self::Init { status } => write!(f, "the function ended before it took work ({status})"),
            Self::Timeout { seconds } => write!(f, "timed out after {seconds} s"),
            Self::Start { message } => write!(f, "could not be started: {message}"),
        }
    }
}

/// The records of a run.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    records: Mutex<Vec<Record>>,
}

impl Trace {
    pub(crate) fn record(&self, at: Timestamp, step: Step) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let sequence = records.len() as u64;
        records.push(Record { sequence, at, step });
    }

    pub(crate) fn snapshot(&self) -> Vec<Record> {
        self.records
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
