//! Tables: CSV with any separator, and whatever columns a bank gives it.
//!
//! A layout is found first ([`layout`]): where the names of the columns are, which column is what, how days and amounts
//! are written, and which sign is money out. Options of the command line and presets of banks say any part of it.

mod columns;
mod direction;
mod layout;
mod names;
mod presets;
mod table;

use spendsense::currency::Currency;

use self::columns::Amounts;
use self::direction::Direction;
use self::layout::Layout;
use self::table::{Row, Table};
use super::amount::Mark;
use super::{Entry, Kind, Known, Options, Refusal, Statement, days};

/// The layout of a table, as far as the command line says it. A column is named as the file names it, or by its number.
#[derive(Clone, Debug, Default, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of the command line"
)]
pub struct Mapping {
    /// A bank whose tables are known; `--preset list` lists them
    #[arg(long, value_name = "BANK")]
    pub preset: Option<String>,
    /// The line with the columns' names, from 1
    #[arg(long, value_name = "LINE", conflicts_with = "no_header")]
    pub header: Option<u64>,
    /// No line has the columns' names: columns are numbers from 1
    #[arg(long)]
    pub no_header: bool,
    /// The column of the day
    #[arg(long, value_name = "COLUMN")]
    pub date: Option<String>,
    /// How days are written, as in strptime
    #[arg(long, value_name = "FORMAT")]
    pub date_format: Option<String>,
    /// The column of the amount
    #[arg(long, value_name = "COLUMN")]
    pub amount: Option<String>,
    /// The column of money out, if money in has another
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["amount", "type_column"])]
    pub debit: Option<String>,
    /// The column of money in, if money out has another
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["amount", "type_column"])]
    pub credit: Option<String>,
    /// The column that says debit or credit, if amounts have no sign
    #[arg(long = "type", value_name = "COLUMN")]
    pub type_column: Option<String>,
    /// Amounts are positive for money out
    #[arg(long, conflicts_with = "negative_out")]
    pub positive_out: bool,
    /// Amounts are negative for money out
    #[arg(long)]
    pub negative_out: bool,
    /// Amounts are written as 1.234,56
    #[arg(long, conflicts_with = "decimal_point")]
    pub decimal_comma: bool,
    /// Amounts are written as 1,234.56
    #[arg(long)]
    pub decimal_point: bool,
    /// The column of the text
    #[arg(long, value_name = "COLUMN")]
    pub description: Option<String>,
    /// The column of the merchant; without it the text stands for a purchase's merchant
    #[arg(long, value_name = "COLUMN")]
    pub merchant: Option<String>,
    /// The column of the transaction's id
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// The character between columns
    #[arg(long, value_name = "CHARACTER")]
    pub delimiter: Option<char>,
}

/// Lists the names of the presets.
pub fn presets() -> impl Iterator<Item = &'static str> {
    presets::ALL.iter().map(|preset| preset.name)
}

/// Words of a row that is not final, or never was one.
const PENDING: [&str; 5] = [
    "pending",
    "vorgemerkt",
    "umsatz vorgemerkt",
    "authorised",
    "hold",
];
const NOT_DONE: [&str; 8] = [
    "reverted",
    "declined",
    "failed",
    "cancelled",
    "canceled",
    "denied",
    "expired",
    "voided",
];

/// Reads a table.
pub(super) fn read(text: &str, options: &Options, known: Known) -> Result<Statement, Refusal> {
    let mapping = &options.mapping;
    let table = Table::read(text, mapping)?;
    let layout = Layout::find(&table, options, known)?;
    let mut statement = Statement {
        currency: Some(layout.currency),
        layout: layout.said(&table),
        notes: layout.note.clone().into_iter().collect(),
        ..Statement::default()
    };
    for row in &table.rows {
        if !layout.is_wanted(row, options.only.as_deref()) {
            continue;
        }
        match layout.entry(row) {
            Ok(Some(entry)) => {
                let fee = layout.fee(row, &entry);
                statement.entries.push(entry);
                match fee {
                    Ok(fee) => statement.entries.extend(fee),
                    Err(wrong) => statement.skipped.push((row.line, wrong)),
                }
            }
            Ok(None) => {}
            Err(wrong) => statement.skipped.push((row.line, wrong)),
        }
    }
    for (line, wrong) in &table.wrong {
        statement.skipped.push((*line, wrong.clone()));
    }
    statement.skipped.sort();
    Ok(statement)
}

impl Layout {
    /// Whether a row is of the account and the currency that are read.
    fn is_wanted(&self, row: &Row, only: Option<&str>) -> bool {
        let account = self.columns.account.and_then(|column| row.field(column));
        let is_account = match (only, account) {
            (Some(only), Some(account)) => account == only || account.ends_with(only),
            _ => true,
        };
        let currency = self.columns.currency.and_then(|column| row.field(column));
        let currency = currency.and_then(|code| code.parse::<Currency>().ok());
        is_account && currency.is_none_or(|currency| currency == self.currency)
    }

    /// Reads a row; nothing if it never happened.
    fn entry(&self, row: &Row) -> Result<Option<Entry>, String> {
        let field = |column: usize, what: &str| {
            let field = row.field(column);
            field.ok_or_else(|| format!("the row has no column {} ({what})", column + 1))
        };
        let written = field(self.columns.date, "the day")?;
        let posted_on = days::read(written, &self.days)
            .ok_or_else(|| format!("`{written}` is not a day written as {}", self.days))?;
        let status = self.columns.status.and_then(|column| row.field(column));
        let status = status.map(str::to_lowercase).unwrap_or_default();
        if NOT_DONE.contains(&status.as_str()) {
            return Ok(None);
        }
        let amount = self.amount(row)?;
        let mut parts: Vec<&str> = Vec::new();
        for column in &self.columns.text {
            let part = row.field(*column).unwrap_or_default();
            if !part.is_empty() && !parts.contains(&part) {
                parts.push(part);
            }
        }
        if row.field(self.columns.text[0]).is_none() {
            field(self.columns.text[0], "the text")?;
        }
        let optional = |column: Option<usize>| {
            let field = column.and_then(|column| row.field(column));
            field.filter(|field| !field.is_empty()).map(str::to_owned)
        };
        Ok(Some(Entry {
            line: row.line,
            id: optional(self.columns.id),
            posted_on,
            amount,
            text: parts.join(" "),
            payee: optional(self.columns.merchant),
            category: None,
            is_pending: PENDING.contains(&status.as_str()),
        }))
    }

    /// Reads the amount of a row, with money in as positive.
    fn amount(&self, row: &Row) -> Result<i64, String> {
        let read = |column: usize| {
            let written = row.field(column).unwrap_or_default();
            if written.is_empty() {
                return Ok(None);
            }
            self.style.read(written, self.currency).map(Some)
        };
        match self.columns.amounts {
            Amounts::Columns { debit, credit } => match (read(debit)?, read(credit)?) {
                (Some(out), Some(into)) if out.cents != 0 && into.cents != 0 => {
                    Err("the row has money out and money in".to_owned())
                }
                (None, None) => Err("the row has no amount".to_owned()),
                (out, into) => {
                    let cents = |amount: Option<super::amount::Amount>, is_negative: bool| {
                        let cents = amount.map_or(0, |amount| amount.cents);
                        if is_negative { -cents } else { cents }
                    };
                    let (negative_debits, negative_credits) = self.negative;
                    Ok(cents(into, negative_credits) - cents(out, negative_debits))
                }
            },
            Amounts::One(column) => {
                let amount = read(column)?.ok_or("the row has no amount")?;
                let cents = amount.cents;
                match self.direction {
                    Direction::NegativeOut => Ok(cents),
                    Direction::PositiveOut => Ok(-cents),
                    Direction::Type(column) => {
                        let word = row.field(column).unwrap_or_default();
                        let is_out = direction::is_debit(word)
                            .ok_or_else(|| format!("`{word}` is neither debit nor credit"))?;
                        Ok(if is_out { -cents } else { cents })
                    }
                    Direction::Marks => match (amount.mark, cents) {
                        (_, 0) | (Some(Mark::Credit), _) => Ok(cents),
                        (Some(Mark::Debit), _) => Ok(-cents),
                        (None, _) => Err("the amount has neither CR nor DR".to_owned()),
                    },
                }
            }
        }
    }

    /// Reads the fee that some banks write beside an amount, as a movement of its own.
    fn fee(&self, row: &Row, entry: &Entry) -> Result<Option<Entry>, String> {
        let column = self.columns.fee.and_then(|column| row.field(column));
        let Some(written) = column.filter(|written| !written.is_empty()) else {
            return Ok(None);
        };
        let amount = self.style.read(written, self.currency)?;
        Ok((amount.cents != 0).then(|| Entry {
            id: entry.id.as_ref().map(|id| format!("{id} fee")),
            amount: -amount.cents.abs(),
            text: format!("FEE {}", entry.text),
            payee: None,
            category: Some(spendsense::model::Category::Fee),
            ..entry.clone()
        }))
    }
}

/// Whether an account is a card.
fn is_card(known: Known) -> bool {
    known.kind == Some(Kind::CreditCard)
}
