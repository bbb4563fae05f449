//! Amounts as banks write them: `-1,234.56`, `1.234,56`, `1'234.56`, `−12.00`, `12.00-`, `(12.00)`, `$12`, `12.00 DR`.
//!
//! An amount that can be read in two ways is not read: a group has three digits, and the digits behind the point are at
//! most those of the currency.

use spendsense::currency::Currency;
use spendsense::model::Cents;

use super::Refusal;

/// The character before the decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decimal {
    /// As in `1,234.56`.
    Point,
    /// As in `1.234,56`.
    Comma,
}

/// The way in which the amounts of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// The character before the decimals.
    pub decimal: Decimal,
    /// Whether both are in the file, so that `1,234` is not read.
    is_mixed: bool,
}

/// A word beside an amount that says its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `CR`
    Credit,
    /// `DR`
    Debit,
}

/// An amount that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The amount with its sign, in minor units.
    pub cents: Cents,
    /// The word beside it.
    pub mark: Option<Mark>,
    /// The currency beside it.
    pub currency: Option<Currency>,
}

/// What an amount says about the way in which all are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Evidence {
    Point,
    Comma,
    /// `1,234` and `1.234` can be a thousand or one.
    Either,
    /// It is the same in both ways, or in none.
    Nothing,
}

/// An amount without what is around its digits.
struct Bare<'w> {
    digits: &'w str,
    is_negative: bool,
    mark: Option<Mark>,
    currency: Option<Currency>,
}

/// Signs of currencies, as far as a sign names one.
const SIGNS: [(&str, Option<&str>); 8] = [
    ("US$", Some("USD")),
    ("CA$", Some("CAD")),
    ("A$", Some("AUD")),
    ("R$", Some("BRL")),
    ("$", None),
    ("€", Some("EUR")),
    ("£", Some("GBP")),
    ("¥", None),
];

impl Style {
    /// A style that the command line or the format says.
    pub const fn fixed(decimal: Decimal) -> Self {
        Self {
            decimal,
            is_mixed: false,
        }
    }

    /// Finds the style of amounts.
    ///
    /// # Errors
    /// Nothing says whether `1,234` is a thousand or one.
    pub fn find<'w>(
        amounts: impl Iterator<Item = &'w str>,
        currency: Currency,
    ) -> Result<Self, Refusal> {
        let (mut point, mut comma, mut either) = (false, false, None);
        for written in amounts {
            match evidence(written, currency.digits()) {
                Evidence::Point => point = true,
                Evidence::Comma => comma = true,
                Evidence::Either => either = Some(written),
                Evidence::Nothing => {}
            }
        }
        match (point, comma, either) {
            (false, false, Some(written)) => Err(Refusal::new(format!(
                "`{}` can be more than a thousand or less than ten, and no other amount decides it",
                written.trim()
            ))
            .or("--decimal-point if decimals come after a point: 1,234.56")
            .or("--decimal-comma if they come after a comma: 1.234,56")),
            (false, true, _) => Ok(Self::fixed(Decimal::Comma)),
            (true, true, _) => Ok(Self {
                decimal: Decimal::Point,
                is_mixed: true,
            }),
            _ => Ok(Self::fixed(Decimal::Point)),
        }
    }

    /// Reads an amount in a currency.
    ///
    /// # Errors
    /// It is no amount, or can be read in two ways; the text says so.
    pub fn read(self, written: &str, currency: Currency) -> Result<Amount, String> {
        let digits = currency.digits();
        let shown = written.trim();
        let cleaned = cleaned(written);
        let found = bare(&cleaned).and_then(|bare| {
            let cents = number(bare.digits, self.decimal, digits)?;
            let cents = if bare.is_negative { -cents } else { cents };
            Some((cents, bare))
        });
        let Some((cents, bare)) = found else {
            let other = match self.decimal {
                Decimal::Point => Decimal::Comma,
                Decimal::Comma => Decimal::Point,
            };
            let is_other =
                bare(&cleaned).is_some_and(|of| number(of.digits, other, digits).is_some());
            return Err(match (evidence(written, digits), is_other) {
                (Evidence::Either, _) => format!("`{shown}` can be read in two ways"),
                (_, false) => format!("`{shown}` is not an amount of money"),
                (_, true) if other == Decimal::Comma => format!(
                    "`{shown}` has a decimal comma, and is not read with a point (--decimal-comma if all have one)"
                ),
                (_, true) => format!(
                    "`{shown}` has a decimal point, and is not read with a comma (--decimal-point if all have one)"
                ),
            });
        };
        if self.is_mixed && evidence(written, digits) == Evidence::Either {
            return Err(format!("`{shown}` can be read in two ways"));
        }
        if let Some(other) = bare.currency.filter(|other| *other != currency) {
            return Err(format!("`{shown}` is in {other}, and not in {currency}"));
        }
        Ok(Amount {
            cents,
            mark: bare.mark,
            currency: bare.currency,
        })
    }
}

/// Returns the currency that stands beside an amount.
pub fn currency_beside(written: &str) -> Option<Currency> {
    bare(&cleaned(written)).and_then(|bare| bare.currency)
}

fn evidence(written: &str, digits: u32) -> Evidence {
    let cleaned = cleaned(written);
    let Some(bare) = bare(&cleaned) else {
        return Evidence::Nothing;
    };
    let point = number(bare.digits, Decimal::Point, digits);
    let comma = number(bare.digits, Decimal::Comma, digits);
    let mut parts = bare.digits.split(['.', ',']);
    let is_one_group = match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(group), None) => group.len() == 3,
        _ => false,
    };
    match (point, comma) {
        (Some(_), None) | (None, Some(_)) if is_one_group && digits > 0 => Evidence::Either,
        (Some(_), None) => Evidence::Point,
        (None, Some(_)) => Evidence::Comma,
        (Some(point), Some(comma)) if point != comma => Evidence::Either,
        _ => Evidence::Nothing,
    }
}

/// Writes spaces, minus signs and apostrophes in one way each.
fn cleaned(written: &str) -> String {
    let same = written.trim().chars().map(|c| match c {
        '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        '\u{2212}' | '\u{2012}' | '\u{2013}' => '-',
        '\u{2019}' => '\'',
        other => other,
    });
    same.collect()
}

/// Takes off what is around the digits, each thing at most once; a sign is a minus, a plus or brackets.
fn bare(cleaned: &str) -> Option<Bare<'_>> {
    let mut bare = Bare {
        digits: cleaned.trim(),
        is_negative: false,
        mark: None,
        currency: None,
    };
    let (mut has_sign, mut has_currency) = (false, false);
    loop {
        let rest = bare.digits;
        if let Some(inner) = rest.strip_prefix('(').and_then(|of| of.strip_suffix(')')) {
            if has_sign {
                return None;
            }
            (has_sign, bare.is_negative, bare.digits) = (true, true, inner.trim());
        } else if let Some((inner, is_negative)) = unsigned(rest) {
            if has_sign {
                return None;
            }
            (has_sign, bare.is_negative, bare.digits) = (true, is_negative, inner.trim());
        } else if let Some((inner, mark)) = unmarked(rest) {
            if bare.mark.is_some() {
                return None;
            }
            (bare.mark, bare.digits) = (Some(mark), inner.trim());
        } else if let Some((inner, currency)) = without_currency(rest) {
            if has_currency {
                return None;
            }
            (has_currency, bare.currency, bare.digits) = (true, currency, inner.trim());
        } else {
            let is_there = rest.bytes().any(|byte| byte.is_ascii_digit());
            return is_there.then_some(bare);
        }
    }
}

fn unsigned(rest: &str) -> Option<(&str, bool)> {
    for (sign, is_negative) in [('-', true), ('+', false)] {
        let inner = rest.strip_prefix(sign).or_else(|| rest.strip_suffix(sign));
        if let Some(inner) = inner {
            return Some((inner, is_negative));
        }
    }
    None
}

fn unmarked(rest: &str) -> Option<(&str, Mark)> {
    let (inner, mark) = rest.split_at_checked(rest.len().checked_sub(2)?)?;
    match mark.to_ascii_uppercase().as_str() {
        "CR" => Some((inner, Mark::Credit)),
        "DR" => Some((inner, Mark::Debit)),
        _ => None,
    }
}

fn without_currency(rest: &str) -> Option<(&str, Option<Currency>)> {
    for (sign, code) in SIGNS {
        let inner = rest.strip_prefix(sign).or_else(|| rest.strip_suffix(sign));
        if let Some(inner) = inner {
            return Some((inner, code.and_then(|code| code.parse().ok())));
        }
    }
    let is_code = |code: &str| code.bytes().all(|byte| byte.is_ascii_alphabetic());
    if let Some((code, inner)) = rest.split_at_checked(3).filter(|(code, _)| is_code(code)) {
        return Some((inner, Some(code.parse().ok()?)));
    }
    let (inner, code) = rest.split_at_checked(rest.len().checked_sub(3)?)?;
    is_code(code)
        .then(|| code.parse().ok())
        .flatten()
        .map(|currency| (inner, Some(currency)))
}

/// Reads digits with at most one decimal sign, and groups of three; groups of two before the last are Indian.
fn number(written: &str, decimal: Decimal, digits: u32) -> Option<Cents> {
    let (group, point) = match decimal {
        Decimal::Point => (',', '.'),
        Decimal::Comma => ('.', ','),
    };
    let (whole, fraction) = written.split_once(point).unwrap_or((written, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let separator = whole.chars().find(|c| !c.is_ascii_digit());
    let whole = match separator {
        None => whole.to_owned(),
        Some(found) if [group, '\'', ' '].contains(&found) => {
            let groups: Vec<&str> = whole.split(found).collect();
            let (last, others) = groups.split_last()?;
            let (first, middle) = others.split_first()?;
            let are_groups = (1..=3).contains(&first.len())
                && last.len() == 3
                && middle.iter().all(|of| (2..=3).contains(&of.len()))
                && groups.iter().all(|of| is_number(of));
            are_groups.then(|| groups.concat())?
        }
        Some(_) => return None,
    };
    if whole.is_empty() && fraction.is_empty() || !is_number(&whole) || !is_number(fraction) {
        return None;
    }
    let width = usize::try_from(digits).ok()?;
    // Zeros behind the smallest unit change nothing.
    let kept = fraction.trim_end_matches('0');
    let fraction = if kept.len() > width {
        return None;
    } else {
        kept
    };
    let padded = format!("{whole}{fraction:0<width$}");
    if padded.is_empty() {
        return Some(0);
    }
    padded.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EUR: fn() -> Currency = || "EUR".parse().unwrap();

    #[test]
    fn amounts_are_read_as_they_are_written() {
        use Decimal::{Comma, Point};
        for (written, decimal, expected) in [
            ("12.34", Point, Some(1_234)),
            ("-1,234.5", Point, Some(-123_450)),
            ("$12", Point, Some(1_200)),
            ("(3.50)", Point, Some(-350)),
            ("($3.50)", Point, Some(-350)),
            ("-$3.50", Point, Some(-350)),
            ("$-3.50", Point, Some(-350)),
            ("+.05", Point, Some(5)),
            ("12.", Point, Some(1_200)),
            ("12.3400", Point, Some(1_234)),
            ("1.234,56", Comma, Some(123_456)),
            ("-12 €", Comma, Some(-1_200)),
            ("1 234,56", Comma, Some(123_456)),
            ("1\u{202f}234,56 €", Comma, Some(123_456)),
            ("-1'234.56", Point, Some(-123_456)),
            ("−12.00", Point, Some(-1_200)),
            ("12.00-", Point, Some(-1_200)),
            ("12,34,567.00", Point, Some(123_456_700)),
            ("EUR 1.234,56-", Comma, Some(-123_456)),
            ("12.345", Point, None),
            ("12,34", Point, None),
            ("1,2,3", Point, None),
            ("1,2,3", Comma, None),
            ("1,234'567.00", Point, None),
            ("", Point, None),
            ("-", Point, None),
            ("1e3", Point, None),
            ("--1", Point, None),
            ("(-1)", Point, None),
            ("99999999999999999999", Point, None),
            ("92233720368547758.08", Point, None),
            ("twelve", Point, None),
            ("12 USD", Point, None),
        ] {
            let found = Style::fixed(decimal).read(written, EUR());
            let found = found.ok().map(|amount| amount.cents);
            assert_eq!(found, expected, "{written}");
        }
    }

    #[test]
    fn the_digits_are_those_of_the_currency() {
        for (written, code, expected) in [
            ("1,234", "JPY", Some(1_234)),
            ("12.50", "JPY", None),
            ("1.234", "KWD", Some(1_234)),
            ("1.5", "KWD", Some(1_500)),
        ] {
            let found = Style::fixed(Decimal::Point).read(written, code.parse().unwrap());
            assert_eq!(found.ok().map(|of| of.cents), expected, "{written} {code}");
        }
    }

    #[test]
    fn the_style_follows_from_the_amounts_that_decide_it() {
        let find = |amounts: &[&str]| Style::find(amounts.iter().copied(), EUR());
        assert_eq!(
            find(&["12", "1,234", "5.10"]).unwrap().decimal,
            Decimal::Point
        );
        assert_eq!(find(&["1.234", "5,10"]).unwrap().decimal, Decimal::Comma);
        assert_eq!(find(&["12"]).unwrap().decimal, Decimal::Point);
        for undecided in ["1,234", "1.234", "-1,234"] {
            let refusal = find(&["12", undecided]).unwrap_err().to_string();
            assert!(refusal.contains("--decimal-comma"), "{refusal}");
        }
        let mixed = find(&["12.50", "12,50"]).unwrap();
        assert!(mixed.read("12.50", EUR()).is_ok());
        assert!(mixed.read("12,50", EUR()).is_err());
        assert!(mixed.read("1,234", EUR()).is_err());
    }

    #[test]
    fn marks_and_currencies_beside_an_amount_are_told() {
        let read = |written| Style::fixed(Decimal::Point).read(written, EUR()).unwrap();
        assert_eq!(read("12.00 CR").mark, Some(Mark::Credit));
        assert_eq!(read("12.00DR").mark, Some(Mark::Debit));
        assert_eq!(read("€12.00").currency, Some(EUR()));
        assert_eq!(
            currency_beside("12 chf").map(|of| of.to_string()),
            Some("CHF".to_owned())
        );
    }
}
