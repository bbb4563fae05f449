//! Emission: events onto the bus, retried while it makes sense and while there is time.
//!
//! [`PutEvents`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html)
//! returns a result for each entry. Only entries that failed are sent again, and only if their code says
//! that another attempt may succeed.

mod backoff;
mod batch;
mod client;
mod failure;

use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::put_events::PutEventsOutput;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use crate::handler::Run;
use crate::log_events::LogEvents;
use crate::outgoing::Outgoing;
use crate::trace::Trace;
use backoff::Backoff;
use failure::Failure;

/// The variable that names the bus; without it, it is the account's default bus.
const BUS_VARIABLE: &str = "EVENT_BUS_NAME";

/// The longest that one request may take; a response that takes longer is lost.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The part of the invocation's time that is kept for logging failures.
const RESERVE: Duration = Duration::from_millis(250);

/// Emits events onto one bus.
pub(crate) struct Emitter {
    /// The client, made at the first emission: scheduled runs, and jobs that emit nothing, never need it.
    client: OnceCell<Client>,
    bus: String,
    backoff: Backoff,
    /// What the log has of the events.
    pub(crate) log_events: LogEvents,
}

/// An event that could not be emitted.
#[derive(Debug)]
pub(crate) struct Undelivered<'e> {
    pub(crate) event: &'e Outgoing,
    /// The error code of EventBridge, or a word of our own if there was no response.
    pub(crate) code: String,
    pub(crate) reason: String,
    /// The number of attempts.
    pub(crate) attempts: u32,
}

impl Emitter {
    /// An emitter onto the bus that the environment names.
    pub(crate) fn from_env() -> Self {
        let bus = std::env::var(BUS_VARIABLE)
            .ok()
            .filter(|bus| !bus.is_empty());
        Self {
            client: OnceCell::new(),
            bus: bus.unwrap_or_else(|| "default".to_owned()),
            backoff: Backoff::default(),
            log_events: LogEvents::from_env(),
        }
    }

    /// Emits the events of a run, and returns those that the bus did not accept before the run's deadline.
    pub(crate) async fn emit<'e>(&self, events: &'e [Outgoing], run: &Run) -> Vec<Undelivered<'e>> {
        let mut undelivered = Vec::new();
        for batch in batch::split(events) {
            undelivered.extend(self.emit_batch(batch, run).await);
        }
        undelivered
    }

    async fn emit_batch<'e>(&self, batch: &'e [Outgoing], run: &Run) -> Vec<Undelivered<'e>> {
        let mut undelivered = Vec::new();
        let mut pending: Vec<&Outgoing> = batch.iter().collect();
        // The loop ends: after the last attempt, and near the deadline, there is no pause.
        for attempt in 1.. {
            let failed = self.attempt(&pending, run).await;
            pending.clear();
            let pause = self.pause_after(attempt, run.deadline());
            for (event, failure) in failed {
                if failure.is_retryable && pause.is_some() {
                    warn!(
                        event = event.name(),
                        code = failure.code,
                        attempt,
                        "emission failed, retrying"
                    );
                    pending.push(event);
                } else {
                    undelivered.push(failure.give_up(event, attempt));
                }
            }
            match pause {
                Some(pause) if !pending.is_empty() => tokio::time::sleep(pause).await,
                _ => break,
            }
        }
        undelivered
    }

    /// Returns the pause before another attempt; `None` if there is no time for one, or if there were
    /// enough.
    fn pause_after(&self, attempt: u32, deadline: Instant) -> Option<Duration> {
        let pause = self.backoff.pause_after(attempt)?;
        let left = deadline.saturating_duration_since(Instant::now());
        (pause + RESERVE < left).then_some(pause)
    }

    /// Sends events once, and returns those that failed.
    async fn attempt<'e>(
        &self,
        events: &[&'e Outgoing],
        run: &Run,
    ) -> Vec<(&'e Outgoing, Failure)> {
        let limit = run.remaining().saturating_sub(RESERVE).min(REQUEST_TIMEOUT);
        let failure = if limit.is_zero() {
            Failure::timeout(limit)
        } else {
            match tokio::time::timeout(limit, self.put(events, run.trace())).await {
                Ok(Ok(output)) => return self.failed_entries(events, &output),
                Ok(Err(failure)) => failure,
                // EventBridge may have accepted the events all the same. Another attempt can emit them twice.
                Err(_) => Failure::timeout(limit),
            }
        };
        events
            .iter()
            .map(|event| (*event, failure.clone()))
            .collect()
    }

    async fn put(
        &self,
        events: &[&Outgoing],
        trace: Option<&Trace>,
    ) -> Result<PutEventsOutput, Failure> {
        let client = self.client.get_or_init(client::connect).await;
        let entries = events
            .iter()
            .map(|event| self.entry(event, trace))
            .collect();
        let request = client.put_events().set_entries(Some(entries));
        request
            .send()
            .await
            .map_err(|error| Failure::of_request(&error))
    }

    fn entry(&self, event: &Outgoing, trace: Option<&Trace>) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(event.source())
            .detail_type(event.detail_type())
            .detail(event.detail_json())
            .set_trace_header(trace.map(|trace| trace.header().to_owned()))
            .build()
    }

    /// Pairs the events with the entries of the response, which are in the same order.
    fn failed_entries<'e>(
        &self,
        events: &[&'e Outgoing],
        output: &PutEventsOutput,
    ) -> Vec<(&'e Outgoing, Failure)> {
        let mut failed = Vec::new();
        for (index, event) in events.iter().enumerate() {
            // A request succeeds even if EventBridge refuses entries of it: only the codes of the entries tell.
            match output.entries().get(index) {
                Some(entry) if entry.error_code().is_none() => {
                    info!(
                        event = event.name(),
                        emitted_id = entry.event_id(),
                        "event emitted"
                    );
                    debug!(
                        envelope = self.log_events.shown(event),
                        "event emitted in full"
                    );
                }
                entry => failed.push((*event, Failure::of_entry(entry))),
            }
        }
        failed
    }
}

#[cfg(test)]
mod tests;
