//! A PostgreSQL server, 15 or newer, also behind RDS Proxy or PgBouncer.
//!
//! Between two transactions such a proxy may give a client another connection to the server. So every statement is in a
//! transaction that sets its own limits, and no statement has a name. Nothing is said at the start of a connection that a
//! proxy does not know.

mod source;
mod sql;
mod token;

use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::{ConnectOptions, Connection, PgConnection, Postgres as Driver, Row};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::secret::Secret;
use super::{Database, Error, Record, Sql, Transaction, Value};
use source::Source;
use sql::SQL;

/// The longest wait for a new connection, encryption and password included.
const CONNECT: Duration = Duration::from_secs(5);

/// The longest wait for the server's answer to whether an idle connection is alive.
const PING: Duration = Duration::from_secs(2);

/// An idle connection is taken without a question for so long. Lambda freezes a function between two events, and the server
/// may have closed the connection by then.
const FRESH: Duration = Duration::from_secs(1);

/// SQLSTATE of a wrong password, and of a role that may not connect.
const REFUSED: [&str; 2] = ["28P01", "28000"];

/// The server ends a statement that a frozen or killed function left behind, a wait for a lock, and an idle transaction.
/// `SET LOCAL` ends with the transaction, so it holds behind a proxy, too. RDS Proxy keeps the connection to the server for
/// a client that sets something:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html>
///
/// Every statement finds its rows by keys. A server whose statistics are old, or which takes its tables for small, would
/// read whole ones. Days are written as the standard says, whatever the role's settings; `to_char` would take a seventh of
/// the time of reading a user.
const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '2s'; \
    SET LOCAL idle_in_transaction_session_timeout = '60s'; SET LOCAL enable_seqscan = off; SET LOCAL datestyle = 'ISO'";

/// A function has one connection: it does one thing at a time, and a server has only a few hundred for all functions.
pub(super) struct Postgres {
    source: Source,
    /// The connection while nobody uses it, and when that began.
    idle: Arc<Mutex<Option<(PgConnection, Instant)>>>,
    /// What is waited for, for the message of a run that has no time left.
    waits_for: StdMutex<String>,
}

impl Postgres {
    pub(super) fn open(url: &str) -> Result<Self, Error> {
        Ok(Self::of(Source::url(url)?))
    }

    pub(super) fn from_secret(secret: Secret) -> Self {
        Self::of(Source::secret(secret))
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            idle: Arc::default(),
            waits_for: StdMutex::new("the database".to_owned()),
        }
    }

    fn wait_for(&self, what: String) {
        let mut waits_for = self
            .waits_for
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *waits_for = what;
    }

    /// Begins a transaction.
    async fn session(&self) -> Result<Session, Error> {
        let mut home = Arc::clone(&self.idle).lock_owned().await;
        let connection = match home.take() {
            Some((connection, since)) if since.elapsed() < FRESH => Some(connection),
            Some((mut connection, _)) => {
                let is_alive = timeout(PING, connection.ping()).await;
                matches!(is_alive, Ok(Ok(()))).then_some(connection)
            }
            None => None,
        };
        let mut connection = match connection {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        self.wait_for(format!("an answer of {}", self.source.shown()));
        sqlx::raw_sql(BEGIN).execute(&mut connection).await?;
        Ok(Session { connection, home })
    }

    /// Makes a connection. If the server refuses the password, it may have been rotated: then it is read again, once.
    async fn connect(&self) -> Result<PgConnection, Error> {
        self.wait_for(self.source.waits_for());
        let options = self.source.options().await?;
        match self.attempt(&options).await {
            Err(Error::Connect(_, error)) if is_refused(&error) && self.source.may_change() => {
                tracing::info!("the database refuses the password: reading the secret again");
                let options = self.source.options_again().await?;
                self.attempt(&options).await
            }
            attempted => attempted,
        }
    }

    async fn attempt(&self, options: &PgConnectOptions) -> Result<PgConnection, Error> {
        let to = format!("{}:{}", options.get_host(), options.get_port());
        self.wait_for(format!("a connection to {to}"));
        match timeout(CONNECT, options.connect()).await {
            Ok(connected) => connected.map_err(|error| Error::Connect(to, error)),
            Err(_) => Err(Error::Silent(format!(
                "cannot connect to {to}: no answer within {} s",
                CONNECT.as_secs()
            ))),
        }
    }
}

fn is_refused(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| REFUSED.contains(&code.as_ref()))
}

/// A transaction. A connection whose transaction is not committed is closed, and the server rolls it back.
struct Session {
    connection: PgConnection,
    home: OwnedMutexGuard<Option<(PgConnection, Instant)>>,
}

#[async_trait]
impl Database for Postgres {
    fn sql(&self) -> &'static Sql {
        &SQL
    }

    async fn fetch(&self, query: &'static str, values: &[Value<'_>]) -> Result<Vec<Record>, Error> {
        let mut session = self.session().await?;
        let rows = Transaction::fetch(&mut session, query, values).await?;
        Transaction::commit(Box::new(session)).await?;
        Ok(rows)
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, Error> {
        Ok(Box::new(self.session().await?))
    }

    async fn migrate(&self, migrator: &Migrator) -> Result<(), Error> {
        let mut connection = self.connect().await?;
        let run = migrator.run_direct(None, &mut connection, false).await;
        run.map_err(|error| Error::Tables(error.to_string()))
    }

    fn waits_for(&self) -> String {
        self.waits_for
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Transaction for Session {
    async fn fetch(
        &mut self,
        query: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Record>, Error> {
        let rows = bound(query, values).fetch_all(&mut self.connection).await?;
        rows.iter().map(record).collect()
    }

    async fn execute(
        &mut self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, Error> {
        let done = bound(statement, values)
            .execute(&mut self.connection)
            .await?;
        Ok(done.rows_affected())
    }

    async fn commit(mut self: Box<Self>) -> Result<(), Error> {
        sqlx::raw_sql("COMMIT")
            .execute(&mut self.connection)
            .await?;
        let Self {
            connection,
            mut home,
        } = *self;
        *home = Some((connection, Instant::now()));
        Ok(())
    }
}

fn bound<'q>(
    statement: &'static str,
    values: &'q [Value<'_>],
) -> sqlx::query::Query<'q, Driver, PgArguments> {
    // The name of a statement would be known to one connection of the server only.
    let query = sqlx::query(statement).persistent(false);
    values.iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text.as_ref()),
        Value::Number(number) => query.bind(*number),
    })
}

fn record(row: &PgRow) -> Result<Record, Error> {
    let columns = (0..row.len()).map(|column| {
        let text: Option<String> = row.try_get(column)?;
        Ok(text.map(String::into_bytes))
    });
    Ok(Record(columns.collect::<Result<_, sqlx::Error>>()?))
}
