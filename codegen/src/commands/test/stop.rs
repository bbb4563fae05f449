//! A signal that ends the command: those who work look at it, and those who wait are woken.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use anyhow::Context;
use tokio::sync::Notify;

use crate::signals;

/// Whether a signal has come, and the exit status that tells of it.
#[derive(Default)]
pub(super) struct Stop {
    /// 0 as long as none has come.
    status: AtomicU8,
    come: Notify,
}

impl Stop {
    /// Takes over Ctrl-C, SIGHUP and SIGTERM.
    ///
    /// # Errors
    /// Signals that cannot be taken over.
    pub(super) fn start() -> anyhow::Result<Arc<Self>> {
        let stop = Arc::new(Self::default());
        let signal = signals::first()?;
        let told = Arc::clone(&stop);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .context("cannot wait for signals")?;
        thread::Builder::new()
            .name("stop".to_owned())
            .spawn(move || {
                let status = runtime.block_on(signal);
                told.status.store(status, Ordering::SeqCst);
                told.come.notify_waiters();
            })
            .context("cannot wait for signals")?;
        Ok(stop)
    }

    /// Returns the exit status, if a signal has come.
    pub(super) fn status(&self) -> Option<u8> {
        Some(self.status.load(Ordering::SeqCst)).filter(|status| *status != 0)
    }

    /// Waits for a signal, and returns the exit status.
    pub(super) async fn wait(&self) -> u8 {
        loop {
            let come = self.come.notified();
            tokio::pin!(come);
            // From here on, a notice is not lost.
            come.as_mut().enable();
            if let Some(status) = self.status() {
                return status;
            }
            come.await;
        }
    }
}
