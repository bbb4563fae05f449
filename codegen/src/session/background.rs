//! Lines that a thread of its own writes, for a verb that serves others meanwhile: `| less` or Ctrl-S must not stop them.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anstream::{AutoStream, ColorChoice};
use anyhow::Context;

/// One of the two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Err,
}

/// The most lines that wait for their reader. More are dropped, and counted.
const WAITING: usize = 10_000;

/// The longest wait for a reader at the end.
const LAST: Duration = Duration::from_secs(1);

/// The writing end.
pub(super) struct Background {
    lines: Option<SyncSender<(Stream, String)>>,
    /// Lines that nobody has read in time.
    dropped: u64,
    /// Why the thread has given up.
    failure: Arc<Mutex<Option<io::Error>>>,
    thread: JoinHandle<()>,
}

impl Background {
    pub(super) fn start(choice: ColorChoice) -> anyhow::Result<Self> {
        let (lines, written) = mpsc::sync_channel(WAITING);
        let failure = Arc::new(Mutex::new(None));
        let failed = Arc::clone(&failure);
        let thread = thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || {
                if let Err(error) = write(&written, choice) {
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
            })
            .context("cannot start the thread that writes")?;
        Ok(Self {
            lines: Some(lines),
            dropped: 0,
            failure,
            thread,
        })
    }

    /// Hands a line over. It is dropped if too many wait.
    ///
    /// # Errors
    /// A stream that took an earlier line no more.
    pub(super) fn write(&mut self, stream: Stream, line: String) -> io::Result<()> {
        if self.dropped > 0 {
            let told = format!("… {} lines that nobody read in time", self.dropped);
            if self.send(Stream::Err, told)? {
                self.dropped = 0;
            }
        }
        if !self.send(stream, line)? {
            self.dropped += 1;
        }
        Ok(())
    }

    /// Returns whether there was room.
    fn send(&self, stream: Stream, line: String) -> io::Result<bool> {
        let Some(lines) = &self.lines else {
            return Ok(false);
        };
        match lines.try_send((stream, line)) {
            Ok(()) => Ok(true),
            Err(TrySendError::Full(_)) => Ok(false),
            Err(TrySendError::Disconnected(_)) => {
                let failure = self.failure.lock();
                let failure = failure.unwrap_or_else(PoisonError::into_inner).take();
                Err(failure.unwrap_or_else(|| io::ErrorKind::BrokenPipe.into()))
            }
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // The thread ends after the lines that wait, or never, if nobody reads them.
        self.lines = None;
        let end = Instant::now() + LAST;
        while !self.thread.is_finished() && Instant::now() < end {
            thread::park_timeout(Duration::from_millis(5));
        }
    }
}

fn write(lines: &Receiver<(Stream, String)>, choice: ColorChoice) -> io::Result<()> {
    let mut out = AutoStream::new(io::stdout(), choice);
    let mut err = AutoStream::new(io::stderr(), choice);
    while let Ok((stream, line)) = lines.recv() {
        match stream {
            Stream::Out => writeln!(out, "{line}")?,
            Stream::Err => writeln!(err, "{line}")?,
        }
    }
    Ok(())
}
