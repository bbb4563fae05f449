//! The trait that a function implements, and the run that it is given.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::event::Job;
use crate::metric::Metric;
use crate::outcome::Outcome;
use crate::scheduled::Schedule;
use crate::trace::Trace;

/// Why a run failed. Lambda tries the event again, at most twice, and then puts it into the failure queue; after a
/// [`Permanent`](crate::Permanent) one it is put there at once.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The work of a job.
///
/// An event arrives at least once and in no particular order: both methods have to be idempotent.
pub trait Handler {
    /// The job, as generated from the spec.
    type Job: Job;

    /// Works on one event, and returns what the job emits.
    fn on_event(
        &self,
        trigger: <Self::Job as Job>::Trigger,
        run: &Run,
    ) -> impl Future<Output = Result<Outcome<Self::Job>, Error>> + Send;

    /// Works on everybody, or on one shard of everybody, and returns what its schedule emits: `()` if that is nothing.
    ///
    /// A job without a schedule has an [`Unscheduled`](crate::Unscheduled) here, which has no values:
    /// `match schedule {}` is its whole body.
    fn on_schedule(
        &self,
        schedule: <Self::Job as Job>::Schedule,
        run: &Run,
    ) -> impl Future<Output = Result<ScheduleResult<Self::Job>, Error>> + Send;
}

/// What the handler of the job `J` returns for a scheduled run.
pub type ScheduleResult<J> = <<J as Job>::Schedule as Schedule>::Outcome;

/// The invocation that a handler runs in.
#[derive(Debug)]
pub struct Run {
    request_id: String,
    event_id: Option<String>,
    deadline: Instant,
    trace: Option<Trace>,
    counted: Mutex<BTreeMap<&'static str, u64>>,
    measured: Mutex<Vec<Metric>>,
}

impl Run {
    /// An invocation with `remaining` time until Lambda ends it.
    pub fn new(
        request_id: impl Into<String>,
        event_id: Option<String>,
        remaining: Duration,
    ) -> Self {
        let now = Instant::now();
        Self {
            request_id: request_id.into(),
            event_id,
            // No function runs longer than 15 minutes; an absurd deadline must not overflow.
            deadline: now.checked_add(remaining).unwrap_or(now),
            trace: None,
            counted: Mutex::default(),
            measured: Mutex::default(),
        }
    }

    /// The same run, as a part of a trace.
    pub(crate) fn in_trace(self, trace: Option<Trace>) -> Self {
        Self { trace, ..self }
    }

    /// Lambda's id of the invocation. Retries of an event keep it.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// EventBridge's id of the event; `None` if the function was invoked by hand.
    pub fn event_id(&self) -> Option<&str> {
        self.event_id.as_deref()
    }

    /// Time left until Lambda ends the invocation. Emitting takes some of it.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The time of day, for the timestamps of emitted events.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// The header of X-Ray's trace that the run belongs to, which its emitted events have, too.
    pub fn trace_header(&self) -> Option<&str> {
        self.trace.as_ref().map(Trace::header)
    }

    /// The same trace as W3C's `traceparent`, for OpenTelemetry and for requests to other services.
    pub fn traceparent(&self) -> Option<String> {
        self.trace.as_ref()?.traceparent()
    }

    /// Adds a number to one of the job's CloudWatch metrics.
    pub fn count(&self, metric: &'static str, number: u64) {
        // A panic leaves whole numbers behind, so a poisoned lock can still be used.
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        *counted.entry(metric).or_default() += number;
    }

    /// The numbers so far, by metric.
    pub fn counted(&self) -> BTreeMap<&'static str, u64> {
        self.counted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Adds a value to a CloudWatch metric with a unit, and with dimensions of its own.
    ///
    /// ```
    /// # let run = job::Run::new("r", None, std::time::Duration::from_secs(1));
    /// use job::{Metric, Unit};
    ///
    /// run.measure(Metric::new("Answer", 12.5).unit(Unit::Milliseconds).dimension("bank", "acme"));
    /// ```
    pub fn measure(&self, metric: Metric) {
        let measured = self.measured.lock();
        measured
            .unwrap_or_else(PoisonError::into_inner)
            .push(metric);
    }

    /// The values so far, which are taken out.
    pub(crate) fn take_measured(&self) -> Vec<Metric> {
        mem::take(&mut self.measured.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref()
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }
}
