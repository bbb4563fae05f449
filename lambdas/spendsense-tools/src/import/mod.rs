//! A bank's files: what they say, whatever their format, and what becomes of it.
//!
//! A reader never guesses where a guess would change an amount, a day or a direction: it refuses the file, and the refusal
//! says which option decides. A row that cannot be read is skipped, and told with its line.

pub mod amount;
mod camt;
pub mod category;
pub mod csv;
mod days;
pub mod ids;
mod mt940;
mod ofx;
mod plaid;
mod qif;
pub mod save;
mod text;

use std::fmt;

use clap::ValueEnum;
use jiff::civil::Date;
use spendsense::currency::Currency;
use spendsense::model::{Category, Cents};

pub use text::decode;

/// The formats of bank files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table, with commas or another character between its columns
    Csv,
    /// OFX and QFX, as SGML or XML
    Ofx,
    /// CAMT.053 of ISO 20022, and 052 and 054, which have the same entries
    Camt,
    /// Quicken's QIF
    Qif,
    /// SWIFT's MT940 and MT942
    Mt940,
    /// The JSON of Plaid's /transactions/sync and /transactions/get
    Plaid,
}

/// The kinds of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// An account for daily payments
    Checking,
    /// Savings, money market, certificates
    Savings,
    /// A credit card
    CreditCard,
    /// Loans and investments, which do not count
    Other,
}

impl Kind {
    /// Returns the word for it in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Savings => "savings",
            Self::CreditCard => "credit_card",
            Self::Other => "other",
        }
    }

    /// Finds the kind that the store has a word for.
    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::Checking, Self::Savings, Self::CreditCard, Self::Other];
        all.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How a file is read, as far as the command line says it.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Options {
    /// The format of the file; by default what its first lines look like
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// The encoding of the text, such as windows-1252 or macintosh; by default UTF-8 or UTF-16 if it is that, else windows-1252
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// The account in the file, if it has several: its number, its end, or its name
    #[arg(long, value_name = "ACCOUNT")]
    pub only: Option<String>,
    /// The currency of the account, such as EUR
    #[arg(long, value_name = "CODE")]
    pub currency: Option<Currency>,
    /// How a table is read.
    #[command(flatten)]
    pub mapping: csv::Mapping,
}

/// What is known of the account before its file is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// The kind, as the command line or the store has it.
    pub kind: Option<Kind>,
    /// The currency, as the command line or the store has it.
    pub currency: Option<Currency>,
}

/// An account's part of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The bank's number or name of the account.
    pub account: Option<String>,
    /// The kind of the account.
    pub kind: Option<Kind>,
    /// The currency of the amounts.
    pub currency: Option<Currency>,
    /// The balance, below zero where the owner owes it, and its day.
    pub balance: Option<(Cents, Option<Date>)>,
    /// The limit of a card.
    pub limit_cents: Option<Cents>,
    /// The movements.
    pub entries: Vec<Entry>,
    /// What could not be read: the line, and what is wrong.
    pub skipped: Vec<(u64, String)>,
    /// The ids of transactions that the bank has taken back.
    pub removed: Vec<String>,
    /// How the file was read, for people.
    pub layout: Vec<String>,
    /// What its owner should know, also when nothing is shown.
    pub notes: Vec<String>,
}

/// A movement on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line on which it begins.
    pub line: u64,
    /// The bank's own id.
    pub id: Option<String>,
    /// The day on which it was posted.
    pub posted_on: Date,
    /// The amount as its owner sees it: money in is positive.
    pub amount: Cents,
    /// The text of the statement.
    pub text: String,
    /// Who paid or was paid, if the file has that apart from the text.
    pub payee: Option<String>,
    /// What the bank says that it was.
    pub category: Option<Category>,
    /// Whether it is not final yet.
    pub is_pending: bool,
}

/// What is told where nothing says a currency.
fn assumed(currency: Currency) -> String {
    format!("nothing says the currency, so it is {currency}: --currency says another")
}

/// Why a file is not read, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    what: String,
    choices: Vec<String>,
}

impl Refusal {
    /// Refuses without a choice.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            choices: Vec::new(),
        }
    }

    /// Adds something that can be written instead.
    #[must_use]
    pub fn or(mut self, choice: impl Into<String>) -> Self {
        self.choices.push(choice.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for choice in &self.choices {
            write!(f, "\n  {choice}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// Reads the account of a file.
///
/// # Errors
/// The file is in no known format, has several accounts, or can be read in two ways.
pub fn read(file: &[u8], options: &Options, known: Known) -> Result<Statement, Refusal> {
    let (text, encoding) = decode(file, options.encoding.as_deref())?;
    let format = match options.format {
        Some(format) => format,
        None => sniffed(&text)?,
    };
    let statements = match format {
        Format::Csv => vec![csv::read(&text, options, known)?],
        Format::Ofx => ofx::read(&text)?,
        Format::Camt => camt::read(&text)?,
        Format::Qif => qif::read(&text, options, known)?,
        Format::Mt940 => mt940::read(&text)?,
        Format::Plaid => plaid::read(&text)?,
    };
    let mut statement = chosen(statements, options.only.as_deref(), format)?;
    let name = match format {
        Format::Csv => "a table (CSV)",
        Format::Ofx => "OFX",
        Format::Camt => "CAMT",
        Format::Qif => "QIF",
        Format::Mt940 => "MT940",
        Format::Plaid => "Plaid's JSON",
    };
    let read = format!("{name} in {encoding}");
    statement.layout.insert(0, read);
    Ok(statement)
}

/// Finds the format by what a file begins with.
fn sniffed(text: &str) -> Result<Format, Refusal> {
    let start = text.trim_start();
    let head: String = start.chars().take(4_000).collect();
    let upper = head.to_ascii_uppercase();
    if start.is_empty() {
        return Err(Refusal::new("the file is empty"));
    }
    let is_binary = head.chars().any(|c| c == '\0');
    if is_binary || head.starts_with("%PDF") || head.starts_with("PK\u{3}\u{4}") {
        return Err(Refusal::new(
            "the file is no text, but a PDF, a spreadsheet or another program's file",
        )
        .or("export the account as CSV, OFX, CAMT.053, QIF or MT940, and import that"));
    }
    Ok(
        if upper.starts_with("OFXHEADER") || upper.contains("<OFX>") || upper.contains("<?OFX") {
            Format::Ofx
        } else if head.starts_with('<') {
            if !upper.contains("CAMT.05") && !upper.contains("<BKTOCSTMR") {
                return Err(
                    Refusal::new("the file is XML, but neither OFX nor CAMT.053")
                        .or("--format says what it is"),
                );
            }
            Format::Camt
        } else if head.starts_with(['{', '[']) && !head.starts_with("{1:") {
            Format::Plaid
        } else if upper.starts_with("!TYPE:")
            || upper.starts_with("!ACCOUNT")
            || upper.starts_with("!OPTION:")
        {
            Format::Qif
        } else if head.starts_with("{1:") || head.starts_with(":20:") || head.contains("\n:20:") {
            Format::Mt940
        } else {
            Format::Csv
        },
    )
}

/// Chooses the account that the command line names, or the only one.
fn chosen(
    statements: Vec<Statement>,
    only: Option<&str>,
    format: Format,
) -> Result<Statement, Refusal> {
    let mut accounts = joined(statements);
    if format == Format::Csv {
        // A table has its accounts in a column, which its reader has looked at.
        return accounts
            .pop()
            .ok_or_else(|| Refusal::new("the file has no account"));
    }
    let names: Vec<String> = accounts
        .iter()
        .filter_map(|of| of.account.clone())
        .collect();
    if let Some(only) = only {
        let is_it = |of: &Statement| {
            let account = of.account.as_deref();
            account.is_some_and(|account| account == only || account.ends_with(only))
        };
        accounts.retain(is_it);
    }
    match (accounts.pop(), accounts.is_empty()) {
        (Some(account), true) => Ok(account),
        (None, _) if only.is_none() => Err(Refusal::new("the file has no account")),
        (None, _) => Err(Refusal::new(format!(
            "no account of the file is called `{}`: there are {}",
            only.unwrap_or_default(),
            names.join(", ")
        ))),
        (Some(_), false) => {
            let refusal = Refusal::new(format!("the file has {} accounts", names.len()));
            let choices = names.iter().map(|name| format!("--only {name}"));
            Err(choices.fold(refusal, Refusal::or))
        }
    }
}

/// Joins the statements of one account, which a file may have one after the other.
fn joined(statements: Vec<Statement>) -> Vec<Statement> {
    let mut accounts: Vec<Statement> = Vec::new();
    for statement in statements {
        let same = accounts
            .iter_mut()
            .find(|of| (&of.account, of.currency) == (&statement.account, statement.currency));
        let Some(of) = same else {
            accounts.push(statement);
            continue;
        };
        let day = |of: &Statement| of.balance.and_then(|(_, day)| day);
        if statement.balance.is_some() && day(&statement) >= day(of) {
            of.balance = statement.balance;
        }
        of.entries.extend(statement.entries);
        of.skipped.extend(statement.skipped);
        of.removed.extend(statement.removed);
    }
    accounts
}
