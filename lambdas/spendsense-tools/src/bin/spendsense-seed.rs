//! `spendsense-seed`: makes up users, for demonstrations and tests.

use std::time::Duration;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use spendsense::store::Writes;
use spendsense_tools::archetype::Archetype;
use spendsense_tools::people::People;
use spendsense_tools::say;

/// The number of people who are written at once.
const CHUNK: usize = 200;

/// Makes users up and writes them into the database, whose tables it brings up to date.
///
/// The same seed, number and last day make the same users. A user's id is `<archetype>-<number>`.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The database: sqlite:FILE or postgres://…
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite:target/spendsense.sqlite",
        hide_env_values = true
    )]
    database: String,
    /// The number of users
    #[arg(long, default_value_t = 60)]
    users: usize,
    /// One user with this id, of --archetype
    #[arg(long, conflicts_with = "users")]
    user: Option<String>,
    /// The archetype of that user
    #[arg(long, value_enum, default_value_t = Archetype::HighUtilization, requires = "user")]
    archetype: Archetype,
    /// The last day of their data; today by default
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<Date>,
    /// The seed: another one makes other people
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    let people = People {
        seed: arguments.seed,
        until: arguments.until.unwrap_or(today),
    };
    let store = spendsense_tools::migrated(&arguments.database).await?;
    if let Some(user_id) = arguments.user {
        let person = people.of_archetype(user_id, arguments.archetype);
        let mut writes = Writes::default();
        person.write(&mut writes);
        store.write(&writes).await?;
        say(format_args!(
            "{}: {}, {} with {} transactions up to {}",
            person.user_id,
            person.name,
            arguments.archetype.name(),
            person.transactions.len(),
            people.until
        ))?;
        return Ok(());
    }
    let bar = progress(arguments.users)?;
    let mut transactions = 0;
    for first in (0..arguments.users).step_by(CHUNK) {
        let mut writes = Writes::default();
        let last = arguments.users.min(first + CHUNK);
        for number in first..last {
            let person = people.person(number);
            transactions += person.transactions.len();
            person.write(&mut writes);
        }
        store.write(&writes).await?;
        bar.set_position(last as u64);
    }
    bar.finish_and_clear();
    say(format_args!(
        "{} users with {transactions} transactions up to {}",
        arguments.users, people.until
    ))?;
    for archetype in Archetype::value_variants() {
        let number = (0..arguments.users).find(|number| Archetype::of(*number) == *archetype);
        if let Some(number) = number {
            let persona = archetype
                .persona()
                .map_or("no persona: no consent", |of| of.as_str());
            say(format_args!(
                "  {:32} {persona}",
                format!("{}-{number}", archetype.name())
            ))?;
        }
    }
    Ok(())
}

fn progress(users: usize) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} users, {eta} left")
        .context("a template")?;
    let bar = ProgressBar::new(users as u64).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}
