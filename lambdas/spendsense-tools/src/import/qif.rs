//! QIF of Quicken: a letter begins each line, and `^` ends a movement. Days and amounts are written as the bank's country
//! does, so they are found as in a table. There are no ids.

use spendsense::currency::Currency;
use spendsense::model::Category;

use super::amount::{Decimal, Style};
use super::{Entry, Kind, Known, Options, Refusal, Statement, assumed, days};

/// A movement as it is written.
#[derive(Default)]
struct Movement<'q> {
    line: u64,
    day: String,
    amount: &'q str,
    payee: &'q str,
    memo: &'q str,
    category: &'q str,
}

/// An account while its movements are read.
struct Account<'q> {
    name: Option<String>,
    kind: Option<Kind>,
    movements: Vec<Movement<'q>>,
}

/// Reads the accounts of a file.
pub(super) fn read(text: &str, options: &Options, known: Known) -> Result<Vec<Statement>, Refusal> {
    let accounts = accounts(text)?;
    let all = || accounts.iter().flat_map(|account| &account.movements);
    let said = options.currency.or(known.currency);
    let currency = said.unwrap_or_default();
    let style = if options.mapping.decimal_comma {
        Style::fixed(Decimal::Comma)
    } else if options.mapping.decimal_point {
        Style::fixed(Decimal::Point)
    } else {
        Style::find(all().map(|of| of.amount), currency)?
    };
    let written: Vec<&str> = all().map(|of| of.day.as_str()).collect();
    let format = match &options.mapping.date_format {
        Some(format) => format.clone(),
        None if written.is_empty() => "%m/%d/%Y".to_owned(),
        None => days::find(&written)?.to_owned(),
    };
    let statements = accounts.into_iter().map(|account| {
        let mut statement = Statement {
            account: account.name,
            kind: account.kind,
            currency: Some(currency),
            layout: vec![format!("days as {format}")],
            notes: said
                .is_none()
                .then(|| assumed(currency))
                .into_iter()
                .collect(),
            ..Statement::default()
        };
        for movement in account.movements {
            match movement.entry(&format, style, currency) {
                Ok(entry) => statement.entries.push(entry),
                Err(wrong) => statement.skipped.push((movement.line, wrong)),
            }
        }
        statement
    });
    Ok(statements.collect())
}

fn accounts(text: &str) -> Result<Vec<Account<'_>>, Refusal> {
    let mut accounts: Vec<Account<'_>> = Vec::new();
    let (mut name, mut is_account) = (None, false);
    let mut movement = Movement::default();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim_end();
        let Some(code) = line.chars().next() else {
            continue;
        };
        let value = line[code.len_utf8()..].trim();
        if code == '!' {
            let header = value.to_ascii_lowercase();
            is_account = header == "account";
            if let Some(kind) = header.strip_prefix("type:") {
                accounts.push(Account {
                    name: name.take(),
                    kind: kind_of(kind.trim())?,
                    movements: Vec::new(),
                });
            }
            movement = Movement::default();
            continue;
        }
        if is_account {
            if code == 'N' {
                name = Some(value.to_owned());
            }
            continue;
        }
        if movement.line == 0 {
            movement.line = number;
        }
        match code {
            // Quicken writes years after 1999 behind an apostrophe, and pads with spaces.
            'D' => movement.day = value.replace(' ', "").replace('\'', "/"),
            'T' => movement.amount = value,
            'U' if movement.amount.is_empty() => movement.amount = value,
            'P' => movement.payee = value,
            'M' => movement.memo = value,
            'L' => movement.category = value,
            '^' => {
                let movement = std::mem::take(&mut movement);
                let account = accounts.last_mut();
                let is_there = !movement.day.is_empty() || !movement.amount.is_empty();
                if let Some(account) = account.filter(|_| is_there) {
                    account.movements.push(movement);
                }
            }
            _ => {}
        }
    }
    if let Some(account) = accounts.last_mut().filter(|_| !movement.day.is_empty()) {
        account.movements.push(movement);
    }
    accounts.retain(|account| !account.movements.is_empty() || account.kind.is_some());
    Ok(accounts)
}

fn kind_of(kind: &str) -> Result<Option<Kind>, Refusal> {
    match kind {
        "bank" => Ok(Some(Kind::Checking)),
        "ccard" => Ok(Some(Kind::CreditCard)),
        "cash" | "oth a" | "oth l" => Ok(Some(Kind::Other)),
        // Lists of categories, classes and memorized payees have no movements.
        "cat" | "class" | "memorized" | "tag" | "prices" | "security" => Ok(None),
        other => Err(Refusal::new(format!("QIF's `!Type:{other}` is not read"))
            .or("export the account of the bank or the card alone")),
    }
}

impl Movement<'_> {
    fn entry(&self, format: &str, style: Style, currency: Currency) -> Result<Entry, String> {
        let posted_on = days::read(&self.day, format)
            .ok_or_else(|| format!("`{}` is not a day written as {format}", self.day))?;
        let amount = style.read(self.amount, currency)?.cents;
        let text = match (self.payee, self.memo) {
            ("", memo) => memo.to_owned(),
            (payee, "") => payee.to_owned(),
            (payee, memo) if memo.starts_with(payee) => memo.to_owned(),
            (payee, memo) => format!("{payee} {memo}"),
        };
        // A category in brackets is another account of the same person.
        let is_transfer = self.category.starts_with('[') && self.category.ends_with(']');
        Ok(Entry {
            line: self.line,
            id: None,
            posted_on,
            amount,
            text,
            payee: Some(self.payee.to_owned()).filter(|payee| !payee.is_empty()),
            category: is_transfer.then_some(Category::Transfer),
            is_pending: false,
        })
    }
}
