//! The work of a job: on one user whom an event names, or on everybody.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use job::{Error, Run, Scheduled, Shard};
use tokio::sync::OnceCell;
use tokio::task;
use tracing::{info, warn};

use crate::store::{BadRow, Query, Record, RunKey, Statement, Store, Writes, instant};

/// The name of the metric that counts users whose data a job could not use.
pub(crate) const USER_FAILURES: &str = "UserFailures";

/// The number of ids that are read at once.
const PAGE: u32 = 1_000;

/// The number of users who are read, processed and written at once: enough to make round trips rare, and few enough to
/// take a small part of a function's memory.
const CHUNK: usize = 100;

/// The part of a run's time that is kept for writing the last results.
const RESERVE: Duration = Duration::from_secs(5);

/// The time between two messages about the progress of a run over everybody.
const NEWS: Duration = Duration::from_secs(10);

/// The work of a job on one user: read, find, keep. `find` is pure.
pub(crate) trait Step: Send + Sync + 'static {
    /// The job's name.
    const JOB: &'static str;

    /// The result for a user.
    type Found;

    /// Returns what has to be read.
    fn query(at: At) -> Query;

    /// Works on one user.
    fn find(record: &Record, at: At) -> Result<Self::Found, BadRow>;

    /// Adds the rows to write.
    fn keep(user_id: &str, found: Self::Found, writes: &mut Writes);

    /// Adds the rows that delete results of a user who does not consent.
    fn withdraw(_user_id: &str, _writes: &mut Writes) {}
}

/// The two times of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    /// The time that the results are for: that of the event, but never in the future.
    pub(crate) as_of: Timestamp,
    /// The time at which consents have to be in force.
    pub(crate) now: Timestamp,
}

/// How the work on one user ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The results are written.
    Done,
    /// The user does not consent, so that nothing was done.
    WithoutConsent,
}

/// The store of a function, opened by its first run. If it cannot be opened, that run fails, and the next one tries again.
#[derive(Debug, Default)]
pub(crate) struct Opened(OnceCell<Arc<Store>>);

impl Opened {
    pub(crate) fn with(store: Arc<Store>) -> Self {
        Self(OnceCell::new_with(Some(store)))
    }

    pub(crate) async fn get(&self) -> Result<&Arc<Store>, Error> {
        let open = async || Ok::<_, Error>(Arc::new(Store::from_env().await?));
        self.0.get_or_try_init(open).await
    }
}

impl At {
    pub(crate) fn of(timestamp: Timestamp, run: &Run) -> Self {
        let now = run.now();
        Self {
            as_of: timestamp.min(now),
            now,
        }
    }
}

/// The results of some users.
#[derive(Default)]
struct Batch {
    writes: Writes,
    done: u64,
    without_consent: u64,
    failed: Vec<(String, String)>,
}

impl Batch {
    fn of<S: Step>(records: &[Record], at: At) -> Self {
        let mut batch = Self::default();
        for record in records {
            let Ok(user_id) = record.text(0) else {
                warn!("a user's id is not UTF-8");
                continue;
            };
            match find::<S>(record, at) {
                Ok(Some(found)) => {
                    S::keep(user_id, found, &mut batch.writes);
                    batch
                        .writes
                        .push(Statement::ClearErrors, &(user_id, S::JOB));
                    batch.done += 1;
                }
                Ok(None) => {
                    S::withdraw(user_id, &mut batch.writes);
                    batch.without_consent += 1;
                }
                Err(BadRow(message)) => {
                    let row = (user_id, S::JOB, &message, instant(at.now));
                    batch.writes.push(Statement::Errors, &row);
                    batch.failed.push((user_id.to_owned(), message));
                }
            }
        }
        batch
    }

    /// Logs and counts the users with an error.
    fn report(&self, run: &Run) {
        for (user_id, error) in &self.failed {
            tracing::error!(user_id, error, "the user's data cannot be worked with");
        }
        if !self.failed.is_empty() {
            run.count(USER_FAILURES, self.failed.len() as u64);
        }
    }
}

/// Finds the result of a user; nothing without a consent in force.
fn find<S: Step>(record: &Record, at: At) -> Result<Option<S::Found>, BadRow> {
    match record.text(1)? {
        "1" => S::find(record, at).map(Some),
        _ => Ok(None),
    }
}

/// Works on one user.
///
/// # Errors
/// Nobody has the id, the user's data cannot be used, or the store fails.
pub(crate) async fn one<S: Step>(
    store: &Store,
    user_id: &str,
    at: At,
    run: &Run,
) -> Result<Ended, Error> {
    let records = store
        .load(S::query(at), &[user_id.to_owned()], at.now)
        .await?;
    if records.is_empty() {
        return Err(format!("no profile has the id {user_id}").into());
    }
    let batch = Batch::of::<S>(&records, at);
    store.write(&batch.writes).await?;
    batch.report(run);
    if let Some((user_id, error)) = batch.failed.first() {
        return Err(format!("the data of {user_id} cannot be worked with: {error}").into());
    }
    if batch.without_consent > 0 {
        info!("nothing done: the user has no consent in force");
        return Ok(Ended::WithoutConsent);
    }
    Ok(Ended::Done)
}

/// Works on all users of a shard, in the order of ids. A run that runs out of time keeps its progress and fails, so that
/// the next attempt goes on there.
///
/// # Errors
/// The time is over, or the store fails.
pub(crate) async fn everybody<S: Step>(
    store: &Arc<Store>,
    schedule: Scheduled,
    run: &Run,
) -> Result<(), Error> {
    // Somebody who invokes the function by hand may think that a scheduled event can be about one user.
    if let Some(user) = schedule.detail.get("user_id").filter(|id| !id.is_null()) {
        return Err(
            format!("a scheduled run is for everybody: `user_id` is null, not {user}").into(),
        );
    }
    let at = At::of(schedule.timestamp, run);
    let key = RunKey {
        job: S::JOB,
        due: schedule.timestamp,
        shard: schedule.shard,
    };
    let earlier = store.progress(key).await?;
    if let Some(after) = &earlier {
        info!(after, "going on where the last try stopped");
    }
    let at_once = cores();
    // Each stage is a task: some chunks are read while others are processed and one is written.
    let mut batches = chunks(store, earlier.clone(), schedule.shard)
        .map_ok(|ids| {
            let store = Arc::clone(store);
            task::spawn(async move {
                let records = store.load(S::query(at), &ids, at.now).await?;
                Ok::<_, Error>((ids, records))
            })
        })
        .map(async |reading: Result<_, Error>| reading?.await?)
        .buffered(at_once + 1)
        .map_ok(|(ids, records)| task::spawn_blocking(move || (ids, Batch::of::<S>(&records, at))))
        .map(async |working: Result<_, Error>| Ok::<_, Error>(working?.await?))
        .buffered(at_once + 1)
        .boxed();
    let mut told = Told::default();
    while let Some((ids, batch)) = batches.try_next().await? {
        store.write(&batch.writes).await?;
        batch.report(run);
        told.add(&batch);
        let Some(last) = ids.last() else { continue };
        if run.remaining() < RESERVE {
            store.keep_progress(key, last).await?;
            return Err(format!(
                "stopped before the deadline, after {} users; the next try goes on after {last}",
                told.done + told.without_consent + told.failed
            )
            .into());
        }
    }
    if earlier.is_some() {
        store.end_progress(key).await?;
    }
    info!(
        users = told.done,
        without_consent = told.without_consent,
        failed = told.failed,
        "everybody is done"
    );
    Ok(())
}

/// Returns how many chunks are read, and how many are processed, at once. It is at least two: one chunk is read while
/// another is processed.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2))
}

/// Reads the ids of a shard, in chunks.
fn chunks(
    store: &Arc<Store>,
    after: Option<String>,
    shard: Shard,
) -> BoxStream<'static, Result<Vec<String>, Error>> {
    let pages = stream::try_unfold(
        (Arc::clone(store), after.unwrap_or_default()),
        async |(store, after)| {
            // As a task it goes on while a chunk is written. Otherwise it could stop while it holds a connection, which the
            // writer would wait for.
            let reading = Arc::clone(&store);
            let page = task::spawn(async move { reading.user_ids(&after, PAGE).await }).await??;
            let next = page.last().cloned();
            Ok::<_, Error>(next.map(|next| (page, (store, next))))
        },
    );
    let ids = pages
        .map_ok(|page| stream::iter(page.into_iter().map(Ok::<_, Error>)))
        .try_flatten();
    let ids = ids.try_filter(move |id| std::future::ready(shard.holds(id)));
    ids.try_chunks(CHUNK).map_err(|error| error.1).boxed()
}

/// The progress of a run over everybody, logged from time to time.
#[derive(Default)]
struct Told {
    done: u64,
    without_consent: u64,
    failed: u64,
    last: Option<Instant>,
}

impl Told {
    fn add(&mut self, batch: &Batch) {
        self.done += batch.done;
        self.without_consent += batch.without_consent;
        self.failed += batch.failed.len() as u64;
        let last = *self.last.get_or_insert_with(Instant::now);
        if last.elapsed() >= NEWS {
            info!(users = self.done, "going on");
            self.last = Some(Instant::now());
        }
    }
}
