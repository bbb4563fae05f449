//! Counts the runs on their way, so that a caller can wait until there is none, or end them all.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinSet;

/// Counts what is on its way.
#[derive(Debug)]
pub(crate) struct Flights {
    count: Arc<watch::Sender<usize>>,
    /// The tasks that run in the background.
    tasks: Mutex<JoinSet<()>>,
    /// Whether nothing takes off any more, because the bus is being reset.
    is_closed: AtomicBool,
}

/// Counts as one thing on its way until it is dropped.
#[derive(Debug)]
pub(crate) struct Flight {
    count: Arc<watch::Sender<usize>>,
}

impl Flights {
    pub(crate) fn new() -> Self {
        Self {
            count: Arc::new(watch::Sender::new(0)),
            tasks: Mutex::default(),
            is_closed: AtomicBool::new(false),
        }
    }

    /// Counts one more, until the returned value is dropped.
    pub(crate) fn take_off(&self) -> Flight {
        self.count.send_modify(|count| *count += 1);
        Flight {
            count: Arc::clone(&self.count),
        }
    }

    /// Runs a task in the background, which counts until it has ended. While the bus is reset, it does not even begin.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if self.is_closed() {
            return;
        }
        let flight = self.take_off();
        let mut tasks = self.tasks();
        // Without this, the set would keep every task that has ended.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            task.await;
            drop(flight);
        });
    }

    /// Ends every task where it stands, and waits until each is gone. Nothing takes off until [`Self::open`].
    pub(crate) async fn end_all(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        let mut tasks = std::mem::take(&mut *self.tasks());
        tasks.shutdown().await;
        self.landed().await;
    }

    /// Lets things take off again.
    pub(crate) fn open(&self) {
        self.is_closed.store(false, Ordering::SeqCst);
    }

    /// Returns whether nothing takes off.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    /// Returns the number of things on their way.
    pub(crate) fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Waits until nothing is on its way.
    pub(crate) async fn landed(&self) {
        let mut watcher = self.count.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = watcher.wait_for(|count| *count == 0).await;
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.count.send_modify(|count| *count -= 1);
    }
}
