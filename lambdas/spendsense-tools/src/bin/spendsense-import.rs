//! `spendsense-import`: imports a bank's export of transactions.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use jiff::Timestamp;
use spendsense::model::{Account, AccountKind, Card, Cents};
use spendsense::store::Writes;
use spendsense_tools::import::{self, Into, Mapping};
use spendsense_tools::rows::Person;
use spendsense_tools::say;

/// Imports a CSV file of one account's transactions, and consents for the user, whose own they are.
///
/// A row that cannot be read is reported with its line and skipped. Importing a file again changes nothing. Exit status:
/// 0 if every row was read, 1 if some were skipped.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The file, with the names of its columns on the first line
    file: PathBuf,
    /// The database: sqlite:FILE or postgres://…
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite:target/spendsense.sqlite",
        hide_env_values = true
    )]
    database: String,
    /// The user's id; made if there is none
    #[arg(long)]
    user: String,
    /// The user's name
    #[arg(long, default_value = "")]
    name: String,
    /// The employer, as it stands in the text of payroll deposits
    #[arg(long)]
    employer: Option<String>,
    /// The id of the account in the file
    #[arg(long, default_value = "checking")]
    account: String,
    /// The kind of that account
    #[arg(long, value_enum, default_value_t = Kind::Checking)]
    kind: Kind,
    /// The money on it now, in cents; for a card, the amount owed
    #[arg(
        long,
        value_name = "CENTS",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    balance: Cents,
    /// The limit of a card, in cents
    #[arg(long, value_name = "CENTS")]
    limit: Option<Cents>,
    #[command(flatten)]
    mapping: Mapping,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Checking,
    Savings,
    CreditCard,
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stderr, reason = "this is for people")]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let path = &arguments.file;
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let account_id = format!("{}/{}", arguments.user, arguments.account);
    let into = Into {
        account_id: &account_id,
        is_card: arguments.kind == Kind::CreditCard,
    };
    let imported = import::read(file, &arguments.mapping, into)
        .with_context(|| format!("cannot import {}", path.display()))?;
    let kind = match arguments.kind {
        Kind::Checking => AccountKind::Checking,
        Kind::Savings => AccountKind::Savings,
        Kind::CreditCard => AccountKind::CreditCard(Card {
            limit_cents: arguments.limit,
            ..Card::default()
        }),
    };
    let person = Person {
        user_id: arguments.user,
        name: arguments.name,
        employer: arguments.employer,
        consent: Some((Timestamp::UNIX_EPOCH, None)),
        accounts: vec![Account {
            account_id: account_id.clone(),
            name: arguments.account,
            kind,
            balance_cents: arguments.balance,
        }],
        transactions: imported.transactions,
    };
    let mut writes = Writes::default();
    person.write(&mut writes);
    let store = spendsense_tools::migrated(&arguments.database).await?;
    store.write(&writes).await?;
    for (line, error) in &imported.skipped {
        eprintln!("{}:{line}: skipped: {error}", path.display());
    }
    say(format_args!(
        "{} transactions of {account_id} imported, {} rows skipped",
        person.transactions.len(),
        imported.skipped.len()
    ))?;
    Ok(if imported.skipped.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
