//! `spendsense-show`: shows what was found about a user.

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use spendsense_tools::{say, show};

/// Shows a user's features, personas and recommendations, and what each came from.
///
/// Exit status: 0 if there is such a user, 1 if there is none.
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
    /// The user's id
    #[arg(long)]
    user: String,
    /// Tables for people, or one JSON document, which has the decision trace as well
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stderr, reason = "this is for people")]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let store = spendsense_tools::opened(&arguments.database).await?;
    let Some(found) = store.findings(&arguments.user).await? else {
        eprintln!("nobody has the id {}", arguments.user);
        return Ok(ExitCode::FAILURE);
    };
    match arguments.format {
        Format::Text => say(show::text(&found).trim_end())?,
        Format::Json => say(format_args!("{found:#}"))?,
    }
    Ok(ExitCode::SUCCESS)
}
