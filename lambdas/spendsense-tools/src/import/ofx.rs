//! OFX, and QFX, which is OFX with a few tags of Intuit's: version 1 as SGML, where values have no closing tags, and
//! version 2 as XML. Both are read as a row of tags with values, as banks' files are seldom well-formed.
//!
//! <https://financialdataexchange.org/FDX/About/OFX-Work-Group.aspx>: amounts have no groups, and a point or a comma
//! before the decimals (3.2.9.2); a day is the first eight digits of a time (3.2.8); a positive amount comes in (11.4.3).

use jiff::civil::Date;
use spendsense::currency::Currency;
use spendsense::model::Category;

use super::amount::{Decimal, Style};
use super::{Entry, Kind, Refusal, Statement};

/// A tag, the text behind it, and its line.
struct Tag<'t> {
    name: String,
    value: &'t str,
    line: u64,
}

/// A movement while it is read.
#[derive(Default)]
struct Movement {
    line: u64,
    kind: String,
    id: Option<String>,
    day: String,
    amount: String,
    name: String,
    memo: String,
    currency: Option<String>,
}

/// Reads the statements of a file.
pub(super) fn read(text: &str) -> Result<Vec<Statement>, Refusal> {
    let mut statements = Vec::new();
    let mut reader = Reader::default();
    for tag in tags(text) {
        reader.take(&tag);
        if matches!(tag.name.as_str(), "/STMTRS" | "/CCSTMTRS") {
            statements.extend(reader.finish());
        }
    }
    statements.extend(reader.finish());
    if statements.is_empty() {
        return Err(
            Refusal::new("the file has no statement of a bank account or a card")
                .or("statements of investments are not read"),
        );
    }
    Ok(statements)
}

/// Splits a text at its tags.
fn tags(text: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut line = 1 + text.split('<').next().map_or(0, breaks);
    text.split('<').skip(1).map(move |piece| {
        let (name, value) = piece.split_once('>').unwrap_or((piece, ""));
        let tag = Tag {
            // An empty element of XML has a slash behind its name.
            name: name.trim().trim_end_matches('/').to_ascii_uppercase(),
            value: value.trim(),
            line,
        };
        line += breaks(piece);
        tag
    })
}

fn breaks(text: &str) -> u64 {
    u64::try_from(text.matches('\n').count()).unwrap_or_default()
}

#[derive(Default)]
struct Reader {
    statement: Option<Statement>,
    movement: Option<Movement>,
    /// The amount and the day of the balance that is read at the moment.
    balance: Option<(String, String)>,
    /// Whether the other account of a transfer is described.
    is_other_account: bool,
}

impl Reader {
    fn take(&mut self, tag: &Tag<'_>) {
        match tag.name.as_str() {
            "STMTRS" => self.begin(None),
            "CCSTMTRS" => self.begin(Some(Kind::CreditCard)),
            "STMTTRN" => {
                self.end_movement();
                self.movement = Some(Movement {
                    line: tag.line,
                    ..Movement::default()
                });
            }
            "/STMTTRN" | "/BANKTRANLIST" => self.end_movement(),
            "BANKACCTTO" | "CCACCTTO" => self.is_other_account = true,
            "/BANKACCTTO" | "/CCACCTTO" => self.is_other_account = false,
            "LEDGERBAL" => {
                self.end_movement();
                self.balance = Some((String::new(), String::new()));
            }
            "AVAILBAL" | "/LEDGERBAL" => self.end_balance(),
            _ => self.value(tag),
        }
    }

    fn value(&mut self, tag: &Tag<'_>) {
        let value = || decoded(tag.value);
        if let Some((amount, day)) = &mut self.balance {
            match tag.name.as_str() {
                "BALAMT" => *amount = value(),
                "DTASOF" => *day = value(),
                _ => {}
            }
            return;
        }
        if let Some(movement) = &mut self.movement {
            match tag.name.as_str() {
                "TRNTYPE" => movement.kind = value().to_ascii_uppercase(),
                "DTPOSTED" => movement.day = value(),
                "TRNAMT" => movement.amount = value(),
                "FITID" => movement.id = Some(value()).filter(|id| !id.is_empty()),
                "NAME" if movement.name.is_empty() => movement.name = value(),
                "MEMO" => movement.memo = value(),
                // Beside ORIGCURRENCY the amount is in the account's own.
                "CURRENCY" => movement.currency = Some(String::new()),
                "CURSYM" if movement.currency.is_some() => movement.currency = Some(value()),
                _ => {}
            }
            return;
        }
        let Some(statement) = &mut self.statement else {
            return;
        };
        match tag.name.as_str() {
            "CURDEF" => statement.currency = value().parse().ok(),
            "ACCTID" if !self.is_other_account => statement.account = Some(value()),
            "ACCTTYPE" if !self.is_other_account => {
                statement.kind = Some(match value().to_ascii_uppercase().as_str() {
                    "CHECKING" => Kind::Checking,
                    "SAVINGS" | "MONEYMRKT" | "CD" => Kind::Savings,
                    _ => Kind::Other,
                });
            }
            _ => {}
        }
    }

    fn begin(&mut self, kind: Option<Kind>) {
        self.statement = Some(Statement {
            kind,
            ..Statement::default()
        });
        (self.movement, self.balance) = (None, None);
    }

    fn finish(&mut self) -> Option<Statement> {
        self.end_movement();
        self.end_balance();
        self.statement.take()
    }

    fn end_movement(&mut self) {
        let (Some(movement), Some(statement)) = (self.movement.take(), &mut self.statement) else {
            return;
        };
        match movement.entry(statement) {
            Ok(entry) => statement.entries.push(entry),
            Err(wrong) => statement.skipped.push((movement.line, wrong)),
        }
    }

    fn end_balance(&mut self) {
        let (Some((amount, on)), Some(statement)) = (self.balance.take(), &mut self.statement)
        else {
            return;
        };
        let currency = statement.currency.unwrap_or_default();
        if let Ok(cents) = cents(&amount, currency) {
            statement.balance = Some((cents, day(&on)));
        }
    }
}

impl Movement {
    fn entry(&self, statement: &Statement) -> Result<Entry, String> {
        let currency = statement.currency.unwrap_or_default();
        if let Some(other) = self.currency.as_deref().filter(|of| !of.is_empty())
            && other != currency.code()
        {
            return Err(format!("the amount is in {other}, and not in {currency}"));
        }
        let posted_on =
            day(&self.day).ok_or_else(|| format!("`{}` is not a day of OFX", self.day))?;
        let amount = cents(&self.amount, currency)?;
        let text = match (self.name.as_str(), self.memo.as_str()) {
            ("", memo) => memo.to_owned(),
            (name, "") => name.to_owned(),
            (name, memo) if memo.starts_with(name) => memo.to_owned(),
            (name, memo) => format!("{name} {memo}"),
        };
        Ok(Entry {
            line: self.line,
            id: self.id.clone(),
            posted_on,
            amount,
            text,
            payee: Some(self.name.clone()).filter(|name| !name.is_empty()),
            category: category(&self.kind, amount),
            is_pending: false,
        })
    }
}

fn category(kind: &str, amount: i64) -> Option<Category> {
    match kind {
        "INT" => Some(Category::Interest),
        "DIV" | "DIRECTDEP" if amount > 0 => Some(Category::Income),
        "FEE" | "SRVCHG" if amount < 0 => Some(Category::Fee),
        "XFER" => Some(Category::Transfer),
        _ => None,
    }
}

/// Reads an amount. It has no groups, so that its only separator is before the decimals.
fn cents(written: &str, currency: Currency) -> Result<i64, String> {
    let decimal = match (written.contains(','), written.contains('.')) {
        (true, true) => return Err(format!("`{written}` has groups, which OFX does not have")),
        (true, false) => Decimal::Comma,
        _ => Decimal::Point,
    };
    let amount = Style::fixed(decimal).read(written, currency)?;
    Ok(amount.cents)
}

fn day(written: &str) -> Option<Date> {
    Date::strptime("%Y%m%d", written.get(..8)?).ok()
}

/// Decodes the characters that SGML and XML write with names or numbers.
fn decoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let name = after.split_once(';').filter(|(name, _)| name.len() < 8);
        let found = name.and_then(|(name, rest)| {
            let character = match name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                "nbsp" => ' ',
                other => numbered(other)?,
            };
            Some((character, rest))
        });
        if let Some((character, after)) = found {
            text.push(character);
            rest = after;
        } else {
            text.push('&');
            rest = after;
        }
    }
    text.push_str(rest);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

fn numbered(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_decoded() {
        for (value, expected) in [
            ("A &amp; B", "A & B"),
            ("A & B", "A & B"),
            ("&#252;ber&#x20AC;", "über€"),
            ("AT&T; X", "AT&T; X"),
            ("a  \n b", "a b"),
        ] {
            assert_eq!(decoded(value), expected);
        }
    }

    #[test]
    fn amounts_have_one_separator() {
        let usd = Currency::USD;
        for (written, expected) in [
            ("-16.21", Some(-1_621)),
            ("-16,21", Some(-1_621)),
            ("3000", Some(300_000)),
            ("1.234", None),
            ("1,234.56", None),
            ("", None),
        ] {
            assert_eq!(cents(written, usd).ok(), expected, "{written}");
        }
    }
}
