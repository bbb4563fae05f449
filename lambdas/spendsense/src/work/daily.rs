//! What starts a run over everybody, and the events that tell how it ended.

use events::{DailyFinished, DailyFinishedJob, DailyUnfinished, DailyUnfinishedJob};
use jiff::Timestamp;
use job::{EmittedBy, Error, Outcome, Run, Scheduled, Shard};
use serde_json::Value;

use super::Step;
use super::everybody::Finish;
use crate::store::RunKey;

/// The field of a scheduled event, sent by hand, that asks for a run whose stage is done already.
const AGAIN: &str = "again";

/// A run over everybody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DailyRun {
    pub(super) due: Timestamp,
    pub(super) shard: Shard,
    pub(super) start: Start,
}

/// What has started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// The schedule. There is nothing to do if the stage is done.
    Clock,
    /// A person who wants it anyway.
    Hand,
    /// The end of the stage before.
    Stage,
    /// The end of an invocation of this run, at its deadline.
    Again,
}

impl DailyRun {
    /// Reads what a schedule or a person has started.
    ///
    /// # Errors
    /// A person who invokes the function by hand may think that a scheduled event can be about one user.
    pub(crate) fn scheduled(schedule: &Scheduled) -> Result<Self, Error> {
        if let Some(user) = schedule.detail.get("user_id").filter(|id| !id.is_null()) {
            return Err(
                format!("a scheduled run is for everybody: `user_id` is null, not {user}").into(),
            );
        }
        let is_wanted = schedule.detail.get(AGAIN) == Some(&Value::Bool(true));
        Ok(Self {
            due: schedule.timestamp,
            shard: schedule.shard,
            start: if is_wanted { Start::Hand } else { Start::Clock },
        })
    }

    /// The run that goes on.
    ///
    /// # Errors
    /// The event names no shard.
    pub(crate) fn again(event: &DailyUnfinished) -> Result<Self, Error> {
        Self::of(event.due, [event.shard, event.shards], Start::Again)
    }

    /// The run of the next stage.
    ///
    /// # Errors
    /// The event names no shard.
    pub(crate) fn next(event: &DailyFinished) -> Result<Self, Error> {
        Self::of(event.due, [event.shard, event.shards], Start::Stage)
    }

    fn of(due: Timestamp, [shard, shards]: [i64; 2], start: Start) -> Result<Self, Error> {
        let number = |number: i64| u32::try_from(number).ok();
        let found = number(shard)
            .zip(number(shards))
            .and_then(|(shard, shards)| Shard::new(shard, shards));
        let shard = found.ok_or_else(|| format!("there is no shard {shard} of {shards}"))?;
        Ok(Self { due, shard, start })
    }

    pub(super) fn key<S: Step>(self) -> RunKey {
        RunKey {
            job: S::JOB,
            due: self.due,
            shard: self.shard,
        }
    }

    /// Adds the event that tells how the run ended.
    ///
    /// # Errors
    /// Never: the events are objects.
    pub(crate) fn tell<S: Step, J>(
        self,
        outcome: Outcome<J>,
        finish: Finish,
        run: &Run,
    ) -> Result<Outcome<J>, Error>
    where
        DailyUnfinished: EmittedBy<J>,
        DailyFinished: EmittedBy<J>,
    {
        let (shard, shards) = (self.shard.index().into(), self.shard.of().into());
        let (due, timestamp) = (self.due, run.now());
        match finish {
            Finish::Done => outcome.emit(&DailyFinished {
                job: S::NAMES.1,
                due,
                shard,
                shards,
                timestamp,
            }),
            Finish::Unfinished => outcome.emit(&DailyUnfinished {
                job: S::NAMES.0,
                due,
                shard,
                shards,
                timestamp,
            }),
            Finish::Overtaken | Finish::Skipped => Ok(outcome),
        }
    }
}

/// The name of a job in the events about daily runs.
pub(crate) type Names = (DailyUnfinishedJob, DailyFinishedJob);
