//! A store in PostgreSQL.

use std::time::Duration;

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{PgPool, Postgres};

use super::{Begun, IdempotencyStore};
use crate::handler::Error;

/// A store in a table of PostgreSQL. Every statement is a transaction and has no name, so it works behind RDS Proxy and PgBouncer.
///
/// Its clock is the server's, so that all processes of a function have the same. The table is [`TABLE`](Self::TABLE).
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pool: PgPool,
}

/// How long it is known that an event is done: a day longer than a queue keeps a message.
const MEMORY: Duration = Duration::from_hours(15 * 24);

/// The tries to begin an event that others forget in the same moments.
const TRIES: usize = 3;

impl PostgresStore {
    /// The table, for a migration: a row for each event that is under way or done.
    pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS event_runs (
    key TEXT NOT NULL PRIMARY KEY,
    -- Nothing while the event is under way.
    result TEXT,
    lapses_at TIMESTAMPTZ NOT NULL
)";

    /// A store that takes connections from a pool: one for a moment, before and after each run.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Deletes what has lapsed: events that are long done, and runs that never came back. Call it now and then, such as by a
    /// schedule. Returns the number of rows.
    ///
    /// # Errors
    ///
    /// The database fails.
    pub async fn delete_lapsed(&self) -> Result<u64, Error> {
        let delete = sqlx::query("DELETE FROM event_runs WHERE lapses_at < now()");
        self.execute(delete).await
    }

    /// Returns whether the event is ours now.
    async fn is_ours(&self, key: &str, lease: Duration) -> Result<bool, Error> {
        let begin = sqlx::query(
            "INSERT INTO event_runs (key, lapses_at) VALUES ($1, now() + make_interval(secs => $2)) \
             ON CONFLICT (key) DO UPDATE SET result = NULL, lapses_at = excluded.lapses_at \
             WHERE event_runs.lapses_at < now()",
        );
        let begin = begin.bind(key).bind(lease.as_secs_f64());
        Ok(self.execute(begin).await? == 1)
    }

    async fn result(&self, key: &str) -> Result<Option<Option<String>>, Error> {
        let mut transaction = self.pool.begin().await?;
        let read = sqlx::query_scalar("SELECT result FROM event_runs WHERE key = $1");
        let read = read.bind(key).persistent(false);
        let found = read.fetch_optional(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(found)
    }

    /// Runs a statement. Between two transactions a proxy may give another connection to the server, which does not know
    /// what was prepared on the one before.
    async fn execute(&self, statement: Query<'_, Postgres, PgArguments>) -> Result<u64, Error> {
        let mut transaction = self.pool.begin().await?;
        let done = statement
            .persistent(false)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }
}

impl IdempotencyStore for PostgresStore {
    async fn begin(&self, key: &str, lease: Duration) -> Result<Begun, Error> {
        for _ in 0..TRIES {
            if self.is_ours(key, lease).await? {
                return Ok(Begun::First);
            }
            match self.result(key).await? {
                Some(Some(result)) => return Ok(Begun::Done(result)),
                Some(None) => return Ok(Begun::Running),
                // Whoever was at it has failed in the meantime.
                None => {}
            }
        }
        Ok(Begun::Running)
    }

    async fn done(&self, key: &str, result: &str) -> Result<(), Error> {
        let done = sqlx::query(
            "INSERT INTO event_runs (key, result, lapses_at) VALUES ($1, $2, now() + make_interval(secs => $3)) \
             ON CONFLICT (key) DO UPDATE SET result = excluded.result, lapses_at = excluded.lapses_at",
        );
        let done = done.bind(key).bind(result).bind(MEMORY.as_secs_f64());
        self.execute(done).await?;
        Ok(())
    }

    async fn forget(&self, key: &str) -> Result<(), Error> {
        let forget = sqlx::query("DELETE FROM event_runs WHERE key = $1").bind(key);
        self.execute(forget).await?;
        Ok(())
    }
}
