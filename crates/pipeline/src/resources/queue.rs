//! Queues for dead letters, for failed runs, and for events that a job delivers.

use super::admitted::Admitted;
use super::name::{JobRef, Name};
use super::rule::Rule;
use crate::model::Pipeline;
use crate::values::Valued;

/// Fourteen days, the longest that SQS keeps a message: time to find and redrive it.
const RETENTION_SECONDS: u32 = 1_209_600;

/// A queue with its policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The name on AWS.
    pub name: Name,
    /// The Terraform label.
    pub label: String,
    /// What it is for.
    pub keeps: Keeps,
    /// Whether it keeps the order of its messages, and takes two that are equal within five minutes for one.
    pub is_fifo: bool,
    /// How long it keeps a message.
    pub retention_seconds: u32,
    /// How long a received message is hidden; `None` is SQS's own 30 seconds.
    pub visibility: Option<Visibility>,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
    /// The labels of the rules whose events its policy lets in. Roles send without a policy.
    pub senders: Vec<String>,
    /// How its policy names them; `None` if there are none.
    pub admitted: Option<Box<Admitted>>,
    /// The name, in the variable `kms_keys`, of the key that encrypts it; without one, SQS has a key of its own.
    pub kms_key: Option<String>,
}

/// How long a message is hidden that a function has received: time for Lambda to try a batch again that was throttled, as
/// AWS [recommends](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html). It is far below SQS's
/// limit of twelve hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visibility {
    /// The function's timeout in seconds, [`Visibility::TIMES`] times of which it is.
    pub timeout: Valued<u32>,
    /// The longest time that a batch waits for more messages, which is added.
    pub window_seconds: u32,
}

impl Visibility {
    /// How many timeouts it takes.
    pub const TIMES: u32 = 6;

    /// Returns the time in seconds.
    pub fn seconds(&self) -> u32 {
        Self::TIMES * self.timeout.value + self.window_seconds
    }
}

/// A queue's policy for messages that were received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// The label of the queue that gets them.
    pub label: String,
    /// Its name on AWS.
    pub name: Name,
    /// The most receives of a message.
    pub max_receives: u32,
}

/// What a queue is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// Dead letters: events that could not be delivered.
    DeadLetters,
    /// Failed runs: the event was delivered, and the function failed on every attempt.
    FailedRuns,
    /// Events for whoever reads them.
    Events,
    /// Events that wait for the job's own function.
    Waiting,
    /// Events of the bus that could not be encrypted or decrypted.
    Unreadable,
}

impl Queue {
    /// Builds the dead-letter queue of the targets of a job's rules.
    pub(super) fn dead_letters(job: JobRef<'_>, rules: &[Rule<'_>]) -> Self {
        Self {
            name: job.dead_letter_queue(),
            label: format!("{}_dlq", job.label()),
            keeps: Keeps::DeadLetters,
            is_fifo: false,
            retention_seconds: RETENTION_SECONDS,
            visibility: None,
            redrive: None,
            senders: on_bus(rules),
            admitted: None,
            kms_key: kms_key(job.pipeline),
        }
    }

    /// Builds the queue for a function's failed runs. Lambda sends with the role of the function.
    pub(super) fn failed_runs(job: JobRef<'_>) -> Self {
        let buffer = job.job.buffer.as_ref();
        let queue = Self {
            name: job.failure_queue(),
            label: format!("{}_on_failure", job.label()),
            keeps: Keeps::FailedRuns,
            is_fifo: false,
            retention_seconds: RETENTION_SECONDS,
            visibility: None,
            redrive: None,
            // Lambda sends with the role of the function, so the queue needs no policy.
            senders: Vec::new(),
            admitted: None,
            kms_key: kms_key(job.pipeline),
        };
        // What one FIFO queue gives up, only another can take.
        if buffer.is_some_and(|buffer| buffer.fifo.is_some()) {
            queue.fifo()
        } else {
            queue
        }
    }

    /// Makes it a FIFO queue.
    pub(super) fn fifo(self) -> Self {
        Self {
            name: self.name.of_fifo_queue(),
            is_fifo: true,
            ..self
        }
    }

    /// Builds the queue for events of an encrypted bus that could not be encrypted or decrypted.
    pub(super) fn unreadable(pipeline: &Pipeline) -> Self {
        Self {
            // No job's name is like this: jobs have no underscore.
            name: Name::new(format!("{}-bus_dlq", pipeline.name.value)),
            label: "bus_unreadable".to_owned(),
            keeps: Keeps::Unreadable,
            is_fifo: false,
            retention_seconds: RETENTION_SECONDS,
            visibility: None,
            redrive: None,
            senders: Vec::new(),
            admitted: None,
            kms_key: kms_key(pipeline),
        }
    }

    /// Builds the queue that a job's events are delivered to.
    pub(super) fn events(job: JobRef<'_>, rules: &[Rule<'_>]) -> Self {
        Self {
            name: job.function_name(),
            label: job.label(),
            keeps: Keeps::Events,
            is_fifo: false,
            retention_seconds: RETENTION_SECONDS,
            visibility: None,
            redrive: None,
            senders: on_bus(rules),
            admitted: None,
            kms_key: kms_key(job.pipeline),
        }
    }
}

/// Returns the name of the key of all queues.
fn kms_key(pipeline: &Pipeline) -> Option<String> {
    let key = pipeline.encryption.queues.as_ref();
    key.map(|key| key.value.clone())
}

/// Lists the labels of those that are rules. EventBridge Scheduler sends with its role instead.
fn on_bus(rules: &[Rule<'_>]) -> Vec<String> {
    let rules = rules.iter().filter(|rule| rule.bus().is_some());
    rules.map(|rule| rule.label.clone()).collect()
}
