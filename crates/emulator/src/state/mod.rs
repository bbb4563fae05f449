//! What a bus keeps on the disk, if it is asked to: everything that it has accepted, so that a bus that is killed and
//! started again loses none of it.
//!
//! What changes is put here in the order in which it happens: first what an act leads to, then what it ends. So whatever
//! has reached the disk at any instant says too much rather than too little: something may be done twice, and nothing is
//! lost. A thread of its own writes all that has come meanwhile at once, and asks the disk once for all of it. An answer
//! to a client waits for that: [`Store::saved`].

mod file;
mod key;

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

use file::{Change, StateFile};
pub(crate) use key::Key;

/// The key of the last instant at which the bus is known to have run.
pub(crate) const ALIVE: &str = "alive";
/// The key of the number of buses that have had the folder.
pub(crate) const STARTS: &str = "starts";
/// The key of how far the clock was put forward, in milliseconds.
pub(crate) const AHEAD: &str = "ahead";
/// The key of what the spec said last.
pub(crate) const SAID: &str = "said";
/// The kind of keys of functions that the API has changed.
pub(crate) const FUNCTION: &str = "function";
/// How often that instant is written, if something else is.
const ALIVE_EVERY: Duration = Duration::from_secs(1);
/// About the most bytes that are written at once.
const BATCH: usize = 8 << 20;

/// Where a bus keeps its state. Without a folder it keeps nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    progress: watch::Receiver<Progress>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Queue {
    /// `None` once the bus is shutting down.
    changes: Option<Sender<Change>>,
    /// The changes so far.
    count: u64,
    /// Whether changes are taken: not before what was kept has been adopted.
    is_open: bool,
}

#[derive(Clone, Debug, Default)]
struct Progress {
    /// The changes that are on the disk.
    saved: u64,
    /// Why no more can be.
    failure: Option<Arc<str>>,
}

/// The state of an earlier bus, until it is adopted.
#[derive(Debug)]
pub(crate) struct Kept {
    file: StateFile,
    changes: Receiver<Change>,
    progress: watch::Sender<Progress>,
    /// What could not be read.
    pub(crate) notes: Vec<String>,
}

impl Store {
    /// Opens the state in a folder. Nothing is written before [`Self::begin`].
    ///
    /// # Errors
    /// A folder that cannot be used, that another bus uses, or that has the state of another one.
    pub(crate) fn open(folder: &Path, owner: &str) -> anyhow::Result<(Self, Kept)> {
        let mut notes = Vec::new();
        let file = StateFile::open(folder, owner, &mut notes)?;
        let (sender, changes) = channel();
        let (progress, watcher) = watch::channel(Progress::default());
        let shared = Shared {
            queue: Mutex::new(Queue {
                changes: Some(sender),
                count: 0,
                is_open: false,
            }),
            progress: watcher,
            writer: Mutex::default(),
        };
        let kept = Kept {
            file,
            changes,
            progress,
            notes,
        };
        Ok((Self(Some(Arc::new(shared))), kept))
    }

    /// Takes changes from now on, and writes them.
    ///
    /// # Errors
    /// A thread that cannot be started.
    pub(crate) fn begin(&self, kept: Kept) -> anyhow::Result<()> {
        let Some(shared) = &self.0 else {
            return Ok(());
        };
        let writer = std::thread::Builder::new()
            .name("state".to_owned())
            .spawn(move || write(kept))
            .context("cannot start the thread that writes the state")?;
        *lock(&shared.writer) = Some(writer);
        lock(&shared.queue).is_open = true;
        Ok(())
    }

    /// Whether changes are kept. If not, nobody has to say what they are.
    pub(crate) fn is_open(&self) -> bool {
        let shared = self.0.as_ref();
        shared.is_some_and(|shared| lock(&shared.queue).is_open)
    }

    /// Whether changes will be kept, but are not yet.
    pub(crate) fn will_open(&self) -> bool {
        self.0.is_some() && !self.is_open()
    }

    /// Keeps a value.
    pub(crate) fn put(&self, key: &[&str], value: &impl Serialize) {
        if self.is_open()
            && let Ok(value) = serde_json::to_string(value)
        {
            self.change(Change::Put(Key::new(key), value));
        }
    }

    /// Keeps a value that is JSON in one line.
    pub(crate) fn put_json(&self, key: Key, value: String) {
        self.change(Change::Put(key, value));
    }

    pub(crate) fn remove(&self, key: &[&str]) {
        if self.is_open() {
            self.change(Change::Remove(Key::new(key)));
        }
    }

    pub(crate) fn remove_key(&self, key: Key) {
        self.change(Change::Remove(key));
    }

    /// Removes all whose keys begin with these parts.
    pub(crate) fn remove_below(&self, key: &[&str]) {
        self.change(Change::RemoveBelow(Key::new(key)));
    }

    fn change(&self, change: Change) {
        let Some(shared) = &self.0 else {
            return;
        };
        // Counted and sent under one lock, so that the counts are in the order of the changes.
        let mut queue = lock(&shared.queue);
        if !queue.is_open {
            return;
        }
        queue.count += 1;
        if let Some(changes) = &queue.changes {
            // Nobody takes it any more after a failure, which `saved` tells.
            let _ = changes.send(change);
        }
    }

    /// Waits until everything that has changed so far is on the disk.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub(crate) async fn saved(&self) -> Result<(), Arc<str>> {
        let Some(shared) = &self.0 else {
            return Ok(());
        };
        let count = lock(&shared.queue).count;
        let mut progress = shared.progress.clone();
        let is_done = |progress: &Progress| progress.saved >= count || progress.failure.is_some();
        match progress.wait_for(is_done).await {
            Ok(progress) if progress.saved >= count => Ok(()),
            Ok(progress) => Err(progress.failure.clone().unwrap_or_default()),
            Err(_) => Err("the bus has ended".into()),
        }
    }

    /// Writes what is left, and ends.
    pub(crate) fn close(&self) {
        if let Some(shared) = &self.0 {
            lock(&shared.queue).changes = None;
            let writer = lock(&shared.writer).take();
            // It has panicked, or has written everything.
            let _ = writer.map(JoinHandle::join);
        }
    }
}

impl Kept {
    /// Returns the keys of what was kept, in the order in which it was written.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> {
        self.file.keys()
    }

    /// Returns what was kept of a key.
    ///
    /// # Errors
    /// A key that is not there, or a file that cannot be read.
    pub(crate) fn read(&self, key: &Key) -> anyhow::Result<String> {
        self.file.read(key)
    }
}

/// Writes changes until the bus is gone, all that have come meanwhile at a time.
fn write(kept: Kept) {
    let Kept {
        mut file,
        changes,
        progress,
        notes: _,
    } = kept;
    let mut alive: Option<Instant> = None;
    let mut batch = Vec::new();
    while let Ok(first) = changes.recv() {
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(change) = next {
            bytes += change.bytes();
            batch.push(change);
            next = (bytes < BATCH).then(|| changes.try_recv().ok()).flatten();
        }
        let count = batch.len() as u64;
        if alive.is_none_or(|alive| alive.elapsed() >= ALIVE_EVERY) {
            let now = format!("\"{}\"", Timestamp::now());
            batch.push(Change::Put(Key::new(&[ALIVE]), now));
            alive = Some(Instant::now());
        }
        match file.append(&batch) {
            Ok(()) => progress.send_modify(|progress| progress.saved += count),
            Err(error) => {
                let failure: Arc<str> = format!("{error:#}").into();
                progress.send_modify(|progress| progress.failure = Some(failure));
                // What comes later must not be kept without this.
                return;
            }
        }
        batch.clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
