//! The alarms of a job, and the metrics that they look at.

use super::alarm_kind::{AGE, AlarmKind, DEPTH, EVENTS, LAMBDA, SQS};
use super::name::{JobRef, Name};
use super::queue::Queue;
use super::rule::{Rule, RuleBus};
use super::watch::Watch;
use crate::alarms::{JobAlarms, Topic};
use crate::model::{self, Pipeline};
use crate::values::{Text, Valued};

/// An alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What the module's outputs call it: `<job>-<what it watches>`.
    pub key: String,
    /// The name on AWS.
    pub name: Name,
    /// What it watches: the name of its kind, with a number if several alarms are needed, or a metric of the job's own
    /// behind a dot.
    pub kind: String,
    /// What it has in common with the alarms of other jobs; `None` for a metric of the job's own.
    pub of_kind: Option<&'static AlarmKind>,
    /// What it says of itself.
    pub description: String,
    /// When it goes off.
    pub limit: Limit,
    /// How the data of a period become one number.
    pub statistic: &'static str,
    /// Length of the period that the alarm looks at, in seconds.
    pub period_seconds: u32,
    /// The metric that it watches, or several of which it watches the sum.
    pub metrics: Vec<Metric>,
}

/// When an alarm goes off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Above a number.
    Above(u32),
    /// At a share of a function's timeout, in milliseconds, and above it.
    ShareOfTimeout {
        /// The share.
        percent: u32,
        /// The timeout in seconds.
        timeout: Valued<u32>,
    },
}

/// A metric, with its dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The namespace: a service's, or the pipeline's.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The names of its dimensions with their values.
    pub dimensions: Vec<(&'static str, Dimension)>,
}

/// The value of a dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// The name of the pipeline's bus.
    Bus,
    /// The name of a rule, by its label.
    Rule(String),
    /// The name of a function, by its label.
    Function(String),
    /// The name of a queue, by its label.
    Queue(String),
    /// The environment.
    Environment,
    /// A text.
    Text(String),
    /// A text that may name values.
    Said(Text),
}

/// Whom alarms tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlarmTopic {
    /// A topic that exists already, if the Terraform variable `alarm_topic_arn` names it.
    Given,
    /// A topic that is created with the pipeline.
    Made {
        /// The name on AWS.
        name: Name,
        /// The name, in the variable `kms_keys`, of the key that encrypts it.
        kms_key: Option<String>,
    },
}

impl AlarmTopic {
    /// Returns `None` if there are no alarms.
    pub(super) fn new(pipeline: &Pipeline) -> Option<Self> {
        let none = JobAlarms::none();
        let is_watched = pipeline.jobs.values().any(|job| job.alarms != none);
        is_watched.then(|| match pipeline.alarms.topic {
            Topic::Given => Self::Given,
            Topic::Made => Self::Made {
                name: Name::new(format!("{}-alarms", pipeline.name.value)),
                kms_key: pipeline
                    .encryption
                    .topics
                    .as_ref()
                    .map(|key| key.value.clone()),
            },
        })
    }
}

impl Alarm {
    /// Builds the alarm on the queue of an encrypted bus.
    pub(super) fn of_bus(pipeline: &Pipeline, queue: &Queue) -> Self {
        Self {
            key: "bus_undelivered".to_owned(),
            name: Name::new(format!("{}-bus_undelivered", pipeline.name.value)),
            kind: "undelivered".to_owned(),
            of_kind: None,
            description: "The bus could not encrypt or decrypt events: see ERROR_CODE of the messages, and the policy of its key.".to_owned(),
            limit: Limit::Above(0),
            statistic: "Maximum",
            period_seconds: JobAlarms::default().period_seconds,
            metrics: vec![Metric::queue_depth(queue)],
        }
    }

    pub(super) fn new(job: JobRef<'_>, watch: &Watch<'_>) -> Self {
        let kind = &watch.kind;
        // A metric's own name stands behind a dot: no job's name has one.
        let hyphen = if watch.is_of_own_metric() { "" } else { "-" };
        Self {
            key: format!("{}{hyphen}{kind}", job.name),
            name: Name::new(format!("{}{hyphen}{kind}", job.prefix())),
            kind: kind.to_string(),
            of_kind: watch.of_kind,
            description: watch.description(),
            limit: watch.limit.clone(),
            statistic: watch.statistic(),
            period_seconds: job.job.alarms.period_seconds,
            metrics: metrics_of(watch),
        }
    }
}

/// Lists the metrics that are watched, each of everything that has them.
fn metrics_of(watch: &Watch<'_>) -> Vec<Metric> {
    let (namespace, names) = watch.metrics();
    let of_each = |dimensions: Vec<_>| {
        names.iter().map(move |name| Metric {
            namespace: namespace.to_owned(),
            name: (*name).to_owned(),
            dimensions: dimensions.clone(),
        })
    };
    watch.dimensions().into_iter().flat_map(of_each).collect()
}

/// The dimensions of a rule's metrics. On the default bus that is the rule alone, on another the bus too.
pub(super) fn of_rule(job: JobRef<'_>, rule: &Rule<'_>) -> Vec<(&'static str, Dimension)> {
    let mut dimensions = vec![("RuleName", Dimension::Rule(rule.label.clone()))];
    // CloudWatch finds no data if one dimension is missing or added, and the alarm then never goes off.
    let bus = match rule.bus() {
        Some(RuleBus::Pipeline) if job.pipeline.bus == model::Bus::Default => None,
        Some(RuleBus::Pipeline) => Some(Dimension::Bus),
        Some(RuleBus::Existing(name)) => Some(Dimension::Said(name.clone())),
        Some(RuleBus::Default) | None => None,
    };
    if let Some(bus) = bus {
        dimensions.insert(0, ("EventBusName", bus));
    }
    dimensions
}

/// The dimension of a function's metrics, over all of its versions.
pub(super) fn of_function(label: &str) -> Vec<(&'static str, Dimension)> {
    vec![("FunctionName", Dimension::Function(label.to_owned()))]
}

pub(super) fn of_queue(queue: &Queue) -> Vec<(&'static str, Dimension)> {
    vec![("QueueName", Dimension::Queue(queue.label.clone()))]
}

/// The dimensions of metrics that a job counts itself, of one kind of event or of all it does.
pub(super) fn of_job(job: JobRef<'_>, event: Option<&str>) -> Vec<(&'static str, Dimension)> {
    let event = event.map(|event| ("event", Dimension::Text(event.to_owned())));
    let mut dimensions = vec![("environment", Dimension::Environment)];
    dimensions.extend(event);
    dimensions.push(("job", Dimension::Text(job.name.to_owned())));
    dimensions
}

pub(super) fn of_emitted(job: JobRef<'_>, event: &str) -> Vec<(&'static str, Dimension)> {
    of_job(job, Some(event))
}

impl Metric {
    /// A metric of a rule.
    pub fn of_rule(job: JobRef<'_>, rule: &Rule<'_>, metric: &str) -> Self {
        Self {
            namespace: EVENTS.to_owned(),
            name: metric.to_owned(),
            dimensions: of_rule(job, rule),
        }
    }

    /// A metric of a function, by its label, over all of its versions.
    pub fn of_function(label: &str, metric: &str) -> Self {
        Self {
            namespace: LAMBDA.to_owned(),
            name: metric.to_owned(),
            dimensions: of_function(label),
        }
    }

    /// The messages in a queue that nobody has received yet.
    pub fn queue_depth(queue: &Queue) -> Self {
        Self {
            namespace: SQS.to_owned(),
            name: DEPTH.to_owned(),
            dimensions: of_queue(queue),
        }
    }

    /// The age of the oldest message in a queue, in seconds.
    pub fn queue_age(queue: &Queue) -> Self {
        Self {
            namespace: SQS.to_owned(),
            name: AGE.to_owned(),
            dimensions: of_queue(queue),
        }
    }

    /// The events of a kind that a job could not emit, as the crate `job` counts them.
    pub fn emit_failures(job: JobRef<'_>, event: &str) -> Self {
        Self {
            namespace: job.pipeline.name.value.clone(),
            name: "EmitFailures".to_owned(),
            dimensions: of_emitted(job, event),
        }
    }
}
