//! The runs over everybody: how far each has come, and whom it has set aside.

use jiff::Timestamp;
use job::Shard;

use super::shards::slots;
use super::{Error, Record, Store, Transaction, Value, instant, list};

/// The statements about runs; each takes job, shard, shards and due first, those about users the job.
pub(super) struct Sql {
    /// Reads stage, place and beginning of a run.
    pub(super) run: &'static str,
    /// Reads the same of the latest run before.
    pub(super) run_before: &'static str,
    /// Deletes the runs before.
    pub(super) forget: &'static str,
    /// Begins a run after a place.
    pub(super) begin: &'static str,
    /// Reads a row if a run is done since the stage before has ended; takes the job before, and 1 if the run itself counts,
    /// too.
    pub(super) is_done: &'static str,
    /// Keeps stage and place of a run, unless it is further.
    pub(super) go_on: &'static str,
    /// Sets users aside: rows of id and reason.
    pub(super) set_aside: &'static str,
    /// Forgets that users were set aside: ids.
    pub(super) settle: &'static str,
    /// Reads who is set aside, after a user, with a slot from one on and before another.
    pub(super) aside: &'static str,
}

/// The key of a run over everybody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunKey {
    pub(crate) job: &'static str,
    pub(crate) due: Timestamp,
    pub(crate) shard: Shard,
}

/// The stages of a run, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// The users after the one where the run began.
    Oldest,
    /// The users up to that one: an earlier run has reached them last.
    Newest,
    /// The users whom the run has set aside.
    Aside,
    /// Nobody is left.
    Done,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) stage: Stage,
    /// The place of the last user of the stage who is done; empty before the first.
    pub(crate) after: String,
}

/// A run over everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Daily {
    /// The users up to this place come last.
    pub(crate) began_after: String,
    pub(crate) place: Place,
    /// Whether an earlier attempt has begun it.
    pub(crate) is_continued: bool,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Oldest, Self::Newest, Self::Aside, Self::Done];

    fn number(self) -> i64 {
        self as i64
    }
}

impl Place {
    /// The beginning of a stage.
    pub(crate) fn at(stage: Stage) -> Self {
        let after = String::new();
        Self { stage, after }
    }

    /// Returns the place after which the next day begins: who has waited longest is next.
    fn oldest_after(self) -> String {
        match self.stage {
            Stage::Oldest | Stage::Newest => self.after,
            Stage::Aside | Stage::Done => String::new(),
        }
    }
}

impl Daily {
    fn read(row: &Record) -> Result<Self, Error> {
        let number = row.number(0)?;
        let stage = Stage::ALL.into_iter().find(|of| of.number() == number);
        Ok(Self {
            began_after: row.text(2)?.to_owned(),
            place: Place {
                stage: stage.ok_or_else(|| Error::Row(format!("no stage is {number}")))?,
                after: row.text(1)?.to_owned(),
            },
            is_continued: true,
        })
    }
}

impl RunKey {
    fn values(&self) -> Vec<Value<'static>> {
        vec![
            Value::Text(self.job.into()),
            Value::Number(self.shard.index().into()),
            Value::Number(self.shard.of().into()),
            Value::Text(instant(self.due).into()),
        ]
    }
}

impl Store {
    /// Returns a run that has begun.
    pub(crate) async fn run(&self, run: RunKey) -> Result<Option<Daily>, Error> {
        let sql = &self.database.sql().daily;
        let rows = self.database.fetch(sql.run, &run.values()).await?;
        rows.first().map(Daily::read).transpose()
    }

    /// Whether nothing is left of a run: since the latest run of the job before has ended, a run has begun, within half a
    /// day, and is done or under way. `is_stage` says that the run itself may have done it.
    pub(crate) async fn is_done(
        &self,
        run: RunKey,
        before: &str,
        is_stage: bool,
    ) -> Result<bool, Error> {
        let mut values = run.values();
        values.push(Value::Text(before.to_owned().into()));
        values.push(Value::Number(is_stage.into()));
        let statement = self.database.sql().daily.is_done;
        Ok(!self.database.fetch(statement, &values).await?.is_empty())
    }

    /// Goes on with a run, or begins it: after the last user whom an unfinished one of an earlier day has reached. That one
    /// is over then.
    pub(crate) async fn begin_run(&self, run: RunKey) -> Result<Daily, Error> {
        let earlier = self.run(run).await?;
        if let Some(unfinished) = earlier.filter(|of| of.place.stage != Stage::Done) {
            return Ok(unfinished);
        }
        let sql = &self.database.sql().daily;
        let mut values = run.values();
        let mut transaction = self.database.begin().await?;
        let rows = transaction.fetch(sql.run_before, &values).await?;
        let before = rows.first().map(Daily::read).transpose()?;
        transaction.execute(sql.forget, &values).await?;
        let after = before.map_or_else(String::new, |of| of.place.oldest_after());
        values.push(Value::Text(after.clone().into()));
        transaction.execute(sql.begin, &values).await?;
        transaction.commit().await?;
        Ok(Daily {
            began_after: after.clone(),
            place: Place {
                stage: Stage::Oldest,
                after,
            },
            is_continued: false,
        })
    }

    /// Keeps how far a run is. Returns false if the run is over or further, as a later one has taken its place.
    pub(super) async fn go_on(
        &self,
        transaction: &mut dyn Transaction,
        run: RunKey,
        place: &Place,
    ) -> Result<bool, Error> {
        let mut values = run.values();
        values.push(Value::Number(place.stage.number()));
        values.push(Value::Text(place.after.clone().into()));
        let statement = self.database.sql().daily.go_on;
        Ok(transaction.execute(statement, &values).await? > 0)
    }

    /// Keeps that a run has come to another stage. Returns whether it still has its place.
    pub(crate) async fn enter(&self, run: RunKey, stage: Stage) -> Result<bool, Error> {
        let mut transaction = self.database.begin().await?;
        let has_place = self
            .go_on(&mut *transaction, run, &Place::at(stage))
            .await?;
        transaction.commit().await?;
        Ok(has_place)
    }

    pub(super) async fn set_aside_in(
        &self,
        transaction: &mut dyn Transaction,
        job: &str,
        aside: &[(String, String)],
    ) -> Result<(), Error> {
        if aside.is_empty() {
            return Ok(());
        }
        let values = [Value::Text(job.into()), list(aside)?];
        let statement = self.database.sql().daily.set_aside;
        transaction.execute(statement, &values).await?;
        Ok(())
    }

    pub(super) async fn settle(
        &self,
        transaction: &mut dyn Transaction,
        job: &str,
        ids: &[&str],
    ) -> Result<(), Error> {
        let values = [Value::Text(job.into()), list(ids)?];
        let statement = self.database.sql().daily.settle;
        transaction.execute(statement, &values).await?;
        Ok(())
    }

    /// Returns the users of a run who are set aside, after one of them, with the reasons.
    pub(crate) async fn aside(
        &self,
        run: RunKey,
        after: &str,
    ) -> Result<Vec<(String, String)>, Error> {
        let slots = slots(run.shard);
        let values = [
            Value::Text(run.job.into()),
            Value::Text(after.into()),
            Value::Number(slots.start),
            Value::Number(slots.end),
        ];
        let statement = self.database.sql().daily.aside;
        let rows = self.database.fetch(statement, &values).await?;
        let pairs = rows
            .iter()
            .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())));
        pairs.collect()
    }
}
