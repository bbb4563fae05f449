//! The job `generate-recommendations`: from a user's persona and features, on `persona.assigned` and daily.

use std::sync::Arc;

use events::jobs::{self, GenerateRecommendationsTrigger};
use job::{Error, Handler, Job, Outcome, Run, Scheduled};

use crate::persona::{Assignment, Persona, Reason};
use crate::recommendations::Recommendations;
use crate::record;
use crate::store::{BadRow, Query, Record, Statement, Store, Writes};
use crate::work::{self, At, Finish, Opened, Step};

/// The handler of the job.
#[derive(Debug, Default)]
pub struct GenerateRecommendations(Opened);

impl GenerateRecommendations {
    /// Makes a handler with this store. The default handler opens the store that the environment names.
    pub fn with(store: Arc<Store>) -> Self {
        Self(Opened::with(store))
    }
}

impl Handler for GenerateRecommendations {
    type Job = jobs::GenerateRecommendations;

    async fn on_event(
        &self,
        trigger: GenerateRecommendationsTrigger,
        run: &Run,
    ) -> Result<Outcome<Self::Job>, Error> {
        let GenerateRecommendationsTrigger::PersonaAssigned(persona) = trigger;
        let at = At::of(persona.timestamp, run);
        work::one::<Recommending>(&self.0, &persona.user_id, at, run).await?;
        Ok(Outcome::done())
    }

    async fn on_schedule(&self, schedule: Scheduled, run: &Run) -> Result<(), Error> {
        match work::everybody::<Recommending>(&self.0, schedule, run).await? {
            Finish::Done | Finish::Overtaken => Ok(()),
            Finish::Unfinished => Err("stopped before the deadline; the next try goes on".into()),
        }
    }
}

/// The step from the persona of the shortest window to recommendations. They are as of that persona.
struct Recommending;

impl Step for Recommending {
    const JOB: &'static str = jobs::GenerateRecommendations::NAME;

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
