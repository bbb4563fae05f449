//! Ctrl-C, a terminal that is closed, and the signal with which a supervisor ends a program.

use std::sync::mpsc;
use std::thread;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// The signals that end a program, with their numbers.
struct Signals {
    interrupt: Signal,
    hangup: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("cannot wait for Ctrl-C")?,
            hangup: signal(SignalKind::hangup()).context("cannot wait for SIGHUP")?,
            terminate: signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?,
        })
    }

    /// Waits for one of them, and returns the exit status that tells of it: 128 and its number, as shells have it.
    async fn next(&mut self) -> u8 {
        let kind = tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.hangup.recv() => SignalKind::hangup(),
            _ = self.terminate.recv() => SignalKind::terminate(),
        };
        u8::try_from(128 + kind.as_raw_value()).unwrap_or(u8::MAX)
    }
}

/// Takes over Ctrl-C, SIGHUP and SIGTERM from now on: the future ends at the first of them, with the exit status for it. The
/// second one ends this program at once.
///
/// # Errors
/// Signals that cannot be taken over.
pub(crate) fn first() -> anyhow::Result<impl Future<Output = u8>> {
    let (tell, told) = oneshot::channel();
    let (ready, is_ready) = mpsc::channel();
    // A thread of its own: the main one may hang, in a write to a pipe that nobody reads for example.
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || watch(tell, &ready))
        .context("cannot wait for signals")?;
    // Both handlers are installed after this, so that no signal is lost.
    is_ready.recv().context("cannot wait for signals")??;
    Ok(async move {
        match told.await {
            Ok(status) => status,
            Err(_) => std::future::pending().await,
        }
    })
}

fn watch(tell: oneshot::Sender<u8>, ready: &mpsc::Sender<anyhow::Result<()>>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime.context("cannot wait for signals") {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    runtime.block_on(async move {
        let mut signals = match Signals::new() {
            Ok(signals) => signals,
            Err(error) => {
                let _ = ready.send(Err(error));
                return;
            }
        };
        let _ = ready.send(Ok(()));
        let status = signals.next().await;
        // Nobody waits for the first one any more: there is only output left to be written.
        if tell.send(status).is_err() {
            end(status);
        }
        end(signals.next().await);
    });
}

#[expect(
    clippy::exit,
    reason = "who asks twice does not want to wait for the main thread"
)]
fn end(status: u8) {
    std::process::exit(status.into());
}
