//! The running bus: its state behind locks, shared by every layer.
//!
//! Each layer uses only those before it: this one and the agenda; [`crate::kept_work`], which keeps what is on its way; [`crate::invocation`], which runs functions;
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
//! What is kept on the disk is put into its queue under the lock of what it is about, so that it is in the same order.
//! No lock is held while a step is recorded or an event is delivered, because both come back to the bus.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::agenda::{Due, later};
use crate::clock::{Clock, Time};
use crate::config::{Config, EventSourceMapping};
use crate::control::{Control, ControlPlane, KeptRule, Rule};
use crate::faults::Faults;
use crate::flight::Flights;
use crate::function::{Changeable, Functions, Output};
use crate::load::Load;
use crate::mapping::Mappings;
use crate::queue::Queues;
use crate::state::{Kept, STARTS, Store};
use crate::story::Narrator;
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
    /// The weight of what is on its way.
    pub(crate) load: Load,
    pub(crate) functions: Functions,
    pub(crate) queues: Queues,
    pub(crate) mappings: Mappings,
    pub(crate) journal: Arc<Journal>,
    pub(crate) narrator: Narrator,
    /// Whether requests are answered, or wait.
    pub(crate) ready: watch::Sender<bool>,
    /// Counts resets, and tells those who wait for something that it will not come.
    pub(crate) resets: watch::Sender<u64>,
    /// What a reset goes back to.
    installed: Mutex<Arc<Installed>>,
    /// Where everything is kept that must not be lost.
    pub(crate) store: Store,
    /// What an earlier bus kept, until it is adopted.
    kept: Mutex<Option<Kept>>,
    /// What the owner of the bus should know.
    notes: Mutex<Vec<String>>,
    noted_once: Mutex<String>,
    /// The number of buses that have had the folder of the state, this one included.
    starts: AtomicU64,
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
    /// What the spec says of what the API can change.
    pub(crate) said: Said,
    /// The name of the pipeline's bus.
    pub(crate) bus: String,
    pub(crate) rules: Vec<Rule>,
    /// The attributes of each queue, by its name.
    pub(crate) queues: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) mappings: Vec<EventSourceMapping>,
}

/// What a spec says of what the API can change: once it says another thing, that counts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Said {
    /// The rules by ARN.
    pub(crate) rules: BTreeMap<String, KeptRule>,
    /// The event source mappings by id.
    pub(crate) mappings: BTreeMap<String, EventSourceMapping>,
    /// The attributes of each queue, by its name.
    pub(crate) queues: BTreeMap<String, BTreeMap<String, String>>,
    /// The functions by name.
    pub(crate) functions: BTreeMap<String, Changeable>,
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
        let (region, account) = (&config.wiring.region, &config.wiring.account);
        let owner = format!("{region} as {account}");
        let state = config.state.as_deref();
        let state = state
            .map(|folder| Store::open(folder, &owner))
            .transpose()?;
        let (store, kept) = state.unzip();
        let store = store.unwrap_or_default();
        let random = config
            .seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Ok(Self {
            account: config.wiring.account.clone(),
            region: config.wiring.region.clone(),
            endpoint,
            clock,
            flights: Flights::new(),
            load: Load::default(),
            functions: Functions::new(),
            mappings: Mappings::default(),
            queues: Queues::new(region, account, store.clone()),
            journal: Arc::new(journal),
            narrator: Narrator::new(),
            ready: watch::Sender::new(config.is_ready),
            resets: watch::Sender::new(0),
            installed: Mutex::default(),
            store,
            kept: Mutex::new(kept),
            notes: Mutex::default(),
            noted_once: Mutex::default(),
            starts: AtomicU64::new(0),
            control: Mutex::new(ControlPlane::new(region, account, now)),
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

    /// Locks the state of EventBridge. What changes in it is kept when the lock is free again.
    pub(crate) fn control(&self) -> Control<'_> {
        Control::new(lock(&self.control), &self.store)
    }

    /// Takes what an earlier bus kept, once.
    pub(crate) fn take_kept(&self) -> Option<Kept> {
        lock(&self.kept).take()
    }

    /// Notes something that the owner of the bus should know.
    pub(crate) fn note(&self, text: String) {
        lock(&self.notes).push(text);
    }

    /// Notes it, if it was not noted last.
    pub(crate) fn note_once(&self, text: &str) {
        let mut last = lock(&self.noted_once);
        if *last != text {
            text.clone_into(&mut last);
            drop(last);
            self.note(text.to_owned());
        }
    }

    pub(crate) fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.notes))
    }

    /// Returns the number of buses that have had the folder of the state.
    pub(crate) fn starts(&self) -> u64 {
        self.starts.load(Ordering::Relaxed)
    }

    /// Says how many buses have had the folder of the state. Ids and keys of this one differ from those of the others.
    pub(crate) fn set_starts(&self, starts: u64) {
        self.starts.store(starts, Ordering::Relaxed);
        self.store.put(&[STARTS], &starts);
        self.functions.count_keys_from(starts);
        let mut random = lock(&self.random);
        let seed = random.u64(..) ^ starts;
        random.seed(seed);
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

    /// Numbers deliveries from here on, or from a larger number.
    pub(crate) fn count_deliveries_from(&self, number: u64) {
        self.deliveries.fetch_max(number, Ordering::Relaxed);
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

    /// Refuses more work than memory is meant for, in real time. In virtual time nothing comes beside what its owner puts.
    ///
    /// # Errors
    /// What the bus holds, in words.
    pub(crate) fn check_room(&self) -> Result<(), String> {
        self.check_room_for(0)
    }

    /// Refuses `more` bytes of work if the bus holds too much with them.
    ///
    /// # Errors
    /// What the bus holds, in words.
    pub(crate) fn check_room_for(&self, more: usize) -> Result<(), String> {
        let held = self.load.bytes() + self.queues.bytes();
        if self.is_virtual() || held.saturating_add(more) <= HELD {
            return Ok(());
        }
        Err(format!(
            "Rate exceeded: the local bus holds {} MB of events that wait for their functions and of messages in queues, \
             and takes more when there are fewer",
            held >> 20
        ))
    }

    pub(crate) fn after(&self, wait: std::time::Duration) -> Timestamp {
        later(self.clock.now(), wait)
    }
}

/// The most bytes of what is on its way and in queues. Beyond that, nothing new is taken.
const HELD: usize = 144 << 20;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Wiring;

    fn bus(time: Time) -> LocalBus {
        let wiring = Wiring::new("1", "r");
        LocalBus::new(Config::new(time, wiring), String::new()).unwrap()
    }

    #[test]
    fn in_real_time_work_has_a_budget_and_says_so() {
        let real = bus(Time::Real);
        let one = real.load.add(100 << 20);
        assert_eq!(real.check_room(), Ok(()));
        let refused = real.check_room_for(Load::of(10_000, 0)).unwrap_err();
        assert!(refused.contains("holds 100 MB of events"), "{refused}");
        let other = one.clone();
        assert!(real.check_room().is_err());
        drop((one, other));
        assert_eq!(real.check_room(), Ok(()));
        let virtual_time = bus(Time::Virtual(Timestamp::UNIX_EPOCH));
        assert_eq!(virtual_time.check_room_for(usize::MAX), Ok(()));
    }

    #[test]
    fn a_note_that_comes_again_and_again_is_told_once() {
        let bus = bus(Time::Real);
        for note in ["a", "a", "b"] {
            bus.note_once(note);
        }
        assert_eq!(bus.take_notes(), ["a", "b"]);
    }
}
