//! `spendsense-admin`: migrates the tables, withdraws consents, and deletes users.

use anyhow::ensure;
use clap::{Parser, Subcommand};
use spendsense::store::{Withdrawal, Withdrawn};
use spendsense_tools::say;

/// Administers the database.
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
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the tables up to date
    Migrate,
    /// Find out whether the tables are up to date
    Check,
    /// End a user's consents, and remove what was found about them
    Withdraw {
        /// The user's id
        user: String,
        /// What is removed: everything, or recommendations with their trace
        #[arg(long, env = "ON_WITHDRAWAL", default_value = "everything", value_parser = policy)]
        remove: Withdrawal,
    },
    /// Delete a user, and all that is known and was found about them
    DeleteUser {
        /// The user's id
        user: String,
    },
}

fn policy(word: &str) -> Result<Withdrawal, String> {
    Withdrawal::of(word).ok_or_else(|| "write `everything` or `recommendations`".to_owned())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Command::Migrate => {
            spendsense_tools::migrated(&arguments.database).await?;
            say("the tables are up to date")?;
        }
        Command::Check => {
            spendsense_tools::opened(&arguments.database).await?;
            say("the tables are up to date")?;
        }
        Command::Withdraw { user, remove } => {
            let store = spendsense_tools::opened(&arguments.database).await?;
            let withdrawn = store.with_withdrawal(remove).withdraw(&user, None).await?;
            ensure!(withdrawn != Withdrawn::Nobody, "nobody has the id {user}");
            say(format_args!("{user} has no consent in force"))?;
        }
        Command::DeleteUser { user } => {
            let store = spendsense_tools::opened(&arguments.database).await?;
            ensure!(
                store.findings(&user).await?.is_some(),
                "nobody has the id {user}"
            );
            store.delete_user(&user).await?;
            say(format_args!("{user} is deleted"))?;
        }
    }
    Ok(())
}
