//! The work of a job: on one user whom an event names, or on everybody.

mod daily;
mod everybody;
mod patience;

use std::sync::Arc;

use jiff::Timestamp;
use job::{Error, Run};
use tokio::sync::OnceCell;
use tracing::{info, warn};

use crate::store::{
    BadRow, Chunk, Committed, ForUser, Query, Record, Statement, Store, Withdrawn, Writes, instant,
};

pub(crate) use daily::{DailyRun, Names};
pub(crate) use everybody::everybody;
use patience::{Patience, in_time};

/// The name of the metric that counts users whose data a job could not use.
pub(crate) const USER_FAILURES: &str = "UserFailures";

/// The work of a job on one user: read, find, keep. `find` is pure.
pub(crate) trait Step: Send + Sync + 'static {
    /// The job's name.
    const JOB: &'static str;

    /// The job's name in the events about daily runs.
    const NAMES: Names;

    /// The job whose daily run comes before.
    const BEFORE: Option<&'static str>;

    /// The result for a user.
    type Found;

    /// Returns what has to be read.
    fn query(at: At) -> Query;

    /// Works on one user.
    fn find(record: &Record, at: At) -> Result<Self::Found, BadRow>;

    /// Adds the rows to write.
    fn keep(user_id: &str, found: Self::Found, writes: &mut Writes);
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

/// The store of a function, opened by its first run. If it cannot be used, that run fails, and the next one tries again.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    store: OnceCell<Arc<Store>>,
    checked: OnceCell<()>,
}

impl Opened {
    pub(crate) fn with(store: Arc<Store>) -> Self {
        Self {
            store: OnceCell::new_with(Some(store)),
            checked: OnceCell::new_with(Some(())),
        }
    }

    async fn get(&self, patience: Patience) -> Result<&Arc<Store>, Error> {
        let open = async || Ok::<_, Error>(Arc::new(Box::pin(Store::from_env()).await?));
        let store = self.store.get_or_try_init(open).await?;
        let check = async || patience.with(|| store.check()).await;
        self.checked.get_or_try_init(check).await?;
        Ok(store)
    }

    fn waits_for(&self) -> String {
        let store = self.store.get();
        store.map_or_else(
            || "the database's URL".to_owned(),
            |store| store.waits_for(),
        )
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
#[derive(Debug, Default)]
struct Batch {
    users: Vec<ForUser>,
    /// Users whose data cannot be worked with, and why.
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
            let mut writes = Writes::default();
            let found = match find::<S>(record, at) {
                Ok(Some(found)) => {
                    S::keep(user_id, found, &mut writes);
                    writes.push(Statement::ClearErrors, &(user_id, S::JOB));
                    Some(writes)
                }
                Ok(None) => None,
                Err(BadRow(message)) => {
                    let row = (user_id, S::JOB, &message, instant(at.now));
                    writes.push(Statement::Errors, &row);
                    batch.failed.push((user_id.to_owned(), message));
                    Some(writes)
                }
            };
            batch.users.push(ForUser {
                user_id: user_id.to_owned(),
                writes: found,
            });
        }
        batch
    }

    /// Logs and counts the users with an error whose rows are written.
    fn report(&self, committed: &Committed, run: &Run) -> u64 {
        let is_written = |(user_id, _): &&(String, String)| committed.written.contains(user_id);
        let mut number = 0;
        for (user_id, error) in self.failed.iter().filter(is_written) {
            tracing::error!(user_id, error, "the user's data cannot be worked with");
            number += 1;
        }
        if number > 0 {
            run.count(USER_FAILURES, number);
        }
        number
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
/// Nobody has the id, the user's data cannot be used, another transaction holds the user, the store fails, or the time is
/// over.
pub(crate) async fn one<S: Step>(
    opened: &Opened,
    user_id: &str,
    at: At,
    run: &Run,
) -> Result<Ended, Error> {
    let patience = Patience::of(run);
    in_time(opened, run, async {
        let store = opened.get(patience).await?;
        let ids = [user_id.to_owned()];
        // Results are idempotent, so after a lost connection they may be written again.
        let records = patience.with(|| store.load(S::query(at), &ids)).await?;
        if records.is_empty() {
            return Err(nobody(user_id));
        }
        let batch = Batch::of::<S>(&records, at);
        let committed = commit_one::<S>(store, &batch, patience).await?;
        batch.report(&committed, run);
        if committed.gone > 0 {
            return Err(nobody(user_id));
        }
        if let Some((user_id, reason)) = committed.set_aside.first() {
            return Err(format!("nothing is written for {user_id}: {reason}").into());
        }
        if committed.without_consent > 0 {
            info!("nothing done: the user has no consent in force");
            return Ok(Ended::WithoutConsent);
        }
        if let Some((user_id, error)) = batch.failed.first() {
            return Err(format!("the data of {user_id} cannot be worked with: {error}").into());
        }
        Ok(Ended::Done)
    })
    .await
}

/// Writes the results of one user. It waits a little for another transaction that holds the user.
async fn commit_one<S: Step>(
    store: &Store,
    batch: &Batch,
    patience: Patience,
) -> Result<Committed, Error> {
    let chunk = Chunk {
        job: S::JOB,
        users: &batch.users,
        progress: None,
    };
    let mut pauses = patience.pauses();
    loop {
        let committed = patience.with(|| store.commit(&chunk)).await?;
        match pauses.next() {
            Some(pause) if !committed.set_aside.is_empty() => tokio::time::sleep(pause).await,
            _ => return Ok(committed),
        }
    }
}

/// Ends the consents of a user from an instant on, and removes what was found.
///
/// # Errors
/// Nobody has the id, the store fails, or the time is over.
pub(crate) async fn withdraw(
    opened: &Opened,
    user_id: &str,
    at: Timestamp,
    run: &Run,
) -> Result<(), Error> {
    let patience = Patience::of(run);
    in_time(opened, run, async {
        let store = opened.get(patience).await?;
        match patience.with(|| store.withdraw(user_id, Some(at))).await? {
            Withdrawn::Removed => info!("what was found is removed"),
            Withdrawn::ConsentedAgain => info!("nothing removed: a later consent is in force"),
            Withdrawn::Nobody => return Err(nobody(user_id)),
        }
        Ok(())
    })
    .await
}

fn nobody(user_id: &str) -> Error {
    format!("no profile has the id {user_id}").into()
}
