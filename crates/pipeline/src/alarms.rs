//! Alarms of a running pipeline, whom they tell, and the dashboard.

use indexmap::IndexMap;

/// The alarms of a whole pipeline; those of a job are the job's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarms {
    /// Whom alarms tell.
    pub topic: Topic,
    /// Whether a dashboard of the pipeline is made.
    pub dashboard: bool,
}

/// The SNS topic that alarms tell of their changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A topic that exists already, if the Terraform variable `alarm_topic_arn` names it.
    Given,
    /// A topic that is created with the pipeline.
    Made,
}

/// Thresholds of the alarms of a job. `None` instead of a threshold means that there is no such alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobAlarms {
    /// Length of the period that an alarm looks at, in seconds.
    pub period_seconds: u32,
    /// More deliveries than these failed.
    pub failed_deliveries: Option<u32>,
    /// The dead-letter queue of the job's targets holds more dead letters than these.
    pub undelivered: Option<u32>,
    /// The queue of failed runs holds more than these.
    pub failed_runs: Option<u32>,
    /// More failed runs than these could not be put into that queue.
    pub lost_runs: Option<u32>,
    /// More runs than these failed. Every attempt counts.
    pub errors: Option<u32>,
    /// More invocations than these were throttled.
    pub throttles: Option<u32>,
    /// The longest run took this share of the timeout, in percent.
    pub duration_percent: Option<u32>,
    /// A message waits in the queue of a buffer for more minutes than these.
    pub waiting_minutes: Option<u32>,
    /// The queue of a buffer holds more messages than these.
    pub waiting_events: Option<u32>,
    /// More events than these could not be emitted.
    pub emit_failures: Option<u32>,
    /// Metrics that the job itself counts, each with the number above which it alarms.
    pub metrics: IndexMap<String, u32>,
}

impl Default for Alarms {
    fn default() -> Self {
        Self {
            topic: Topic::Given,
            dashboard: true,
        }
    }
}

impl Default for JobAlarms {
    fn default() -> Self {
        Self {
            period_seconds: 300,
            failed_deliveries: Some(0),
            undelivered: Some(0),
            failed_runs: Some(0),
            lost_runs: Some(0),
            errors: Some(0),
            throttles: Some(0),
            duration_percent: Some(80),
            waiting_minutes: Some(15),
            waiting_events: Some(10_000),
            emit_failures: Some(0),
            metrics: IndexMap::new(),
        }
    }
}

impl JobAlarms {
    /// Turns every alarm off.
    pub fn none() -> Self {
        Self {
            period_seconds: 300,
            failed_deliveries: None,
            undelivered: None,
            failed_runs: None,
            lost_runs: None,
            errors: None,
            throttles: None,
            duration_percent: None,
            waiting_minutes: None,
            waiting_events: None,
            emit_failures: None,
            metrics: IndexMap::new(),
        }
    }
}
