//! Functions: real binaries that ask for work over the Lambda Runtime API.

mod process;
mod runtime_api;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::config::Config;
use crate::trace::Failure;
use process::Process;
pub(crate) use process::{Output, Settings};

/// Processes of one function at a time: enough to see concurrency, and few enough for one machine.
const CONCURRENCY: usize = 8;

/// The functions of a pipeline, each with its processes.
#[derive(Debug)]
pub(crate) struct Functions {
    pools: BTreeMap<String, Pool>,
    keys: AtomicU64,
    /// What each process is working on, by the access key that it signs with.
    working: Arc<Mutex<BTreeMap<String, String>>>,
}

#[derive(Debug)]
struct Pool {
    settings: Arc<Settings>,
    free: Semaphore,
    idle: Mutex<Vec<Process>>,
}

/// A run for a function to do.
#[derive(Debug)]
pub(crate) struct Work {
    /// The request id, which the attempts of one invocation share.
    pub(crate) request_id: String,
    /// The event.
    pub(crate) payload: String,
}

/// How an attempt went.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) result: Result<(), Failure>,
    pub(crate) duration: Duration,
    pub(crate) init: Duration,
}

impl Functions {
    pub(crate) fn new(config: &Config, endpoint: &str, output: &Output) -> Self {
        let pools = config.functions.iter().map(|(name, function)| {
            let settings = Settings {
                name: name.clone(),
                arn: config.function_arn(name),
                region: config.region.clone(),
                bus: config.bus.clone(),
                endpoint: endpoint.to_owned(),
                function: function.clone(),
                output: output.clone(),
            };
            let pool = Pool {
                settings: Arc::new(settings),
                free: Semaphore::new(CONCURRENCY),
                idle: Mutex::new(Vec::new()),
            };
            (name.clone(), pool)
        });
        Self {
            pools: pools.collect(),
            keys: AtomicU64::new(0),
            working: Arc::default(),
        }
    }

    /// The invocation that a process with this access key is working on.
    pub(crate) fn working_on(&self, access_key: &str) -> Option<String> {
        self.working().get(access_key).cloned()
    }

    /// Runs a function once, on an idle process or a new one. `started` is told which.
    pub(crate) async fn invoke(
        &self,
        name: &str,
        work: Work,
        started: impl FnOnce(bool),
    ) -> Attempt {
        let Some(pool) = self.pools.get(name) else {
            return Attempt::failed(Failure::Start {
                message: format!("there is no function {name}"),
            });
        };
        let Ok(_permit) = pool.free.acquire().await else {
            return Attempt::failed(Failure::Start {
                message: "the bus is shutting down".to_owned(),
            });
        };
        let idle = pool
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        started(idle.is_none());
        let start = Instant::now();
        let (mut process, init) = match idle {
            Some(process) => (process, Duration::ZERO),
            None => match Process::start(&pool.settings, self.next_key()).await {
                Ok(process) => (process, start.elapsed()),
                Err(failure) => {
                    return Attempt {
                        result: Err(failure),
                        duration: start.elapsed(),
                        init: start.elapsed(),
                    };
                }
            },
        };
        let key = process.access_key().to_owned();
        self.working().insert(key.clone(), work.request_id.clone());
        let result = process.run(work).await;
        let duration = start.elapsed();
        self.working().remove(&key);
        if process.is_alive() {
            pool.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(process);
        }
        Attempt {
            result,
            duration,
            init,
        }
    }

    fn working(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.working.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key that no other process has, in the form of AWS's.
    fn next_key(&self) -> String {
        format!("AKIDLOCAL{:011}", self.keys.fetch_add(1, Ordering::Relaxed))
    }
}

impl Attempt {
    fn failed(failure: Failure) -> Self {
        Self {
            result: Err(failure),
            duration: Duration::ZERO,
            init: Duration::ZERO,
        }
    }
}
