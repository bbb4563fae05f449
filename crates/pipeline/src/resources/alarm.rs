//! The alarms of a job, and the metrics that they look at.
//!
//! There is one alarm for each problem that needs its own action, not one for each metric. EventBridge keeps three
//! metrics of a rule's failures. One alarm adds them up over the job's rules, because a person looks into all of them
//! at one queue. EventBridge Scheduler counts by group of schedules and not by
//! schedule, so what it cannot deliver is seen in the queue alone.

use super::alarm_kind::{
    AGE, AlarmKind, DEPTH, DURATION, EMIT_FAILURES, ERRORS, EVENTS, FAILED_DELIVERIES, FAILED_RUNS,
    JOB, LAMBDA, LOST_RUNS, QUEUE, SQS, THROTTLES, UNDELIVERED, WAITING_EVENTS, WAITING_MINUTES,
};
use super::name::{JobRef, Name, label};
use super::queue::Queue;
use super::receiver::Function;
use super::rule::{Rule, RuleBus};
use crate::alarms::{JobAlarms, Topic};
use crate::model::{self, Pipeline};
use crate::platform::LogEvents;
use crate::values::{Text, Valued};

/// The most metrics of one alarm:
/// [metric math](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html).
const METRICS_PER_ALARM: usize = 10;

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

/// An alarm before it has its names.
struct Watch {
    kind: String,
    of_kind: Option<&'static AlarmKind>,
    description: String,
    limit: Limit,
    statistic: &'static str,
    metrics: Vec<Metric>,
}

impl Watch {
    /// Watches the metrics of a kind, each of everything that the dimensions name.
    fn new(
        of_kind: &'static AlarmKind,
        job: JobRef<'_>,
        limit: Limit,
        of: impl IntoIterator<Item = Vec<(&'static str, Dimension)>>,
    ) -> Self {
        let AlarmKind {
            name,
            description,
            namespace,
            metrics,
            statistic,
        } = of_kind;
        let of_each = |dimensions: Vec<_>| {
            metrics.iter().map(move |metric| Metric {
                namespace: namespace.unwrap_or(&job.pipeline.name.value).to_owned(),
                name: (*metric).to_owned(),
                dimensions: dimensions.clone(),
            })
        };
        Self {
            kind: (*name).to_owned(),
            of_kind: Some(of_kind),
            description: description.replace(JOB, job.name),
            limit,
            statistic,
            metrics: of.into_iter().flat_map(of_each).collect(),
        }
    }

    /// Makes it one of several of its kind. The first one keeps its name if more are needed.
    fn numbered(self, index: usize) -> Self {
        match index {
            0 => self,
            index => Self {
                kind: format!("{}-{}", self.kind, index + 1),
                ..self
            },
        }
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

    fn new(job: JobRef<'_>, watch: Watch) -> Self {
        let Watch {
            kind,
            of_kind,
            description,
            limit,
            statistic,
            metrics,
        } = watch;
        // A metric's own name stands behind a dot: no job's name has one.
        let hyphen = if kind.starts_with('.') { "" } else { "-" };
        Self {
            key: format!("{}{hyphen}{kind}", job.name),
            name: Name::new(format!("{}{hyphen}{kind}", job.prefix())),
            kind,
            of_kind,
            description,
            limit,
            statistic,
            period_seconds: job.job.alarms.period_seconds,
            metrics,
        }
    }
}

impl Alarm {
    /// Whether it watches a metric of the job's own.
    pub fn is_of_own_metric(&self) -> bool {
        self.kind.starts_with('.')
    }

    /// The Terraform label that it had as a resource of its own, before a job's alarms became one resource.
    pub fn former_label(&self, job: &str) -> String {
        match self.kind.strip_prefix('.') {
            Some(metric) => format!("{}__{metric}", label(job)),
            None => format!("{}_{}", label(job), label(&self.kind)),
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
        let of = [of_queue(queue)];
        watches.push(Watch::new(&UNDELIVERED, job, Limit::Above(most), of));
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
    let per_alarm = METRICS_PER_ALARM / FAILED_DELIVERIES.metrics.len();
    let chunks = counted.chunks(per_alarm).enumerate();
    let watches = chunks.map(|(index, rules)| {
        let of = rules.iter().map(|rule| of_rule(job, rule));
        let watch = Watch::new(&FAILED_DELIVERIES, job, Limit::Above(most), of);
        let queue = job.dead_letter_queue().to_string();
        Watch {
            description: watch.description.replace(QUEUE, &queue),
            ..watch.numbered(index)
        }
    });
    watches.collect()
}

fn of_runs(job: JobRef<'_>, function: &Function<'_>) -> Vec<Watch> {
    let (name, alarms) = (job.name, &job.job.alarms);
    let above = |kind, most, of| Watch::new(kind, job, Limit::Above(most), [of]);
    let runs = || of_function(&function.label);
    let failed = alarms.failed_runs;
    let failed = failed.map(|most| above(&FAILED_RUNS, most, of_queue(&function.failed_runs)));
    // SQS itself moves what a buffer gives up, and cannot fail to.
    let lost = alarms.lost_runs.filter(|_| function.buffer.is_none());
    let lost = lost.map(|most| above(&LOST_RUNS, most, runs()));
    let errors = alarms.errors.map(|most| above(&ERRORS, most, runs()));
    let throttles = alarms.throttles;
    let throttles = throttles.map(|most| above(&THROTTLES, most, runs()));
    let duration = alarms.duration_percent.map(|percent| {
        let timeout = function.settings.timeout_seconds.clone();
        let description = match timeout {
            Valued { value, from: None } => {
                format!("A run of {name} took {percent} % of its timeout of {value} s.")
            }
            Valued { .. } => format!("A run of {name} took {percent} % of its timeout."),
        };
        let limit = Limit::ShareOfTimeout { percent, timeout };
        Watch {
            description,
            ..Watch::new(&DURATION, job, limit, [runs()])
        }
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
    let watch = |kind, most, description| Watch {
        description,
        ..Watch::new(kind, job, Limit::Above(most), [of_queue(&buffer.queue)])
    };
    let age = alarms.waiting_minutes.map(|most| {
        let text = format!("An event has waited for {name} for more than {most} minutes.");
        watch(&WAITING_MINUTES, most * 60, text)
    });
    let depth = alarms.waiting_events.map(|most| {
        let text = format!("More than {most} events wait for {name}.");
        watch(&WAITING_EVENTS, most, text)
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
            let of = events.iter().map(|event| of_emitted(job, event));
            let mut watch = Watch::new(&EMIT_FAILURES, job, Limit::Above(most), of);
            let settings = job.job.work.function();
            let log_events = settings.and_then(|settings| settings.platform.log_events);
            if log_events.and_then(LogEvents::variable).is_some() {
                watch.description = format!(
                    "{name} could not emit events. Its runs failed, so they are tried again, and then in its failure queue."
                );
            }
            watches.push(watch.numbered(index));
        }
    }
    for (metric, most) in &alarms.metrics {
        watches.push(Watch {
            kind: format!(".{metric}"),
            of_kind: None,
            description: format!("{name} counted more than {most} {metric}."),
            limit: Limit::Above(*most),
            statistic: "Sum",
            metrics: vec![Metric {
                namespace: job.pipeline.name.value.clone(),
                name: metric.to_owned(),
                dimensions: of_job(job, None),
            }],
        });
    }
    watches
}

/// The dimensions of a rule's metrics. On the default bus that is the rule alone, on another the bus too.
fn of_rule(job: JobRef<'_>, rule: &Rule<'_>) -> Vec<(&'static str, Dimension)> {
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
fn of_function(label: &str) -> Vec<(&'static str, Dimension)> {
    vec![("FunctionName", Dimension::Function(label.to_owned()))]
}

fn of_queue(queue: &Queue) -> Vec<(&'static str, Dimension)> {
    vec![("QueueName", Dimension::Queue(queue.label.clone()))]
}

/// The dimensions of metrics that a job counts itself, of one kind of event or of all it does.
fn of_job(job: JobRef<'_>, event: Option<&str>) -> Vec<(&'static str, Dimension)> {
    let event = event.map(|event| ("event", Dimension::Text(event.to_owned())));
    let mut dimensions = vec![("environment", Dimension::Environment)];
    dimensions.extend(event);
    dimensions.push(("job", Dimension::Text(job.name.to_owned())));
    dimensions
}

fn of_emitted(job: JobRef<'_>, event: &str) -> Vec<(&'static str, Dimension)> {
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
