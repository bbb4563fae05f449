//! The alarms of a job, and the metrics that they look at.
//!
//! There is one alarm for each problem that needs its own action, not one for each metric. EventBridge keeps three
//! metrics of a rule's failures. One alarm adds them up over the job's rules, because a person looks into all of them
//! at one queue. EventBridge Scheduler counts by group of schedules and not by
//! schedule, so what it cannot deliver is seen in the queue alone.

use super::name::{JobRef, Name};
use super::queue::Queue;
use super::receiver::Function;
use super::rule::{Rule, RuleBus};
use crate::alarms::{JobAlarms, Topic};
use crate::model::{self, Pipeline};
use crate::values::{Text, Valued};

/// The most metrics of one alarm:
/// [metric math](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html).
const METRICS_PER_ALARM: usize = 10;

/// Metrics of a rule that could not deliver. EventBridge sends them only if there is something to count.
const RULE_FAILURES: [&str; 3] = [
    "FailedInvocations",
    "InvocationsFailedToBeSentToDlq",
    "InvocationsSentToDlq",
];

/// An alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What the module's outputs call it: `<job>-<what it watches>`.
    pub key: String,
    /// The name on AWS.
    pub name: Name,
    /// The Terraform label.
    pub label: String,
    /// What it watches, as its name says it.
    pub kind: String,
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

/// An alarm before it has its names.
struct Watch {
    kind: String,
    description: String,
    limit: Limit,
    statistic: &'static str,
    metrics: Vec<Metric>,
}

impl Alarm {
    /// Builds the alarm on the queue of an encrypted bus.
    pub(super) fn of_bus(pipeline: &Pipeline, queue: &Queue) -> Self {
        Self {
            key: "bus_undelivered".to_owned(),
            name: Name::new(format!("{}-bus_undelivered", pipeline.name.value)),
            label: "bus__undelivered".to_owned(),
            kind: "undelivered".to_owned(),
            description: "The bus could not encrypt or decrypt events: see ERROR_CODE of the messages, and the policy of its key.".to_owned(),
            limit: Limit::Above(0),
            statistic: "Maximum",
            period_seconds: JobAlarms::default().period_seconds,
            metrics: vec![Metric::queue_depth(queue)],
        }
    }

    fn new(job: JobRef<'_>, watch: Watch) -> Self {
        let Watch {
            kind,
            description,
            limit,
            statistic,
            metrics,
        } = watch;
        // A metric's own name stands behind a dot, or behind two underscores in a label: no job's name has either.
        let (behind, label) = match kind.strip_prefix('.') {
            Some(metric) => (kind.clone(), format!("__{metric}")),
            None => (format!("-{kind}"), format!("_{}", kind.replace('-', "_"))),
        };
        Self {
            key: format!("{}{behind}", job.name),
            name: Name::new(format!("{}{behind}", job.prefix())),
            label: format!("{}{label}", job.label()),
            kind,
            description,
            limit,
            statistic,
            period_seconds: job.job.alarms.period_seconds,
            metrics,
        }
    }
}

/// The alarms of one job.
pub(super) fn alarms(
    job: JobRef<'_>,
    rules: &[Rule<'_>],
    dead_letters: Option<&Queue>,
    function: Option<&Function<'_>>,
) -> Vec<Alarm> {
    // Name every field: a new threshold that nothing here reads must not compile.
    let JobAlarms {
        period_seconds: _,
        failed_deliveries,
        undelivered,
        failed_runs: _,
        lost_runs: _,
        errors: _,
        throttles: _,
        duration_percent: _,
        waiting_minutes: _,
        waiting_events: _,
        emit_failures: _,
        metrics: _,
    } = &job.job.alarms;
    let mut watches = Vec::new();
    if let Some(most) = *failed_deliveries {
        watches.extend(failed_deliveries_of(job, rules, most));
    }
    if let (Some(most), Some(queue)) = (*undelivered, dead_letters) {
        watches.push(Watch {
            kind: "undelivered".to_owned(),
            description: format!(
                "The dead-letter queue of {} holds events that were not delivered: see ERROR_CODE of its messages.",
                job.name
            ),
            limit: Limit::Above(most),
            statistic: "Maximum",
            metrics: vec![Metric::queue_depth(queue)],
        });
    }
    if let Some(function) = function {
        watches.extend(of_runs(job, function));
        watches.extend(of_buffer(job, function));
        watches.extend(of_own_metrics(job));
    }
    let alarms = watches.into_iter().map(|watch| Alarm::new(job, watch));
    alarms.collect()
}

fn failed_deliveries_of(job: JobRef<'_>, rules: &[Rule<'_>], most: u32) -> Vec<Watch> {
    // EventBridge Scheduler has no metrics of a single schedule, so its schedules are not counted.
    let counted: Vec<&Rule<'_>> = rules.iter().filter(|rule| rule.bus().is_some()).collect();
    let per_alarm = METRICS_PER_ALARM / RULE_FAILURES.len();
    let chunks = counted.chunks(per_alarm).enumerate();
    let watches = chunks.map(|(index, rules)| {
        let metrics = rules
            .iter()
            .flat_map(|rule| RULE_FAILURES.map(|metric| Metric::of_rule(job, rule, metric)));
        Watch {
            kind: numbered("failed-deliveries", index),
            description: format!(
                "EventBridge could not deliver to {}. {} has what was not delivered; what InvocationsFailedToBeSentToDlq counts is lost.",
                job.name,
                job.dead_letter_queue(),
            ),
            limit: Limit::Above(most),
            statistic: "Sum",
            metrics: metrics.collect(),
        }
    });
    watches.collect()
}

fn of_runs(job: JobRef<'_>, function: &Function<'_>) -> Vec<Watch> {
    let (name, alarms) = (job.name, &job.job.alarms);
    let watch = |kind: &str, description: String, limit, statistic, metric| Watch {
        kind: kind.to_owned(),
        description,
        limit,
        statistic,
        metrics: vec![metric],
    };
    let of_function = |metric| Metric::of_function(&function.label, metric);
    let failed = alarms.failed_runs.map(|most| {
        let text = format!("Runs of {name} failed for good, and wait in its queue of failed runs.");
        let depth = Metric::queue_depth(&function.failed_runs);
        watch("failed-runs", text, Limit::Above(most), "Maximum", depth)
    });
    // SQS itself moves what a buffer gives up, and cannot fail to.
    let lost = alarms.lost_runs.filter(|_| function.buffer.is_none());
    let lost = lost.map(|most| {
        let text = format!(
            "Runs of {name} failed for good and could not be put into its queue of failed runs: they are lost."
        );
        let metric = of_function("DestinationDeliveryFailures");
        watch("lost-runs", text, Limit::Above(most), "Sum", metric)
    });
    let errors = alarms.errors.map(|most| {
        let text = format!("Runs of {name} fail. Lambda repeats them as its policy says.");
        let metric = of_function("Errors");
        watch("errors", text, Limit::Above(most), "Sum", metric)
    });
    let throttles = alarms.throttles.map(|most| {
        let text = format!("Runs of {name} wait, as it has no concurrency left.");
        let metric = of_function("Throttles");
        watch("throttles", text, Limit::Above(most), "Sum", metric)
    });
    let duration = alarms.duration_percent.map(|percent| {
        let timeout = function.settings.timeout_seconds.clone();
        let text = match timeout {
            Valued { value, from: None } => {
                format!("A run of {name} took {percent} % of its timeout of {value} s.")
            }
            Valued { .. } => format!("A run of {name} took {percent} % of its timeout."),
        };
        let limit = Limit::ShareOfTimeout { percent, timeout };
        let metric = of_function("Duration");
        watch("duration", text, limit, "Maximum", metric)
    });
    let all = [failed, lost, errors, throttles, duration];
    all.into_iter().flatten().collect()
}

/// Alarms on the queue that a function's events wait in.
fn of_buffer(job: JobRef<'_>, function: &Function<'_>) -> Vec<Watch> {
    let (name, alarms) = (job.name, &job.job.alarms);
    let Some(buffer) = &function.buffer else {
        return Vec::new();
    };
    let watch = |kind: &str, description: String, limit, metric| Watch {
        kind: kind.to_owned(),
        description,
        limit: Limit::Above(limit),
        statistic: "Maximum",
        metrics: vec![metric],
    };
    let age = alarms.waiting_minutes.map(|most| {
        let text = format!("An event has waited for {name} for more than {most} minutes.");
        let metric = Metric::queue_age(&buffer.queue);
        watch("waiting-minutes", text, most * 60, metric)
    });
    let depth = alarms.waiting_events.map(|most| {
        let text = format!("More than {most} events wait for {name}.");
        let metric = Metric::queue_depth(&buffer.queue);
        watch("waiting-events", text, most, metric)
    });
    age.into_iter().chain(depth).collect()
}

/// Alarms on metrics that the job counts itself, in the embedded metric format.
fn of_own_metrics(job: JobRef<'_>) -> Vec<Watch> {
    let (name, alarms) = (job.name, &job.job.alarms);
    let mut watches = Vec::new();
    if let Some(most) = alarms.emit_failures {
        let events: Vec<&str> = job.job.emitted().into_iter().collect();
        for (index, events) in events.chunks(METRICS_PER_ALARM).enumerate() {
            let metrics = events.iter().map(|event| Metric::emit_failures(job, event));
            watches.push(Watch {
                kind: numbered("emit-failures", index),
                description: format!(
                    "{name} could not emit events. Its log has them whole, in lines with the message `event not emitted`."
                ),
                limit: Limit::Above(most),
                statistic: "Sum",
                metrics: metrics.collect(),
            });
        }
    }
    for (metric, most) in &alarms.metrics {
        watches.push(Watch {
            kind: format!(".{metric}"),
            description: format!("{name} counted more than {most} {metric}."),
            limit: Limit::Above(*most),
            statistic: "Sum",
            metrics: vec![own_metric(job, metric, None)],
        });
    }
    watches
}

/// Names the parts of an alarm that is split. The first part keeps its name if more are needed.
fn numbered(kind: &str, index: usize) -> String {
    match index {
        0 => kind.to_owned(),
        index => format!("{kind}-{}", index + 1),
    }
}

impl Metric {
    /// A metric of a rule. On the default bus its dimension is the rule alone, on another the bus too.
    pub fn of_rule(job: JobRef<'_>, rule: &Rule<'_>, metric: &str) -> Self {
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
        Self {
            namespace: "AWS/Events".to_owned(),
            name: metric.to_owned(),
            dimensions,
        }
    }

    /// A metric of a function, by its label, over all of its versions.
    pub fn of_function(label: &str, metric: &str) -> Self {
        Self {
            namespace: "AWS/Lambda".to_owned(),
            name: metric.to_owned(),
            dimensions: vec![("FunctionName", Dimension::Function(label.to_owned()))],
        }
    }

    /// The messages in a queue that nobody has received yet.
    pub fn queue_depth(queue: &Queue) -> Self {
        Self::of_queue(queue, "ApproximateNumberOfMessagesVisible")
    }

    /// The age of the oldest message in a queue, in seconds.
    pub fn queue_age(queue: &Queue) -> Self {
        Self::of_queue(queue, "ApproximateAgeOfOldestMessage")
    }

    fn of_queue(queue: &Queue, metric: &str) -> Self {
        Self {
            namespace: "AWS/SQS".to_owned(),
            name: metric.to_owned(),
            dimensions: vec![("QueueName", Dimension::Queue(queue.label.clone()))],
        }
    }

    /// The events of a kind that a job could not emit, as the crate `job` counts them.
    pub fn emit_failures(job: JobRef<'_>, event: &str) -> Self {
        let event = ("event", Dimension::Text(event.to_owned()));
        own_metric(job, "EmitFailures", Some(event))
    }
}

/// A metric that a job counts itself, in the pipeline's namespace.
fn own_metric(job: JobRef<'_>, metric: &str, of: Option<(&'static str, Dimension)>) -> Metric {
    let mut dimensions = vec![("environment", Dimension::Environment)];
    dimensions.extend(of);
    dimensions.push(("job", Dimension::Text(job.name.to_owned())));
    Metric {
        namespace: job.pipeline.name.value.clone(),
        name: metric.to_owned(),
        dimensions,
    }
}
