//! The results of some users, written with the progress of their run in one transaction.

use std::collections::HashMap;

use super::{Error, Place, RunKey, Store, Transaction, Writes, list};

/// Why a user is left for later.
const BUSY: &str = "another transaction holds the user's profile or consent";

/// What was found about a user.
#[derive(Clone, Debug)]
pub(crate) struct ForUser {
    pub(crate) user_id: String,
    /// The rows to write; nothing if there was no consent when the user was read.
    pub(crate) writes: Option<Writes>,
}

/// Users whose results are written at once.
#[derive(Debug)]
pub(crate) struct Chunk<'c> {
    /// The job that found the results.
    pub(crate) job: &'static str,
    pub(crate) users: &'c [ForUser],
    /// The run over everybody, and how far it is when they are written.
    pub(crate) progress: Option<(RunKey, &'c Place)>,
}

/// What became of a chunk.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    /// Users whose rows are written.
    pub(crate) written: Vec<String>,
    /// The number of users without a consent in force.
    pub(crate) without_consent: u64,
    /// The number of users who are not there any more.
    pub(crate) gone: u64,
    /// Users who are left for later, each with the reason.
    pub(crate) set_aside: Vec<(String, String)>,
    /// Whether the run has been taken over by a later one.
    pub(crate) is_overtaken: bool,
}

/// What a transaction finds of a user.
enum Admitted {
    Consenting,
    WithoutConsent,
    Busy,
}

impl Store {
    /// Writes the results of those users who consent at that moment, and deletes those of users who do not.
    ///
    /// # Errors
    /// The database refuses a row; then nothing is written.
    pub(crate) async fn commit(&self, chunk: &Chunk<'_>) -> Result<Committed, Error> {
        let mut transaction = self.database.begin().await?;
        let ids: Vec<&str> = chunk.users.iter().map(|of| of.user_id.as_str()).collect();
        let admitted = self.admitted(&mut *transaction, &ids).await?;
        let (mut writes, mut committed) = (Writes::default(), Committed::default());
        for ForUser {
            user_id,
            writes: found,
        } in chunk.users
        {
            match (admitted.get(user_id), found) {
                (None, _) => committed.gone += 1,
                (Some(Admitted::Busy), _) => {
                    let aside = (user_id.clone(), BUSY.to_owned());
                    committed.set_aside.push(aside);
                }
                (Some(Admitted::Consenting), Some(found)) => {
                    writes.append(found.clone());
                    committed.written.push(user_id.clone());
                }
                // Who has consented since the reading is found by the next run.
                (Some(Admitted::Consenting), None) => committed.without_consent += 1,
                (Some(Admitted::WithoutConsent), _) => {
                    self.withdrawal.remove(user_id, &mut writes);
                    committed.without_consent += 1;
                }
            }
        }
        self.write_in(&mut *transaction, &writes).await?;
        let settled: Vec<&str> = ids
            .into_iter()
            .filter(|id| !committed.set_aside.iter().any(|(aside, _)| aside == id))
            .collect();
        self.settle(&mut *transaction, chunk.job, &settled).await?;
        if let Some((run, place)) = chunk.progress {
            self.set_aside_in(&mut *transaction, chunk.job, &committed.set_aside)
                .await?;
            committed.is_overtaken = !self.go_on(&mut *transaction, run, place).await?;
        }
        transaction.commit().await?;
        Ok(committed)
    }

    /// Sets a user aside, with the progress of the run. Returns whether the run still has its place.
    pub(crate) async fn set_aside(
        &self,
        run: RunKey,
        place: &Place,
        aside: &(String, String),
    ) -> Result<bool, Error> {
        let mut transaction = self.database.begin().await?;
        self.set_aside_in(&mut *transaction, run.job, std::slice::from_ref(aside))
            .await?;
        let has_place = self.go_on(&mut *transaction, run, place).await?;
        transaction.commit().await?;
        Ok(has_place)
    }

    async fn admitted(
        &self,
        transaction: &mut dyn Transaction,
        ids: &[&str],
    ) -> Result<HashMap<String, Admitted>, Error> {
        let sql = self.database.sql();
        let rows = transaction.fetch(sql.admitted, &[list(ids)?]).await?;
        let admitted = rows.iter().map(|row| {
            let flag = |column| Ok::<_, Error>(row.text(column)? == "1");
            let admitted = match (flag(1)?, flag(2)?, flag(3)?) {
                (true, true, _) => Admitted::Consenting,
                (true, false, false) => Admitted::WithoutConsent,
                _ => Admitted::Busy,
            };
            Ok((row.text(0)?.to_owned(), admitted))
        });
        admitted.collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, ToSpan};

    use super::*;
    use crate::store::{Statement, instant};

    /// Makes users who consent, and what was found about each.
    async fn read(store: &Store, ids: &[&str]) -> Vec<ForUser> {
        let mut writes = Writes::default();
        let mut users = Vec::new();
        for id in ids {
            writes.push(Statement::Profiles, &(id, id, None::<&str>));
            let granted = instant(Timestamp::now() - 1.hour());
            writes.push(Statement::Consents, &(id, granted, None::<&str>));
            let mut found = Writes::default();
            let as_of = instant(Timestamp::now());
            found.push(Statement::Features, &(id, 30, as_of, serde_json::json!({})));
            users.push(ForUser {
                user_id: (*id).to_owned(),
                writes: Some(found),
            });
        }
        store.write(&writes).await.unwrap();
        users
    }

    #[tokio::test]
    async fn what_happens_between_reading_and_writing_counts() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}/x.sqlite", folder.path().display())).unwrap();
        store.migrate().await.unwrap();
        let users = read(&store, &["gone", "stays", "withdraws"]).await;
        let chunk = Chunk {
            job: "compute-features",
            users: &users,
            progress: None,
        };
        let before = store.commit(&chunk).await.unwrap();
        assert_eq!(before.written, ["gone", "stays", "withdraws"]);
        store.delete_user("gone").await.unwrap();
        store.withdraw("withdraws", None).await.unwrap();
        let after = store.commit(&chunk).await.unwrap();
        assert_eq!(after.written, ["stays"]);
        assert_eq!((after.gone, after.without_consent), (1, 1));
        let found = store.findings("withdraws").await.unwrap().unwrap();
        assert_eq!(found["features"], serde_json::json!([]));
    }
}
