//! `spendsense-import`: imports a bank's file of transactions.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use spendsense::model::Cents;
use spendsense::store::Store;
use spendsense_tools::import::save::{Owner, Plan, Stored};
use spendsense_tools::import::{self, Kind, Options, Statement, csv};
use spendsense_tools::say;

/// Imports a bank's file of one account: CSV, OFX, QFX, CAMT.053, QIF, MT940 or Plaid's JSON.
///
/// The first import of a user consents for the user, whose own data they are. Importing a file again changes nothing, and
/// what neither the file nor an option says stays as it is. A row that cannot be read is reported with its line and
/// skipped; a file that can be read in two ways is refused, with the options that decide. Exit status: 0 if every row
/// was read, 1 if some were skipped or the import was declined, 2 if nothing could be imported.
#[derive(Parser)]
#[command(version)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of the command line"
)]
struct Arguments {
    /// The file
    #[arg(required_unless_present = "presets")]
    file: Option<PathBuf>,
    /// The database: sqlite:FILE or postgres://…
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite:target/spendsense.sqlite",
        hide_env_values = true
    )]
    database: String,
    /// Show what each row becomes, and import nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask before importing
    #[arg(long, short)]
    yes: bool,
    /// List the banks that --preset knows
    #[arg(long)]
    presets: bool,
    /// The user's id; made if there is none
    #[arg(long, required_unless_present = "presets", default_value = "")]
    user: String,
    /// The user's name
    #[arg(long)]
    name: Option<String>,
    /// The employer, as it stands in the text of deposits; several times for several employers
    #[arg(long)]
    employer: Vec<String>,
    /// The consent is given again from now on, after it was withdrawn
    #[arg(long)]
    consent: bool,
    /// The id of the account in the store
    #[arg(long, default_value = "checking")]
    account: String,
    /// The kind of that account; by default what the file says, or checking
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// The money on it now, in cents; for a card, the amount owed
    #[arg(long, value_name = "CENTS", allow_negative_numbers = true)]
    balance: Option<Cents>,
    /// The limit of a card, in cents
    #[arg(long, value_name = "CENTS")]
    limit: Option<Cents>,
    /// The minimum payment of a card, in cents
    #[arg(long, value_name = "CENTS")]
    minimum_payment: Option<Cents>,
    /// The last payment of a card, in cents
    #[arg(long, value_name = "CENTS")]
    last_payment: Option<Cents>,
    #[command(flatten)]
    options: Options,
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stderr, reason = "this is for people")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(code) => code,
        // The message alone: a backtrace says nothing to whoever has a file of a bank.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if arguments.presets {
        for name in csv::presets() {
            say(name)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let path = arguments.file.clone().unwrap_or_default();
    let file = std::fs::read(&path).with_context(|| format!("cannot open {}", path.display()))?;
    let owner = owner(&arguments);
    let store = stored_in(&arguments).await?;
    let found = match &store {
        Some(store) => store.findings(&owner.user_id).await?,
        None => None,
    };
    let stored = Stored::of(found.as_ref(), &owner.account_id());
    let known = stored.known(&owner, arguments.options.currency);
    let refused = || format!("cannot import {}", path.display());
    let statement = import::read(&file, &arguments.options, known).with_context(refused)?;
    let (layout, skipped) = (statement.layout.clone(), statement.skipped.clone());
    let plan = planned(statement, &owner, &stored).with_context(refused)?;
    let ids: Vec<&str> = plan
        .transactions
        .iter()
        .map(|of| of.transaction_id.as_str())
        .collect();
    let already = match &store {
        Some(store) => store.known_transactions(&owner.user_id, &ids).await?,
        None => BTreeSet::new(),
    };
    let is_asked = !arguments.yes && std::io::stdin().is_terminal();
    if arguments.dry_run || is_asked {
        show(&layout, &plan, &already)?;
    }
    told(&path, &skipped, &plan);
    let (count, new) = (plan.transactions.len(), plan.count_new(&already));
    if arguments.dry_run {
        say(format_args!(
            "{count} transactions of {}, {new} of them new, {} rows skipped; nothing is imported",
            owner.account_id(),
            skipped.len()
        ))?;
        return Ok(code(&skipped));
    }
    if is_asked && !is_confirmed(new)? {
        say("nothing is imported")?;
        return Ok(ExitCode::FAILURE);
    }
    let store = match store {
        Some(store) => store,
        None => spendsense_tools::migrated(&arguments.database).await?,
    };
    store.write(&plan.rows()).await?;
    say(format_args!(
        "{count} transactions of {} imported, {new} of them new, {} rows skipped",
        owner.account_id(),
        skipped.len()
    ))?;
    Ok(code(&skipped))
}

fn planned(statement: Statement, owner: &Owner, stored: &Stored) -> anyhow::Result<Plan> {
    Ok(Plan::of(statement, owner, stored)?)
}

fn owner(arguments: &Arguments) -> Owner {
    let now = Timestamp::now();
    let today = TimeZone::UTC.to_datetime(now).date();
    Owner {
        user_id: arguments.user.clone(),
        name: arguments.name.clone(),
        employers: arguments.employer.clone(),
        account: arguments.account.clone(),
        kind: arguments.kind,
        balance: arguments.balance.map(|cents| (cents, today)),
        limit_cents: arguments.limit,
        minimum_payment_cents: arguments.minimum_payment,
        last_payment_cents: arguments.last_payment,
        consents_at: arguments.consent.then_some(now),
    }
}

/// Opens the database, if it is there. Only an import brings its tables up to date.
async fn stored_in(arguments: &Arguments) -> anyhow::Result<Option<Store>> {
    let url = arguments.database.as_str();
    if !spendsense_tools::is_there(url) {
        return Ok(None);
    }
    let store = if arguments.dry_run {
        spendsense_tools::opened(url).await?
    } else {
        spendsense_tools::migrated(url).await?
    };
    Ok(Some(store))
}

/// Shows how the file is read, and what each row becomes.
fn show(layout: &[String], plan: &Plan, known: &BTreeSet<String>) -> anyhow::Result<()> {
    for line in layout {
        say(line)?;
    }
    let (kind, currency) = plan.account;
    say(format_args!(
        "a {} account in {currency}\n",
        kind.as_str().replace('_', " ")
    ))?;
    for of in &plan.transactions {
        let category = format!("{:?}", of.category).to_lowercase();
        let state = match (known.contains(&of.transaction_id), of.is_pending) {
            (true, _) => "known",
            (false, true) => "pending",
            (false, false) => "new",
        };
        say(format_args!(
            "{}  {:>14}  {category:8}  {state:7}  {}",
            of.posted_on,
            currency.written(-of.amount_cents),
            of.text
        ))?;
    }
    for id in &plan.removed {
        say(format_args!("taken back: {id}"))?;
    }
    say("")
}

/// Tells what is skipped, and what the owner should know.
#[expect(clippy::print_stderr, reason = "this is for people")]
fn told(path: &std::path::Path, skipped: &[(u64, String)], plan: &Plan) {
    for (line, wrong) in skipped {
        eprintln!("{}:{line}: skipped: {wrong}", path.display());
    }
    for note in &plan.notes {
        eprintln!("note: {note}");
    }
}

fn is_confirmed(new: usize) -> anyhow::Result<bool> {
    let mut out = std::io::stdout().lock();
    write!(out, "import {new} new transactions? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn code(skipped: &[(u64, String)]) -> ExitCode {
    if skipped.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
