//! The job `assign-persona`: assigns a persona from a user's features, on `features.computed` and daily.

use std::sync::Arc;

use events::jobs::{self, AssignPersonaTrigger};
use events::{DailyFinishedJob, DailyUnfinishedJob, FeaturesComputed, PersonaAssigned};
use job::{Error, Handler, Job, Outcome, Run, ScheduledBy};

use crate::persona::Assignment;
use crate::record;
use crate::store::{BadRow, Query, Record, Statement, Store, Writes};
use crate::work::{self, At, DailyRun, Ended, Names, Opened, Step};

/// The handler of the job.
#[derive(Debug, Default)]
pub struct AssignPersona(Opened);

impl AssignPersona {
    /// Makes a handler with this store. The default handler opens the store that the environment names.
    pub fn with(store: Arc<Store>) -> Self {
        Self(Opened::with(store))
    }

    async fn on_features(
        &self,
        features: FeaturesComputed,
        run: &Run,
    ) -> Result<Outcome<jobs::AssignPersona>, Error> {
        let at = At::of(features.timestamp, run);
        let one = work::one::<Assigning>(&self.0, &features.user_id, at, run);
        match Box::pin(one).await? {
            Ended::WithoutConsent => Ok(Outcome::done()),
            Ended::Done => Outcome::done().emit(&PersonaAssigned {
                user_id: features.user_id,
                timestamp: run.now(),
            }),
        }
    }

    async fn daily(
        &self,
        daily: DailyRun,
        run: &Run,
    ) -> Result<Outcome<jobs::AssignPersona>, Error> {
        let finish = Box::pin(work::everybody::<Assigning>(&self.0, daily, run)).await?;
        daily.tell::<Assigning, _>(Outcome::done(), finish, run)
    }
}

impl Handler for AssignPersona {
    type Job = jobs::AssignPersona;

    async fn on_event(
        &self,
        trigger: AssignPersonaTrigger,
        run: &Run,
    ) -> Result<Outcome<Self::Job>, Error> {
        match trigger {
            AssignPersonaTrigger::FeaturesComputed(features) => {
                self.on_features(features, run).await
            }
            AssignPersonaTrigger::DailyFinished(event) => {
                self.daily(DailyRun::next(&event)?, run).await
            }
            AssignPersonaTrigger::DailyUnfinished(event) => {
                self.daily(DailyRun::again(&event)?, run).await
            }
        }
    }

    async fn on_schedule(
        &self,
        schedule: ScheduledBy<jobs::AssignPersonaScheduled>,
        run: &Run,
    ) -> Result<Outcome<jobs::AssignPersonaScheduled>, Error> {
        let daily = DailyRun::scheduled(&schedule)?;
        let finish = Box::pin(work::everybody::<Assigning>(&self.0, daily, run)).await?;
        daily.tell::<Assigning, _>(schedule.done(), finish, run)
    }
}

/// The step from features to personas. A persona is as of its features, whenever the job runs.
struct Assigning;

impl Step for Assigning {
    const JOB: &'static str = jobs::AssignPersona::NAME;
    const NAMES: Names = (
        DailyUnfinishedJob::AssignPersona,
        DailyFinishedJob::AssignPersona,
    );
    const BEFORE: Option<&'static str> = Some(jobs::ComputeFeatures::NAME);

    /// A window's days, the time of its features, and the persona.
    type Found = Vec<(i32, String, Assignment)>;

    fn query(_at: At) -> Query {
        Query::Features
    }

    fn find(record: &Record, _at: At) -> Result<Self::Found, BadRow> {
        let windows = record::features(record, 2)?;
        if windows.is_empty() {
            return Err(BadRow("no features have been computed yet".to_owned()));
        }
        let assigned = windows.into_iter().map(|(days, (as_of, features))| {
            let assignment = Assignment::of(&features);
            (days, as_of, assignment)
        });
        Ok(assigned.collect())
    }

    fn keep(user_id: &str, found: Self::Found, writes: &mut Writes) {
        for (days, as_of, assignment) in found {
            let row = (user_id, days, as_of, assignment.persona, assignment.reasons);
            writes.push(Statement::Personas, &row);
        }
    }
}
