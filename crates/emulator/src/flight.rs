//! Counts the runs on their way, so that a caller can wait until there is none.

use std::sync::Arc;

use tokio::sync::watch;

/// Counts what is on its way.
#[derive(Clone, Debug)]
pub(crate) struct Flights {
    count: Arc<watch::Sender<usize>>,
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
        }
    }

    /// Counts one more, until the returned value is dropped.
    pub(crate) fn take_off(&self) -> Flight {
        self.count.send_modify(|count| *count += 1);
        Flight {
            count: Arc::clone(&self.count),
        }
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
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.count.send_modify(|count| *count -= 1);
    }
}
