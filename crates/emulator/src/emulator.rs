//! The running bus, and what its owner can do with it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use eventbridge::put_events::{Entry, Rejection};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::api;
use crate::clock::{Clock, Time};
use crate::config::{Config, Wiring};
use crate::control::{ControlPlane, Rule};
use crate::delivery::Delivery;
use crate::faults::Faults;
use crate::flight::Flights;
use crate::function::{Functions, Output};
use crate::invocation::Invocation;
use crate::page::{Build, Workbench};
use crate::queue::Queues;
use crate::trace::{Follow, Journal, Record, Step};
use crate::wiring;

/// How many runs of a schedule are worked out at a time.
const RUNS: usize = 256;

/// A bus that accepts events until it is dropped or [shut down](Emulator::shutdown).
#[derive(Debug)]
pub struct Emulator {
    inner: Arc<Inner>,
    tasks: Vec<JoinHandle<()>>,
}

/// What the rooms of the bus share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: Settings,
    pub(crate) account: String,
    pub(crate) region: String,
    /// Where an AWS SDK finds the bus.
    pub(crate) endpoint: String,
    pub(crate) clock: Clock<Due>,
    pub(crate) flights: Flights,
    pub(crate) functions: Functions,
    pub(crate) queues: Queues,
    pub(crate) journal: Arc<Journal>,
    workbench: Mutex<Arc<Workbench>>,
    build: Mutex<Build>,
    control: Mutex<ControlPlane>,
    random: Mutex<fastrand::Rng>,
    deliveries: AtomicU64,
}

/// How a bus behaves, for as long as it runs.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) time: Time,
    pub(crate) faults: Faults,
    pub(crate) max_hops: u32,
}

/// Something to do at an instant.
#[derive(Clone, Debug)]
pub(crate) enum Due {
    /// A rule's schedule fires.
    Schedule {
        /// The rule's ARN.
        rule: Arc<str>,
        /// Its next runs, of which this is one.
        runs: Arc<[Timestamp]>,
        /// Which.
        index: usize,
    },
    /// An event is delivered.
    Delivery(Delivery),
    /// A function runs.
    Run(Invocation),
}

impl Emulator {
    /// Serves the API on a listener, which the caller has bound to loopback.
    ///
    /// # Errors
    /// A listener without an address, or one that is reachable from other machines; a rule that EventBridge would
    /// refuse; a trace file that cannot be made.
    pub fn start(config: Config, listener: TcpListener) -> anyhow::Result<Self> {
        let address = listener
            .local_addr()
            .context("the listener has no address")?;
        anyhow::ensure!(
            address.ip().is_loopback(),
            "{address} is not a loopback address"
        );
        let clock = Clock::new(config.time);
        let now = clock.now();
        let most = config.trace.most.unwrap_or(usize::MAX);
        let journal = Journal::new(most, config.trace.file.as_deref())?;
        let random = config
            .seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        let inner = Arc::new(Inner {
            account: config.wiring.account.clone(),
            region: config.wiring.region.clone(),
            endpoint: format!("http://{address}"),
            clock,
            flights: Flights::new(),
            functions: Functions::new(),
            queues: Queues::new(&config.wiring.region, &config.wiring.account),
            journal: Arc::new(journal),
            workbench: Mutex::default(),
            build: Mutex::default(),
            control: Mutex::new(ControlPlane::new(
                &config.wiring.region,
                &config.wiring.account,
                now,
            )),
            random: Mutex::new(random),
            deliveries: AtomicU64::new(0),
            config: Settings {
                time: config.time,
                faults: config.faults,
                max_hops: config.max_hops,
            },
        });
        wiring::install(&inner, &config.wiring)?;
        let mut tasks = vec![tokio::spawn(api::serve(listener, Arc::clone(&inner)))];
        if config.time == Time::Real {
            inner.plan_schedules();
            tasks.push(tokio::spawn(drive(Arc::clone(&inner))));
        }
        Ok(Self { inner, tasks })
    }

    /// Where an AWS SDK finds the bus: the value for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> &str {
        &self.inner.endpoint
    }

    /// The bus's time.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Puts an event on a bus, and answers its id.
    ///
    /// # Errors
    /// An entry that PutEvents would refuse, with AWS's code and message.
    pub fn publish(&self, entry: Entry) -> Result<String, Rejection> {
        let id = self.inner.publish(entry, None)?;
        Ok(id.to_string())
    }

    /// Exchanges what is wired to what. What is on its way ends as it began.
    ///
    /// # Errors
    /// A rule that EventBridge would refuse.
    pub fn rewire(&self, wiring: &Wiring) -> anyhow::Result<()> {
        wiring::install(&self.inner, wiring)?;
        if self.inner.config.time == Time::Real {
            self.inner.plan_schedules();
        }
        Ok(())
    }

    /// Tells the page of the bus what pipeline it is.
    pub fn set_workbench(&self, workbench: Workbench) {
        *lock(&self.inner.workbench) = Arc::new(workbench);
    }

    /// Tells the page of the bus how the functions' build goes.
    pub fn set_build(&self, build: Build) {
        *lock(&self.inner.build) = build;
    }

    /// Waits until nothing is on its way, and lets virtual time jump over the waits between retries.
    pub async fn settle(&self) {
        self.inner.run_agenda(Timestamp::MAX).await;
    }

    /// Lets time pass until an instant: every schedule that is due fires, in order, and what it started has come to
    /// rest before the next does.
    pub async fn run_until(&self, until: Timestamp) {
        if self.inner.is_virtual() {
            self.inner.plan_schedules();
        }
        self.inner.run_agenda(until).await;
        self.inner.clock.move_to(until);
    }

    /// What happened so far, as far as it is kept.
    pub fn trace(&self) -> Vec<Record> {
        self.inner.journal.since(0)
    }

    /// What happened from a sequence number on, as far as it is kept.
    pub fn trace_since(&self, sequence: u64) -> Vec<Record> {
        self.inner.journal.since(sequence)
    }

    /// Waits for whatever happens from a sequence number on.
    pub fn follow(&self, from: u64) -> Follow {
        self.inner.journal.follow(from)
    }

    /// Stops serving; the functions' processes are stopped with it. Runs that have begun may end.
    pub async fn shutdown(self) {
        for task in &self.tasks {
            task.abort();
        }
        self.inner.flights.landed().await;
        self.inner.journal.flush();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.inner.journal.flush();
    }
}

/// Does what is due, as real time passes.
async fn drive(inner: Arc<Inner>) {
    loop {
        while let Some(due) = inner.clock.due() {
            inner.dispatch(due);
        }
        inner.clock.wait().await;
    }
}

impl Inner {
    pub(crate) fn record(&self, step: Step) {
        self.journal.record(self.clock.now(), step);
    }

    pub(crate) fn control(&self) -> MutexGuard<'_, ControlPlane> {
        lock(&self.control)
    }

    pub(crate) fn workbench(&self) -> Arc<Workbench> {
        Arc::clone(&lock(&self.workbench))
    }

    pub(crate) fn build(&self) -> Build {
        lock(&self.build).clone()
    }

    pub(crate) fn is_virtual(&self) -> bool {
        self.config.time != Time::Real
    }

    /// An id in the form of AWS's.
    pub(crate) fn new_id(&self) -> Arc<str> {
        let bytes = lock(&self.random).u128(..).to_le_bytes();
        let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
        id.to_string().into()
    }

    /// From 0 up to 1.
    pub(crate) fn random(&self) -> f64 {
        lock(&self.random).f64()
    }

    pub(crate) fn next_delivery(&self) -> u64 {
        self.deliveries.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn queue_arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account)
    }

    /// Puts what functions write into the trace.
    pub(crate) fn output(self: &Arc<Self>) -> Output {
        // A process must not keep the bus alive.
        let inner = Arc::downgrade(self);
        Arc::new(move |function, request, line| {
            if let Some(inner) = inner.upgrade() {
                inner.record(Step::FunctionLog {
                    request: request.map(Arc::clone),
                    function: function.into(),
                    line,
                });
            }
        })
    }

    /// Plans schedules anew after rules have changed. In virtual time they are planned when time is to pass.
    pub(crate) fn replan(&self) {
        if !self.is_virtual() {
            self.plan_schedules();
        }
    }

    /// Puts the next run of every schedule on the agenda, and takes off what was planned before.
    pub(crate) fn plan_schedules(&self) {
        self.clock
            .retain(|due| !matches!(due, Due::Schedule { .. }));
        let rules = self.control().scheduled_rules();
        // A run that is due at the very beginning counts.
        let now = self.clock.now();
        let before = now - jiff::SignedDuration::from_nanos(1);
        for rule in rules.iter().filter(|rule| rule.enabled) {
            self.plan(rule, before);
        }
    }

    /// Puts the next run of a rule's schedule on the agenda.
    fn plan(&self, rule: &Rule, after: Timestamp) {
        let runs: Arc<[Timestamp]> = rule.next_runs(after, RUNS).into();
        self.plan_run(Arc::clone(&rule.arn), runs, 0);
    }

    fn plan_run(&self, rule: Arc<str>, runs: Arc<[Timestamp]>, index: usize) {
        if let Some(at) = runs.get(index).copied() {
            self.clock.schedule(at, Due::Schedule { rule, runs, index });
        }
    }

    pub(crate) async fn run_agenda(self: &Arc<Self>, until: Timestamp) {
        loop {
            self.flights.landed().await;
            match self.clock.advance(until) {
                Some(due) => self.dispatch(due),
                None => return,
            }
        }
    }

    fn dispatch(self: &Arc<Self>, due: Due) {
        match due {
            Due::Schedule { rule, runs, index } => self.schedule_due(rule, runs, index),
            Due::Delivery(delivery) => self.attempt(delivery),
            Due::Run(invocation) => self.take_off(invocation),
        }
    }

    fn schedule_due(self: &Arc<Self>, arn: Arc<str>, runs: Arc<[Timestamp]>, index: usize) {
        let rule = self.control().rule_by_arn(&arn);
        let Some(rule) = rule.filter(|rule| rule.enabled) else {
            return;
        };
        match runs.last() {
            Some(last) if index + 1 == runs.len() => self.plan(&rule, *last),
            _ => self.plan_run(arn, runs, index + 1),
        }
        self.fire(&rule);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
