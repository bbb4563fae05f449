//! What is deployed, as far as a pipeline is concerned.

use eventbridge::schedule::Lifetime;
use std::collections::BTreeMap;

use super::reading::Reading;

/// EventBridge's retry policy if a target has none: `(attempts, seconds)`.
const DEFAULT_RETRY: (u32, u32) = (185, 86_400);

/// A rule of a bus.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) bus: String,
    pub(crate) arn: String,
    pub(crate) enabled: bool,
    /// Whether it receives the read-only calls that other rules do not, too.
    pub(crate) sees_all_calls: bool,
    /// As EventBridge has it: JSON.
    pub(crate) pattern: Option<String>,
    pub(crate) schedule: Option<String>,
    /// The ARN of a role of its own.
    pub(crate) role: Option<String>,
    /// The AWS service that made it, if one did.
    pub(crate) managed_by: Option<String>,
    /// Absent if they were not asked for.
    pub(crate) targets: Reading<Vec<Target>>,
}

/// A target of a rule.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) input: Input,
    /// The ARN of the dead-letter queue.
    pub(crate) dead_letters: Option<String>,
    pub(crate) retry: Retry,
    /// The ARN of the role that EventBridge takes on.
    pub(crate) role: Option<String>,
    /// The message group of every event, for a queue.
    pub(crate) group: Option<String>,
    /// The path to the partition key, for a stream.
    pub(crate) partition_key: Option<String>,
    /// What it starts in a cluster or a job queue, as far as that could be read.
    pub(crate) starts: Option<Starts>,
    /// Settings that are not read: what EventBridge's API calls them.
    pub(crate) others: Vec<&'static str>,
}

/// What a target starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Starts {
    /// Tasks of ECS.
    Task {
        /// The ARN of the task definition.
        definition: String,
        launch_type: String,
        count: u32,
    },
    /// A job of AWS Batch.
    Job {
        /// The ARN of the job definition.
        definition: String,
        name: String,
        attempts: Option<u32>,
        array_size: Option<u32>,
    },
}

impl Starts {
    pub(crate) fn definition(&self) -> &str {
        match self {
            Self::Task { definition, .. } | Self::Job { definition, .. } => definition,
        }
    }

    /// The same with another definition.
    pub(crate) fn defined_by(&self, other: &str) -> Self {
        let mut starts = self.clone();
        match &mut starts {
            Self::Task { definition, .. } | Self::Job { definition, .. } => {
                other.clone_into(definition);
            }
        }
        starts
    }

    /// For people.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Task {
                definition,
                launch_type,
                count,
            } => format!("{count} of {definition} on {launch_type}"),
            Self::Job {
                definition,
                name,
                attempts,
                array_size,
            } => {
                let number = |number: Option<u32>| number.unwrap_or(0);
                format!(
                    "{name} of {definition}, {} attempts, {} children",
                    number(*attempts),
                    number(*array_size)
                )
            }
        }
    }
}

/// The input that a target receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// The event as it is.
    Event,
    /// A part of the event.
    Path(String),
    /// A text that is always the same.
    Constant(String),
    /// A text made from the event.
    Transformer {
        paths: BTreeMap<String, String>,
        template: String,
    },
}

/// How often and how long a delivery is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retry {
    pub(crate) max_attempts: u32,
    pub(crate) max_age_seconds: u32,
}

impl Retry {
    /// Takes the given values, and EventBridge's defaults for the rest.
    pub(crate) fn new(attempts: Option<i32>, seconds: Option<i32>) -> Self {
        let number = |said: Option<i32>| said.and_then(|said| u32::try_from(said).ok());
        Self {
            max_attempts: number(attempts).unwrap_or(DEFAULT_RETRY.0),
            max_age_seconds: number(seconds).unwrap_or(DEFAULT_RETRY.1),
        }
    }
}

/// The group of schedules that name none.
pub(crate) const DEFAULT_GROUP: &str = "default";

/// A schedule of EventBridge Scheduler.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) name: String,
    pub(crate) group: String,
    /// Absent if it was not asked for.
    pub(crate) body: Reading<ScheduleBody>,
}

/// What a schedule does.
#[derive(Clone, Debug)]
pub(crate) struct ScheduleBody {
    pub(crate) enabled: bool,
    pub(crate) expression: String,
    pub(crate) timezone: String,
    /// When it may run.
    pub(crate) lifetime: Lifetime,
    pub(crate) window_minutes: Option<u32>,
    /// The ARN of what it invokes.
    pub(crate) target: String,
    /// The ARN of the role that it takes on.
    pub(crate) role: Option<String>,
    pub(crate) input: Option<String>,
    /// The ARN of the key of KMS that encrypts it, if it is not EventBridge's own.
    pub(crate) kms_key: Option<String>,
    /// Settings of its target that are not read: what the API calls them.
    pub(crate) others: Vec<&'static str>,
    /// The message group, if it sends to a FIFO queue.
    pub(crate) message_group: Option<String>,
    pub(crate) dead_letters: Option<String>,
    pub(crate) retry: Retry,
}

/// Names a function together with the alias or version that rules invoke.
pub(crate) fn asked_for(name: &str, alias: Option<&str>) -> String {
    match alias {
        Some(alias) => format!("{name}:{alias}"),
        None => name.to_owned(),
    }
}

/// A function.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    /// The ARN, without a version or an alias.
    pub(crate) arn: Reading<String>,
    /// The resource policy: JSON. Absent if there is none.
    pub(crate) policy: Reading<String>,
    /// The reserved concurrency, if there is one.
    pub(crate) concurrency: Reading<Option<i32>>,
    /// What becomes of runs that fail. Absent if nothing is said.
    pub(crate) failures: Reading<Failures>,
}

/// Lambda's settings for asynchronous runs that fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failures {
    pub(crate) max_attempts: u32,
    pub(crate) max_age_seconds: u32,
    /// The ARN of the destination.
    pub(crate) destination: Option<String>,
}

/// A queue.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    pub(crate) url: String,
    pub(crate) arn: String,
    /// JSON.
    pub(crate) policy: Option<String>,
    /// The key of KMS that encrypts it; nothing if SQS does that with a key of its own.
    pub(crate) kms_key: Option<String>,
    /// About how many messages it holds; nothing if the response does not say.
    pub(crate) messages: Option<u64>,
    /// How long a received message is hidden.
    pub(crate) visibility_seconds: u32,
    /// The ARN of the queue for messages that were received too often, and how often that is.
    pub(crate) redrive: Option<(String, u32)>,
}

/// A queue that a function gets its events from.
#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    /// The ARN of the queue.
    pub(crate) queue: String,
    pub(crate) is_on: bool,
    pub(crate) batch: u32,
    pub(crate) window_seconds: u32,
    pub(crate) max_concurrency: Option<u32>,
    /// Whether Lambda reads which messages failed.
    pub(crate) reports_failures: bool,
}

/// All that was read.
#[derive(Clone, Debug)]
pub(crate) struct Deployed {
    /// The rules of each bus that was looked at. A bus that is absent is not there.
    pub(crate) rules: Vec<(String, Reading<Vec<Rule>>)>,
    pub(crate) schedules: Reading<Vec<Schedule>>,
    /// Functions by the name or ARN that they were asked for with.
    pub(crate) functions: BTreeMap<String, Function>,
    /// The event source mappings of functions with a buffer, by the name that they were asked for with.
    pub(crate) mappings: BTreeMap<String, Reading<Vec<Mapping>>>,
    /// Queues by name.
    pub(crate) queues: BTreeMap<String, Reading<Queue>>,
}
