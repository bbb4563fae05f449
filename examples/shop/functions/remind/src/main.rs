//! The job `remind`: says every Monday that the digest is due.

use jiff::tz::TimeZone;
use job::{Error, Outcome, Run, ScheduledBy};
use webshop_events::DigestDue;
use webshop_events::jobs::{Remind, RemindScheduled, RemindTrigger};

struct Reminding;

impl job::Handler for Reminding {
    type Job = Remind;

    async fn on_event(&self, trigger: RemindTrigger, _run: &Run) -> Result<Outcome<Remind>, Error> {
        match trigger {}
    }

    async fn on_schedule(
        &self,
        schedule: ScheduledBy<RemindScheduled>,
        _run: &Run,
    ) -> Result<Outcome<RemindScheduled>, Error> {
        let kind = schedule.detail.get("kind").and_then(|kind| kind.as_str());
        let due = DigestDue {
            kind: kind
                .ok_or("the schedule says no kind of digest")?
                .to_owned(),
            // Monday morning in New York is Monday in UTC, too.
            week_of: TimeZone::UTC.to_datetime(schedule.timestamp).date(),
        };
        schedule.done().emit(&due)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    job::run(Reminding).await
}
