//! Queues for dead letters, for failed runs, and for events that a job delivers.

use super::name::{JobRef, Name};
use super::rule::Rule;

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
    /// How long it keeps a message.
    pub retention_seconds: u32,
    /// The labels of the rules whose events its policy lets in. Roles send without a policy.
    pub senders: Vec<String>,
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
}

impl Queue {
    /// Builds the dead-letter queue of the targets of a job's rules.
    pub(super) fn dead_letters(job: JobRef<'_>, rules: &[Rule<'_>]) -> Self {
        Self {
            name: job.dead_letter_queue(),
            label: format!("{}_dlq", job.label()),
            keeps: Keeps::DeadLetters,
            retention_seconds: RETENTION_SECONDS,
            senders: on_bus(rules),
        }
    }

    /// Builds the queue for a function's failed runs. Lambda sends with the role of the function.
    pub(super) fn failed_runs(job: JobRef<'_>) -> Self {
        Self {
            name: job.failure_queue(),
            label: format!("{}_on_failure", job.label()),
            keeps: Keeps::FailedRuns,
            retention_seconds: RETENTION_SECONDS,
            // Lambda sends with the role of the function, so the queue needs no policy.
            senders: Vec::new(),
        }
    }

    /// Builds the queue that a job's events are delivered to.
    pub(super) fn events(job: JobRef<'_>, rules: &[Rule<'_>]) -> Self {
        Self {
            name: job.function_name(),
            label: job.label(),
            keeps: Keeps::Events,
            retention_seconds: RETENTION_SECONDS,
            senders: on_bus(rules),
        }
    }
}

/// Lists the labels of those that are rules. EventBridge Scheduler sends with its role instead.
fn on_bus(rules: &[Rule<'_>]) -> Vec<String> {
    let rules = rules.iter().filter(|rule| rule.bus().is_some());
    rules.map(|rule| rule.label.clone()).collect()
}
