//! The job `welcome`: greets a person, and counts once a day who has come.

use job::{Error, Outcome, Run, Scheduled};

use @crate@_events::jobs::{Welcome, WelcomeTrigger};

struct Welcoming;

fn greeting(person: &str) -> Result<String, Error> {
    if person.trim().is_empty() {
        // An error fails the run: Lambda tries it again, and then keeps the event in the job's failure queue.
        return Err("the person has no name".into());
    }
    Ok(format!("Welcome, {person}"))
}

impl job::Handler for Welcoming {
    type Job = Welcome;

    async fn on_event(
        &self,
        trigger: WelcomeTrigger,
        run: &Run,
    ) -> Result<Outcome<Welcome>, Error> {
        let WelcomeTrigger::PersonRegistered(registered) = trigger;
        let greeting = greeting(&registered.person)?;
        tracing::info!("{greeting}");
        run.count("PeopleWelcomed", 1);
        Ok(Outcome::done())
    }

    async fn on_schedule(&self, schedule: Scheduled, _run: &Run) -> Result<(), Error> {
        // The time for which the run was due, which is the same when the run is tried again.
        tracing::info!("counted at {}", schedule.timestamp);
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    job::run(Welcoming).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use job::Handler as _;

    use @crate@_events::PersonRegistered;

    use super::*;

    async fn welcome(person: &str) -> Result<u64, Error> {
        let run = Run::new("test", None, Duration::from_secs(3));
        let person = person.to_owned();
        let trigger = WelcomeTrigger::PersonRegistered(PersonRegistered { person });
        Welcoming.on_event(trigger, &run).await?;
        Ok(run.counted()["PeopleWelcomed"])
    }

    #[tokio::test]
    async fn a_person_is_welcomed_and_counted() {
        assert_eq!(welcome("Ada").await.unwrap(), 1);
        assert_eq!(greeting("Ada").unwrap(), "Welcome, Ada");
    }

    #[tokio::test]
    async fn a_person_without_a_name_fails() {
        let error = welcome(" ").await.unwrap_err();
        assert_eq!(error.to_string(), "the person has no name");
    }
}
