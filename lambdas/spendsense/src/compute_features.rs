//! The job `compute-features`: computes behavioural features from a user's transactions, on `user.signup` and daily.

use std::sync::Arc;

use events::jobs::{self, ComputeFeaturesTrigger};
use events::{DailyFinishedJob, DailyUnfinishedJob, FeaturesComputed, UserSignup};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use job::{Error, Handler, Job, Outcome, Run, ScheduledBy};

use crate::features::Features;
use crate::model::WINDOWS;
use crate::record;
use crate::store::{BadRow, Query, Record, Statement, Store, Writes, instant};
use crate::work::{self, At, DailyRun, Ended, Names, Opened, Step};

/// The handler of the job.
#[derive(Debug, Default)]
pub struct ComputeFeatures(Opened);

impl ComputeFeatures {
    /// Makes a handler with this store. The default handler opens the store that the environment names.
    pub fn with(store: Arc<Store>) -> Self {
        Self(Opened::with(store))
    }

    async fn on_signup(
        &self,
        signup: UserSignup,
        run: &Run,
    ) -> Result<Outcome<jobs::ComputeFeatures>, Error> {
        let at = At::of(signup.timestamp, run);
        let one = work::one::<Computing>(&self.0, &signup.user_id, at, run);
        match Box::pin(one).await? {
            Ended::WithoutConsent => Ok(Outcome::done()),
            Ended::Done => Outcome::done().emit(&FeaturesComputed {
                user_id: signup.user_id,
                timestamp: run.now(),
            }),
        }
    }

    async fn daily(
        &self,
        daily: DailyRun,
        run: &Run,
    ) -> Result<Outcome<jobs::ComputeFeatures>, Error> {
        let finish = Box::pin(work::everybody::<Computing>(&self.0, daily, run)).await?;
        daily.tell::<Computing, _>(Outcome::done(), finish, run)
    }
}

impl Handler for ComputeFeatures {
    type Job = jobs::ComputeFeatures;

    async fn on_event(
        &self,
        trigger: ComputeFeaturesTrigger,
        run: &Run,
    ) -> Result<Outcome<Self::Job>, Error> {
        match trigger {
            ComputeFeaturesTrigger::UserSignup(signup) => self.on_signup(signup, run).await,
            ComputeFeaturesTrigger::DailyUnfinished(event) => {
                self.daily(DailyRun::again(&event)?, run).await
            }
        }
    }

    async fn on_schedule(
        &self,
        schedule: ScheduledBy<jobs::ComputeFeaturesScheduled>,
        run: &Run,
    ) -> Result<Outcome<jobs::ComputeFeaturesScheduled>, Error> {
        let daily = DailyRun::scheduled(&schedule)?;
        let finish = Box::pin(work::everybody::<Computing>(&self.0, daily, run)).await?;
        daily.tell::<Computing, _>(schedule.done(), finish, run)
    }
}

/// The step from transactions to features.
struct Computing;

impl Step for Computing {
    const JOB: &'static str = jobs::ComputeFeatures::NAME;
    const NAMES: Names = (
        DailyUnfinishedJob::ComputeFeatures,
        DailyFinishedJob::ComputeFeatures,
    );
    const BEFORE: Option<&'static str> = None;

    type Found = (Timestamp, [Features; WINDOWS.len()]);

    fn query(at: At) -> Query {
        let until = day(at.as_of);
        let longest = WINDOWS.into_iter().max().unwrap_or_default();
        Query::Users {
            // The calendar begins long before the first transaction, so nothing is lost.
            after: until.checked_sub(longest.days()).unwrap_or(Date::MIN),
            until,
        }
    }

    fn find(record: &Record, at: At) -> Result<Self::Found, BadRow> {
        let user = record::user(record)?;
        Ok((at.as_of, Features::of(&user, day(at.as_of))))
    }

    fn keep(user_id: &str, (as_of, found): Self::Found, writes: &mut Writes) {
        let as_of = instant(as_of);
        for (days, features) in WINDOWS.into_iter().zip(&found) {
            writes.push(Statement::Features, &(user_id, days, &as_of, features));
        }
    }
}

/// Returns the day of an instant, in UTC.
fn day(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}
