//! What the store could not do, and whether it is worth another try.

use std::fmt;

/// An error of the store.
#[derive(Debug)]
pub enum Error {
    /// The URL names no database that this program can use.
    Url(String),
    /// The tables are not those that this program knows.
    Tables(String),
    /// The secret that holds the URL cannot be read, or no token can be made.
    Secret(String),
    /// A row is not as the tables promise.
    Row(String),
    /// No connection was made: to where, and why.
    Connect(String, sqlx::Error),
    /// The database does not answer: what was waited for.
    Silent(String),
    /// The database reported an error.
    Database(sqlx::Error),
}

/// Classes of SQLSTATE that end a connection, or keep one from beginning for a while: a lost connection, and a server
/// that shuts down or starts.
const LOST: [&str; 6] = ["08", "57P01", "57P02", "57P03", "57P05", "25P03"];

/// Classes of SQLSTATE that are about the rows of a statement: data, constraints, deadlocks, limits, locks, timeouts.
const OF_ROWS: [&str; 7] = ["21", "22", "23", "40", "54", "55", "57014"];

/// SQLite's primary result codes for a lock that another process holds.
const SQLITE_BUSY: [i64; 2] = [5, 6];

/// SQLite's primary result codes that are about the rows of a statement: JSON and casts, size, constraints, types.
const SQLITE_OF_ROWS: [i64; 4] = [1, 18, 19, 20];

impl Error {
    /// Whether another connection may be able to do what this one could not.
    pub(crate) fn is_lost(&self) -> bool {
        match self {
            Self::Silent(_) => true,
            Self::Connect(_, error) | Self::Database(error) => match error {
                sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
                _ => code(error).is_some_and(|code| is_in(&code, &LOST, &SQLITE_BUSY)),
            },
            _ => false,
        }
    }

    /// Whether the error is about the rows of a statement, so that other rows may do.
    pub(crate) fn is_of_rows(&self) -> bool {
        match self {
            Self::Database(error) => {
                code(error).is_some_and(|code| is_in(&code, &OF_ROWS, &SQLITE_OF_ROWS))
            }
            Self::Row(_) => true,
            _ => false,
        }
    }

    /// Whether a table is not there.
    pub(crate) fn is_no_table(&self) -> bool {
        match self {
            Self::Database(error) => {
                let is_sqlite = error
                    .as_database_error()
                    .is_some_and(|error| error.message().starts_with("no such table"));
                is_sqlite || code(error).is_some_and(|code| code == "42P01")
            }
            _ => false,
        }
    }

    /// The error with its causes.
    pub(crate) fn in_full(&self) -> String {
        match self {
            Self::Database(sqlx::Error::Database(error)) => error.message().to_owned(),
            Self::Database(error) => error.to_string(),
            other => other.to_string(),
        }
    }
}

/// Returns SQLSTATE, or SQLite's number.
fn code(error: &sqlx::Error) -> Option<String> {
    let code = error.as_database_error()?.code()?;
    Some(code.into_owned())
}

/// Whether a code is in a class: SQLSTATE has five characters, and SQLite's numbers have the primary one in the last byte.
fn is_in(code: &str, classes: &[&str], numbers: &[i64]) -> bool {
    match code.parse::<i64>() {
        Ok(number) if code.len() < 5 => numbers.contains(&(number & 0xff)),
        _ => classes.iter().any(|class| code.starts_with(class)),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(message)
            | Self::Tables(message)
            | Self::Secret(message)
            | Self::Row(message)
            | Self::Silent(message) => f.write_str(message),
            Self::Connect(to, error) => {
                write!(f, "cannot connect to {to}: ")?;
                match error {
                    sqlx::Error::Database(error) => f.write_str(error.message()),
                    sqlx::Error::Io(error) => error.fmt(f),
                    error => error.fmt(f),
                }
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_classed_by_their_first_characters_or_their_last_byte() {
        for (code, lost, of_rows) in [
            ("57P01", true, false),
            ("08006", true, false),
            ("57014", false, true),
            ("55P03", false, true),
            ("23503", false, true),
            ("42501", false, false),
            ("53300", false, false),
            ("28P01", false, false),
            ("22012", false, true),
            ("5", true, false),
            ("517", true, false),
            ("787", false, true),
            ("8", false, false),
        ] {
            assert_eq!(is_in(code, &LOST, &SQLITE_BUSY), lost, "{code}");
            assert_eq!(is_in(code, &OF_ROWS, &SQLITE_OF_ROWS), of_rows, "{code}");
        }
    }
}
