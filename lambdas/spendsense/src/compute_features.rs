//! Behavioural features from a user's transactions: on `user.signup`, and daily.

use events::FeaturesComputed;
use events::jobs::{self, ComputeFeaturesTrigger};
use job::{Error, Handler, Outcome, Run, Scheduled};

use crate::work::{Subject, record};

/// The handler of the job.
#[derive(Clone, Copy, Debug, Default)]
pub struct ComputeFeatures;

impl Handler for ComputeFeatures {
    type Job = jobs::ComputeFeatures;

    async fn on_event(
        &self,
        trigger: ComputeFeaturesTrigger,
        run: &Run,
    ) -> Result<Outcome<Self::Job>, Error> {
        let ComputeFeaturesTrigger::UserSignup(signup) = trigger;
        record::<Self::Job>(Subject::User(&signup.user_id));
        Outcome::done().emit(&FeaturesComputed {
            user_id: signup.user_id,
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
    use events::UserSignup;
    use job::Event;

    use super::*;

    #[tokio::test]
    async fn one_users_run_emits_features_computed() {
        let run = Run::new("r-1", None, std::time::Duration::from_mins(5));
        let trigger = ComputeFeaturesTrigger::UserSignup(UserSignup {
            user_id: "u-1".to_owned(),
            timestamp: run.now(),
        });
        let outcome = ComputeFeatures.on_event(trigger, &run).await.unwrap();
        let [event] = outcome.events() else {
            panic!("{outcome:?}");
        };
        assert_eq!(event.name(), FeaturesComputed::NAME);
        assert_eq!(event.detail()["user_id"], "u-1");
        assert!(event.detail()["timestamp"].is_string());
    }
}
