//! The configuration of a local bus: rules, targets, queues and functions.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eventbridge::Dialect;
use eventbridge::arn::DEFAULT_BUS;
use eventbridge::schedule::Lifetime;
use eventbridge::transformer::{InputTransformer, TransformerError};
use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::faults::Faults;
use crate::queue::is_fifo;
use crate::stub::Stub;

/// The default for the longest chain of functions. No known pipeline has as many jobs in a row, so a longer chain is a
/// loop.
const MAX_HOPS: u32 = 100;

/// A pipeline as the local bus runs it.
#[derive(Debug)]
pub struct Config {
    /// The way time passes.
    pub time: Time,
    /// Chooses ids, jitter and faults. With virtual time, the same seed gives the same trace. `None` chooses a new
    /// seed each time.
    pub seed: Option<u64>,
    /// Faults that are put in on purpose.
    pub faults: Faults,
    /// The most functions that a chain of events may go through: a loop that nothing ends is stopped there.
    pub max_hops: u32,
    /// The place where the steps are kept.
    pub trace: TraceKeeping,
    /// Whether events can be published at once. If not, requests wait until the bus is rewired for the first time.
    pub is_ready: bool,
    /// The rules, functions and queues.
    pub wiring: Wiring,
    /// The folder where the bus keeps what it has accepted, for the next bus with this folder. Without one, all of it is
    /// gone with the bus.
    pub state: Option<PathBuf>,
    /// What runs instead of functions, by their names in the wiring.
    pub stubs: BTreeMap<String, Stub>,
}

/// The part of a trace that the local bus keeps.
#[derive(Clone, Debug, Default)]
pub struct TraceKeeping {
    /// The most records in memory, and a quarter as many lines of functions. `None` keeps all of them.
    pub most: Option<usize>,
    /// The most bytes of records in memory, and a quarter as many of lines. `None` keeps all of them.
    pub bytes: Option<usize>,
    /// A file that gets every record, as one line of JSON.
    pub file: Option<PathBuf>,
    /// Whether every record is read for the [report](crate::Emulator::report), also those that are not kept.
    pub report: bool,
}

/// The rules, functions and queues of a bus. They can be exchanged while the bus runs.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// The account in ARNs and envelopes, twelve digits.
    pub account: String,
    /// The region in ARNs and envelopes.
    pub region: String,
    /// The name of the pipeline's event bus, which functions find in `EVENT_BUS_NAME`.
    pub bus: String,
    /// The path in an event's detail to its subject, with dots: `order_id`, `customer.id`. Traces show what is there,
    /// if it is a string or a number.
    pub subject: Option<String>,
    /// Rules, each on its bus.
    pub rules: Vec<Rule>,
    /// Functions by name.
    pub functions: BTreeMap<String, Function>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// The queues that functions get their events from, each once.
    pub mappings: Vec<EventSourceMapping>,
}

/// A queue that a function gets its events from, in batches:
/// [Lambda with SQS](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSourceMapping {
    /// The name of the queue.
    pub queue: String,
    /// The name of the function.
    pub function: String,
    /// The most messages in a batch, 1–10,000.
    pub batch_size: u32,
    /// The longest time that a batch waits for more messages, 0–300 s.
    pub window: Duration,
    /// The most batches at a time, 2–1,000.
    pub max_concurrency: Option<u32>,
    /// Whether the function says which messages of a batch failed: `ReportBatchItemFailures`.
    pub report_batch_item_failures: bool,
    /// The patterns of which a message has to match one to reach the function; none lets all of them through. A message that
    /// matches none is deleted: [Lambda's filters](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<String>,
}

impl EventSourceMapping {
    /// A mapping as Lambda makes one that nothing is said of.
    pub fn new(queue: &str, function: &str) -> Self {
        Self {
            queue: queue.to_owned(),
            function: function.to_owned(),
            batch_size: 10,
            window: Duration::ZERO,
            max_concurrency: None,
            report_batch_item_failures: false,
            filters: Vec::new(),
        }
    }
}

/// A queue of SQS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The queue's name. That of a FIFO queue ends with `.fifo`.
    pub name: String,
    /// The time for which a received message is hidden from other receivers, in seconds, 0–43,200.
    pub visibility_seconds: u32,
    /// The time for which a new message is hidden, in seconds, 0–900.
    pub delay_seconds: u32,
    /// The time after which a message is gone, in seconds, 60–1,209,600.
    pub retention_seconds: u32,
    /// Whether equal bodies within 5 minutes are one message. Only FIFO queues can say so.
    pub deduplicate_by_content: bool,
    /// The queue for messages that were received too often.
    pub redrive: Option<Redrive>,
}

/// A queue's policy for messages that were received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// The name of the queue that gets them.
    pub queue: String,
    /// The most receives of a message, 1–1,000. The next one sends it to the other queue.
    pub max_receives: u32,
}

impl Queue {
    /// Makes a queue with the settings that SQS has by default.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            visibility_seconds: 30,
            delay_seconds: 0,
            retention_seconds: 345_600,
            deduplicate_by_content: false,
            redrive: None,
        }
    }

    /// Returns the attributes as SQS has them, without those that are SQS's defaults.
    pub(crate) fn attributes(&self, wiring: &Wiring) -> BTreeMap<String, String> {
        let Self {
            name,
            visibility_seconds,
            delay_seconds,
            retention_seconds,
            deduplicate_by_content,
            redrive,
        } = self;
        let mut attributes = BTreeMap::new();
        let mut set = |name: &str, value: String| attributes.insert(name.to_owned(), value);
        if *visibility_seconds != 30 {
            set("VisibilityTimeout", visibility_seconds.to_string());
        }
        if *delay_seconds != 0 {
            set("DelaySeconds", delay_seconds.to_string());
        }
        if *retention_seconds != 345_600 {
            set("MessageRetentionPeriod", retention_seconds.to_string());
        }
        if is_fifo(name) {
            set("FifoQueue", true.to_string());
        }
        if *deduplicate_by_content {
            set("ContentBasedDeduplication", true.to_string());
        }
        if let Some(Redrive {
            queue,
            max_receives,
        }) = redrive
        {
            let policy = serde_json::json!({
                "deadLetterTargetArn": wiring.queue_arn(queue),
                "maxReceiveCount": max_receives,
            });
            set("RedrivePolicy", policy.to_string());
        }
        attributes
    }
}

/// A rule with its targets.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The rule's name, unique on its bus.
    pub name: String,
    /// The name of the rule's bus.
    pub bus: String,
    /// Whether the rule is on. A disabled rule matches nothing.
    pub enabled: bool,
    /// A pattern or a schedule.
    pub source: RuleSource,
    /// What the rule delivers to.
    pub targets: Vec<Target>,
}

impl Rule {
    /// Makes a rule of the default bus that is on.
    pub fn new(name: impl Into<String>, source: RuleSource, targets: Vec<Target>) -> Self {
        Self {
            name: name.into(),
            bus: DEFAULT_BUS.to_owned(),
            enabled: true,
            source,
            targets,
        }
    }
}

/// The events or times that a rule waits for.
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
        /// The service that runs it on AWS: a rule of the bus or EventBridge Scheduler.
        dialect: Dialect,
        /// When it may run.
        lifetime: Lifetime,
    },
}

/// A target of a rule.
#[derive(Clone, Debug)]
pub struct Target {
    /// The target's id, unique in its rule.
    pub id: String,
    /// What takes the events.
    pub to: To,
    /// What the function receives instead of the event.
    pub input: Option<TargetInput>,
    /// The limits of a delivery's retries.
    pub retry: RetryPolicy,
    /// The name of the queue that keeps what could not be delivered.
    pub dead_letter_queue: Option<String>,
}

impl Target {
    /// Makes a target as EventBridge makes one that nothing more is said of.
    pub fn new(id: impl Into<String>, to: To) -> Self {
        Self {
            id: id.into(),
            to,
            input: None,
            retry: RetryPolicy::default(),
            dead_letter_queue: None,
        }
    }
}

/// What a target receives instead of the event.
#[derive(Clone, Debug)]
pub enum TargetInput {
    /// What a transformer makes of the event.
    Transformer(Transformer),
    /// The same for every event, as JSON.
    Constant(String),
    /// A part of the event, by its JSON path.
    Path(String),
}

/// What takes the events of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// A function, by its name.
    Function(String),
    /// A queue.
    Queue {
        /// The queue's name.
        name: String,
        /// The message group, if it is a FIFO queue.
        group: Option<String>,
    },
    /// A URL that is called for every event.
    Http(HttpCall),
    /// Something that is not on this machine, by its ARN: events are shown as delivered, and nothing runs.
    Elsewhere(String),
}

/// A call that EventBridge makes for an API destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCall {
    /// The name of the API destination.
    pub name: String,
    /// Any method but `CONNECT` and `TRACE`.
    pub method: String,
    /// `http://…`.
    pub url: String,
    /// Headers beside those that EventBridge sends itself.
    pub headers: BTreeMap<String, String>,
}

/// An input transformer, both as written and parsed.
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
    /// Paths or a template that EventBridge would refuse.
    pub fn new(paths: BTreeMap<String, String>, template: &str) -> Result<Self, TransformerError> {
        let transformer = InputTransformer::new(paths.clone(), template)?;
        Ok(Self {
            paths,
            template: template.to_owned(),
            read: Arc::new(transformer),
        })
    }
}

/// The limits of a delivery's retries:
/// [`RetryPolicy`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Retries, 0–185.
    pub max_attempts: u32,
    /// The longest time since the first attempt, 60 s to 24 h.
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

/// A function: a program that speaks the Lambda Runtime API.
#[derive(Clone, Debug)]
pub struct Function {
    /// The program.
    pub command: PathBuf,
    /// The program's arguments.
    pub arguments: Vec<String>,
    /// What the program is told to call, in `_HANDLER`: `mail.handler`, or `bootstrap` for a program that is all of it.
    pub handler: String,
    /// The log group that the function is told to log to. Nothing is written there.
    pub log_group: String,
    /// The folder that the program runs in. `None` is the bus's own.
    pub folder: Option<PathBuf>,
    /// The function's own environment variables.
    pub environment: BTreeMap<String, String>,
    /// The longest run. A longer one is stopped.
    pub timeout: Duration,
    /// The memory that the function is told to have. Nothing enforces it.
    pub memory_mb: u32,
    /// Retries after a failed asynchronous run, 0–2.
    pub max_attempts: u32,
    /// The longest time that an asynchronous event may wait, 60 s to 6 h.
    pub max_age: Duration,
    /// The most runs at a time, beyond which Lambda throttles. `None` reserves nothing: more runs wait their turn.
    pub reserved_concurrency: Option<u32>,
    /// The bus that it finds in `EVENT_BUS_NAME`, if that is another one than the wiring's.
    pub bus: Option<String>,
    /// The alias by which the function can be called, beside its name.
    pub alias: Option<String>,
    /// The name of the queue that keeps the runs that failed for good.
    pub on_failure: Option<String>,
    /// The name of the queue where the function itself puts what fails for good, whose URL is in its variable
    /// `FAILURE_QUEUE_URL`. Behind a queue Lambda keeps no failed runs, and this is the only one.
    pub failure_queue: Option<String>,
}

impl Function {
    /// Makes a function as Lambda makes one of which nothing more is said than its name and its program:
    /// [`CreateFunction`](https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html).
    pub fn new(name: &str, command: impl Into<PathBuf>) -> Self {
        Self {
            command: command.into(),
            arguments: Vec::new(),
            handler: "bootstrap".to_owned(),
            log_group: format!("/aws/lambda/{name}"),
            folder: None,
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(3),
            memory_mb: 128,
            max_attempts: 2,
            max_age: Duration::from_hours(6),
            reserved_concurrency: None,
            bus: None,
            alias: None,
            on_failure: None,
            failure_queue: None,
        }
    }
}

impl Config {
    /// Configures a bus without faults and without a seed, which keeps the whole trace.
    pub fn new(time: Time, wiring: Wiring) -> Self {
        Self {
            time,
            seed: None,
            faults: Faults::default(),
            max_hops: MAX_HOPS,
            trace: TraceKeeping::default(),
            is_ready: true,
            wiring,
            state: None,
            stubs: BTreeMap::new(),
        }
    }
}

impl Wiring {
    /// Makes an account that has its default bus, and nothing on it.
    pub fn new(account: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            region: region.into(),
            bus: DEFAULT_BUS.to_owned(),
            subject: None,
            rules: Vec::new(),
            functions: BTreeMap::new(),
            queues: Vec::new(),
            mappings: Vec::new(),
        }
    }

    /// Returns the ARN of the function with this name.
    pub fn function_arn(&self, name: &str) -> String {
        format!(
            "arn:aws:lambda:{}:{}:function:{name}",
            self.region, self.account
        )
    }

    /// Returns the ARN of what takes a target's events.
    pub(crate) fn arn(&self, to: &To) -> String {
        match to {
            To::Function(name) => self.function_arn(name),
            To::Queue { name, group: _ } => self.queue_arn(name),
            To::Http(call) => format!(
                "arn:aws:events:{}:{}:api-destination/{}",
                self.region, self.account, call.name
            ),
            To::Elsewhere(arn) => arn.clone(),
        }
    }

    /// Returns the ARN of the queue with this name.
    pub fn queue_arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account)
    }
}
