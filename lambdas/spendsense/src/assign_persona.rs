//! A persona from a user's features: on `features.computed`, and daily.

use events::PersonaAssigned;
use events::jobs::{self, AssignPersonaTrigger};
use job::{Error, Handler, Outcome, Run, Scheduled};

use crate::work::{Subject, record};

/// The handler of the job.
#[derive(Clone, Copy, Debug, Default)]
pub struct AssignPersona;

impl Handler for AssignPersona {
    type Job = jobs::AssignPersona;

    async fn on_event(
        &self,
        trigger: AssignPersonaTrigger,
        run: &Run,
    ) -> Result<Outcome<Self::Job>, Error> {
        let AssignPersonaTrigger::FeaturesComputed(features) = trigger;
        record::<Self::Job>(Subject::User(&features.user_id));
        Outcome::done().emit(&PersonaAssigned {
            user_id: features.user_id,
            timestamp: run.now(),
        })
    }

    async fn on_schedule(&self, schedule: Scheduled, _run: &Run) -> Result<(), Error> {
        record::<Self::Job>(Subject::Everybody(schedule.shard));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use events::FeaturesComputed;
    use job::Event;

    use super::*;

    #[tokio::test]
    async fn one_users_run_emits_persona_assigned() {
        let run = Run::new("r-1", None, std::time::Duration::from_mins(5));
        let trigger = AssignPersonaTrigger::FeaturesComputed(FeaturesComputed {
            user_id: "u-1".to_owned(),
            timestamp: run.now(),
        });
        let outcome = AssignPersona.on_event(trigger, &run).await.unwrap();
        let [event] = outcome.events() else {
            panic!("{outcome:?}");
        };
        assert_eq!(event.name(), PersonaAssigned::NAME);
        assert_eq!(event.detail()["user_id"], "u-1");
        assert!(event.detail()["timestamp"].is_string());
    }
}
