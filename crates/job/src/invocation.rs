//! One invocation: read the event, run the handler, emit what it returned. With a queue before the function, for each of
//! its messages.

use std::cell::Cell;
use std::fmt;
use std::io::Write;
use std::time::{Duration, SystemTime};

use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;
use tracing::{Instrument, Span, error, info, warn};

use crate::arrival::{Arrival, Malformed};
use crate::batch::{self, Failures, Message};
use crate::decode::{Request, decode};
use crate::emit::{Emitter, Undelivered};
use crate::event::Job;
use crate::failed::FailureQueue;
use crate::handler::{Error, Handler, Run};
use crate::idempotency::{self, Begun, IdempotencyStore};
use crate::log;
use crate::log_events::LogEvents;
use crate::metric::{self, Origin};
use crate::outgoing::{Emissions, Outgoing};
use crate::permanent::Permanent;
use crate::trace::Trace;

/// Runs a handler for the invocations of a function, one after the other.
pub(crate) struct Invoker<H, S, W> {
    pub(crate) handler: H,
    /// Knows which events are done.
    store: S,
    emitter: Emitter,
    /// Where events go that fail for good.
    failures: FailureQueue,
    /// The job and environment of the metrics.
    origin: Origin,
    /// Where metrics go; standard output in a function.
    metrics: W,
}

/// The result of a function.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    /// For one event.
    One(Report),
    /// For messages of a queue.
    Batch(Failures),
}

/// The result for one event. Only a person who invokes it by hand reads it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    job: &'static str,
    /// Events that the bus accepted.
    emitted: usize,
    /// Events that could not be emitted.
    emit_failures: usize,
    /// Why the event is in the failure queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
}

impl<H, S, W> Invoker<H, S, W>
where
    H: Handler,
    S: IdempotencyStore,
    W: Fn(&Value),
{
    /// One that puts nothing into a failure queue.
    pub(crate) fn new(handler: H, store: S, emitter: Emitter, metrics: W) -> Self {
        Self {
            handler,
            store,
            emitter,
            failures: FailureQueue::none(),
            origin: Origin::from_env(H::Job::PIPELINE, H::Job::NAME),
            metrics,
        }
    }

    /// One that keeps in a queue what fails for good.
    pub(crate) fn keeping(self, failures: FailureQueue) -> Self {
        Self { failures, ..self }
    }

    pub(crate) async fn invoke(&self, event: LambdaEvent<Value>) -> Result<Answer, Failure> {
        let (payload, context) = event.into_parts();
        match batch::messages(&payload) {
            Some(messages) => Ok(Answer::Batch(self.work_off(&messages, &context).await)),
            None => self.work_once(&payload, &context).await.map(Answer::One),
        }
    }

    /// Works on the event of an invocation. One that fails for good is kept, and then the run has succeeded for Lambda.
    async fn work_once(&self, payload: &Value, context: &Context) -> Result<Report, Failure> {
        let trace = Trace::new(context.xray_trace_id.as_deref());
        let failure = match self.work(payload, context, trace).await {
            // What is no event of EventBridge comes from a person, who waits for the answer.
            Err(failure) if failure.is_permanent() && is_envelope(payload) => failure,
            worked => return worked,
        };
        let text = format!("{failure:?}");
        let error = failure.to_json();
        match self.failures.keep_run(payload, context, &error).await {
            Ok(true) => {
                error!(
                    error = text,
                    "event failed for good: it is in the failure queue"
                );
                Ok(Report {
                    job: H::Job::NAME,
                    emitted: 0,
                    emit_failures: 0,
                    failed: Some(text),
                })
            }
            // Then Lambda does it, after its attempts.
            Ok(false) => Err(failure),
            Err(reason) => {
                warn!(reason, "the failure queue does not take the event");
                Err(failure)
            }
        }
    }

    /// Works on each message of a queue as on an event of its own.
    async fn work_off(&self, messages: &[Message<'_>], context: &Context) -> Failures {
        // A run that is ended by its timeout would bring back what is done, too. So none begins that may not have the
        // time that another one took.
        let longest = Cell::new(Duration::ZERO);
        batch::each(messages, |message| {
            let span = log::message_span(H::Job::NAME, &context.request_id, message.id);
            let longest = &longest;
            async move {
                if !longest.get().is_zero() && until(context.deadline) < longest.get() {
                    warn!("no time is left: the message comes again");
                    return None;
                }
                let begin = Instant::now();
                let worked = self.work_on(message, context).await;
                longest.set(longest.get().max(begin.elapsed()));
                match worked {
                    Ok(_) => Some(true),
                    Err(failure) => Some(self.is_kept(&message, &failure).await),
                }
            }
            .instrument(span)
        })
        .await
    }

    /// Says that a message failed, and returns whether it is in the failure queue. If it is not, it comes again.
    async fn is_kept(&self, message: &Message<'_>, failure: &Failure) -> bool {
        let mut kept = Ok(false);
        if failure.is_permanent() {
            let text = format!("{failure:?}");
            kept = self.failures.keep_message(message, &text).await;
        }
        match &kept {
            Ok(true) => {
                error!(error = ?failure, "event failed for good: it is in the failure queue");
            }
            Ok(false) => error!(error = ?failure, "event failed"),
            Err(reason) => {
                error!(error = ?failure, reason, "event failed, and the failure queue does not take it");
            }
        }
        kept == Ok(true)
    }

    async fn work_on(&self, message: Message<'_>, context: &Context) -> Result<Report, Failure> {
        let event = message.event()?;
        let worked = Box::pin(self.work(&event, context, message.trace()));
        let worked = batch::without_panic(worked).await;
        worked.unwrap_or_else(|panic| Err(Failure::Handler(format!("panic: {panic}").into())))
    }

    /// Works on one event.
    async fn work(
        &self,
        payload: &Value,
        context: &Context,
        trace: Option<Trace>,
    ) -> Result<Report, Failure> {
        let arrival = Arrival::read(payload, H::Job::SUBJECT)?;
        record(&arrival);
        let request = decode::<H::Job>(&arrival)?;
        let run = Run::new(
            context.request_id.as_str(),
            arrival.id().map(str::to_owned),
            until(context.deadline),
        )
        .in_trace(trace);
        let key = idempotency::key::<H::Job>(&arrival, payload);
        let key = key.as_deref();
        let events = match self.begun(key, &run).await? {
            Some(left) => left,
            None => self.handle_new(request, key, &run).await?,
        };
        // The handler's work is done. If the run failed now, Lambda would do that work again. It has to where the log has
        // no copy of what was not emitted.
        let undelivered = self.emitter.emit(&events, &run).await;
        for event in &undelivered {
            self.give_up(event, &run);
        }
        if !undelivered.is_empty() && self.emitter.log_events != LogEvents::All {
            self.note_left(key, &undelivered).await;
            let names = undelivered.iter().map(|it| it.event.name().to_owned());
            return Err(Failure::NotEmitted(names.collect()));
        }
        if !events.is_empty() {
            self.note_emitted(key).await;
        }
        let report = Report {
            job: H::Job::NAME,
            emitted: events.len() - undelivered.len(),
            emit_failures: undelivered.len(),
            failed: None,
        };
        info!(
            emitted = report.emitted,
            emit_failures = report.emit_failures,
            "run finished"
        );
        Ok(report)
    }

    /// Returns what is left to emit of an event that is done already; `None` if it is not.
    async fn begun(&self, key: Option<&str>, run: &Run) -> Result<Option<Vec<Outgoing>>, Failure> {
        let Some(key) = key else {
            return Ok(None);
        };
        let begun = self.store.begin(key, run.remaining()).await;
        match begun.map_err(Failure::Handler)? {
            Begun::First => Ok(None),
            Begun::Running => Err(Failure::Handler("another run is at this event".into())),
            Begun::Done(left) => {
                let left: Vec<Outgoing> = serde_json::from_str(&left).map_err(|error| {
                    Failure::Handler(format!("the store's text: {error}").into())
                })?;
                info!(left = left.len(), "the event is done already");
                Ok(Some(left))
            }
        }
    }

    /// Runs the handler, and notes in the store how that ended.
    async fn handle_new(
        &self,
        request: Request<H::Job>,
        key: Option<&str>,
        run: &Run,
    ) -> Result<Vec<Outgoing>, Failure> {
        let handled = self.handle(request, run).await;
        // Also if the run failed: what it counted has happened.
        self.write_metrics(run);
        let Some(key) = key else {
            return handled;
        };
        match &handled {
            Ok(events) => {
                let left = serde_json::to_string(events)
                    .expect("events are JSON objects, which have string keys only");
                let done = self.store.done(key, &left).await;
                done.map_err(Failure::Handler)?;
            }
            Err(_) => {
                if let Err(error) = self.store.forget(key).await {
                    warn!(error, "the store keeps the event until its lease ends");
                }
            }
        }
        handled
    }

    /// Notes that nothing is left to emit of an event. If that fails, the event's next arrival emits it again, as any
    /// event may arrive again.
    async fn note_emitted(&self, key: Option<&str>) {
        if let Some(key) = key
            && let Err(error) = self.store.done(key, "[]").await
        {
            warn!(error, "the store does not note that all is emitted");
        }
    }

    /// Notes what is left to emit of an event, so that its next arrival emits that alone.
    async fn note_left(&self, key: Option<&str>, undelivered: &[Undelivered<'_>]) {
        let left: Vec<&Outgoing> = undelivered.iter().map(|it| it.event).collect();
        let left = serde_json::to_string(&left)
            .expect("events are JSON objects, which have string keys only");
        if let Some(key) = key
            && let Err(error) = self.store.done(key, &left).await
        {
            warn!(error, "the store does not note what is left to emit");
        }
    }

    fn write_metrics(&self, run: &Run) {
        for (name, number) in run.counted() {
            let metric = metric::count(&self.origin, name, number, run.now());
            (self.metrics)(&metric);
        }
        for line in metric::measured(&self.origin, run.take_measured(), run.now()) {
            match line {
                Ok(line) => (self.metrics)(&line),
                Err(fault) => error!("{fault}"),
            }
        }
    }

    /// Runs the handler.
    ///
    /// The future is on the heap: with a deeply nested one inside, the type of this function's own future would be too
    /// deep for the compiler.
    async fn handle(&self, request: Request<H::Job>, run: &Run) -> Result<Vec<Outgoing>, Failure> {
        let handled = match request {
            Request::Event(trigger) => {
                let outcome = Box::pin(self.handler.on_event(trigger, run)).await;
                outcome.map(|outcome| outcome.events().to_vec())
            }
            Request::Scheduled(schedule) => {
                let done = Box::pin(self.handler.on_schedule(schedule, run)).await;
                done.map(Emissions::into_events)
            }
        };
        handled.map_err(Failure::Handler)
    }

    /// Logs the event, whole if it may be, so that a person can emit it by hand; and counts it.
    fn give_up(&self, undelivered: &Undelivered<'_>, run: &Run) {
        let event = undelivered.event;
        error!(
            event = event.name(),
            code = undelivered.code,
            reason = undelivered.reason,
            attempts = undelivered.attempts,
            envelope = self.emitter.log_events.shown(event),
            "event not emitted"
        );
        let metric = metric::emit_failure(&self.origin, event.name(), run.now());
        (self.metrics)(&metric);
    }
}

/// Whether a payload is an event as EventBridge delivers it.
fn is_envelope(payload: &Value) -> bool {
    payload["id"].is_string() && payload["detail-type"].is_string()
}

/// Writes a metric to standard output, as a line of its own: CloudWatch reads it there.
pub(crate) fn print_metric(metric: &Value) {
    // Not `println!`: it panics if standard output is closed.
    if let Err(error) = writeln!(std::io::stdout().lock(), "{metric}") {
        error!(%error, %metric, "metric not written");
    }
}

/// Puts the event's id and its subject on every further line of the invocation.
fn record(arrival: &Arrival<'_>) {
    let span = Span::current();
    if let Some(id) = arrival.id() {
        span.record("event_id", id);
    }
    match arrival.subject() {
        None | Some(Value::Null) => {}
        Some(Value::String(subject)) => {
            span.record("subject", subject);
        }
        Some(other) => {
            span.record("subject", other.to_string());
        }
    }
}

/// Time left until a deadline in milliseconds since 1970, as the Lambda Runtime API gives it.
fn until(deadline_ms: u64) -> Duration {
    let deadline = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(deadline_ms));
    // Lambda gives a time of day, and timers have a clock of their own: only the time left fits both.
    let left = deadline.and_then(|deadline| deadline.duration_since(SystemTime::now()).ok());
    left.unwrap_or_default()
}

/// Why an invocation failed.
pub(crate) enum Failure {
    /// The event cannot be read.
    Malformed(Malformed),
    /// The handler said so.
    Handler(Error),
    /// The bus did not take these events, and the log has no copy of them.
    NotEmitted(Vec<String>),
}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl Failure {
    /// Returns whether the same event would fail in the same way again.
    fn is_permanent(&self) -> bool {
        match self {
            Self::Malformed(_) => true,
            Self::Handler(error) => Permanent::is_in(error.as_ref()),
            Self::NotEmitted(_) => false,
        }
    }

    fn error_type(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "MalformedEvent",
            Self::Handler(_) => "JobFailed",
            Self::NotEmitted(_) => "NotEmitted",
        }
    }

    /// The failure as Lambda's record has it.
    fn to_json(&self) -> Value {
        serde_json::json!({
            "errorType": self.error_type(),
            "errorMessage": format!("{self:?}"),
        })
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: failure.error_type().to_owned(),
            error_message: format!("{failure:?}"),
        }
    }
}

/// The message with its causes: the runtime logs it in this form.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error: &dyn std::error::Error = match self {
            Self::Malformed(malformed) => malformed,
            Self::Handler(error) => error.as_ref(),
            Self::NotEmitted(names) => {
                let names = names.join("`, `");
                return write!(f, "the bus did not take `{names}`");
            }
        };
        write!(f, "{error}")?;
        let mut cause = error.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
