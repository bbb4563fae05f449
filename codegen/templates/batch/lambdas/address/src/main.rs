//! The job `address`: an event for each reader.

use job::{Error, Outcome, Run, Unscheduled};

use @crate@_events::MailDue;
use @crate@_events::jobs::{Address, AddressTrigger};

struct Addressing;

impl job::Handler for Addressing {
    type Job = Address;

    async fn on_event(
        &self,
        trigger: AddressTrigger,
        run: &Run,
    ) -> Result<Outcome<Address>, Error> {
        let AddressTrigger::IssuePublished(published) = trigger;
        let mut outcome = Outcome::done();
        for reader in published.readers {
            let issue = published.issue.clone();
            // What the spec does not list under `emits` does not compile here.
            outcome = outcome.emit(&MailDue { reader, issue })?;
            run.count("MailsDue", 1);
        }
        Ok(outcome)
    }

    async fn on_schedule(&self, schedule: Unscheduled, _run: &Run) -> Result<(), Error> {
        match schedule {}
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    job::run(Addressing).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use job::Handler as _;

    use @crate@_events::IssuePublished;

    use super::*;

    #[tokio::test]
    async fn every_reader_gets_an_event() {
        let run = Run::new("test", None, Duration::from_secs(3));
        let published = IssuePublished {
            issue: "i-1".to_owned(),
            readers: vec!["Ada".to_owned(), "Bo".to_owned()],
        };
        let trigger = AddressTrigger::IssuePublished(published);
        let outcome = Addressing.on_event(trigger, &run).await.unwrap();
        let readers: Vec<_> = outcome
            .events()
            .iter()
            .map(|event| event.detail()["reader"].clone())
            .collect();
        assert_eq!(readers, ["Ada", "Bo"]);
        assert_eq!(run.counted()["MailsDue"], 2);
    }
}
