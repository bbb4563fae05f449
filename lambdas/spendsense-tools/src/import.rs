//! A bank's export of transactions, as CSV, with the columns named on the command line.
//!
//! | The row | What it becomes |
//! |---|---|
//! | money out | a purchase; a payment, transfer, interest or fee by the words of its text |
//! | money in | income on a checking account, by ACH; a refund on a card; a payment, transfer or interest by the words of its text |
//! | an id | the transaction's; without one it is made of day, amount and text, so that importing twice changes nothing |

use std::collections::HashMap;
use std::io::Read;

use anyhow::{Context, bail};
use csv::{ReaderBuilder, StringRecord};
use jiff::civil::Date;
use spendsense::model::{Category, Cents, Channel};

use crate::rows::Transaction;

/// The layout of a file: the columns, and how days and amounts are written.
#[derive(Clone, Debug, clap::Args)]
pub struct Mapping {
    /// The column of the day
    #[arg(long, value_name = "COLUMN", default_value = "Date")]
    pub date: String,
    /// How days are written, as in strptime
    #[arg(long, value_name = "FORMAT", default_value = "%Y-%m-%d")]
    pub date_format: String,
    /// The column of the amount
    #[arg(long, value_name = "COLUMN", default_value = "Amount")]
    pub amount: String,
    /// Amounts are positive for money out; by default they are negative
    #[arg(long)]
    pub positive_out: bool,
    /// Amounts are written as 1.234,56
    #[arg(long)]
    pub decimal_comma: bool,
    /// The column of the text
    #[arg(long, value_name = "COLUMN", default_value = "Description")]
    pub description: String,
    /// The column of the merchant; without it the text stands for a purchase's merchant
    #[arg(long, value_name = "COLUMN")]
    pub merchant: Option<String>,
    /// The column of the transaction's id
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// The character between columns
    #[arg(long, value_name = "CHARACTER", default_value = ",")]
    pub delimiter: char,
}

/// The result of reading a file.
#[derive(Debug, Default)]
pub struct Imported {
    /// The rows that could be read.
    pub transactions: Vec<Transaction>,
    /// The other rows: the line, and what is wrong.
    pub skipped: Vec<(u64, String)>,
}

/// The account that a file is of.
#[derive(Clone, Copy, Debug)]
pub struct Into<'a> {
    /// The account's id.
    pub account_id: &'a str,
    /// Whether it is a card.
    pub is_card: bool,
}

/// The index of each column.
struct Columns {
    date: usize,
    amount: usize,
    description: usize,
    merchant: Option<usize>,
    id: Option<usize>,
}

/// Reads a file.
///
/// # Errors
/// A column that the first line does not have. A row that cannot be read is skipped, and reported.
pub fn read(input: impl Read, mapping: &Mapping, into: Into<'_>) -> anyhow::Result<Imported> {
    let delimiter =
        u8::try_from(mapping.delimiter).context("the delimiter is not an ASCII character")?;
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(input);
    let headers = reader.headers().context("cannot read the first line")?;
    let columns = Columns::find(headers, mapping)?;
    let mut imported = Imported::default();
    let mut seen = HashMap::new();
    let mut row = StringRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut row) {
            Ok(false) => return Ok(imported),
            Ok(true) => match transaction(&row, &columns, mapping, into, &mut seen) {
                Ok(transaction) => imported.transactions.push(transaction),
                Err(error) => {
                    let line = row.position().map_or(line, csv::Position::line);
                    imported.skipped.push((line, format!("{error:#}")));
                }
            },
            Err(error) if error.is_io_error() => return Err(error).context("cannot read the file"),
            Err(error) => {
                let line = error.position().map_or(line, csv::Position::line);
                let what = match error.kind() {
                    csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
                    _ => error.to_string(),
                };
                imported.skipped.push((line, what));
            }
        }
    }
}

impl Columns {
    fn find(headers: &StringRecord, mapping: &Mapping) -> anyhow::Result<Self> {
        let find = |name: &str| {
            let trimmed = |header: &str| header.trim_start_matches('\u{feff}').trim().to_owned();
            let mut names = headers.iter().map(trimmed);
            if let Some(index) = names.position(|header| header.eq_ignore_ascii_case(name.trim())) {
                return Ok(index);
            }
            let there: Vec<String> = headers
                .iter()
                .map(|header| format!("`{}`", trimmed(header)))
                .collect();
            bail!(
                "no column is called `{name}`: there are {}",
                there.join(", ")
            )
        };
        let maybe = |name: &Option<String>| name.as_deref().map(find).transpose();
        Ok(Self {
            date: find(&mapping.date)?,
            amount: find(&mapping.amount)?,
            description: find(&mapping.description)?,
            merchant: maybe(&mapping.merchant)?,
            id: maybe(&mapping.id)?,
        })
    }
}

fn transaction(
    row: &StringRecord,
    columns: &Columns,
    mapping: &Mapping,
    into: Into<'_>,
    seen: &mut HashMap<String, u32>,
) -> anyhow::Result<Transaction> {
    let field = |column: usize, name: &str| {
        let field = row.get(column).map(str::trim);
        field.with_context(|| format!("the row has no column `{name}`"))
    };
    let written = field(columns.date, &mapping.date)?;
    let posted_on = Date::strptime(&mapping.date_format, written)
        .ok()
        .with_context(|| {
            format!(
                "`{written}` is not a day written as {}",
                mapping.date_format
            )
        })?;
    let written = field(columns.amount, &mapping.amount)?;
    let amount = cents(written, mapping.decimal_comma)
        .with_context(|| format!("`{written}` is not an amount of money"))?;
    let amount_cents = if mapping.positive_out {
        amount
    } else {
        -amount
    };
    let text = field(columns.description, &mapping.description)?.to_owned();
    let category = category(&text, amount_cents, into.is_card);
    let is_purchase = category == Category::Purchase;
    let merchant = match columns.merchant {
        Some(column) => field(column, "the merchant")?.to_owned(),
        None => text.clone(),
    };
    let id = columns.id.and_then(|column| row.get(column)).map(str::trim);
    let id = id.filter(|id| !id.is_empty()).map_or_else(
        || {
            // Two equal rows of one day are two transactions, so their ids need a number.
            let what = format!("{posted_on} {amount_cents} {text}");
            let times = seen.entry(what.clone()).or_default();
            *times += 1;
            format!("{what} #{times}")
        },
        str::to_owned,
    );
    Ok(Transaction {
        transaction_id: format!("{}/{id}", into.account_id),
        account_id: into.account_id.to_owned(),
        posted_on,
        amount_cents,
        category,
        channel: if is_purchase {
            Channel::Card
        } else {
            Channel::Ach
        },
        text,
        merchant: Some(merchant).filter(|of| is_purchase && !of.is_empty()),
        is_pending: false,
    })
}

fn category(text: &str, amount: Cents, is_card: bool) -> Category {
    let text = text.to_uppercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["TRANSFER", "TFR "]) {
        Category::Transfer
    } else if says(&["INTEREST"]) {
        Category::Interest
    } else if says(&[
        "CARD PAYMENT",
        "AUTOPAY",
        "PAYMENT THANK YOU",
        "LOAN PAYMENT",
    ]) || (is_card && says(&["PAYMENT"]))
    {
        Category::Payment
    } else if amount < 0 && (is_card || says(&["REFUND", "RETURN"])) {
        Category::Refund
    } else if amount < 0 {
        Category::Income
    } else if says(&[" FEE"]) || text.starts_with("FEE") {
        Category::Fee
    } else {
        Category::Purchase
    }
}

/// Reads an amount such as `-1,234.56`, `$12`, `(3.50)` or `1.234,56`, in cents.
fn cents(written: &str, decimal_comma: bool) -> Option<Cents> {
    let (group, point) = if decimal_comma {
        ('.', ',')
    } else {
        (',', '.')
    };
    let bare = written.trim();
    let in_brackets = bare
        .strip_prefix('(')
        .and_then(|bare| bare.strip_suffix(')'));
    let bare = in_brackets.unwrap_or(bare);
    let digits: String = bare
        .chars()
        .filter(|c| *c != group && !c.is_whitespace() && !matches!(c, '$' | '€' | '£'))
        .collect();
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let sign = if in_brackets.is_some() { -1 } else { sign };
    let (whole, fraction) = digits.split_once(point).unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty()
        || fraction.len() > 2
        || !is_number(whole)
        || !is_number(fraction)
    {
        return None;
    }
    let whole: Cents = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let fraction: Cents = format!("{fraction:0<2}").parse().ok()?;
    whole
        .checked_mul(100)?
        .checked_add(fraction)?
        .checked_mul(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_they_are_written() {
        for (written, comma, expected) in [
            ("12.34", false, Some(1_234)),
            ("-1,234.5", false, Some(-123_450)),
            ("$12", false, Some(1_200)),
            ("(3.50)", false, Some(-350)),
            ("+.05", false, Some(5)),
            ("1.234,56", true, Some(123_456)),
            ("-12 €", true, Some(-1_200)),
            ("12.345", false, None),
            ("", false, None),
            ("-", false, None),
            ("1e3", false, None),
            ("--1", false, None),
            ("99999999999999999999", false, None),
            ("92233720368547758.08", false, None),
        ] {
            assert_eq!(cents(written, comma), expected, "{written}");
        }
    }

    #[test]
    fn the_text_and_the_sign_say_what_it_was() {
        for (text, amount, is_card, expected) in [
            ("CORNER MARKET", 1_200, false, Category::Purchase),
            ("ACME PAYROLL", -100_000, false, Category::Income),
            ("Transfer to savings", 5_000, false, Category::Transfer),
            ("PAYMENT THANK YOU", -5_000, true, Category::Payment),
            ("SHOE STORE", -5_000, true, Category::Refund),
            ("INTEREST CHARGE", 900, true, Category::Interest),
            ("MONTHLY FEE", 500, false, Category::Fee),
            ("COFFEE CART", 500, false, Category::Purchase),
        ] {
            assert_eq!(category(text, amount, is_card), expected, "{text}");
        }
    }
}
