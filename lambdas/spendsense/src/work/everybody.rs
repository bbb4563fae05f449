//! The work on everybody: chunk by chunk, from who has waited longest to who is set aside.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use job::{Error, Run};
use tokio::task;
use tracing::{error, info, warn};

use super::daily::{DailyRun, Start};
use super::{At, Batch, Opened, Patience, Step, USER_FAILURES, in_time};
use crate::cores::cores;
use crate::store::{self, Chunk, Committed, Daily, Member, Place, RunKey, Stage, Store};

/// The number of ids that are read at once.
const PAGE: u32 = 1_000;

/// The number of users who are read, processed and written at once: enough to make round trips rare, and few enough to
/// take a small part of a function's memory.
const CHUNK: usize = 100;

/// The time between two messages about the progress of a run over everybody.
const NEWS: Duration = Duration::from_secs(10);

/// How a run over everybody ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// Everybody is done.
    Done,
    /// The time is over; the next run goes on.
    Unfinished,
    /// A later run has taken its place.
    Overtaken,
    /// Another run has done it.
    Skipped,
}

/// Users with what was found about them, or why they could not be read.
type Found = (Vec<Member>, Result<Batch, store::Error>);

/// Works on all users of a shard: first on those whom the run before did not reach, last on those who could not be
/// written. Every chunk is written together with the progress of the run.
///
/// # Errors
/// The store fails, or does not answer in time.
pub(crate) async fn everybody<S: Step>(
    opened: &Opened,
    daily_run: DailyRun,
    run: &Run,
) -> Result<Finish, Error> {
    let key = daily_run.key::<S>();
    let patience = Patience::of(run);
    in_time(opened, run, async {
        let store = opened.get(patience).await?;
        let daily = match begin::<S>(store, daily_run, patience).await? {
            Begun::At(daily) => daily,
            Begun::Done => {
                info!("the run is done: telling it once more");
                return Ok(Finish::Done);
            }
            Begun::Nothing => {
                info!("nothing to do: the run is done, or another one does it");
                return Ok(Finish::Skipped);
            }
        };
        if daily.is_continued {
            info!(
                after = daily.place.after,
                "going on where the last try stopped"
            );
        } else if !daily.began_after.is_empty() {
            let after = &daily.began_after;
            info!(
                after,
                "beginning after the last user whom the run before has reached"
            );
        }
        let mut work = Everybody::<'_, S> {
            store,
            run,
            patience,
            key,
            at: At::of(key.due, run),
            told: Told::default(),
            step: std::marker::PhantomData,
        };
        let worked = work.on(daily).await;
        work.told.end(&worked);
        worked
    })
    .await
}

/// What is left of a run.
enum Begun {
    /// All from a place on.
    At(Daily),
    /// Nothing, and what its end starts may not know it: an invocation that dies between the last user and the event leaves
    /// no trace of its end but in the store.
    Done,
    /// Nothing, as another run does it.
    Nothing,
}

/// Begins a run or goes on with it.
async fn begin<S: Step>(
    store: &Store,
    daily_run: DailyRun,
    patience: Patience,
) -> Result<Begun, Error> {
    let (key, start) = (daily_run.key::<S>(), daily_run.start);
    let is_left = match (start, S::BEFORE) {
        (Start::Again, _) => false,
        (Start::Hand, _) | (_, None) => true,
        (Start::Clock | Start::Stage, Some(before)) => {
            let is_done = || store.is_done(key, before, start == Start::Stage);
            !patience.with(is_done).await?
        }
    };
    if is_left {
        return Ok(Begun::At(patience.with(|| store.begin_run(key)).await?));
    }
    // The event of a stage or of a deadline comes again if the invocation has died.
    let run = patience.with(|| store.run(key)).await?;
    let is_done = |run: &Daily| run.place.stage == Stage::Done;
    Ok(match (start, run) {
        (Start::Again | Start::Stage, Some(run)) if is_done(&run) => Begun::Done,
        (Start::Again, Some(run)) => Begun::At(run),
        _ => Begun::Nothing,
    })
}

/// A run over everybody.
struct Everybody<'r, S> {
    store: &'r Arc<Store>,
    run: &'r Run,
    patience: Patience,
    key: RunKey,
    at: At,
    told: Told,
    step: std::marker::PhantomData<fn() -> S>,
}

impl<S: Step> Everybody<'_, S> {
    /// Goes through the stages that are left.
    async fn on(&mut self, daily: Daily) -> Result<Finish, Error> {
        let Daily {
            began_after, place, ..
        } = daily;
        let stages = [Stage::Oldest, Stage::Newest, Stage::Aside];
        for stage in stages.into_iter().filter(|stage| *stage >= place.stage) {
            let after = if stage == place.stage {
                place.after.clone()
            } else {
                if !self.enter(stage).await? {
                    return Ok(Finish::Overtaken);
                }
                String::new()
            };
            let ended = match stage {
                // The run has begun with the first user.
                Stage::Newest if began_after.is_empty() => Finish::Done,
                Stage::Oldest => self.users(stage, after, None).await?,
                Stage::Newest => self.users(stage, after, Some(began_after.clone())).await?,
                Stage::Aside | Stage::Done => self.aside(after).await?,
            };
            if ended != Finish::Done {
                return Ok(ended);
            }
        }
        if !self.enter(Stage::Done).await? {
            return Ok(Finish::Overtaken);
        }
        Ok(Finish::Done)
    }

    async fn enter(&self, stage: Stage) -> Result<bool, Error> {
        let (store, key) = (self.store, self.key);
        self.patience.with(|| store.enter(key, stage)).await
    }

    /// Works on the users after one and up to another.
    async fn users(
        &mut self,
        stage: Stage,
        after: String,
        until: Option<String>,
    ) -> Result<Finish, Error> {
        let mut found = self.found(after, until);
        while let Some((members, batch)) = found.try_next().await? {
            let Some(last) = members.last() else { continue };
            let place = Place {
                stage,
                after: last.place.clone(),
            };
            let committed = match batch {
                Ok(batch) => self.commit(&batch, &place).await,
                Err(error) => Err(error),
            };
            let has_place = match committed {
                Ok(committed) => !committed.is_overtaken,
                Err(error) if error.is_of_rows() => {
                    warn!(
                        error = error.in_full(),
                        "the chunk cannot be written: going on user by user"
                    );
                    match self.one_by_one(stage, members).await? {
                        Finish::Done => true,
                        ended => return Ok(ended),
                    }
                }
                Err(error) => return Err(error.into()),
            };
            if !has_place {
                return Ok(Finish::Overtaken);
            }
            if self.patience.is_over() {
                return Ok(Finish::Unfinished);
            }
        }
        Ok(Finish::Done)
    }

    /// Works on users alone, and sets aside whose rows cannot be read or written.
    async fn one_by_one(&mut self, stage: Stage, members: Vec<Member>) -> Result<Finish, Error> {
        let (store, key, at, patience) = (self.store, self.key, self.at, self.patience);
        for Member { id, place } in members {
            let place = Place {
                stage,
                after: place,
            };
            let alone = [id.clone()];
            let loaded = patience.tried(|| store.load(S::query(at), &alone)).await;
            let committed = match loaded {
                Ok(records) => self.commit(&Batch::of::<S>(&records, at), &place).await,
                Err(error) => Err(error),
            };
            let has_place = match committed {
                Ok(committed) => !committed.is_overtaken,
                Err(error) if error.is_of_rows() => {
                    let aside = (id, error.in_full());
                    self.told.set_aside(&aside);
                    let set = || store.set_aside(key, &place, &aside);
                    patience.with(set).await?
                }
                Err(error) => return Err(error.into()),
            };
            if !has_place {
                return Ok(Finish::Overtaken);
            }
            if patience.is_over() {
                return Ok(Finish::Unfinished);
            }
        }
        Ok(Finish::Done)
    }

    /// Tries those whom the run has set aside once more, and counts who is left.
    async fn aside(&mut self, after: String) -> Result<Finish, Error> {
        let (store, key, patience) = (self.store, self.key, self.patience);
        let aside = patience.with(|| store.aside(key, &after)).await?;
        if aside.is_empty() {
            return Ok(Finish::Done);
        }
        info!(users = aside.len(), "trying those who were set aside");
        let members = aside.into_iter().map(|(id, _)| Member {
            place: id.clone(),
            id,
        });
        let ended = self.one_by_one(Stage::Aside, members.collect()).await?;
        if ended == Finish::Done {
            let left = patience.with(|| store.aside(key, "")).await?;
            for (user_id, reason) in &left {
                error!(user_id, reason, "the user is left for the next run");
            }
            if !left.is_empty() {
                self.run.count(USER_FAILURES, left.len() as u64);
            }
        }
        Ok(ended)
    }

    /// Writes results with the progress of the run.
    async fn commit(&mut self, batch: &Batch, place: &Place) -> Result<Committed, store::Error> {
        let chunk = Chunk {
            job: S::JOB,
            users: &batch.users,
            progress: Some((self.key, place)),
        };
        let store = self.store;
        let committed = self.patience.tried(|| store.commit(&chunk)).await?;
        let failed = batch.report(&committed, self.run);
        self.told.add(&committed, failed);
        Ok(committed)
    }

    /// Reads and works on users in chunks. Each step is a task: some chunks are read while others are processed and one is
    /// written.
    fn found(
        &self,
        after: String,
        until: Option<String>,
    ) -> BoxStream<'static, Result<Found, Error>> {
        let (at, patience) = (self.at, self.patience);
        let store = Arc::clone(self.store);
        self.chunks(after, until)
            .map_ok(move |members| {
                let store = Arc::clone(&store);
                task::spawn(async move {
                    let ids: Vec<String> = members.iter().map(|of| of.id.clone()).collect();
                    let loaded = patience.tried(|| store.load(S::query(at), &ids)).await;
                    (members, loaded)
                })
            })
            .map(async |reading: Result<_, Error>| Ok::<_, Error>(reading?.await?))
            .buffered(cores() + 1)
            .map_ok(move |(members, loaded)| {
                task::spawn_blocking(move || {
                    let batch = loaded.map(|records| Batch::of::<S>(&records, at));
                    (members, batch)
                })
            })
            .map(async |working: Result<_, Error>| Ok::<_, Error>(working?.await?))
            .buffered(cores() + 1)
            .boxed()
    }

    /// Reads the users of the shard, in chunks.
    fn chunks(
        &self,
        after: String,
        until: Option<String>,
    ) -> BoxStream<'static, Result<Vec<Member>, Error>> {
        let (shard, patience) = (self.key.shard, self.patience);
        let pages = stream::try_unfold(
            (Arc::clone(self.store), after),
            move |(store, after): (Arc<Store>, String)| async move {
                // As a task it goes on while a chunk is written. Otherwise it could stop while it holds a connection, which
                // the writer would wait for.
                let reading = Arc::clone(&store);
                let page = task::spawn(async move {
                    let read = || reading.members(shard, &after, PAGE);
                    patience.tried(read).await
                });
                let page = page.await??;
                let next = page.last().map(|last| last.place.clone());
                Ok::<_, Error>(next.map(|next| (page, (store, next))))
            },
        );
        let members = pages
            .map_ok(|page| stream::iter(page.into_iter().map(Ok::<_, Error>)))
            .try_flatten();
        let members = members.try_take_while(move |of| {
            let is_in = until.as_ref().is_none_or(|until| of.place <= *until);
            std::future::ready(Ok(is_in))
        });
        members.try_chunks(CHUNK).map_err(|error| error.1).boxed()
    }
}

/// The progress of a run over everybody, logged from time to time.
#[derive(Default)]
struct Told {
    done: u64,
    without_consent: u64,
    failed: u64,
    gone: u64,
    set_aside: u64,
    last: Option<Instant>,
}

impl Told {
    fn add(&mut self, committed: &Committed, failed: u64) {
        self.done += committed.written.len() as u64 - failed;
        self.without_consent += committed.without_consent;
        self.failed += failed;
        self.gone += committed.gone;
        for aside in &committed.set_aside {
            self.set_aside(aside);
        }
        let last = *self.last.get_or_insert_with(Instant::now);
        if last.elapsed() >= NEWS {
            info!(users = self.done, "going on");
            self.last = Some(Instant::now());
        }
    }

    fn set_aside(&mut self, (user_id, reason): &(String, String)) {
        warn!(user_id, reason, "the user is set aside");
        self.set_aside += 1;
    }

    /// Logs how the run ended.
    fn end(&self, worked: &Result<Finish, Error>) {
        let message = match worked {
            Ok(Finish::Done) => "everybody is done",
            Ok(Finish::Unfinished) => "stopped before the deadline",
            Ok(Finish::Overtaken | Finish::Skipped) => "stopped: a later run has taken over",
            Err(_) => "stopped",
        };
        info!(
            users = self.done,
            without_consent = self.without_consent,
            failed = self.failed,
            gone = self.gone,
            set_aside = self.set_aside,
            "{message}"
        );
    }
}
