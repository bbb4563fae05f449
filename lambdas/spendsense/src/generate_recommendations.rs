//! Recommendations from a user's persona and features: on `persona.assigned`, and daily.

use events::jobs::{self, GenerateRecommendationsTrigger};
use job::{Error, Handler, Outcome, Run, Scheduled};

use crate::work::{Subject, record};

/// The handler of the job.
#[derive(Clone, Copy, Debug, Default)]
pub struct GenerateRecommendations;

impl Handler for GenerateRecommendations {
    type Job = jobs::GenerateRecommendations;

    async fn on_event(
        &self,
        trigger: GenerateRecommendationsTrigger,
        _run: &Run,
    ) -> Result<Outcome<Self::Job>, Error> {
        let GenerateRecommendationsTrigger::PersonaAssigned(persona) = trigger;
        record::<Self::Job>(Subject::User(&persona.user_id));
        Ok(Outcome::done())
    }

    async fn on_schedule(&self, schedule: Scheduled, _run: &Run) -> Result<(), Error> {
        record::<Self::Job>(Subject::Everybody(schedule.shard));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use events::PersonaAssigned;

    use super::*;

    #[tokio::test]
    async fn one_users_run_emits_nothing() {
        let run = Run::new("r-1", None, std::time::Duration::from_mins(5));
        let trigger = GenerateRecommendationsTrigger::PersonaAssigned(PersonaAssigned {
            user_id: "u-1".to_owned(),
            timestamp: run.now(),
        });
        let outcome = GenerateRecommendations
            .on_event(trigger, &run)
            .await
            .unwrap();
        assert_eq!(outcome.events(), []);
    }
}
