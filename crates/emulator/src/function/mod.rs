//! Functions: real binaries that ask for work over the Lambda Runtime API.

mod changes;
mod extensions;
mod group;
mod lines;
mod process;
mod runtime_api;
mod settings;
mod stream;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::task::JoinSet;

use crate::config::Function;
use crate::stub::Stub;
use crate::trace::Failure;
pub(crate) use changes::Changeable;
use process::{Handed, Process};
pub(crate) use settings::{Output, Settings};
pub(crate) use work::Work;

/// The most processes of a function that reserves no concurrency: enough to see concurrency, and few enough for one
/// machine. More work waits.
pub(crate) const CONCURRENCY: u32 = 8;

/// The functions of a pipeline, each with its processes.
#[derive(Debug)]
pub(crate) struct Functions {
    pools: Mutex<BTreeMap<Arc<str>, Arc<Pool>>>,
    /// The settings with which the functions were installed.
    originals: Mutex<BTreeMap<Arc<str>, Arc<Settings>>>,
    /// What the API has changed, by function.
    changed: Mutex<BTreeMap<Arc<str>, Changeable>>,
    keys: AtomicU64,
    /// The run of each process that has one, by the access key that the process signs with.
    working: Mutex<BTreeMap<String, Working>>,
    /// The access keys of processes that were ended in the middle of a run.
    ended: Mutex<BTreeSet<String>>,
}

/// A function, with the processes that wait for work.
#[derive(Debug)]
pub(crate) struct Pool {
    settings: Arc<Settings>,
    free: Semaphore,
    idle: Mutex<Vec<Process>>,
    asynchronous: Mutex<Asynchronous>,
}

/// What becomes of the asynchronous runs of a function:
/// [its configuration](https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asynchronous {
    /// Retries after a failed run.
    pub(crate) max_attempts: u32,
    /// The longest time that an event may wait.
    pub(crate) max_age: Duration,
    /// The ARN of what keeps the runs that failed for good.
    pub(crate) on_failure: Option<String>,
    /// The ARN of what gets a record of each run that succeeded.
    pub(crate) on_success: Option<String>,
    /// Whether somebody has configured it.
    pub(crate) is_set: bool,
    pub(crate) modified: Timestamp,
}

impl Default for Asynchronous {
    fn default() -> Self {
        Self {
            max_attempts: 2,
            max_age: Duration::from_hours(6),
            on_failure: None,
            on_success: None,
            is_set: false,
            modified: Timestamp::UNIX_EPOCH,
        }
    }
}

#[derive(Clone, Debug)]
struct Working {
    request: Arc<str>,
    hops: u32,
    /// Ends the process when it is notified. Only a doomed run has one.
    doom: Option<Arc<Notify>>,
    /// Counts the run's calls of the bus.
    calls: Arc<AtomicU32>,
}

/// The run of a function that called the bus.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) request: Arc<str>,
    /// The number of functions that its event has gone through, this one included.
    pub(crate) hops: u32,
    doom: Option<Arc<Notify>>,
    calls: Arc<AtomicU32>,
}

/// The result of an attempt.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// The function's response.
    pub(crate) result: Result<String, Failure>,
    pub(crate) duration: Duration,
    pub(crate) init: Duration,
}

impl Functions {
    pub(crate) fn new() -> Self {
        Self {
            pools: Mutex::default(),
            originals: Mutex::default(),
            changed: Mutex::default(),
            keys: AtomicU64::new(0),
            working: Mutex::default(),
            ended: Mutex::default(),
        }
    }

    /// Notes that every run is about to be ended in the middle. What their processes still ask for, nobody answers.
    pub(crate) fn disown_runs(&self) {
        let working = std::mem::take(&mut *lock(&self.working));
        lock(&self.ended).extend(working.into_keys());
    }

    /// Returns whether the process with this access key was ended in the middle of its run.
    pub(crate) fn has_ended(&self, access_key: &str) -> bool {
        lock(&self.ended).contains(access_key)
    }

    /// Replaces all functions. Runs that have begun end on the old ones.
    pub(crate) fn replace(&self, settings: impl IntoIterator<Item = Settings>) {
        let originals = settings.into_iter().map(|settings| {
            let name: Arc<str> = settings.name.as_str().into();
            (name, Arc::new(settings))
        });
        let originals: BTreeMap<_, _> = originals.collect();
        let pools = originals.iter().map(|(name, settings)| {
            let pool = Pool::new(Arc::clone(settings));
            (Arc::clone(name), Arc::new(pool))
        });
        *lock(&self.pools) = pools.collect();
        *lock(&self.originals) = originals;
    }

    /// Takes back every change since the functions were installed. What has not changed keeps its processes.
    pub(crate) fn reset(&self) {
        lock(&self.changed).clear();
        let originals = lock(&self.originals).clone();
        let mut pools = lock(&self.pools);
        for (name, settings) in originals {
            match pools.get(&name) {
                Some(pool) if Arc::ptr_eq(&pool.settings, &settings) => {
                    pool.set_asynchronous(settings.asynchronous());
                }
                _ => {
                    pools.insert(name, Arc::new(Pool::new(settings)));
                }
            }
        }
    }

    /// Ends the processes that wait for work, and returns when they have ended.
    pub(crate) async fn end_idle(&self) {
        let pools = self.all().into_iter();
        let mut ends: JoinSet<()> = pools
            .flat_map(|(_, pool)| pool.take_all_idle())
            .map(Process::retire)
            .collect();
        while ends.join_next().await.is_some() {}
    }

    /// Changes a function, if it is there. Runs that have begun end as they began, the next ones are on new processes.
    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Function)) {
        let mut pools = lock(&self.pools);
        let Some(pool) = pools.get_mut(name) else {
            return;
        };
        let mut settings = Settings::clone(&pool.settings);
        change(&mut settings.function);
        let changed = Pool::new(Arc::new(settings));
        changed.set_asynchronous(pool.asynchronous());
        *pool = Arc::new(changed);
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Pool>> {
        lock(&self.pools).get(name).map(Arc::clone)
    }

    /// Returns every function, sorted by name.
    pub(crate) fn all(&self) -> Vec<(Arc<str>, Arc<Pool>)> {
        let pools = lock(&self.pools);
        pools
            .iter()
            .map(|(name, pool)| (Arc::clone(name), Arc::clone(pool)))
            .collect()
    }

    /// Returns the run of the process with this access key, if it has one.
    pub(crate) fn caller(&self, access_key: &str) -> Option<Caller> {
        let working = lock(&self.working);
        let working = working.get(access_key)?;
        Some(Caller {
            request: Arc::clone(&working.request),
            hops: working.hops + 1,
            doom: working.doom.clone(),
            calls: Arc::clone(&working.calls),
        })
    }

    /// Runs a function once, on an idle process or a new one. `started` is told whether it is a new one. The caller
    /// keeps the permit until it has recorded the end, so that no trace shows more runs at a time than there were.
    pub(crate) async fn run(
        &self,
        pool: &Pool,
        _permit: &SemaphorePermit<'_>,
        work: Work,
        started: impl FnOnce(bool),
    ) -> Attempt {
        let idle = pool.take_idle();
        started(idle.is_none());
        let start = Instant::now();
        if let Some(process) = idle
            && let Handed::Ran(result) = self.run_on(process, pool, &work).await
        {
            return Attempt {
                result,
                duration: start.elapsed(),
                init: Duration::ZERO,
            };
        }
        // There was no process, or it ended while it had nothing to do. That is no failure of this event.
        let process = Process::start(&pool.settings, || self.next_key()).await;
        let init = start.elapsed();
        let handed = match process {
            Ok(process) => self.run_on(process, pool, &work).await,
            Err(failure) => Handed::Ran(Err(failure)),
        };
        let result = match handed {
            Handed::Ran(result) => result,
            // It asked for work, and was gone before it got any.
            Handed::NotTaken => Err(Failure::Crash {
                status: "the process ended before it took its event".to_owned(),
            }),
        };
        Attempt {
            result,
            duration: start.elapsed(),
            init,
        }
    }

    /// Hands work to a process, and keeps the process if it lives on.
    async fn run_on(&self, mut process: Process, pool: &Pool, work: &Work) -> Handed {
        let key = process.access_key().to_owned();
        let doom = work.is_doomed.then(|| Arc::new(Notify::new()));
        let working = Working {
            request: Arc::clone(&work.request),
            hops: work.hops,
            doom: doom.clone(),
            // Each attempt counts from its own number, so that a retry does not meet the same faults again.
            calls: Arc::new(AtomicU32::new(work.attempt * CALLS)),
        };
        // Before the process gets its work: it may call the bus at once.
        lock(&self.working).insert(key.clone(), working);
        let handed = process.run(work.clone(), doom).await;
        lock(&self.working).remove(&key);
        // Kept after an error of the handler as well. Lambda does the same.
        if process.is_alive() {
            lock(&pool.idle).push(process);
        }
        handed
    }

    /// Makes the access keys differ from those of earlier buses, of which processes may be left.
    pub(crate) fn count_keys_from(&self, starts: u64) {
        self.keys
            .store(starts % KEYS_OF * KEYS_OF, Ordering::Relaxed);
    }

    /// Makes an access key that no other process has, in AWS's form.
    fn next_key(&self) -> String {
        format!("AKIDLOCAL{:011}", self.keys.fetch_add(1, Ordering::Relaxed))
    }
}

/// The access keys of a bus, of which there is room for as many buses.
const KEYS_OF: u64 = 100_000;

/// A number that no run's calls of the bus reach.
const CALLS: u32 = 1 << 16;

impl Caller {
    /// The run of a stub, which calls the bus without a process.
    pub(crate) fn without_process(work: &Work) -> Self {
        Self {
            request: Arc::clone(&work.request),
            hops: work.hops + 1,
            doom: None,
            calls: Arc::new(AtomicU32::new(work.attempt * CALLS)),
        }
    }

    /// Returns the number of the next call. No two calls of a request have the same one.
    pub(crate) fn next_call(&self) -> u32 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    /// Ends the process if its run is doomed, and returns whether it is. Then it must get no response.
    pub(crate) fn meets_its_end(&self) -> bool {
        if let Some(doom) = &self.doom {
            doom.notify_one();
        }
        self.doom.is_some()
    }
}

impl Settings {
    /// Returns what becomes of asynchronous runs, as the function was installed.
    fn asynchronous(&self) -> Asynchronous {
        let (account, _) = self.arn.split_once(":function:").unwrap_or((&self.arn, ""));
        let on_failure = self.function.on_failure.as_ref();
        let settings = Asynchronous {
            max_attempts: self.function.max_attempts,
            max_age: self.function.max_age,
            on_failure: on_failure
                .map(|queue| format!("{}:{queue}", account.replacen(":lambda:", ":sqs:", 1))),
            ..Asynchronous::default()
        };
        Asynchronous {
            is_set: settings != Asynchronous::default(),
            ..settings
        }
    }
}

impl Pool {
    fn new(settings: Arc<Settings>) -> Self {
        let reserved = settings.function.reserved_concurrency;
        let most = reserved.unwrap_or(CONCURRENCY);
        Self {
            free: Semaphore::new(most as usize),
            idle: Mutex::default(),
            asynchronous: Mutex::new(settings.asynchronous()),
            settings,
        }
    }

    /// Returns what becomes of asynchronous runs.
    pub(crate) fn asynchronous(&self) -> Asynchronous {
        lock(&self.asynchronous).clone()
    }

    pub(crate) fn set_asynchronous(&self, settings: Asynchronous) {
        *lock(&self.asynchronous) = settings;
    }

    pub(crate) fn function(&self) -> &Function {
        &self.settings.function
    }

    pub(crate) fn arn(&self) -> &str {
        &self.settings.arn
    }

    pub(crate) fn stub(&self) -> Option<&Stub> {
        self.settings.stub.as_ref()
    }

    /// Takes a process that waits for work, if one still lives.
    fn take_idle(&self) -> Option<Process> {
        let mut idle = lock(&self.idle);
        loop {
            let mut process = idle.pop()?;
            if !process.has_ended() {
                return Some(process);
            }
        }
    }

    /// Returns the processes that wait for work, to be ended.
    fn take_all_idle(&self) -> Vec<Process> {
        std::mem::take(&mut *lock(&self.idle))
    }

    /// Returns the number of processes that wait for work.
    pub(crate) fn idle(&self) -> usize {
        lock(&self.idle).len()
    }

    /// Gets the right to run once more. Returns `None` if concurrency is reserved and used up, because Lambda throttles
    /// then. Waits for its turn if no concurrency is reserved.
    pub(crate) async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        match self.settings.function.reserved_concurrency {
            Some(_) => self.free.try_acquire().ok(),
            None => self.free.acquire().await.ok(),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // Without a runtime nobody can wait for the end of a process. It is killed when it is dropped.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        for process in self.take_all_idle() {
            if process.has_extensions() {
                runtime.spawn(process.retire());
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
