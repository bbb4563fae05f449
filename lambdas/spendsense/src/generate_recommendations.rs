//! The job `generate-recommendations`: from a user's persona and features, on `persona.assigned` and daily.

use std::sync::Arc;

use events::jobs::{self, GenerateRecommendationsTrigger};
use events::{DailyFinishedJob, DailyUnfinishedJob};
use job::{Error, Handler, Job, Outcome, Run, ScheduledBy};

use crate::persona::{Assignment, Persona, Reason};
use crate::recommendations::Recommendations;
use crate::record;
use crate::store::{BadRow, Query, Record, Statement, Store, Writes};
use crate::work::{self, At, DailyRun, Names, Opened, Step};

/// The handler of the job.
#[derive(Debug, Default)]
pub struct GenerateRecommendations(Opened);

impl GenerateRecommendations {
    /// Makes a handler with this store. The default handler opens the store that the environment names.
    pub fn with(store: Arc<Store>) -> Self {
        Self(Opened::with(store))
    }

    async fn daily(
        &self,
        daily: DailyRun,
        run: &Run,
    ) -> Result<Outcome<jobs::GenerateRecommendations>, Error> {
        let finish = Box::pin(work::everybody::<Recommending>(&self.0, daily, run)).await?;
        daily.tell::<Recommending, _>(Outcome::done(), finish, run)
    }
}

impl Handler for GenerateRecommendations {
    type Job = jobs::GenerateRecommendations;

    async fn on_event(
        &self,
        trigger: GenerateRecommendationsTrigger,
        run: &Run,
    ) -> Result<Outcome<Self::Job>, Error> {
        match trigger {
            GenerateRecommendationsTrigger::PersonaAssigned(persona) => {
                let at = At::of(persona.timestamp, run);
                let one = work::one::<Recommending>(&self.0, &persona.user_id, at, run);
                Box::pin(one).await?;
                Ok(Outcome::done())
            }
            GenerateRecommendationsTrigger::ConsentWithdrawn(consent) => {
                let withdraw = work::withdraw(&self.0, &consent.user_id, consent.timestamp, run);
                Box::pin(withdraw).await?;
                Ok(Outcome::done())
            }
            GenerateRecommendationsTrigger::DailyFinished(event) => {
                self.daily(DailyRun::next(&event)?, run).await
            }
            GenerateRecommendationsTrigger::DailyUnfinished(event) => {
                self.daily(DailyRun::again(&event)?, run).await
            }
        }
    }

    async fn on_schedule(
        &self,
        schedule: ScheduledBy<jobs::GenerateRecommendationsScheduled>,
        run: &Run,
    ) -> Result<Outcome<jobs::GenerateRecommendationsScheduled>, Error> {
        let daily = DailyRun::scheduled(&schedule)?;
        let finish = Box::pin(work::everybody::<Recommending>(&self.0, daily, run)).await?;
        daily.tell::<Recommending, _>(schedule.done(), finish, run)
    }
}

/// The step from the persona of the shortest window to recommendations. They are as of that persona.
struct Recommending;

impl Step for Recommending {
    const JOB: &'static str = jobs::GenerateRecommendations::NAME;
    const NAMES: Names = (
        DailyUnfinishedJob::GenerateRecommendations,
        DailyFinishedJob::GenerateRecommendations,
    );
    const BEFORE: Option<&'static str> = Some(jobs::AssignPersona::NAME);

    /// The time of the persona, and the recommendations.
    type Found = (String, Recommendations);

    fn query(_at: At) -> Query {
        Query::Personas
    }

    fn find(record: &Record, _at: At) -> Result<Self::Found, BadRow> {
        let features = record::features(record, 2)?.into_values().next();
        let missing = || BadRow("no persona has been assigned yet".to_owned());
        let (_, features) = features.ok_or_else(missing)?;
        if !record.has(3) {
            return Err(missing());
        }
        let (as_of, persona, reasons): (String, Persona, Vec<Reason>) = record.json(3)?;
        let assignment = Assignment { persona, reasons };
        let accounts = record::accounts(record, 4)?;
        let found = Recommendations::of(&assignment, &features, &accounts);
        Ok((as_of, found))
    }

    fn keep(user_id: &str, (as_of, found): Self::Found, writes: &mut Writes) {
        writes.push(Statement::Traces, &(user_id, &as_of, found.trace));
        writes.push(Statement::ClearRecommendations, &(user_id, &as_of));
        for (position, of) in found.chosen.into_iter().enumerate() {
            let row = (
                user_id,
                position + 1,
                of.item_id,
                of.kind,
                of.title,
                of.rationale,
                &as_of,
            );
            writes.push(Statement::Recommendations, &row);
        }
    }
}
