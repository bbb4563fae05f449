//! Which column of a table is what.

use super::{Mapping, names, presets::Preset};
use crate::import::Refusal;

/// The columns of a table, each by its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) date: usize,
    pub(super) amounts: Amounts,
    /// The columns whose texts together are the text; at least one.
    pub(super) text: Vec<usize>,
    pub(super) merchant: Option<usize>,
    pub(super) id: Option<usize>,
    pub(super) currency: Option<usize>,
    pub(super) status: Option<usize>,
    pub(super) account: Option<usize>,
    pub(super) fee: Option<usize>,
    /// Columns whose words may say debit or credit.
    pub(super) types: Vec<usize>,
}

/// Where the amounts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amounts {
    One(usize),
    Columns { debit: usize, credit: usize },
}

/// Whether a row has the names of columns: those of the command line, or a day and amounts.
pub(super) fn are_names(row: &[String], mapping: &Mapping) -> bool {
    let named = [
        &mapping.date,
        &mapping.amount,
        &mapping.debit,
        &mapping.credit,
        &mapping.description,
        &mapping.id,
        &mapping.merchant,
    ];
    if named
        .into_iter()
        .flatten()
        .any(|name| find(row, name).is_some())
    {
        return true;
    }
    let is_there = |names: &[&str]| known(row, names).is_some();
    is_there(&names::DATE)
        && (is_there(&names::AMOUNT) || is_there(&names::DEBIT) && is_there(&names::CREDIT))
}

/// Finds a column by its name, whatever its case.
fn find(row: &[String], name: &str) -> Option<usize> {
    let name = name.trim().to_lowercase();
    row.iter().position(|of| of.to_lowercase() == name)
}

/// Finds a column by names that banks give it. A currency in brackets behind a name is no part of it.
pub(super) fn known(row: &[String], names: &[&str]) -> Option<usize> {
    let bare = |name: &String| {
        let name = name.to_lowercase();
        let bare = name.split(['(', '[']).next().unwrap_or_default();
        bare.trim().trim_end_matches([':', '*']).to_owned()
    };
    let row: Vec<String> = row.iter().map(bare).collect();
    names
        .iter()
        .find_map(|name| row.iter().position(|of| of == name))
}

impl Columns {
    /// Finds the columns, by the command line, then by the preset, then by their names.
    pub(super) fn find(
        row: Option<&[String]>,
        mapping: &Mapping,
        preset: Option<&Preset>,
    ) -> Result<Self, Refusal> {
        let finder = Finder {
            row,
            mapping,
            preset,
        };
        let date = finder.one(
            mapping.date.as_deref(),
            "--date",
            |of| of.date,
            &names::DATE,
        )?;
        let amounts = finder.amounts()?;
        let text = match (mapping.description.as_deref(), preset.map(|of| of.text)) {
            (None, Some(columns)) if !columns.is_empty() => columns
                .iter()
                .map(|name| finder.named(name))
                .collect::<Result<_, _>>()?,
            _ => vec![finder.one(
                mapping.description.as_deref(),
                "--description",
                |_| "",
                &names::TEXT,
            )?],
        };
        let merchant =
            finder.maybe(mapping.merchant.as_deref(), |of| of.merchant, &names::PAYEE)?;
        Ok(Self {
            date,
            amounts,
            merchant: merchant.filter(|column| mapping.merchant.is_some() || *column != text[0]),
            text,
            id: finder.maybe(mapping.id.as_deref(), |of| of.id, &names::ID)?,
            currency: finder.known(&names::CURRENCY),
            status: finder.known(&names::STATUS),
            account: finder.known(&names::ACCOUNT),
            fee: match preset.map_or("", |of| of.fee) {
                "" => None,
                name => Some(finder.named(name)?),
            },
            types: finder.types()?,
        })
    }
}

struct Finder<'f> {
    row: Option<&'f [String]>,
    mapping: &'f Mapping,
    preset: Option<&'f Preset>,
}

impl Finder<'_> {
    /// Finds the column that the command line or the preset names.
    fn named(&self, name: &str) -> Result<usize, Refusal> {
        let number = || name.parse().ok().and_then(|of: usize| of.checked_sub(1));
        let Some(row) = self.row else {
            return number()
                .ok_or_else(|| Refusal::new(format!("`{name}` is no number of a column, from 1")));
        };
        if let Some(index) = find(row, name) {
            return Ok(index);
        }
        // A number that is no name.
        if let Some(index) = number().filter(|index| *index < row.len()) {
            return Ok(index);
        }
        let names: Vec<String> = row.iter().map(|name| format!("`{name}`")).collect();
        Err(Refusal::new(format!(
            "no column is called `{name}`: there are {}",
            names.join(", ")
        )))
    }

    fn known(&self, names: &[&str]) -> Option<usize> {
        self.row.and_then(|row| known(row, names))
    }

    fn maybe(
        &self,
        given: Option<&str>,
        preset: impl Fn(&Preset) -> &'static str,
        names: &[&str],
    ) -> Result<Option<usize>, Refusal> {
        match given.unwrap_or_else(|| self.preset.map_or("", preset)) {
            "" => Ok(self.known(names)),
            name => self.named(name).map(Some),
        }
    }

    fn one(
        &self,
        given: Option<&str>,
        option: &str,
        preset: impl Fn(&Preset) -> &'static str,
        names: &[&str],
    ) -> Result<usize, Refusal> {
        let found = self.maybe(given, preset, names)?;
        found.ok_or_else(|| {
            let there = self.row.unwrap_or_default();
            let there: Vec<String> = there.iter().map(|name| format!("`{name}`")).collect();
            Refusal::new(format!(
                "no column has a name that is known: there are {}",
                there.join(", ")
            ))
            .or(format!("{option} COLUMN names the one"))
        })
    }

    fn amounts(&self) -> Result<Amounts, Refusal> {
        let Mapping {
            amount,
            debit,
            credit,
            ..
        } = self.mapping;
        let preset = |of: fn(&Preset) -> &'static str| self.preset.map_or("", of);
        let (out, into) = (preset(|of| of.debit), preset(|of| of.credit));
        let both = |out: &str, into: &str| {
            Ok(Amounts::Columns {
                debit: self.named(out)?,
                credit: self.named(into)?,
            })
        };
        match (amount, debit, credit) {
            (Some(name), _, _) => return Ok(Amounts::One(self.named(name)?)),
            (None, Some(out), Some(into)) => return both(out, into),
            (None, None, None) => {}
            _ => {
                return Err(Refusal::new("one of the two columns is not named")
                    .or("--debit COLUMN --credit COLUMN name both"));
            }
        }
        if !out.is_empty() {
            return both(out, into);
        }
        let columns = (self.known(&names::DEBIT), self.known(&names::CREDIT));
        if let (Some(debit), Some(credit)) = columns
            && preset(|of| of.amount).is_empty()
        {
            if self.known(&names::AMOUNT).is_some() {
                return Err(Refusal::new(
                    "the table has an amount, and columns of money out and in, too",
                )
                .or("--amount COLUMN, or --debit COLUMN --credit COLUMN, says which are read"));
            }
            return Ok(Amounts::Columns { debit, credit });
        }
        let column = self.one(None, "--amount", |of| of.amount, &names::AMOUNT)?;
        Ok(Amounts::One(column))
    }

    fn types(&self) -> Result<Vec<usize>, Refusal> {
        let preset = self.preset.map_or("", |of| of.type_column);
        match self.mapping.type_column.as_deref().unwrap_or(preset) {
            "" => {
                let columns = names::TYPE.iter().filter_map(|name| self.known(&[*name]));
                Ok(columns.collect())
            }
            name => Ok(vec![self.named(name)?]),
        }
    }
}
