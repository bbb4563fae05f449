//! The kinds of alarms that jobs have: what the alarms of one kind have in common, whichever job they watch.

/// Stands for the job's name in a description of a kind.
pub const JOB: &str = "<job>";
/// Stands for the name of the job's dead-letter queue.
pub(super) const QUEUE: &str = "<queue>";

pub(super) const EVENTS: &str = "AWS/Events";
pub(super) const LAMBDA: &str = "AWS/Lambda";
pub(super) const SQS: &str = "AWS/SQS";

/// The messages in a queue that nobody has received yet.
pub(super) const DEPTH: &str = "ApproximateNumberOfMessagesVisible";
/// The age of the oldest message in a queue, in seconds.
pub(super) const AGE: &str = "ApproximateAgeOfOldestMessage";

/// What all alarms of a kind have in common.
#[derive(Debug, PartialEq, Eq)]
pub struct AlarmKind {
    /// The name.
    pub name: &'static str,
    /// What it says of itself, with `<job>` for the job's name and `<queue>` for that of its dead-letter queue. An alarm may
    /// say more.
    pub description: &'static str,
    /// The namespace of its metrics; `None` for the pipeline's.
    pub namespace: Option<&'static str>,
    /// The metrics that it adds up, of all that a job has of what it watches.
    pub metrics: &'static [&'static str],
    /// How the data of a period become one number.
    pub statistic: &'static str,
}

impl AlarmKind {
    /// The description in a pipeline, with `<job>` for the job's name: what is right for a job that has the names on AWS
    /// that are made of its own.
    pub fn description_in(&self, pipeline: &str) -> String {
        let queue = format!("{pipeline}-{JOB}-dlq-<environment>");
        self.description.replace(QUEUE, &queue)
    }
}

/// Every kind, in the order in which a job has them.
pub static ALARM_KINDS: [&AlarmKind; 10] = [
    &FAILED_DELIVERIES,
    &UNDELIVERED,
    &FAILED_RUNS,
    &LOST_RUNS,
    &ERRORS,
    &THROTTLES,
    &DURATION,
    &WAITING_MINUTES,
    &WAITING_EVENTS,
    &EMIT_FAILURES,
];

pub(super) static FAILED_DELIVERIES: AlarmKind = AlarmKind {
    name: "failed-deliveries",
    description: "EventBridge could not deliver to <job>. <queue> has what was not delivered; what InvocationsFailedToBeSentToDlq counts is lost.",
    namespace: Some(EVENTS),
    // EventBridge sends them only if there is something to count.
    metrics: &[
        "FailedInvocations",
        "InvocationsFailedToBeSentToDlq",
        "InvocationsSentToDlq",
    ],
    statistic: "Sum",
};

pub(super) static UNDELIVERED: AlarmKind = AlarmKind {
    name: "undelivered",
    description: "The dead-letter queue of <job> holds events that were not delivered: see ERROR_CODE of its messages.",
    namespace: Some(SQS),
    metrics: &[DEPTH],
    statistic: "Maximum",
};

pub(super) static FAILED_RUNS: AlarmKind = AlarmKind {
    name: "failed-runs",
    description: "Runs of <job> failed for good, and wait in its queue of failed runs.",
    namespace: Some(SQS),
    metrics: &[DEPTH],
    statistic: "Maximum",
};

pub(super) static LOST_RUNS: AlarmKind = AlarmKind {
    name: "lost-runs",
    description: "Runs of <job> failed for good and could not be put into its queue of failed runs: they are lost.",
    namespace: Some(LAMBDA),
    metrics: &["DestinationDeliveryFailures"],
    statistic: "Sum",
};

pub(super) static ERRORS: AlarmKind = AlarmKind {
    name: "errors",
    description: "Runs of <job> fail. Lambda repeats them as its policy says.",
    namespace: Some(LAMBDA),
    metrics: &["Errors"],
    statistic: "Sum",
};

pub(super) static THROTTLES: AlarmKind = AlarmKind {
    name: "throttles",
    description: "Runs of <job> wait, as it has no concurrency left.",
    namespace: Some(LAMBDA),
    metrics: &["Throttles"],
    statistic: "Sum",
};

pub(super) static DURATION: AlarmKind = AlarmKind {
    name: "duration",
    description: "A run of <job> took too much of its timeout.",
    namespace: Some(LAMBDA),
    metrics: &["Duration"],
    statistic: "Maximum",
};

pub(super) static WAITING_MINUTES: AlarmKind = AlarmKind {
    name: "waiting-minutes",
    description: "An event has waited for <job> for too long.",
    namespace: Some(SQS),
    metrics: &[AGE],
    statistic: "Maximum",
};

pub(super) static WAITING_EVENTS: AlarmKind = AlarmKind {
    name: "waiting-events",
    description: "Too many events wait for <job>.",
    namespace: Some(SQS),
    metrics: &[DEPTH],
    statistic: "Maximum",
};

pub(super) static EMIT_FAILURES: AlarmKind = AlarmKind {
    name: "emit-failures",
    description: "<job> could not emit events. Its log has them whole, in lines with the message `event not emitted`.",
    namespace: None,
    metrics: &["EmitFailures"],
    statistic: "Sum",
};
