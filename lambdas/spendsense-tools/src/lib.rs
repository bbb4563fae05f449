//! SpendSense on the command line: makes up users for demonstrations and tests, imports users from a bank's export, shows
//! what was found about a user, and administers the database.

pub mod archetype;
mod calendar;
mod household;
pub mod import;
pub mod people;
pub mod rows;
pub mod show;

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;
use spendsense::store::{Store, URL};

/// Opens the database and brings its tables up to date. It makes the folder of a SQLite file if there is none.
///
/// # Errors
/// No such database, or one that cannot be written.
pub async fn migrated(url: &str) -> anyhow::Result<Store> {
    make_folder(url)?;
    let store = Store::open(url)?;
    store
        .migrate()
        .await
        .context("cannot bring the tables up to date")?;
    Ok(store)
}

/// Whether there is a database: a SQLite file that exists, or a server.
pub fn is_there(url: &str) -> bool {
    file(url).is_none_or(|file| Path::new(file).exists())
}

/// Opens a database whose tables are up to date already.
///
/// # Errors
/// No such database, or tables that are not up to date.
pub async fn opened(url: &str) -> anyhow::Result<Store> {
    if let Some(file) = file(url) {
        anyhow::ensure!(
            Path::new(file).exists(),
            "there is no {file}: `spendsense-seed` or `spendsense-admin migrate` makes it, and {URL} or --database names another one"
        );
    }
    let store = Store::open(url)?;
    store.check().await?;
    Ok(store)
}

/// Prints a line of output. It is no failure if the reader has closed the pipe.
///
/// # Errors
/// Standard output cannot be written.
pub fn say(line: impl Display) -> anyhow::Result<()> {
    match writeln!(std::io::stdout().lock(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Returns the file of a SQLite URL.
fn file(url: &str) -> Option<&str> {
    let file = url.strip_prefix("sqlite:")?;
    let file = file.strip_prefix("//").unwrap_or(file);
    Some(file.split('?').next().unwrap_or(file))
}

fn make_folder(url: &str) -> anyhow::Result<()> {
    let Some(folder) = file(url).and_then(|file| Path::new(file).parent()) else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))
}
