//! MT940, SWIFT's statement of a customer, and MT942, its interim report. Fields begin with `:61:` at the beginning of a
//! line, and go on until the next one. Amounts have a comma before the decimals, always.
//!
//! Field 61 is `6!n[4!n]2a[1!a]15d1!a3!c16x[//16x]`, then a line of details: value day, entry day, mark (C, D, RC for a
//! debit that reverses a credit, RD for the other way, EC and ED for what is expected), amount, type, references.

use jiff::civil::Date;
use spendsense::currency::Currency;
use spendsense::model::Category;

use super::amount::{Decimal, Style};
use super::{Entry, Refusal, Statement};

/// A field: its tag, its text with its line breaks, and its line.
struct Field {
    tag: String,
    text: String,
    line: u64,
}

/// Reads the statements of a file.
pub(super) fn read(text: &str) -> Result<Vec<Statement>, Refusal> {
    let mut statements: Vec<Statement> = Vec::new();
    let fields = fields(text);
    for (index, field) in fields.iter().enumerate() {
        if field.tag == "20" {
            statements.push(Statement::default());
        }
        let Some(statement) = statements.last_mut() else {
            continue;
        };
        match field.tag.as_str() {
            "25" | "25P" => {
                statement.account = field.text.lines().next().map(|of| of.trim().to_owned());
            }
            "60F" | "60M" | "34F" => {
                if let Some(currency) = opening_currency(field) {
                    statement.currency.get_or_insert(currency);
                }
            }
            "62F" | "62M" => {
                if let Some((currency, cents, day)) = balance(&field.text) {
                    statement.currency.get_or_insert(currency);
                    statement.balance = Some((cents, Some(day)));
                }
            }
            "61" => {
                let details = fields.get(index + 1).filter(|next| next.tag == "86");
                match entry(field, details, statement.currency) {
                    Ok(entry) => statement.entries.push(entry),
                    Err(wrong) => statement.skipped.push((field.line, wrong)),
                }
            }
            _ => {}
        }
    }
    if statements.is_empty() {
        return Err(Refusal::new(
            "the file has no field `:20:`, with which a statement begins",
        ));
    }
    if let Some(nameless) = statements
        .iter()
        .find(|of| of.currency.is_none() && !of.entries.is_empty())
    {
        let account = nameless.account.as_deref().unwrap_or_default();
        return Err(Refusal::new(format!(
            "the statement of {account} has no balance, which says its currency"
        )));
    }
    Ok(statements)
}

fn fields(text: &str) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim_end();
        // The blocks of SWIFT's envelope are around the fields.
        let line = line.rsplit_once("{4:").map_or(line, |(_, rest)| rest);
        let tagged = line.strip_prefix(':').and_then(|rest| rest.split_once(':'));
        let tagged = tagged.filter(|(tag, _)| {
            (2..=3).contains(&tag.len()) && tag.as_bytes()[..2].iter().all(u8::is_ascii_digit)
        });
        match (tagged, fields.last_mut()) {
            (Some((tag, text)), _) => fields.push(Field {
                tag: tag.to_owned(),
                text: text.to_owned(),
                line: number,
            }),
            (None, _) if line.starts_with("-}") || line == "-" || line.starts_with('{') => {}
            (None, Some(field)) => {
                field.text.push('\n');
                field.text.push_str(line);
            }
            (None, None) => {}
        }
    }
    fields
}

fn opening_currency(field: &Field) -> Option<Currency> {
    match field.tag.as_str() {
        // The least amount of MT942 begins with its currency.
        "34F" => field.text.get(..3)?.parse().ok(),
        _ => balance(&field.text).map(|(currency, ..)| currency),
    }
}

/// Reads a balance: mark, day, currency, amount.
fn balance(text: &str) -> Option<(Currency, i64, Date)> {
    let (mark, rest) = text.trim().split_at_checked(1)?;
    let (on, rest) = rest.split_at_checked(6)?;
    let (currency, amount) = rest.split_at_checked(3)?;
    let currency: Currency = currency.parse().ok()?;
    let amount = Style::fixed(Decimal::Comma)
        .read(amount.trim(), currency)
        .ok()?;
    let cents = match mark {
        "C" => amount.cents,
        "D" => -amount.cents,
        _ => return None,
    };
    Some((currency, cents, day(on)?))
}

fn day(written: &str) -> Option<Date> {
    Date::strptime("%y%m%d", written).ok()
}

/// Reads the day of entry, of which only month and day are there: it is the one that is nearest to the value day.
fn entry_day(written: &str, value: Date) -> Option<Date> {
    let near = (-1..=1).filter_map(|years| {
        let year = value.year() + years;
        Date::strptime("%Y%m%d", format!("{year:04}{written}")).ok()
    });
    near.min_by_key(|day| (day.duration_since(value)).abs())
}

fn entry(
    field: &Field,
    details: Option<&Field>,
    currency: Option<Currency>,
) -> Result<Entry, String> {
    let mut lines = field.text.lines();
    let first = lines.next().unwrap_or_default();
    let wrong = || format!("`{first}` is not a movement of MT940");
    let (value, rest) = first.split_at_checked(6).ok_or_else(wrong)?;
    let value = day(value).ok_or_else(wrong)?;
    let (posted_on, rest) = match rest.split_at_checked(4) {
        Some((month_and_day, after)) if month_and_day.bytes().all(|of| of.is_ascii_digit()) => {
            (entry_day(month_and_day, value).ok_or_else(wrong)?, after)
        }
        _ => (value, rest),
    };
    let (is_out, is_pending, rest) = mark(rest).ok_or_else(wrong)?;
    // The third letter of the currency may be there.
    let rest = rest
        .strip_prefix(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(rest);
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != ',')
        .ok_or_else(wrong)?;
    let (amount, rest) = rest.split_at(end);
    let currency = currency.ok_or("no balance above says the currency")?;
    if !amount.contains(',') {
        return Err(format!(
            "`{amount}` has no comma, which every amount of MT940 has"
        ));
    }
    let cents = Style::fixed(Decimal::Comma).read(amount, currency)?.cents;
    let (kind, references) = rest.split_at_checked(4).ok_or_else(wrong)?;
    let amount = if is_out { -cents } else { cents };
    let bank = references.split_once("//").map(|(_, bank)| bank.trim());
    let described = details.map(|of| described(&of.text)).unwrap_or_default();
    let supplement: Vec<&str> = lines.map(str::trim).collect();
    let text = match described.text.as_str() {
        "" => supplement.join(" "),
        text => text.to_owned(),
    };
    Ok(Entry {
        line: field.line,
        id: bank
            .filter(|id| is_id(id))
            .map(|id| format!("{posted_on} {id}")),
        posted_on,
        amount,
        text: if text.is_empty() {
            references.to_owned()
        } else {
            text
        },
        payee: described.payee,
        category: category(&kind[1..], described.code.as_deref(), amount),
        is_pending,
    })
}

/// Reads the mark: whether money leaves, whether it is only expected, and what follows.
fn mark(rest: &str) -> Option<(bool, bool, &str)> {
    let marks = [
        ("RC", true, false),
        ("RD", false, false),
        ("EC", false, true),
        ("ED", true, true),
        ("C", false, false),
        ("D", true, false),
    ];
    let mut found = marks.into_iter();
    found.find_map(|(mark, is_out, is_pending)| {
        let rest = rest.strip_prefix(mark)?;
        Some((is_out, is_pending, rest))
    })
}

/// Whether a reference tells movements apart.
fn is_id(reference: &str) -> bool {
    !matches!(reference, "" | "NONREF" | "NOREF" | "NOTPROVIDED")
        && reference.bytes().any(|byte| byte != b'0')
}

fn category(kind: &str, code: Option<&str>, amount: i64) -> Option<Category> {
    match (kind, code) {
        // The German codes of business transactions, which banks write before field 86: wages and pensions.
        (_, Some("053" | "153" | "156")) if amount > 0 => Some(Category::Income),
        ("INT", _) => Some(Category::Interest),
        ("CHG" | "COM", _) if amount < 0 => Some(Category::Fee),
        _ => None,
    }
}

/// What field 86 says.
#[derive(Default)]
struct Described {
    code: Option<String>,
    payee: Option<String>,
    text: String,
}

/// Reads field 86: free text, or a code of three digits and then parts with numbers, such as `166?00GUTSCHRIFT?20…`. The
/// parts 20–29 and 60–63 are the text, 32 and 33 the other party.
fn described(field: &str) -> Described {
    let code = field
        .get(..3)
        .filter(|of| of.bytes().all(|byte| byte.is_ascii_digit()));
    let separator = field.get(3..).and_then(|rest| rest.chars().next());
    let (Some(code), Some(separator @ ('?' | '^' | '>' | '~'))) = (code, separator) else {
        let words: Vec<&str> = field.split_whitespace().collect();
        return Described {
            text: words.join(" "),
            ..Described::default()
        };
    };
    let joined: String = field[3..].lines().collect();
    let (mut text, mut payee, mut title) = (String::new(), String::new(), String::new());
    for part in joined.split(separator).skip(1) {
        let Some((number, value)) = part.split_at_checked(2) else {
            continue;
        };
        match number.parse() {
            Ok(0_u8) => title.push_str(value),
            Ok(20..=29 | 60..=63) => text.push_str(value),
            Ok(32..=33) => payee.push_str(value),
            _ => {}
        }
    }
    let parts = [payee.trim(), text.trim(), title.trim()];
    let parts: Vec<&str> = parts.into_iter().filter(|of| !of.is_empty()).collect();
    Described {
        code: Some(code.to_owned()),
        text: parts.join(" "),
        payee: Some(payee.trim().to_owned()).filter(|of| !of.is_empty()),
    }
}
