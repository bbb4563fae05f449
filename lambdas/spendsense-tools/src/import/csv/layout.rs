//! The layout of a table: everything that has to be known before its rows are read.

use spendsense::currency::Currency;

use super::columns::{Amounts, Columns};
use super::direction::Direction;
use super::table::Table;
use super::{Mapping, presets};
use crate::import::amount::{self, Decimal, Style};
use crate::import::{Known, Options, Refusal, assumed, days};

/// How a table is read.
#[derive(Debug)]
pub(super) struct Layout {
    preset: Option<&'static str>,
    pub(super) columns: Columns,
    /// How days are written, as in strptime.
    pub(super) days: String,
    pub(super) style: Style,
    pub(super) currency: Currency,
    pub(super) direction: Direction,
    /// What is told where the currency is only assumed.
    pub(super) note: Option<String>,
    /// Whether money out, and money in, is negative in its own column.
    pub(super) negative: (bool, bool),
}

impl Layout {
    /// Finds the layout.
    pub(super) fn find(table: &Table, options: &Options, known: Known) -> Result<Self, Refusal> {
        let mapping = &options.mapping;
        let names = table.names.as_ref().map(|(_, names)| names.as_slice());
        let preset = match mapping.preset.as_deref() {
            Some(name) => Some(presets::named(name).ok_or_else(|| {
                let all: Vec<&str> = super::presets().collect();
                Refusal::new(format!(
                    "no preset is called `{name}`: there are {}",
                    all.join(", ")
                ))
            })?),
            None => match names {
                Some(names) => presets::with_names(names),
                None if presets::is_nameless(&table.rows) && !mapping.no_header => {
                    presets::named("wells-fargo")
                }
                None => None,
            },
        };
        // Whoever names the columns of amounts knows the table better.
        let preset = preset.filter(|_| mapping.preset.is_some() || mapping.amount.is_none());
        let columns = Columns::find(names, mapping, preset)?;
        one_of_a_name(names, &columns)?;
        one_account(table, &columns, options)?;
        let (currency, note) = currency(
            table,
            &columns,
            options,
            known,
            preset.map_or("", |of| of.currency),
        )?;
        let days = match (&mapping.date_format, preset.map_or("", |of| of.date_format)) {
            (Some(format), _) => format.clone(),
            (None, "") => {
                let days = table.rows.iter().filter_map(|row| row.field(columns.date));
                let days: Vec<&str> = days.filter(|day| !day.is_empty()).collect();
                if days.is_empty() {
                    "%Y-%m-%d".to_owned()
                } else {
                    days::find(&days)?.to_owned()
                }
            }
            (None, format) => format.to_owned(),
        };
        let style = style(
            table,
            &columns,
            mapping,
            currency,
            preset.and_then(|of| of.decimal),
        )?;
        let direction = Direction::find(
            table,
            &columns,
            mapping,
            (style, currency),
            known,
            preset.and_then(|of| of.is_positive_out),
        )?;
        let negative = negative(table, &columns, style, currency)?;
        Ok(Self {
            preset: preset.map(|preset| preset.name),
            columns,
            days,
            style,
            currency,
            direction,
            note,
            negative,
        })
    }

    /// Says how the table is read.
    pub(super) fn said(&self, table: &Table) -> Vec<String> {
        let name = |column: usize| {
            let names = table.names.as_ref();
            let name = names.and_then(|(_, names)| names.get(column));
            name.map_or_else(
                || format!("column {}", column + 1),
                |name| format!("`{name}`"),
            )
        };
        let mut said = Vec::new();
        if let Some(preset) = self.preset {
            said.push(format!("as {preset} writes it"));
        }
        let separator = match table.delimiter {
            '\t' => "tabs".to_owned(),
            other => format!("`{other}`"),
        };
        said.push(match &table.names {
            Some((line, _)) => format!("{separator} between columns, their names on line {line}"),
            None => format!("{separator} between columns, which have no names"),
        });
        said.push(format!(
            "the day is {}, as {}",
            name(self.columns.date),
            self.days
        ));
        let decimal = match self.style.decimal {
            Decimal::Point => "1,234.56",
            Decimal::Comma => "1.234,56",
        };
        let amounts = match (self.columns.amounts, self.direction) {
            (Amounts::Columns { debit, credit }, _) => {
                format!("money out is {}, money in {}", name(debit), name(credit))
            }
            (Amounts::One(column), Direction::NegativeOut) => {
                format!("the amount is {}, negative for money out", name(column))
            }
            (Amounts::One(column), Direction::PositiveOut) => {
                format!("the amount is {}, positive for money out", name(column))
            }
            (Amounts::One(column), Direction::Type(types)) => {
                format!(
                    "the amount is {}, and {} says its direction",
                    name(column),
                    name(types)
                )
            }
            (Amounts::One(column), Direction::Marks) => {
                format!("the amount is {}, with CR or DR", name(column))
            }
        };
        said.push(format!("{amounts}, in {} as {decimal}", self.currency));
        let text: Vec<String> = self
            .columns
            .text
            .iter()
            .map(|column| name(*column))
            .collect();
        said.push(format!("the text is {}", text.join(" and ")));
        if let Some(merchant) = self.columns.merchant {
            said.push(format!("the merchant is {}", name(merchant)));
        }
        said.push(match self.columns.id {
            Some(id) => format!("the id is {}", name(id)),
            None => "ids are made of day, amount and text".to_owned(),
        });
        said
    }
}

/// Refuses a table with two columns of one name, of which one would be read.
fn one_of_a_name(names: Option<&[String]>, columns: &Columns) -> Result<(), Refusal> {
    let Some(names) = names else {
        return Ok(());
    };
    let read = match columns.amounts {
        Amounts::One(column) => vec![columns.date, column],
        Amounts::Columns { debit, credit } => vec![columns.date, debit, credit],
    };
    for column in read {
        let same: Vec<usize> = (0..names.len())
            .filter(|other| names[*other].eq_ignore_ascii_case(&names[column]))
            .collect();
        if same.len() > 1 {
            let refusal = Refusal::new(format!(
                "{} columns are called `{}`",
                same.len(),
                names[column]
            ));
            return Err(refusal.or("--no-header, with the columns' numbers, says which is read"));
        }
    }
    Ok(())
}

/// Refuses a table of several accounts, unless the command line chooses one.
fn one_account(table: &Table, columns: &Columns, options: &Options) -> Result<(), Refusal> {
    let Some(column) = columns.account else {
        return match &options.only {
            Some(_) => Err(Refusal::new(
                "no column of the table has accounts for --only",
            )),
            None => Ok(()),
        };
    };
    let mut accounts: Vec<&str> = Vec::new();
    for row in &table.rows {
        if let Some(account) = row.field(column).filter(|account| !account.is_empty())
            && !accounts.contains(&account)
        {
            accounts.push(account);
        }
    }
    if let Some(only) = &options.only {
        let chosen = accounts
            .iter()
            .filter(|of| *of == only || of.ends_with(only.as_str()));
        return match chosen.count() {
            1 => Ok(()),
            count => Err(Refusal::new(format!(
                "{count} accounts of the table end in `{only}`: there are {}",
                accounts.join(", ")
            ))),
        };
    }
    if accounts.len() < 2 {
        return Ok(());
    }
    let refusal = Refusal::new(format!("the table has {} accounts", accounts.len()));
    let choices = accounts.iter().map(|account| format!("--only '{account}'"));
    Err(choices.fold(refusal, Refusal::or))
}

/// Finds the currency: that of the command line, of the rows, of the store, or of the bank.
fn currency(
    table: &Table,
    columns: &Columns,
    options: &Options,
    known: Known,
    preset: &str,
) -> Result<(Currency, Option<String>), Refusal> {
    let amounts = match columns.amounts {
        Amounts::One(column) => vec![column],
        Amounts::Columns { debit, credit } => vec![debit, credit],
    };
    let found = currencies(table, columns, &amounts);
    if let Some(given) = options.currency {
        if found.is_empty() || found.contains(&given) {
            return Ok((given, None));
        }
        return Err(Refusal::new(format!(
            "no amount of the table is in {given}, but in {}",
            found[0]
        )));
    }
    match found.as_slice() {
        [] => Ok(match known.currency.or_else(|| preset.parse().ok()) {
            Some(currency) => (currency, None),
            None => (Currency::USD, Some(assumed(Currency::USD))),
        }),
        [one] => Ok((*one, None)),
        several => {
            let refusal = Refusal::new(format!(
                "the table has amounts in {} currencies",
                several.len()
            ));
            let choices = several
                .iter()
                .map(|code| format!("--currency {code} --account NAME, for an account in {code}"));
            Err(choices.fold(refusal, Refusal::or))
        }
    }
}

/// Lists the currencies that a table names: in a column of its own, beside amounts, or else behind the columns' names.
fn currencies(table: &Table, columns: &Columns, amounts: &[usize]) -> Vec<Currency> {
    let in_rows = table.rows.iter().flat_map(|row| {
        let own = columns.currency.and_then(|column| row.field(column));
        match own {
            Some(code) => vec![code.parse().ok()],
            None => amounts
                .iter()
                .map(|column| row.field(*column).and_then(amount::currency_beside))
                .collect(),
        }
    });
    let mut found: Vec<Currency> = Vec::new();
    for currency in in_rows.flatten() {
        if !found.contains(&currency) {
            found.push(currency);
        }
    }
    if let (true, Some((_, names))) = (found.is_empty(), &table.names) {
        let mut named = amounts.iter().filter_map(|column| names.get(*column));
        found.extend(named.find_map(|name| in_brackets(name)));
    }
    found
}

/// Finds the currency in brackets behind a column's name.
fn in_brackets(name: &str) -> Option<Currency> {
    let (_, rest) = name.split_once(['(', '['])?;
    let code = rest.trim_end_matches([')', ']']).trim();
    match code {
        "€" => "EUR".parse().ok(),
        "£" => "GBP".parse().ok(),
        "$" => None,
        code => code.parse().ok(),
    }
}

fn style(
    table: &Table,
    columns: &Columns,
    mapping: &Mapping,
    currency: Currency,
    preset: Option<Decimal>,
) -> Result<Style, Refusal> {
    if mapping.decimal_comma {
        return Ok(Style::fixed(Decimal::Comma));
    }
    if mapping.decimal_point {
        return Ok(Style::fixed(Decimal::Point));
    }
    if let Some(decimal) = preset {
        return Ok(Style::fixed(decimal));
    }
    let of = |column: usize| table.rows.iter().filter_map(move |row| row.field(column));
    match columns.amounts {
        Amounts::One(column) => Style::find(of(column), currency),
        Amounts::Columns { debit, credit } => Style::find(of(debit).chain(of(credit)), currency),
    }
}

/// Finds whether the amounts of two columns are negative in their own column. Some banks write a minus before all that
/// leaves, though its column says so already; a column with both signs says something else.
fn negative(
    table: &Table,
    columns: &Columns,
    style: Style,
    currency: Currency,
) -> Result<(bool, bool), Refusal> {
    let Amounts::Columns { debit, credit } = columns.amounts else {
        return Ok((false, false));
    };
    let is_negative = |column: usize| {
        let amounts = table.rows.iter().filter_map(|row| row.field(column));
        let amounts = amounts.filter_map(|written| style.read(written, currency).ok());
        let (mut positive, mut negative) = (0, 0);
        for amount in amounts {
            positive += usize::from(amount.cents > 0);
            negative += usize::from(amount.cents < 0);
        }
        if positive > 0 && negative > 0 {
            return Err(Refusal::new(format!(
                "column {} has positive and negative amounts of one direction",
                column + 1
            ))
            .or("--amount COLUMN reads one column, with its signs"));
        }
        Ok(negative > 0)
    };
    Ok((is_negative(debit)?, is_negative(credit)?))
}
