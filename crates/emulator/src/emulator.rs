//! The running bus, and what its owner can do with it.

use std::sync::Arc;

use anyhow::Context;
use eventbridge::envelope::Envelope;
use eventbridge::put_events::{self, Entry, Rejection};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::api;
use crate::clock::{Clock, Due};
use crate::config::{Config, RuleSource};
use crate::delivery::BusEvent;
use crate::flight::Flights;
use crate::function::{Functions, Output};
use crate::trace::{Record, Step, Trace};

/// A bus that accepts events until it is dropped or [shut down](Emulator::shutdown).
#[derive(Debug)]
pub struct Emulator {
    inner: Arc<Inner>,
    endpoint: String,
    server: JoinHandle<()>,
}

/// What the rooms of the bus share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) clock: Arc<Clock>,
    pub(crate) flights: Flights,
    pub(crate) functions: Functions,
    trace: Arc<Trace>,
}

impl Emulator {
    /// Serves the API on a listener, which the caller has bound to loopback. Time begins at `now` and is
    /// virtual: it moves only when nothing is on its way.
    ///
    /// # Errors
    /// A listener without an address, or one that is reachable from other machines.
    pub fn start(config: Config, listener: TcpListener, now: Timestamp) -> anyhow::Result<Self> {
        let address = listener
            .local_addr()
            .context("the listener has no address")?;
        anyhow::ensure!(
            address.ip().is_loopback(),
            "{address} is not a loopback address"
        );
        let endpoint = format!("http://{address}");
        let clock = Arc::new(Clock::starting_at(now));
        let trace = Arc::new(Trace::default());
        let output = output_to(&clock, &trace);
        let inner = Arc::new(Inner {
            functions: Functions::new(&config, &endpoint, &output),
            config,
            clock,
            flights: Flights::new(),
            trace,
        });
        let router = api::router(Arc::clone(&inner));
        let server = tokio::spawn(async move {
            // It ends by being aborted.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            inner,
            endpoint,
            server,
        })
    }

    /// Where an AWS SDK finds the bus: the value for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Puts an event on the bus, and answers its id.
    ///
    /// # Errors
    /// An entry that PutEvents would refuse, with AWS's code and message.
    pub fn publish(&self, entry: Entry) -> Result<String, Rejection> {
        self.inner.publish(entry, None)
    }

    /// Waits until nothing is on its way, and lets time jump over the waits between retries.
    pub async fn settle(&self) {
        self.run_agenda(Timestamp::MAX).await;
    }

    /// Lets time pass until an instant: every schedule that is due fires, in order, and what it started
    /// has come to rest before the next does.
    pub async fn run_until(&self, until: Timestamp) {
        self.plan_schedules(until);
        self.run_agenda(until).await;
    }

    /// What happened so far.
    pub fn trace(&self) -> Vec<Record> {
        self.inner.trace.snapshot()
    }

    /// Stops serving; the functions' processes are stopped with it.
    pub async fn shutdown(self) {
        self.server.abort();
        self.inner.flights.landed().await;
    }

    fn plan_schedules(&self, until: Timestamp) {
        // A run that is due at the very beginning counts.
        let from = self.inner.clock.now();
        let before = from
            .checked_sub(jiff::SignedDuration::from_nanos(1))
            .unwrap_or(from);
        for (index, rule) in self.inner.config.rules.iter().enumerate() {
            let RuleSource::Schedule(schedule, zone) = &rule.source else {
                continue;
            };
            if rule.enabled {
                for at in schedule
                    .runs_after(before, zone)
                    .take_while(|at| *at <= until)
                {
                    self.inner.clock.schedule(at, Due::Schedule { rule: index });
                }
            }
        }
    }

    async fn run_agenda(&self, until: Timestamp) {
        loop {
            self.inner.flights.landed().await;
            match self.inner.clock.advance(until) {
                Some(Due::Schedule { rule }) => self.inner.fire(rule),
                Some(Due::Retry { invocation }) => self.inner.attempt(invocation),
                None => return,
            }
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Inner {
    pub(crate) fn record(&self, step: Step) {
        self.trace.record(self.clock.now(), step);
    }

    /// Takes an event that somebody put on the bus.
    pub(crate) fn publish(
        self: &Arc<Self>,
        entry: Entry,
        emitted_by: Option<String>,
    ) -> Result<String, Rejection> {
        let bus = entry.event_bus_name.clone();
        let now = self.clock.now();
        let (account, region) = (self.config.account.clone(), self.config.region.clone());
        let envelope = entry.into_envelope(new_id(), account, region, now)?;
        let detail: Subject = serde_json::from_str(envelope.detail.get()).unwrap_or_default();
        self.record(Step::EventReceipt {
            event: envelope.id.clone(),
            emitted_by,
            source: envelope.source.clone(),
            detail_type: envelope.detail_type.clone(),
            event_type: text_of(&detail.event_type),
            user_id: text_of(&detail.user_id),
        });
        let event = BusEvent::new(&envelope);
        if self.is_ours(bus.as_deref()) {
            self.deliver(&event);
        } else {
            let reason = format!("this pipeline's bus is {}", self.config.bus);
            self.record(Step::NoStandardRulesMatched {
                event: event.id.clone(),
                nearest: Some(reason),
            });
        }
        Ok(event.id)
    }

    /// Whether a bus, by name or ARN, is the pipeline's. On AWS an event on any other is accepted and lost.
    fn is_ours(&self, bus: Option<&str>) -> bool {
        let bus = bus.unwrap_or("default");
        bus.rsplit("event-bus/").next() == Some(self.config.bus.as_str())
    }

    /// Sends what a rule's schedule sends.
    fn fire(self: &Arc<Self>, rule: usize) {
        let Some(rule) = self.config.rules.get(rule) else {
            return;
        };
        let envelope = Envelope::scheduled(
            new_id(),
            self.config.account.clone(),
            self.config.region.clone(),
            put_events::seconds(self.clock.now()),
            self.config.rule_arn(&rule.name),
        );
        let event = BusEvent::new(&envelope);
        self.record(Step::ScheduleFired {
            event: event.id.clone(),
            rule: rule.name.clone(),
        });
        for target in &rule.targets {
            self.start(&event, rule, target);
        }
    }
}

/// The fields of a detail that a trace shows, whatever they hold.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Subject {
    event_type: Value,
    user_id: Value,
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Puts what functions write into the trace.
fn output_to(clock: &Arc<Clock>, trace: &Arc<Trace>) -> Output {
    let (clock, trace) = (Arc::clone(clock), Arc::clone(trace));
    Arc::new(move |function, invocation, line| {
        let step = Step::FunctionLog {
            invocation: invocation.map(str::to_owned),
            function: function.to_owned(),
            line,
        };
        trace.record(clock.now(), step);
    })
}
