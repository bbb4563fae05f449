//! The running bus: its state behind locks, shared by every layer.
//!
//! Each layer uses only those before it: this one and the agenda; [`crate::invocation`], which runs functions;
//! [`crate::mapping`], which runs them for messages of a queue; [`crate::delivery`], from an event to its targets; [`crate::publish`] and [`crate::schedules`], which make events;
//! [`crate::drive`], which lets time pass; the API and the page; and [`crate::Emulator`].
//!
//! # Locks
//! Each lock is held for a few statements and never across an `await`; a function's queue of work, on which its
//! processes wait in turn, is the one exception and takes no other. Whoever needs two takes them in this order:
//!
//! 1. `control`: buses, rules, archives, replays and tags.
//! 2. The others, none of which is taken while another of them is held: the clock with its agenda, the random numbers,
//!    the schedules' last runs, the queues, the event source mappings, the functions' pools and processes, and the journal.
//!
//! No lock is held while a step is recorded or an event is delivered, because both come back to the bus.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::agenda::{Due, later};
use crate::clock::{Clock, Time};
use crate::config::{Config, EventSourceMapping};
use crate::control::{ControlPlane, Rule};
use crate::faults::Faults;
use crate::flight::Flights;
use crate::function::{Functions, Output};
use crate::mapping::Mappings;
use crate::queue::Queues;
use crate::stub::Stub;
use crate::trace::{Journal, Step};

/// The state of a bus. Every layer shares it, so each part that changes has a lock of its own.
#[derive(Debug)]
pub(crate) struct LocalBus {
    pub(crate) config: Settings,
    pub(crate) account: String,
    pub(crate) region: String,
    /// The bus's address for AWS's SDKs.
    pub(crate) endpoint: String,
    pub(crate) clock: Clock<Due>,
    pub(crate) flights: Flights,
    pub(crate) functions: Functions,
    pub(crate) queues: Queues,
    pub(crate) mappings: Mappings,
    pub(crate) journal: Arc<Journal>,
    /// Whether requests are answered, or wait.
    pub(crate) ready: watch::Sender<bool>,
    /// Counts resets, and tells those who wait for something that it will not come.
    pub(crate) resets: watch::Sender<u64>,
    /// What a reset goes back to.
    installed: Mutex<Arc<Installed>>,
    control: Mutex<ControlPlane>,
    random: Mutex<fastrand::Rng>,
    /// When each rule's schedule fired last, by the rule's ARN.
    fired: Mutex<HashMap<Arc<str>, Timestamp>>,
    deliveries: AtomicU64,
}

/// Settings that stay as they are while the bus runs.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) time: Time,
    pub(crate) faults: Faults,
    pub(crate) max_hops: u32,
    pub(crate) stubs: BTreeMap<String, Stub>,
}

/// What the owner of the bus has put on it, beside the functions.
#[derive(Debug, Default)]
pub(crate) struct Installed {
    /// The name of the pipeline's bus.
    pub(crate) bus: String,
    pub(crate) rules: Vec<Rule>,
    /// The attributes of each queue, by its name.
    pub(crate) queues: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) mappings: Vec<EventSourceMapping>,
}

impl LocalBus {
    /// The URL of a queue of this bus.
    pub(crate) fn queue_url(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.endpoint, self.account)
    }

    /// Makes a bus with nothing on it.
    ///
    /// # Errors
    /// A trace file that cannot be made.
    pub(crate) fn new(config: Config, endpoint: String) -> anyhow::Result<Self> {
        let clock = Clock::new(config.time);
        let now = clock.now();
        let journal = Journal::new(&config.trace)?;
        let random = config
            .seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Ok(Self {
            account: config.wiring.account.clone(),
            region: config.wiring.region.clone(),
            endpoint,
            clock,
            flights: Flights::new(),
            functions: Functions::new(),
            mappings: Mappings::default(),
            queues: Queues::new(&config.wiring.region, &config.wiring.account),
            journal: Arc::new(journal),
            ready: watch::Sender::new(config.is_ready),
            resets: watch::Sender::new(0),
            installed: Mutex::default(),
            control: Mutex::new(ControlPlane::new(
                &config.wiring.region,
                &config.wiring.account,
                now,
            )),
            random: Mutex::new(random),
            fired: Mutex::default(),
            deliveries: AtomicU64::new(0),
            config: Settings {
                time: config.time,
                faults: config.faults,
                max_hops: config.max_hops,
                stubs: config.stubs,
            },
        })
    }

    /// Waits until requests are answered, but not longer than this. Returns whether they are.
    pub(crate) async fn is_ready_within(&self, wait: std::time::Duration) -> bool {
        let mut ready = self.ready.subscribe();
        let ready = tokio::time::timeout(wait, ready.wait_for(|is| *is)).await;
        ready.is_ok_and(|ready| ready.is_ok())
    }

    pub(crate) fn record(&self, step: Step) {
        self.journal.record(self.clock.now(), step);
    }

    pub(crate) fn control(&self) -> MutexGuard<'_, ControlPlane> {
        lock(&self.control)
    }

    pub(crate) fn installed(&self) -> Arc<Installed> {
        Arc::clone(&lock(&self.installed))
    }

    pub(crate) fn set_installed(&self, installed: Installed) {
        *lock(&self.installed) = Arc::new(installed);
    }

    pub(crate) fn fired(&self) -> MutexGuard<'_, HashMap<Arc<str>, Timestamp>> {
        lock(&self.fired)
    }

    pub(crate) fn is_virtual(&self) -> bool {
        self.config.time != Time::Real
    }

    /// Makes an id in AWS's form. With a seed, the ids are the same in each run.
    pub(crate) fn new_id(&self) -> Arc<str> {
        let bytes = lock(&self.random).u128(..).to_le_bytes();
        let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
        id.to_string().into()
    }

    /// Returns a number from 0 up to 1, without 1.
    pub(crate) fn random(&self) -> f64 {
        lock(&self.random).f64()
    }

    pub(crate) fn next_delivery(&self) -> u64 {
        self.deliveries.fetch_add(1, Ordering::Relaxed)
    }

    /// Puts what functions write into the trace.
    pub(crate) fn output(self: &Arc<Self>) -> Output {
        // A strong reference would make a circle: the bus owns its functions, and they own this.
        let bus = Arc::downgrade(self);
        Arc::new(move |function, request, line| {
            if let Some(bus) = bus.upgrade() {
                bus.record(Step::FunctionLog {
                    request: request.map(Arc::clone),
                    function: function.into(),
                    line,
                });
            }
        })
    }

    pub(crate) fn after(&self, wait: std::time::Duration) -> Timestamp {
        later(self.clock.now(), wait)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
