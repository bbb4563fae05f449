//! The job `assign-persona`: assigns a persona from a user's features, on `features.computed` and daily.

use std::sync::Arc;

use events::PersonaAssigned;
use events::jobs::{self, AssignPersonaTrigger};
use job::{Error, Handler, Job, Outcome, Run, Scheduled};

use crate::persona::Assignment;
use crate::record;
use crate::store::{BadRow, Query, Record, Statement, Store, Writes};
use crate::work::{self, At, Ended, Finish, Opened, Step};

/// The handler of the job.
#[derive(Debug, Default)]
pub struct AssignPersona(Opened);

impl AssignPersona {
    /// Makes a handler with this store. The default handler opens the store that the environment names.
    pub fn with(store: Arc<Store>) -> Self {
        Self(Opened::with(store))
    }
}

impl Handler for AssignPersona {
    type Job = jobs::AssignPersona;

    async fn on_event(
        &self,
        trigger: AssignPersonaTrigger,
        run: &Run,
    ) -> Result<Outcome<Self::Job>, Error> {
        let AssignPersonaTrigger::FeaturesComputed(features) = trigger;
        let at = At::of(features.timestamp, run);
        match work::one::<Assigning>(&self.0, &features.user_id, at, run).await? {
            Ended::WithoutConsent => Ok(Outcome::done()),
            Ended::Done => Outcome::done().emit(&PersonaAssigned {
                user_id: features.user_id,
                timestamp: run.now(),
            }),
        }
    }

    async fn on_schedule(&self, schedule: Scheduled, run: &Run) -> Result<(), Error> {
        match work::everybody::<Assigning>(&self.0, schedule, run).await? {
            Finish::Done | Finish::Overtaken => Ok(()),
            Finish::Unfinished => Err("stopped before the deadline; the next try goes on".into()),
        }
    }
}

/// The step from features to personas. A persona is as of its features, whenever the job runs.
struct Assigning;

impl Step for Assigning {
    const JOB: &'static str = jobs::AssignPersona::NAME;

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
