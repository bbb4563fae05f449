//! Which amounts of a table are money out: by their sign, by a column that says debit or credit, or by a mark beside them.

use super::columns::{Amounts, Columns};
use super::table::Table;
use super::{Mapping, is_card};
use crate::import::amount::Style;
use crate::import::{Known, Refusal, category};

use spendsense::currency::Currency;

/// How the direction of an amount is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    NegativeOut,
    PositiveOut,
    /// The column that says debit or credit.
    Type(usize),
    /// `CR` and `DR` beside the amount.
    Marks,
}

const DEBITS: [&str; 14] = [
    "debit",
    "dr",
    "d",
    "db",
    "dbit",
    "withdrawal",
    "out",
    "money out",
    "payment out",
    "af",
    "soll",
    "s",
    "débit",
    "belastung",
];
const CREDITS: [&str; 14] = [
    "credit",
    "cr",
    "c",
    "crdt",
    "deposit",
    "in",
    "money in",
    "payment in",
    "bij",
    "haben",
    "h",
    "crédit",
    "gutschrift",
    "k",
];

/// Whether a word says debit; nothing if it says neither that nor credit.
pub(super) fn is_debit(word: &str) -> Option<bool> {
    let word = word.trim().to_lowercase();
    match (
        DEBITS.contains(&word.as_str()),
        CREDITS.contains(&word.as_str()),
    ) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// The amounts and texts of a table that decide.
struct Signs {
    positive: usize,
    negative: usize,
    marked: usize,
    /// Texts that say their direction, and whether it is that of a negative amount for money out.
    votes: Vec<(String, bool)>,
}

impl Direction {
    /// Finds the direction of a single column of amounts.
    pub(super) fn find(
        table: &Table,
        columns: &Columns,
        mapping: &Mapping,
        (style, currency): (Style, Currency),
        known: Known,
        preset: Option<bool>,
    ) -> Result<Self, Refusal> {
        let Amounts::One(column) = columns.amounts else {
            return Ok(Self::NegativeOut);
        };
        if mapping.positive_out {
            return Ok(Self::PositiveOut);
        }
        if mapping.negative_out {
            return Ok(Self::NegativeOut);
        }
        let signs = Signs::of(table, columns, column, (style, currency), is_card(known));
        let types = columns.types.iter().copied().find(|column| {
            let words = table.rows.iter().filter_map(|row| row.field(*column));
            let mut words = words.filter(|word| !word.is_empty()).peekable();
            words.peek().is_some() && words.all(|word| is_debit(word).is_some())
        });
        // Whoever names the column of types means it, whatever words it has.
        let named = columns
            .types
            .first()
            .filter(|_| mapping.type_column.is_some());
        let types = named.copied().or(types.filter(|_| preset.is_none()));
        if let Some(types) = types {
            return Self::with_types(table, types, column, (style, currency), &signs);
        }
        if let Some(is_positive_out) = preset {
            return Ok(if is_positive_out {
                Self::PositiveOut
            } else {
                Self::NegativeOut
            });
        }
        if signs.marked > 0 {
            return Ok(Self::Marks);
        }
        signs.decide(known)
    }

    /// A column says debit or credit: amounts have no sign then, or the one that it says.
    fn with_types(
        table: &Table,
        types: usize,
        column: usize,
        (style, currency): (Style, Currency),
        signs: &Signs,
    ) -> Result<Self, Refusal> {
        if signs.negative == 0 {
            return Ok(Self::Type(types));
        }
        let agrees = |is_negative_out: bool| {
            table.rows.iter().all(|row| {
                let amount = style.read(row.field(column).unwrap_or_default(), currency);
                let is_debit = row.field(types).and_then(is_debit);
                match (amount, is_debit) {
                    (Ok(amount), Some(is_debit)) if amount.cents != 0 => {
                        (amount.cents < 0) == (is_debit == is_negative_out)
                    }
                    _ => true,
                }
            })
        };
        match (agrees(true), agrees(false)) {
            (true, _) => Ok(Self::NegativeOut),
            (_, true) => Ok(Self::PositiveOut),
            _ => Err(Refusal::new(
                "amounts have signs, and a column says debit and credit otherwise",
            )
            .or("--negative-out or --positive-out if the signs are right")),
        }
    }
}

impl Signs {
    fn of(
        table: &Table,
        columns: &Columns,
        column: usize,
        (style, currency): (Style, Currency),
        is_card: bool,
    ) -> Self {
        let mut signs = Self {
            positive: 0,
            negative: 0,
            marked: 0,
            votes: Vec::new(),
        };
        for row in &table.rows {
            let amount = style.read(row.field(column).unwrap_or_default(), currency);
            let Some(amount) = amount.ok().filter(|amount| amount.cents != 0) else {
                continue;
            };
            if amount.mark.is_some() {
                signs.marked += 1;
            }
            if amount.cents < 0 {
                signs.negative += 1;
            } else {
                signs.positive += 1;
            }
            let texts = columns.text.iter().filter_map(|column| row.field(*column));
            let text: Vec<&str> = texts.collect();
            let text = text.join(" ");
            if let Some(is_in) = category::direction(&text, is_card) {
                signs.votes.push((text, is_in == (amount.cents > 0)));
            }
        }
        signs
    }

    /// Decides by the signs that there are, and by texts that say their direction.
    fn decide(&self, known: Known) -> Result<Direction, Refusal> {
        let against = self
            .votes
            .iter()
            .find(|(_, is_negative_out)| !is_negative_out);
        let agree = self
            .votes
            .iter()
            .find(|(_, is_negative_out)| *is_negative_out);
        let refusal = |what: String| {
            Refusal::new(what)
                .or("--negative-out if a negative amount is money out")
                .or("--positive-out if a positive amount is money out")
                .or("--type COLUMN if a column says debit or credit")
        };
        match (against, agree) {
            (Some((one, _)), Some((other, _))) => Err(refusal(format!(
                "the signs of `{one}` and `{other}` cannot both be right"
            ))),
            (Some((text, _)), None) if !is_card(known) => Err(refusal(format!(
                "`{text}` has another sign than banks give it"
            ))),
            (Some(_), None) => Ok(Direction::PositiveOut),
            (None, _)
                if self.positive > 0
                    && self.negative == 0
                    && agree.is_none_or(|_| self.positive > 1) =>
            {
                Err(refusal(
                    "no amount is negative, so nothing says which are money out".to_owned(),
                ))
            }
            (None, None) if is_card(known) && self.positive + self.negative > 0 => Err(refusal(
                "nothing says which sign is money out: cards have it in both ways".to_owned(),
            )),
            (None, _) => Ok(Direction::NegativeOut),
        }
    }
}
