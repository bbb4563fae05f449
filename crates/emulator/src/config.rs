//! What the local bus runs: rules, targets, queues and functions.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eventbridge::transformer::{InputTransformer, TransformerError};

use crate::clock::Time;
use crate::faults::Faults;

/// The longest chain of functions that an event may go through, unless somebody says otherwise. A pipeline with more
/// jobs in a row is not known; what comes further is a loop.
const MAX_HOPS: u32 = 100;

/// A pipeline as the local bus runs it.
#[derive(Debug)]
pub struct Config {
    /// How time passes.
    pub time: Time,
    /// Chooses ids, jitter and faults. With virtual time, the same seed gives the same trace; nothing: another one
    /// each time.
    pub seed: Option<u64>,
    /// Faults that are put in on purpose.
    pub faults: Faults,
    /// The most functions that a chain of events may go through: a loop that nothing ends is stopped there.
    pub max_hops: u32,
    /// Where the steps are kept.
    pub trace: TraceKeeping,
    /// What is wired to what.
    pub wiring: Wiring,
}

/// What the local bus remembers of what happened.
#[derive(Clone, Debug, Default)]
pub struct TraceKeeping {
    /// The most records in memory; nothing: all of them.
    pub most: Option<usize>,
    /// A file that gets every record, as one line of JSON.
    pub file: Option<PathBuf>,
}

/// What is wired to what. It can be exchanged while the bus runs.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// The account in ARNs and envelopes, twelve digits.
    pub account: String,
    /// The region in ARNs and envelopes.
    pub region: String,
    /// The name of the pipeline's event bus, which functions find in `EVENT_BUS_NAME`.
    pub bus: String,
    /// Where an event's detail says what it is about, as a dotted path: `order_id`, `customer.id`. Traces show what is
    /// there, if it is a string or a number.
    pub subject: Option<String>,
    /// Rules, each on its bus.
    pub rules: Vec<Rule>,
    /// Functions by name.
    pub functions: BTreeMap<String, Function>,
    /// The names of queues.
    pub queues: Vec<String>,
}

/// A rule with its targets.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Unique on its bus.
    pub name: String,
    /// The name of its bus.
    pub bus: String,
    /// A disabled rule matches nothing.
    pub enabled: bool,
    /// What it waits for.
    pub source: RuleSource,
    /// What it invokes.
    pub targets: Vec<Target>,
}

/// What a rule waits for.
#[derive(Clone, Debug)]
pub enum RuleSource {
    /// Events that match: an event pattern, as JSON.
    Pattern(String),
    /// Times.
    Schedule {
        /// `cron(…)`, `rate(…)` or `at(…)`.
        expression: String,
        /// An IANA time zone.
        timezone: String,
    },
}

/// A function that a rule invokes.
#[derive(Clone, Debug)]
pub struct Target {
    /// Unique in its rule.
    pub id: String,
    /// The name of a function.
    pub function: String,
    /// What the function receives instead of the event.
    pub input: Option<Transformer>,
    /// How often and how long a delivery is tried again.
    pub retry: RetryPolicy,
    /// The name of the queue that keeps what could not be delivered.
    pub dead_letter_queue: Option<String>,
}

/// An input transformer, as written and as read.
#[derive(Clone, Debug)]
pub struct Transformer {
    pub(crate) paths: BTreeMap<String, String>,
    pub(crate) template: String,
    pub(crate) read: Arc<InputTransformer>,
}

impl Transformer {
    /// Reads paths by name, and a template.
    ///
    /// # Errors
    /// When EventBridge would refuse them.
    pub fn new(paths: BTreeMap<String, String>, template: &str) -> Result<Self, TransformerError> {
        let transformer = InputTransformer::new(paths.clone(), template)?;
        Ok(Self {
            paths,
            template: template.to_owned(),
            read: Arc::new(transformer),
        })
    }
}

/// How often and how long a delivery is tried again:
/// [`RetryPolicy`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Retries, 0–185.
    pub max_attempts: u32,
    /// From the first attempt on, 60 s to 24 h.
    pub max_age: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 185,
            max_age: Duration::from_hours(24),
        }
    }
}

/// A function: a binary that speaks the Lambda Runtime API.
#[derive(Clone, Debug)]
pub struct Function {
    /// The binary.
    pub command: PathBuf,
    /// The folder that it runs in; the bus's own without one.
    pub folder: Option<PathBuf>,
    /// The function's own environment variables.
    pub environment: BTreeMap<String, String>,
    /// After which a run is stopped.
    pub timeout: Duration,
    /// What it is told that it has.
    pub memory_mb: u32,
    /// Retries after a failed asynchronous run, 0–2.
    pub max_attempts: u32,
    /// How long an asynchronous event may wait, 60 s to 6 h.
    pub max_age: Duration,
    /// Runs at a time beyond which Lambda throttles; nothing: as many as the machine takes.
    pub reserved_concurrency: Option<u32>,
    /// The name of the queue that keeps the runs that failed for good.
    pub on_failure: Option<String>,
}

impl Config {
    /// A bus without faults, whose ids are others each time, and which remembers everything.
    pub fn new(time: Time, wiring: Wiring) -> Self {
        Self {
            time,
            seed: None,
            faults: Faults::default(),
            max_hops: MAX_HOPS,
            trace: TraceKeeping::default(),
            wiring,
        }
    }
}

impl Wiring {
    /// A function's ARN.
    pub fn function_arn(&self, name: &str) -> String {
        format!(
            "arn:aws:lambda:{}:{}:function:{name}",
            self.region, self.account
        )
    }

    /// A queue's ARN.
    pub fn queue_arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account)
    }
}
