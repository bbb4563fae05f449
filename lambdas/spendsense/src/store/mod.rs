//! The store of users and of what was found about them: SQLite on one machine, PostgreSQL deployed.
//!
//! Both databases build and read JSON themselves. So one statement reads a document for each of many users, and one
//! statement writes many rows. There are few round trips, and a document that cannot be read is an error of its user
//! only.

#[cfg(feature = "postgres")]
mod aws;
mod commit;
mod daily;
mod error;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod secret;
mod shards;
#[cfg(feature = "sqlite")]
mod sqlite;
mod withdrawal;
mod writes;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr, SqlStr};

pub(crate) use commit::{Chunk, Committed, ForUser};
pub(crate) use daily::{Daily, Place, RunKey, Stage};
pub use error::Error;
pub(crate) use shards::Member;
pub use withdrawal::{Withdrawal, Withdrawn};
pub use writes::{Statement, Writes};

/// The variable that holds the URL of the database: `sqlite:FILE` or `postgres://…`.
pub const URL: &str = "DATABASE_URL";

/// A database with the tables of `migrations/`.
pub struct Store {
    database: Box<dyn Database>,
    withdrawal: Withdrawal,
}

/// The operations of a kind of database. Statements come from [`Sql`], in its own dialect.
#[async_trait]
trait Database: Send + Sync {
    fn sql(&self) -> &'static Sql;

    /// Returns the rows of a query.
    async fn fetch(&self, query: &'static str, values: &[Value<'_>]) -> Result<Vec<Record>, Error>;

    /// Begins a transaction.
    async fn begin(&self) -> Result<Box<dyn Transaction>, Error>;

    /// Applies migrations.
    async fn migrate(&self, migrator: &Migrator) -> Result<(), Error>;

    /// Returns what is waited for at the moment.
    fn waits_for(&self) -> String;
}

/// A transaction. Without [`commit`](Self::commit) nothing of it stays.
#[async_trait]
trait Transaction: Send {
    async fn fetch(
        &mut self,
        query: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Record>, Error>;

    /// Runs a statement, and returns the number of rows that it changed.
    async fn execute(
        &mut self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, Error>;

    async fn commit(self: Box<Self>) -> Result<(), Error>;
}

/// A value of a statement's placeholder.
#[cfg_attr(
    not(any(feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "without a driver nobody binds it")
)]
enum Value<'v> {
    Text(Cow<'v, str>),
    Number(i64),
}

/// A row: each column as the text of a value or a JSON document.
#[derive(Clone, Debug)]
pub struct Record(Vec<Option<Vec<u8>>>);

/// The statements of the store, in one dialect.
struct Sql {
    migrations: &'static [(i64, &'static str, &'static str)],
    /// Reads the versions of the applied migrations.
    applied: &'static str,
    /// Reads ids after one of them; takes that id and the greatest number.
    user_ids: &'static str,
    /// Reads slots and ids after one of them; takes its slot, its id, the first slot beyond, and the greatest number.
    shard_ids: &'static str,
    /// Reads accounts and final transactions; takes ids, and the days between which transactions are wanted, the first
    /// excluded. Transactions are a line each, which takes half the time of a JSON document.
    users: &'static str,
    /// Reads which of some transactions are there; takes a user's id and the transactions' ids.
    known: &'static str,
    /// Reads features; takes ids.
    features: &'static str,
    /// Reads personas, their features and accounts; takes ids.
    personas: &'static str,
    /// Reads everything that was found about one user.
    findings: &'static str,
    /// Deletes a user, and then what has no foreign key to the profile.
    delete_user: [&'static str; 2],
    /// Reads which of some users can be written, and keeps that so until the transaction ends: the id, whether the profile
    /// was free, whether a consent in force was, and whether there is one; takes ids.
    admitted: &'static str,
    /// Ends the consents in force of a user from an instant on; takes the id and the instant.
    revoke: &'static str,
    daily: daily::Sql,
    statement: fn(Statement) -> &'static str,
}

/// The data that is read for many users.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Query {
    /// Accounts, and the transactions after one day and up to another.
    Users { after: Date, until: Date },
    /// Computed features.
    Features,
    /// The persona and features of the shortest window, and accounts.
    Personas,
}

impl Store {
    /// Opens the database that the environment names.
    ///
    /// # Errors
    /// No URL, or one that cannot be used.
    pub async fn from_env() -> Result<Self, Error> {
        let url = match std::env::var(URL) {
            Ok(url) if !url.is_empty() => Some(url),
            _ => None,
        };
        let store = match url {
            Some(url) => Self::open(&url)?,
            None => Self::from_secret().await?,
        };
        Ok(store.with_withdrawal(Withdrawal::from_env()?))
    }

    #[cfg(feature = "postgres")]
    async fn from_secret() -> Result<Self, Error> {
        let secret = secret::Secret::from_env()
            .await
            .ok_or_else(|| no_url(&format!("{URL} or {}", secret::ARN)))?;
        Ok(Self {
            database: Box::new(postgres::Postgres::from_secret(secret)),
            withdrawal: Withdrawal::default(),
        })
    }

    #[cfg(not(feature = "postgres"))]
    #[expect(clippy::unused_async, reason = "the one with a driver waits")]
    async fn from_secret() -> Result<Self, Error> {
        Err(no_url(URL))
    }

    /// Says what goes with a consent that is withdrawn; without it everything that was found does.
    #[must_use]
    pub fn with_withdrawal(self, withdrawal: Withdrawal) -> Self {
        Self { withdrawal, ..self }
    }

    /// Returns what is waited for at the moment.
    pub(crate) fn waits_for(&self) -> String {
        self.database.waits_for()
    }

    /// Opens a database: `sqlite:FILE`, which is created if it is not there, or `postgres://…`. A connection is made when
    /// it is first needed.
    ///
    /// # Errors
    /// A URL that cannot be used.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "sqlite")),
        expect(
            unreachable_code,
            unused_variables,
            reason = "without a driver nothing can be opened"
        )
    )]
    pub fn open(url: &str) -> Result<Self, Error> {
        let scheme = url.split(':').next().unwrap_or_default();
        let database: Box<dyn Database> = match scheme {
            #[cfg(feature = "sqlite")]
            "sqlite" => Box::new(sqlite::Sqlite::open(url)?),
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => Box::new(postgres::Postgres::open(url)?),
            _ => {
                // The URL may hold a password.
                let message = format!(
                    "{URL} begins with `{scheme}:`, which this program cannot use: write {}",
                    schemes().join(" or ")
                );
                return Err(Error::Url(message));
            }
        };
        Ok(Self {
            database,
            withdrawal: Withdrawal::default(),
        })
    }

    /// Finds out whether the tables are those that this program knows.
    ///
    /// # Errors
    /// Tables that are older or newer; the text says what to do then.
    pub async fn check(&self) -> Result<(), Error> {
        let sql = self.database.sql();
        let known: Vec<i64> = sql
            .migrations
            .iter()
            .map(|(version, ..)| *version)
            .collect();
        let applied = match self.database.fetch(sql.applied, &[]).await {
            Ok(rows) => rows
                .iter()
                .map(|row| row.number(0))
                .collect::<Result<Vec<i64>, BadRow>>()
                .map_err(|error| Error::Row(error.0))?,
            // A new database has no table of migrations, so none is applied.
            Err(error) if error.is_no_table() => Vec::new(),
            Err(error) => return Err(error),
        };
        if let Some(missing) = known.iter().find(|version| !applied.contains(version)) {
            return Err(Error::Tables(format!(
                "the database lacks migration {missing}: run `spendsense-admin migrate`"
            )));
        }
        if let Some(newer) = applied.iter().find(|version| !known.contains(version)) {
            return Err(Error::Tables(format!(
                "the database has migration {newer}, which this program does not know: use a newer one"
            )));
        }
        Ok(())
    }

    /// Brings the tables up to date.
    ///
    /// # Errors
    /// The database refuses, or has tables that these migrations did not make.
    pub async fn migrate(&self) -> Result<(), Error> {
        let migrations = self.database.sql().migrations.iter();
        let migrations = migrations.map(|(version, name, sql)| {
            let sql: SqlStr = SqlSafeStr::into_sql_str(*sql);
            Migration::new(*version, (*name).into(), MigrationType::Simple, sql, false)
        });
        let migrator = Migrator::with_migrations(migrations.collect());
        self.database.migrate(&migrator).await
    }

    /// Runs all statements that have rows, in one transaction.
    ///
    /// # Errors
    /// The database refuses a row; then none is written.
    pub async fn write(&self, writes: &Writes) -> Result<(), Error> {
        if writes.is_empty() {
            return Ok(());
        }
        let mut transaction = self.database.begin().await?;
        self.write_in(&mut *transaction, writes).await?;
        transaction.commit().await
    }

    async fn write_in(
        &self,
        transaction: &mut dyn Transaction,
        writes: &Writes,
    ) -> Result<(), Error> {
        let sql = self.database.sql();
        for (statement, rows) in writes.rows() {
            let statement = (sql.statement)(statement);
            transaction
                .execute(statement, &[Value::Text(rows.into())])
                .await?;
        }
        Ok(())
    }

    /// Returns a row for each of some users: the id, whether a consent is in force, then the data of the query. Ids that
    /// nobody has are left out.
    pub(crate) async fn load(&self, query: Query, ids: &[String]) -> Result<Vec<Record>, Error> {
        let sql = self.database.sql();
        let mut values = vec![list(ids)?];
        let query = match query {
            Query::Users { after, until } => {
                values.push(Value::Text(after.to_string().into()));
                values.push(Value::Text(until.to_string().into()));
                sql.users
            }
            Query::Features => sql.features,
            Query::Personas => sql.personas,
        };
        self.database.fetch(query, &values).await
    }

    /// Returns everything that was found about a user, as one document; nothing if nobody has that id.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn findings(&self, user_id: &str) -> Result<Option<serde_json::Value>, Error> {
        let values = [Value::Text(user_id.into())];
        let rows = self
            .database
            .fetch(self.database.sql().findings, &values)
            .await?;
        let found = rows.first().map(|row| row.json(0)).transpose();
        found.map_err(|error| Error::Row(error.0))
    }

    /// Returns which of some transactions of a user are there already.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn known_transactions(
        &self,
        user_id: &str,
        ids: &[&str],
    ) -> Result<BTreeSet<String>, Error> {
        let values = [Value::Text(user_id.into()), list(ids)?];
        let rows = self.database.fetch(self.database.sql().known, &values);
        let rows = rows.await?;
        let ids = rows.iter().map(|row| row.text(0).map(str::to_owned));
        Ok(ids.collect::<Result<_, BadRow>>()?)
    }

    /// Deletes a user, with all data about them.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn delete_user(&self, user_id: &str) -> Result<(), Error> {
        let values = [Value::Text(user_id.into())];
        let mut transaction = self.database.begin().await?;
        for statement in self.database.sql().delete_user {
            transaction.execute(statement, &values).await?;
        }
        transaction.commit().await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// A row that cannot be read, and why.
#[derive(Debug)]
pub(crate) struct BadRow(pub(crate) String);

impl From<BadRow> for Error {
    fn from(BadRow(message): BadRow) -> Self {
        Self::Row(message)
    }
}

impl Record {
    /// Returns a column as text.
    pub(crate) fn text(&self, column: usize) -> Result<&str, BadRow> {
        let text = std::str::from_utf8(self.bytes(column)?);
        text.map_err(|_| BadRow(format!("column {column} is not UTF-8")))
    }

    /// Reads a column as a JSON document.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: usize) -> Result<T, BadRow> {
        let document = serde_json::from_slice(self.bytes(column)?);
        document.map_err(|error| BadRow(format!("column {column}: {error}")))
    }

    /// Whether a column holds a value.
    pub(crate) fn has(&self, column: usize) -> bool {
        self.0.get(column).is_some_and(Option::is_some)
    }

    fn number(&self, column: usize) -> Result<i64, BadRow> {
        let number = self.text(column)?.parse();
        number.map_err(|_| BadRow(format!("column {column} is not a number")))
    }

    fn bytes(&self, column: usize) -> Result<&[u8], BadRow> {
        let column = self.0.get(column).and_then(Option::as_deref);
        column.ok_or_else(|| BadRow("a column is missing".to_owned()))
    }
}

/// Writes an instant as text, to the microsecond. Such texts have the order of their times.
pub fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// Returns ids as the value of a statement: a JSON array.
fn list(ids: &[impl serde::Serialize]) -> Result<Value<'static>, Error> {
    let ids = serde_json::to_string(ids).map_err(|error| Error::Row(error.to_string()))?;
    Ok(Value::Text(ids.into()))
}

fn no_url(variables: &str) -> Error {
    Error::Url(format!("no database is named: set {variables}"))
}

fn schemes() -> Vec<&'static str> {
    let mut schemes = Vec::new();
    if cfg!(feature = "sqlite") {
        schemes.push("`sqlite:FILE`");
    }
    if cfg!(feature = "postgres") {
        schemes.push("`postgres://USER@HOST/DATABASE`");
    }
    schemes
}
