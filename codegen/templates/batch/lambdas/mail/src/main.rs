//! The job `mail`: sends a mail. The queue before it gives it several events at a time; the handler gets them one by one.

use job::{Error, Outcome, Run, Scheduled};

use @crate@_events::MailDue;
use @crate@_events::jobs::{Mail, MailTrigger};

struct Mailing;

/// Sends a mail. An error brings this event back, and not the others of its batch.
fn send(mail: &MailDue) -> Result<(), Error> {
    if mail.reader.is_empty() {
        return Err(format!("the issue {} has a reader without an address", mail.issue).into());
    }
    // Here the mail would be sent. An event may arrive twice: reader and issue together tell whether it was.
    tracing::info!("sent {} to {}", mail.issue, mail.reader);
    Ok(())
}

impl job::Handler for Mailing {
    type Job = Mail;

    async fn on_event(&self, trigger: MailTrigger, run: &Run) -> Result<Outcome<Mail>, Error> {
        let MailTrigger::MailDue(mail) = trigger;
        send(&mail)?;
        run.count("MailsSent", 1);
        Ok(Outcome::done())
    }

    async fn on_schedule(&self, schedule: Scheduled, _run: &Run) -> Result<(), Error> {
        // The time for which the run was due, which is the same when the run is tried again.
        tracing::info!("nothing to send again before {}", schedule.timestamp);
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    job::run(Mailing).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use job::Handler as _;

    use super::*;

    async fn mail(reader: &str) -> Result<u64, Error> {
        let run = Run::new("test", None, Duration::from_secs(3));
        let due = MailDue {
            reader: reader.to_owned(),
            issue: "i-1".to_owned(),
        };
        Mailing.on_event(MailTrigger::MailDue(due), &run).await?;
        Ok(run.counted()["MailsSent"])
    }

    #[tokio::test]
    async fn a_mail_is_sent_and_counted() {
        assert_eq!(mail("Ada").await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_reader_without_an_address_fails() {
        let error = mail("").await.unwrap_err();
        let expected = "the issue i-1 has a reader without an address";
        assert_eq!(error.to_string(), expected);
    }
}
