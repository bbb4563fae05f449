//! The store of users and of what was found about them: SQLite on one machine, PostgreSQL deployed.
//!
//! Both databases build and read JSON themselves. So one statement reads a document for each of many users, and one
//! statement writes many rows. There are few round trips, and a document that cannot be read is an error of its user
//! only.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod secret;
#[cfg(feature = "sqlite")]
mod sqlite;
mod writes;

use std::borrow::Cow;
use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use job::Shard;
use serde::de::DeserializeOwned;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr, SqlStr};

pub use writes::{Statement, Writes};

/// The variable that holds the URL of the database: `sqlite:FILE` or `postgres://…`.
pub const URL: &str = "DATABASE_URL";

/// A database with the tables of `migrations/`.
pub struct Store {
    database: Box<dyn Database>,
}

/// The operations of a kind of database. Statements come from [`Sql`], in its own dialect.
#[async_trait]
trait Database: Send + Sync {
    fn sql(&self) -> &'static Sql;

    /// Returns the rows of a query.
    async fn fetch(&self, query: &'static str, values: &[Value<'_>]) -> Result<Vec<Record>, Error>;

    /// Runs statements in one transaction.
    async fn execute(&self, statements: &[(&'static str, &[Value<'_>])]) -> Result<(), Error>;

    /// Applies migrations.
    async fn migrate(&self, migrator: &Migrator) -> Result<(), Error>;
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
    /// Reads accounts and final transactions; takes ids, the time now, and the days between which transactions are wanted,
    /// the first excluded. Transactions are a line each, which takes half the time of a JSON document.
    users: &'static str,
    /// Reads features; takes ids and the time now.
    features: &'static str,
    /// Reads personas, their features and accounts; takes ids and the time now.
    personas: &'static str,
    /// Reads everything that was found about one user.
    findings: &'static str,
    delete_user: &'static str,
    progress: &'static str,
    keep_progress: &'static str,
    end_progress: &'static str,
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

/// The key of a run over everybody, under which its progress is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunKey {
    pub(crate) job: &'static str,
    pub(crate) due: Timestamp,
    pub(crate) shard: Shard,
}

/// An error of the store.
#[derive(Debug)]
pub enum Error {
    /// The URL names no database that this program can use.
    Url(String),
    /// The tables are not those that this program knows.
    Tables(String),
    /// The secret that holds the URL cannot be read.
    Secret(String),
    /// A row is not as the tables promise.
    Row(String),
    /// The database reported an error.
    Database(sqlx::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(message)
            | Self::Tables(message)
            | Self::Secret(message)
            | Self::Row(message) => f.write_str(message),
            Self::Database(_) => f.write_str("the database"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl Store {
    /// Opens the database that the environment names, whose tables have to be up to date.
    ///
    /// # Errors
    /// No URL, or one that cannot be used; no connection; tables that are not up to date.
    pub async fn from_env() -> Result<Self, Error> {
        let url = match std::env::var(URL) {
            Ok(url) if !url.is_empty() => Some(url),
            _ => None,
        };
        let store = match url {
            Some(url) => Self::open(&url)?,
            None => Self::from_secret().await?,
        };
        store.check().await?;
        Ok(store)
    }

    #[cfg(feature = "postgres")]
    async fn from_secret() -> Result<Self, Error> {
        let secret = secret::Secret::from_env()
            .await
            .ok_or_else(|| no_url(&format!("{URL} or {}", secret::ARN)))?;
        let database = postgres::Postgres::from_secret(secret).await?;
        Ok(Self {
            database: Box::new(database),
        })
    }

    #[cfg(not(feature = "postgres"))]
    #[expect(clippy::unused_async, reason = "the one with a driver waits")]
    async fn from_secret() -> Result<Self, Error> {
        Err(no_url(URL))
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
        Ok(Self { database })
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
            Err(Error::Database(sqlx::Error::Database(_))) => Vec::new(),
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
        let sql = self.database.sql();
        let rows: Vec<(&'static str, [Value<'_>; 1])> = writes
            .rows()
            .map(|(statement, rows)| ((sql.statement)(statement), [Value::Text(rows.into())]))
            .collect();
        let statements: Vec<(&'static str, &[Value<'_>])> = rows
            .iter()
            .map(|(statement, values)| (*statement, values.as_slice()))
            .collect();
        if statements.is_empty() {
            return Ok(());
        }
        self.database.execute(&statements).await
    }

    /// Returns users' ids after one of them, in order.
    pub(crate) async fn user_ids(&self, after: &str, limit: u32) -> Result<Vec<String>, Error> {
        let values = [Value::Text(after.into()), Value::Number(limit.into())];
        let rows = self
            .database
            .fetch(self.database.sql().user_ids, &values)
            .await?;
        let ids = rows.iter().map(|row| row.text(0).map(str::to_owned));
        ids.collect::<Result<_, _>>()
            .map_err(|error: BadRow| Error::Row(error.0))
    }

    /// Returns a row for each of some users: the id, whether a consent is in force, then the data of the query. Ids that
    /// nobody has are left out.
    pub(crate) async fn load(
        &self,
        query: Query,
        ids: &[String],
        now: Timestamp,
    ) -> Result<Vec<Record>, Error> {
        let sql = self.database.sql();
        let ids = serde_json::to_string(ids).map_err(|error| Error::Row(error.to_string()))?;
        let mut values = vec![Value::Text(ids.into()), Value::Text(instant(now).into())];
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

    /// Deletes a user, with all data about them.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn delete_user(&self, user_id: &str) -> Result<(), Error> {
        let values = [Value::Text(user_id.into())];
        let statement = self.database.sql().delete_user;
        self.database.execute(&[(statement, &values)]).await
    }

    /// Returns the last user that an earlier attempt of a run reached.
    pub(crate) async fn progress(&self, run: RunKey) -> Result<Option<String>, Error> {
        let rows = self
            .database
            .fetch(self.database.sql().progress, &run.values())
            .await?;
        let after = rows.first().map(|row| row.text(0).map(str::to_owned));
        after.transpose().map_err(|error| Error::Row(error.0))
    }

    /// Keeps the last user that a run reached, for its next attempt.
    pub(crate) async fn keep_progress(&self, run: RunKey, after: &str) -> Result<(), Error> {
        let [job, due, shard, shards] = run.values();
        let values = [job, due, shard, shards, Value::Text(after.into())];
        let statement = self.database.sql().keep_progress;
        self.database.execute(&[(statement, &values)]).await
    }

    /// Forgets the progress of a run.
    pub(crate) async fn end_progress(&self, run: RunKey) -> Result<(), Error> {
        let statement = self.database.sql().end_progress;
        self.database.execute(&[(statement, &run.values())]).await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl RunKey {
    fn values(&self) -> [Value<'static>; 4] {
        [
            Value::Text(self.job.into()),
            Value::Text(instant(self.due).into()),
            Value::Number(self.shard.index().into()),
            Value::Number(self.shard.of().into()),
        ]
    }
}

/// A row that cannot be read, and why.
#[derive(Debug)]
pub(crate) struct BadRow(pub(crate) String);

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
