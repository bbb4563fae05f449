//! What the alarms of a job watch.
//!
//! There is one alarm for each problem that needs its own action, not one for each metric. EventBridge keeps three
//! metrics of a rule's failures. One alarm adds them up over the job's rules, because a person looks into all of them
//! at one queue. EventBridge Scheduler counts by group of schedules and not by schedule, so what it cannot deliver is
//! seen in the queue alone.

use std::borrow::Cow;

use super::JobResources;
use super::alarm::{Dimension, Limit, of_emitted, of_function, of_job, of_queue, of_rule};
use super::alarm_kind::{
    AlarmKind, DURATION, EMIT_FAILURES, ERRORS, FAILED_DELIVERIES, FAILED_RUNS, JOB, LOST_RUNS,
    QUEUE, THROTTLES, UNDELIVERED, WAITING_EVENTS, WAITING_MINUTES,
};
use super::name::{JobRef, label};
use super::queue::Queue;
use super::receiver::Function;
use super::rule::Rule;
use crate::alarms::JobAlarms;
use crate::platform::LogEvents;
use crate::values::Valued;

/// The most metrics of one alarm:
/// [metric math](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html).
const METRICS_PER_ALARM: usize = 10;

/// What an alarm watches. An alarm is far larger.
#[derive(Clone, Debug)]
pub struct Watch<'r> {
    job: JobRef<'r>,
    /// The name of its kind, with a number if several alarms are needed, or a metric of the job's own behind a dot.
    pub kind: Cow<'r, str>,
    /// What it has in common with what the alarms of other jobs watch; `None` for a metric of the job's own.
    pub of_kind: Option<&'static AlarmKind>,
    /// When its alarm goes off.
    pub limit: Limit,
    /// What has the metrics.
    of: Of<'r>,
    /// What its alarm says of itself, if that may be other than what its kind says.
    describe: Option<Describe>,
}

type Describe = fn(&Watch<'_>) -> String;

/// What has the metrics that an alarm watches.
#[derive(Clone, Debug)]
enum Of<'r> {
    /// Each of some rules.
    Rules(Vec<&'r Rule<'r>>),
    /// A queue.
    Queue(&'r Queue),
    /// The runs of a function, by its label.
    Runs(&'r str),
    /// The job, for each of some events that it emits.
    Emitted(Vec<&'r str>),
    /// The job, which counts a metric by this name.
    Own(&'r str),
}

impl<'r> Watch<'r> {
    fn new(job: JobRef<'r>, of_kind: &'static AlarmKind, most: u32, of: Of<'r>) -> Self {
        Self {
            job,
            kind: Cow::Borrowed(of_kind.name),
            of_kind: Some(of_kind),
            limit: Limit::Above(most),
            of,
            describe: None,
        }
    }

    /// Makes it one of several of its kind. The first one keeps its name if more are needed.
    fn numbered(self, index: usize) -> Self {
        match index {
            0 => self,
            index => Self {
                kind: Cow::Owned(format!("{}-{}", self.kind, index + 1)),
                ..self
            },
        }
    }

    fn described(self, describe: Describe) -> Self {
        let describe = Some(describe);
        Self { describe, ..self }
    }

    /// Whether it is a metric of the job's own.
    pub fn is_of_own_metric(&self) -> bool {
        self.of_kind.is_none()
    }

    /// What its alarm says of itself.
    pub fn description(&self) -> String {
        self.describe.unwrap_or(as_its_kind)(self)
    }

    /// What its alarm says of itself, if that is other than what its kind says in this pipeline.
    pub fn own_description(&self) -> Option<String> {
        let own = self.describe?(self);
        let pipeline = &self.job.pipeline.name.value;
        let of_kind = self.of_kind.map(|kind| kind.description_in(pipeline));
        let is_own = of_kind.is_none_or(|text| text.replace(JOB, self.job.name) != own);
        is_own.then_some(own)
    }

    /// The namespace and the names of the metrics.
    pub fn metrics(&self) -> (&str, &[&str]) {
        let own = self.job.pipeline.name.value.as_str();
        match (&self.of, self.of_kind) {
            (_, Some(kind)) => (kind.namespace.unwrap_or(own), kind.metrics),
            (Of::Own(name), None) => (own, std::slice::from_ref(name)),
            (_, None) => (own, &[]),
        }
    }

    /// How the data of a period become one number.
    pub fn statistic(&self) -> &'static str {
        self.of_kind.map_or("Sum", |kind| kind.statistic)
    }

    /// The dimensions of everything that has the metrics.
    pub fn dimensions(&self) -> Vec<Vec<(&'static str, Dimension)>> {
        let job = self.job;
        match &self.of {
            Of::Rules(rules) => rules.iter().map(|rule| of_rule(job, rule)).collect(),
            Of::Queue(queue) => vec![of_queue(queue)],
            Of::Runs(function) => vec![of_function(function)],
            Of::Emitted(events) => events.iter().map(|event| of_emitted(job, event)).collect(),
            Of::Own(_) => vec![of_job(job, None)],
        }
    }

    /// Whether it is one metric of one thing, and not the sum of several.
    pub fn is_single(&self) -> bool {
        let has_one = match &self.of {
            Of::Rules(rules) => rules.len() == 1,
            Of::Emitted(events) => events.len() == 1,
            Of::Queue(_) | Of::Runs(_) | Of::Own(_) => true,
        };
        has_one && self.of_kind.is_none_or(|kind| kind.metrics.len() == 1)
    }

    /// The Terraform label that its alarm had as a resource of its own, before a job's alarms became one resource.
    pub fn former_label(&self, job: &str) -> String {
        match self.kind.strip_prefix('.') {
            Some(metric) => format!("{}__{metric}", label(job)),
            None => format!("{}_{}", label(job), label(&self.kind)),
        }
    }

    /// The number that it must not exceed.
    fn most(&self) -> u32 {
        match self.limit {
            Limit::Above(most) => most,
            Limit::ShareOfTimeout { percent, .. } => percent,
        }
    }
}

/// Lists what the alarms of a job watch.
pub(super) fn watches<'r>(job: &'r JobResources<'_>) -> Vec<Watch<'r>> {
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
    } = &job.spec().alarms;
    let mut watches = Vec::new();
    if let Some(most) = *failed_deliveries {
        watches.extend(failed_deliveries_of(job, most));
    }
    if let (Some(most), Some(queue)) = (*undelivered, &job.dead_letters) {
        watches.push(Watch::new(job.job, &UNDELIVERED, most, Of::Queue(queue)));
    }
    if let Some(function) = job.receiver.function() {
        watches.extend(of_runs(job.job, function));
        watches.extend(of_buffer(job.job, function));
        watches.extend(of_own_metrics(job.job));
    }
    watches
}

fn failed_deliveries_of<'r>(job: &'r JobResources<'_>, most: u32) -> Vec<Watch<'r>> {
    // EventBridge Scheduler has no metrics of a single schedule, so its schedules are not counted.
    let rules = job.rules.iter();
    let counted: Vec<&Rule<'_>> = rules.filter(|rule| rule.bus().is_some()).collect();
    let per_alarm = METRICS_PER_ALARM / FAILED_DELIVERIES.metrics.len();
    let chunks = counted.chunks(per_alarm).enumerate();
    let watches = chunks.map(|(index, rules)| {
        Watch::new(job.job, &FAILED_DELIVERIES, most, Of::Rules(rules.to_vec()))
            .described(|watch| {
                let queue = watch.job.dead_letter_queue().to_string();
                as_its_kind(watch).replace(QUEUE, &queue)
            })
            .numbered(index)
    });
    watches.collect()
}

fn of_runs<'r>(job: JobRef<'r>, function: &'r Function<'_>) -> Vec<Watch<'r>> {
    let alarms = &job.job.alarms;
    let above = |kind, most, of| Watch::new(job, kind, most, of);
    let runs = || Of::Runs(&function.label);
    let failed = alarms.failed_runs;
    let failed = failed.map(|most| above(&FAILED_RUNS, most, Of::Queue(&function.failed_runs)));
    // SQS itself moves what a buffer gives up, and cannot fail to.
    let lost = alarms.lost_runs.filter(|_| function.buffer.is_none());
    let lost = lost.map(|most| above(&LOST_RUNS, most, runs()));
    let errors = alarms.errors.map(|most| above(&ERRORS, most, runs()));
    let throttles = alarms.throttles;
    let throttles = throttles.map(|most| above(&THROTTLES, most, runs()));
    let duration = alarms.duration_percent.map(|percent| Watch {
        limit: Limit::ShareOfTimeout {
            percent,
            timeout: function.settings.timeout_seconds.clone(),
        },
        describe: Some(as_a_share_of_the_timeout),
        ..above(&DURATION, percent, runs())
    });
    let all = [failed, lost, errors, throttles, duration];
    all.into_iter().flatten().collect()
}

/// Watches the queue that a function's events wait in.
fn of_buffer<'r>(job: JobRef<'r>, function: &'r Function<'_>) -> Vec<Watch<'r>> {
    let alarms = &job.job.alarms;
    let Some(buffer) = &function.buffer else {
        return Vec::new();
    };
    let waiting = |kind, most| Watch::new(job, kind, most, Of::Queue(&buffer.queue));
    let age = alarms.waiting_minutes.map(|most| {
        waiting(&WAITING_MINUTES, most * 60).described(|watch| {
            let minutes = watch.most() / 60;
            format!(
                "An event has waited for {} for more than {minutes} minutes.",
                watch.job.name
            )
        })
    });
    let depth = alarms.waiting_events.map(|most| {
        waiting(&WAITING_EVENTS, most).described(|watch| {
            format!(
                "More than {} events wait for {}.",
                watch.most(),
                watch.job.name
            )
        })
    });
    age.into_iter().chain(depth).collect()
}

/// Watches metrics that the job counts itself, in the embedded metric format.
fn of_own_metrics(job: JobRef<'_>) -> Vec<Watch<'_>> {
    let alarms = &job.job.alarms;
    let mut watches = Vec::new();
    if let Some(most) = alarms.emit_failures {
        let events: Vec<&str> = job.job.emitted().into_iter().collect();
        for (index, events) in events.chunks(METRICS_PER_ALARM).enumerate() {
            let of = Of::Emitted(events.to_vec());
            let watch = Watch::new(job, &EMIT_FAILURES, most, of).described(as_not_emitted);
            watches.push(watch.numbered(index));
        }
    }
    for (metric, most) in &alarms.metrics {
        watches.push(Watch {
            job,
            kind: Cow::Owned(format!(".{metric}")),
            of_kind: None,
            limit: Limit::Above(*most),
            of: Of::Own(metric),
            describe: Some(|watch| {
                let (most, metric) = (watch.most(), watch.kind.trim_start_matches('.'));
                format!("{} counted more than {most} {metric}.", watch.job.name)
            }),
        });
    }
    watches
}

fn as_its_kind(watch: &Watch<'_>) -> String {
    let description = watch.of_kind.map_or("", |kind| kind.description);
    description.replace(JOB, watch.job.name)
}

fn as_a_share_of_the_timeout(watch: &Watch<'_>) -> String {
    let (name, percent) = (watch.job.name, watch.most());
    match &watch.limit {
        Limit::ShareOfTimeout {
            timeout: Valued { value, from: None },
            ..
        } => format!("A run of {name} took {percent} % of its timeout of {value} s."),
        _ => format!("A run of {name} took {percent} % of its timeout."),
    }
}

fn as_not_emitted(watch: &Watch<'_>) -> String {
    let job = watch.job;
    let settings = job.job.work.function();
    let log_events = settings.and_then(|settings| settings.platform.log_events);
    match log_events.and_then(LogEvents::variable) {
        // Its log has not what was not emitted.
        Some(_) => format!(
            "{} could not emit events. Its runs failed, so they are tried again, and then in its failure queue.",
            job.name
        ),
        None => as_its_kind(watch),
    }
}
