//! Currencies: their minor units, their signs, and amounts as people write them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::Cents;

/// A currency, by its code of three letters as in ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Currencies whose minor unit is not a hundredth, with the number of digits behind the point.
/// <https://www.six-group.com/en/products-services/financial-information/market-reference-data/data-standards.html>
const DIGITS: [(&str, u32); 15] = [
    ("BHD", 3),
    ("CLP", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("TND", 3),
    ("UGX", 0),
    ("VND", 0),
    ("XAF", 0),
];

/// Signs that people write before an amount. Other currencies are written with their codes.
const SIGNS: [(&str, &str); 9] = [
    ("AUD", "A$"),
    ("BRL", "R$"),
    ("CAD", "CA$"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("INR", "₹"),
    ("JPY", "¥"),
    ("NZD", "NZ$"),
    ("USD", "$"),
];

/// Currencies whose unit is worth much less than a dollar, with the power of ten that is nearest to a dollar in them. It is
/// only a power of ten, so that the rates of a day change nothing.
const TO_A_DOLLAR: [(&str, i64); 22] = [
    ("ARS", 1_000),
    ("CLP", 1_000),
    ("CNY", 10),
    ("COP", 1_000),
    ("CZK", 10),
    ("DKK", 10),
    ("HKD", 10),
    ("HUF", 1_000),
    ("INR", 100),
    ("ISK", 100),
    ("JPY", 100),
    ("KRW", 1_000),
    ("MXN", 10),
    ("NOK", 10),
    ("PHP", 100),
    ("RSD", 100),
    ("RUB", 100),
    ("SEK", 10),
    ("THB", 10),
    ("TRY", 10),
    ("UAH", 10),
    ("ZAR", 10),
];

impl Currency {
    /// The currency of users whose accounts do not say one.
    pub const USD: Self = Self(*b"USD");
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// Returns the code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the number of digits behind the point.
    pub fn digits(self) -> u32 {
        found(&DIGITS, self).unwrap_or(2)
    }

    /// Converts an amount that a definition gives in US cents into minor units of the currency, by a power of ten.
    pub fn amount(self, us_cents: Cents) -> Cents {
        let units = us_cents.saturating_mul(found(&TO_A_DOLLAR, self).unwrap_or(1));
        match self.digits() {
            0 => units / 100,
            3 => units.saturating_mul(10),
            _ => units,
        }
    }

    /// Writes an amount as people do: `$1,234.56`, `CHF 1,234.56`.
    pub fn written(self, cents: Cents) -> String {
        let sign = if cents < 0 { "-" } else { "" };
        let (cents, digits) = (cents.unsigned_abs(), self.digits());
        let units = 10_u64.pow(digits);
        let whole = (cents / units).to_string();
        let mut grouped = String::new();
        for (index, digit) in whole.char_indices() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let currency = match found(&SIGNS, self) {
            Some(sign) => sign.to_owned(),
            None => format!("{} ", self.code()),
        };
        match usize::try_from(digits) {
            Ok(width) if width > 0 => {
                format!("{sign}{currency}{grouped}.{:0width$}", cents % units)
            }
            _ => format!("{sign}{currency}{grouped}"),
        }
    }
}

/// Finds the entry of a currency in a table.
fn found<T: Copy>(table: &[(&str, T)], currency: Currency) -> Option<T> {
    let entry = table.iter().find(|(code, _)| *code == currency.code());
    entry.map(|(_, value)| *value)
}

impl Default for Currency {
    fn default() -> Self {
        Self::USD
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, String> {
        let letters: Option<[u8; 3]> = code.as_bytes().try_into().ok();
        let letters = letters.map(|letters| letters.map(|letter| letter.to_ascii_uppercase()));
        let letters = letters.filter(|letters| letters.iter().all(u8::is_ascii_uppercase));
        letters.map(Self).ok_or_else(|| {
            format!("`{code}` is no currency: write a code of three letters, such as EUR")
        })
    }
}

impl TryFrom<String> for Currency {
    type Error = String;

    fn try_from(code: String) -> Result<Self, String> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_for_people() {
        for (code, cents, expected) in [
            ("USD", 0, "$0.00"),
            ("USD", 5, "$0.05"),
            ("USD", 123_456, "$1,234.56"),
            ("USD", -100_000_000, "-$1,000,000.00"),
            ("USD", i64::MIN, "-$92,233,720,368,547,758.08"),
            ("eur", 123_456, "€1,234.56"),
            ("GBP", -50, "-£0.50"),
            ("JPY", 123_456, "¥123,456"),
            ("KWD", 123_456, "KWD 123.456"),
            ("CHF", 123_456, "CHF 1,234.56"),
        ] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(currency.written(cents), expected);
        }
    }

    #[test]
    fn a_bound_in_dollars_has_a_like_amount_in_every_currency() {
        for (code, expected) in [
            ("USD", "$50.00"),
            ("EUR", "€50.00"),
            ("JPY", "¥5,000"),
            ("SEK", "SEK 500.00"),
            ("KWD", "KWD 50.000"),
            ("KRW", "KRW 50,000"),
        ] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(currency.written(currency.amount(5_000)), expected);
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for code in ["", "EU", "EURO", "E1R", "€"] {
            assert!(code.parse::<Currency>().is_err(), "{code}");
        }
    }
}
