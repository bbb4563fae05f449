//! Both kinds of database, with people in them.

use std::sync::Arc;
use std::time::Duration;

use events::jobs::{AssignPersonaTrigger, ComputeFeaturesTrigger, GenerateRecommendationsTrigger};
use events::{
    ConsentWithdrawn, DailyFinished, DailyUnfinished, FeaturesComputed, PersonaAssigned, UserSignup,
};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use job::{Error, Event, Handler, Outgoing, Run, Scheduled, ScheduledBy, Shard};
use serde::Deserialize;
use serde_json::{Map, Value};
use spendsense::store::{Store, Writes};
use spendsense::{AssignPersona, ComputeFeatures, GenerateRecommendations};
use spendsense_tools::people::People;
use tempfile::TempDir;

use crate::postgres::Server;

/// The last day of everybody's data.
pub(crate) const UNTIL: Date = date(2026, 6, 30);

/// The number of people who are put in at once.
const AT_ONCE: usize = 500;

/// A timeout that is enough for any run.
pub(crate) const LONG: Duration = Duration::from_mins(10);

/// A database, with what it needs to exist.
pub(crate) struct Database {
    pub(crate) name: &'static str,
    pub(crate) store: Arc<Store>,
    _folder: Option<TempDir>,
    _server: Option<Server>,
}

/// Makes both databases, empty. PostgreSQL is left out if it is not installed.
pub(crate) async fn both() -> Vec<Database> {
    let mut databases = vec![sqlite().await];
    if let Some(server) = Server::start() {
        let store = spendsense_tools::migrated(&server.url()).await.unwrap();
        databases.push(Database {
            name: "PostgreSQL",
            store: Arc::new(store),
            _folder: None,
            _server: Some(server),
        });
    }
    databases
}

/// Makes an empty SQLite file.
pub(crate) async fn sqlite() -> Database {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/spendsense.sqlite", folder.path().display());
    Database {
        name: "SQLite",
        store: Arc::new(spendsense_tools::migrated(&url).await.unwrap()),
        _folder: Some(folder),
        _server: None,
    }
}

impl Database {
    /// A database that somebody else keeps.
    pub(crate) fn on(name: &'static str, store: Store) -> Self {
        Self {
            name,
            store: Arc::new(store),
            _folder: None,
            _server: None,
        }
    }

    /// Puts the first people in, and returns their ids.
    pub(crate) async fn seed(&self, number: usize) -> Vec<String> {
        let people = People {
            seed: 7,
            until: UNTIL,
        };
        let mut writes = Writes::default();
        let mut ids = Vec::new();
        for number in 0..number {
            let person = people.person(number);
            person.write(&mut writes);
            ids.push(person.user_id);
            // PostgreSQL takes 256 MB of JSON at once.
            if ids.len() % AT_ONCE == 0 {
                self.store
                    .write(&std::mem::take(&mut writes))
                    .await
                    .unwrap();
            }
        }
        self.store.write(&writes).await.unwrap();
        ids
    }

    /// Returns everything that was found about some users.
    pub(crate) async fn findings(&self, ids: &[String]) -> Vec<Value> {
        let mut found = Vec::new();
        for id in ids {
            found.push(self.store.findings(id).await.unwrap().unwrap());
        }
        found
    }

    /// Runs a job for all users of a shard, as its schedule does at noon of the last day. Returns the events.
    pub(crate) async fn everybody(
        &self,
        job: Job,
        shard: Shard,
        remaining: Duration,
    ) -> Result<Vec<Outgoing>, Error> {
        self.scheduled(job, shard, noon(), remaining).await
    }

    /// Runs a job for all users of a shard, as its schedule does. Returns the events.
    pub(crate) async fn scheduled(
        &self,
        job: Job,
        shard: Shard,
        timestamp: Timestamp,
        remaining: Duration,
    ) -> Result<Vec<Outgoing>, Error> {
        let schedule = Scheduled {
            timestamp,
            shard,
            detail: serde_json::Map::new(),
        };
        again_if_late(async || {
            let (store, schedule) = (Arc::clone(&self.store), schedule.clone());
            scheduled(store, job, schedule, &run(remaining)).await
        })
        .await
    }

    /// Goes on with a job's run over everybody, as an event of its deadline or of the stage before asks.
    pub(crate) async fn goes_on(
        &self,
        job: Job,
        event: &Outgoing,
        remaining: Duration,
    ) -> Result<Vec<Outgoing>, Error> {
        let event = (event.name(), event.detail());
        again_if_late(async || goes_on(Arc::clone(&self.store), job, event, &run(remaining)).await)
            .await
    }

    /// Runs the three jobs for all users, one after the other.
    pub(crate) async fn day(&self) {
        for job in Job::ALL {
            let told = self.everybody(job, Shard::WHOLE, LONG).await.unwrap();
            assert_eq!(names(&told), ["daily.finished"]);
        }
    }

    /// Tells that a user has withdrawn the consent, as the product does.
    pub(crate) async fn withdrawn(&self, user_id: &str, timestamp: Timestamp) -> Result<(), Error> {
        let event = ConsentWithdrawn {
            user_id: user_id.to_owned(),
            timestamp,
        };
        let trigger = GenerateRecommendationsTrigger::ConsentWithdrawn(event);
        let handler = GenerateRecommendations::with(Arc::clone(&self.store));
        let done = handler.on_event(trigger, &run(LONG)).await?;
        assert_eq!(names(done.events()), [""; 0]);
        Ok(())
    }

    /// Runs a job for one user, and returns how many events it emits.
    pub(crate) async fn one(
        &self,
        job: Job,
        user_id: &str,
        timestamp: Timestamp,
    ) -> Result<usize, Error> {
        self.one_within(job, user_id, timestamp, LONG).await
    }

    /// Does the same in a certain time.
    pub(crate) async fn one_within(
        &self,
        job: Job,
        user_id: &str,
        timestamp: Timestamp,
        remaining: Duration,
    ) -> Result<usize, Error> {
        let (store, run) = (Arc::clone(&self.store), run(remaining));
        let user_id = user_id.to_owned();
        Ok(match job {
            Job::Compute => {
                let event = UserSignup { user_id, timestamp };
                let handler = ComputeFeatures::with(store);
                let trigger = ComputeFeaturesTrigger::UserSignup(event);
                handler.on_event(trigger, &run).await?.events().len()
            }
            Job::Assign => {
                let event = FeaturesComputed { user_id, timestamp };
                let handler = AssignPersona::with(store);
                let trigger = AssignPersonaTrigger::FeaturesComputed(event);
                handler.on_event(trigger, &run).await?.events().len()
            }
            Job::Recommend => {
                let event = PersonaAssigned { user_id, timestamp };
                let handler = GenerateRecommendations::with(store);
                let trigger = GenerateRecommendationsTrigger::PersonaAssigned(event);
                handler.on_event(trigger, &run).await?.events().len()
            }
        })
    }
}

/// The tries of a run whose time is over before its first users are done, which happens on a busy machine.
const TRIES: usize = 20;

/// Runs something, and again if it has come to nothing in its time.
async fn again_if_late(
    work: impl AsyncFn() -> Result<Vec<Outgoing>, Error>,
) -> Result<Vec<Outgoing>, Error> {
    for _ in 1..TRIES {
        match work().await {
            Err(error) if error.to_string().starts_with("no time is left") => {}
            ended => return ended,
        }
    }
    work().await
}

/// Runs a job as its schedule does.
pub(crate) async fn scheduled(
    store: Arc<Store>,
    job: Job,
    schedule: Scheduled,
    run: &Run,
) -> Result<Vec<Outgoing>, Error> {
    Ok(match job {
        Job::Compute => {
            let handler = ComputeFeatures::with(store);
            let done = handler.on_schedule(ScheduledBy::new(schedule), run).await?;
            done.events().to_vec()
        }
        Job::Assign => {
            let handler = AssignPersona::with(store);
            let done = handler.on_schedule(ScheduledBy::new(schedule), run).await?;
            done.events().to_vec()
        }
        Job::Recommend => {
            let handler = GenerateRecommendations::with(store);
            let done = handler.on_schedule(ScheduledBy::new(schedule), run).await?;
            done.events().to_vec()
        }
    })
}

/// Runs a job on an event about a daily run.
pub(crate) async fn goes_on(
    store: Arc<Store>,
    job: Job,
    (name, detail): (&str, &Map<String, Value>),
    run: &Run,
) -> Result<Vec<Outgoing>, Error> {
    let unfinished = || DailyUnfinished::deserialize(detail);
    let is_unfinished = name == DailyUnfinished::NAME;
    Ok(match job {
        Job::Compute => {
            let trigger = ComputeFeaturesTrigger::DailyUnfinished(unfinished()?);
            let handler = ComputeFeatures::with(store);
            handler.on_event(trigger, run).await?.events().to_vec()
        }
        Job::Assign => {
            let trigger = if is_unfinished {
                AssignPersonaTrigger::DailyUnfinished(unfinished()?)
            } else {
                AssignPersonaTrigger::DailyFinished(DailyFinished::deserialize(detail)?)
            };
            let handler = AssignPersona::with(store);
            handler.on_event(trigger, run).await?.events().to_vec()
        }
        Job::Recommend => {
            let trigger = if is_unfinished {
                GenerateRecommendationsTrigger::DailyUnfinished(unfinished()?)
            } else {
                GenerateRecommendationsTrigger::DailyFinished(DailyFinished::deserialize(detail)?)
            };
            let handler = GenerateRecommendations::with(store);
            handler.on_event(trigger, run).await?.events().to_vec()
        }
    })
}

/// The names of events.
pub(crate) fn names(events: &[Outgoing]) -> Vec<&str> {
    events.iter().map(Outgoing::name).collect()
}

/// The three jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    Compute,
    Assign,
    Recommend,
}

impl Job {
    pub(crate) const ALL: [Self; 3] = [Self::Compute, Self::Assign, Self::Recommend];
}

pub(crate) fn run(remaining: Duration) -> Run {
    Run::new("test", None, remaining)
}

/// Returns noon of the last day.
pub(crate) fn noon() -> Timestamp {
    "2026-06-30T12:00:00Z".parse().unwrap()
}
