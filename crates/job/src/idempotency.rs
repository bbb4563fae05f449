//! Each event once: a store that knows which events are done.
//!
//! EventBridge and Lambda deliver an event at least once. Where a second run would do harm, such as charging a card, a
//! [`Function`](crate::Function) with a store runs its handler once for each event.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::arrival::Arrival;
use crate::event::Job;
use crate::handler::Error;

/// Where it is kept which events are done: in memory ([`MemoryStore`]), in PostgreSQL (`PostgresStore`, with the feature
/// `postgres`), or in a database of your own.
///
/// A key is a text of at most 400 bytes, made from the pipeline, the job and EventBridge's id of the event, for a shard of a
/// schedule with its number, and for a replayed event with the replay's name: who replays an archive wants the events to be
/// worked on again.
///
/// `begin` has to be atomic: of two calls at the same time one gets [`Begun::First`]. In DynamoDB that is a `PutItem` with a
/// condition: `examples/bill/dynamo.rs` has such a store.
pub trait IdempotencyStore: Send + Sync {
    /// Begins the work on an event. `lease` is the longest that this run can take: after it, somebody else may begin.
    fn begin(
        &self,
        key: &str,
        lease: Duration,
    ) -> impl Future<Output = Result<Begun, Error>> + Send;

    /// Notes that the event is done, with a text that [`Begun::Done`] gives back. It may be called again with another text.
    ///
    /// Keep it for as long as the event can come again: EventBridge tries for up to a day, Lambda for six hours, and a
    /// queue keeps a message for up to 14 days.
    fn done(&self, key: &str, result: &str) -> impl Future<Output = Result<(), Error>> + Send;

    /// Forgets an event whose run failed, so that another attempt may begin at once.
    fn forget(&self, key: &str) -> impl Future<Output = Result<(), Error>> + Send;
}

/// What a store says about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Nobody has worked on it, or whoever did has failed or has not come back in time.
    First,
    /// Another run is at it.
    Running,
    /// It is done; with the text of the last [`done`](IdempotencyStore::done).
    Done(String),
}

/// A store in the memory of one process: for tests, and for what a process repeats by itself.
///
/// Lambda runs several processes of a function and ends them as it likes, so this one does not keep a second process from
/// working on the same event.
#[derive(Debug, Default)]
pub struct MemoryStore {
    events: Mutex<HashMap<String, Kept>>,
}

#[derive(Debug)]
enum Kept {
    RunningUntil(Instant),
    Done { result: String, at: Instant },
}

/// How long [`MemoryStore`] knows that an event is done: as long as EventBridge tries to deliver it.
const MEMORY: Duration = Duration::from_hours(24);

impl MemoryStore {
    fn kept<T>(&self, work: impl FnOnce(&mut HashMap<String, Kept>) -> T) -> T {
        // No panic happens between two changes of the map, so a poisoned lock can still be used.
        work(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn begin_at(&self, key: &str, lease: Duration, now: Instant) -> Begun {
        self.kept(|events| {
            events.retain(|_, kept| match kept {
                Kept::RunningUntil(until) => *until > now,
                Kept::Done { at, .. } => now.duration_since(*at) < MEMORY,
            });
            match events.get(key) {
                Some(Kept::RunningUntil(_)) => Begun::Running,
                Some(Kept::Done { result, .. }) => Begun::Done(result.clone()),
                None => {
                    // No run takes longer than 15 minutes; an absurd lease must not overflow.
                    let until = now.checked_add(lease).unwrap_or(now);
                    events.insert(key.to_owned(), Kept::RunningUntil(until));
                    Begun::First
                }
            }
        })
    }

    fn done_at(&self, key: &str, result: &str, at: Instant) {
        let result = result.to_owned();
        self.kept(|events| events.insert(key.to_owned(), Kept::Done { result, at }));
    }
}

impl IdempotencyStore for MemoryStore {
    async fn begin(&self, key: &str, lease: Duration) -> Result<Begun, Error> {
        Ok(self.begin_at(key, lease, Instant::now()))
    }

    async fn done(&self, key: &str, result: &str) -> Result<(), Error> {
        self.done_at(key, result, Instant::now());
        Ok(())
    }

    async fn forget(&self, key: &str) -> Result<(), Error> {
        self.kept(|events| events.remove(key));
        Ok(())
    }
}

/// The store of a function without one: every event is new.
#[derive(Debug)]
pub struct EveryTime;

impl IdempotencyStore for EveryTime {
    async fn begin(&self, _key: &str, _lease: Duration) -> Result<Begun, Error> {
        Ok(Begun::First)
    }

    async fn done(&self, _key: &str, _result: &str) -> Result<(), Error> {
        Ok(())
    }

    async fn forget(&self, _key: &str) -> Result<(), Error> {
        Ok(())
    }
}

impl<S: IdempotencyStore> IdempotencyStore for &S {
    async fn begin(&self, key: &str, lease: Duration) -> Result<Begun, Error> {
        (**self).begin(key, lease).await
    }

    async fn done(&self, key: &str, result: &str) -> Result<(), Error> {
        (**self).done(key, result).await
    }

    async fn forget(&self, key: &str) -> Result<(), Error> {
        (**self).forget(key).await
    }
}

/// The longest key; DynamoDB would take 2,048 bytes, and indexes of PostgreSQL about 2,700.
const MAX_KEY: usize = 400;

/// Returns the key of an event; `None` for one without an id, such as a bare detail that a person sends.
pub(crate) fn key<J: Job>(arrival: &Arrival<'_>, payload: &Value) -> Option<String> {
    let key = format!("{}/{}/{}", J::PIPELINE, J::NAME, arrival.id()?);
    // One scheduled event runs every shard of a schedule, each with the same id.
    let shard = payload.pointer("/detail/shard").and_then(Value::as_u64);
    let shard = shard.filter(|_| payload["detail"]["event_type"] == "scheduled");
    let shard = shard.map(|shard| format!("#{shard}"));
    let replay = payload["replay-name"].as_str();
    let replay = replay.map(|replay| format!("@{replay}"));
    let key = [Some(key), shard, replay].into_iter().flatten();
    let key: String = key.collect();
    // An id of EventBridge has 36 characters. One that somebody made up is not cut: two of them might become one.
    (key.len() <= MAX_KEY).then_some(key)
}

#[cfg(test)]
mod tests;
