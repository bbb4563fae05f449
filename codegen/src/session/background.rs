//! Lines that a thread of its own writes, for a verb that serves others meanwhile: `| less` or Ctrl-S must not stop them.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// The most lines that wait for their reader, and the most bytes of them. More are dropped, and counted.
const WAITING: usize = 10_000;
const BYTES: usize = 8 << 20;

/// About the most bytes that are written at once.
const AT_ONCE: usize = 64 << 10;

/// The longest wait for a reader at the end.
const LAST: Duration = Duration::from_secs(1);

/// The writing end.
pub(super) struct Background {
    lines: Option<SyncSender<(Stream, String)>>,
    /// The bytes of the lines that wait.
    bytes: Arc<AtomicUsize>,
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
        let bytes = Arc::new(AtomicUsize::new(0));
        let waiting = Arc::clone(&bytes);
        let thread = thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || {
                if let Err(error) = write(&written, &waiting, choice) {
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
            })
            .context("cannot start the thread that writes")?;
        Ok(Self {
            lines: Some(lines),
            bytes,
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
        let length = line.len();
        // One line is taken however long it is, if no other waits.
        let before = self.bytes.fetch_add(length, Ordering::Relaxed);
        if before > 0 && before + length > BYTES {
            self.bytes.fetch_sub(length, Ordering::Relaxed);
            return Ok(false);
        }
        match lines.try_send((stream, line)) {
            Ok(()) => Ok(true),
            Err(TrySendError::Full(_)) => {
                self.bytes.fetch_sub(length, Ordering::Relaxed);
                Ok(false)
            }
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

fn write(
    lines: &Receiver<(Stream, String)>,
    waiting: &AtomicUsize,
    choice: ColorChoice,
) -> io::Result<()> {
    let mut out = AutoStream::new(io::stdout(), choice);
    let mut err = AutoStream::new(io::stderr(), choice);
    let mut next = lines.recv().ok();
    while let Some((stream, mut text)) = next.take() {
        let mut length = text.len();
        text.push('\n');
        // What has come meanwhile for the same stream is written with it.
        while text.len() < AT_ONCE {
            match lines.try_recv() {
                Ok((of, line)) if of == stream => {
                    length += line.len();
                    text.extend([&line, "\n"]);
                }
                other => {
                    next = other.ok();
                    break;
                }
            }
        }
        match stream {
            Stream::Out => out.write_all(text.as_bytes())?,
            Stream::Err => err.write_all(text.as_bytes())?,
        }
        waiting.fetch_sub(length, Ordering::Relaxed);
        next = next.or_else(|| lines.recv().ok());
    }
    Ok(())
}
