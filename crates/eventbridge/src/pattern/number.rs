//! Numbers as EventBridge compares them.

/// A number as it is written in a pattern or an event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Number {
    text: String,
    value: Option<f64>,
}

impl Number {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            value: comparable(text),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The value, if the text and its nearest double are the same decimal number.
    pub(crate) fn value(&self) -> Option<f64> {
        self.value
    }

    /// Equal as doubles if both can be compared, and otherwise as text.
    #[expect(clippy::float_cmp, reason = "equality of doubles is the rule")]
    pub(crate) fn equals(&self, text: &str, value: Option<f64>) -> bool {
        match (self.value, value) {
            (Some(left), Some(right)) => left == right,
            // A number with more digits than a double keeps is compared as text by the service.
            _ => self.text == text,
        }
    }
}

/// The value of a number that is written in text, if the text and its nearest double are the same
/// decimal number.
pub(crate) fn comparable(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    // A decimal of up to 15 characters survives the way through a double.
    if is_short(text) {
        return Some(value);
    }
    // `1e999` reads as infinity, which no other number should equal.
    if !value.is_finite() {
        return None;
    }
    let mut buffer = zmij::Buffer::new();
    let shortest = buffer.format_finite(value);
    let same = shortest == text || Decimal::of(text)? == Decimal::of(shortest)?;
    same.then_some(value)
}

/// How many digits a number is written with, zeros at either end aside.
pub(crate) fn significant_digits(text: &str) -> usize {
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let digits = mantissa.trim_matches(['-', '0', '.']);
    without_point(digits).count()
}

/// Whether a number is written with so few digits that every double near it is written so too.
fn is_short(text: &str) -> bool {
    text.len() <= 15
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'.'))
}

/// `digits × 10^exponent`, without zeros at either end; zero has no digits.
struct Decimal<'t> {
    negative: bool,
    /// From the first digit that is not 0 to the last, with the point if it lies between them.
    digits: &'t str,
    exponent: i64,
}

impl<'t> Decimal<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i64 = exponent.parse().ok()?;
        let zeros = ['0', '.'];
        let digits = mantissa.trim_matches(zeros);
        if digits.is_empty() {
            // `-0` and `0` are one number.
            return Some(Self {
                negative: false,
                digits,
                exponent: 0,
            });
        }
        // What the last digit stands for: its place from the point.
        let point = mantissa.find('.').unwrap_or(mantissa.len());
        let last = mantissa.trim_end_matches(zeros).len() - 1;
        let place = i64::try_from(point).ok()? - i64::try_from(last).ok()?;
        let place = if place > 0 { place - 1 } else { place };
        Some(Self {
            negative,
            digits,
            exponent: exponent.checked_add(place)?,
        })
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.negative == other.negative
            && self.exponent == other.exponent
            && without_point(self.digits).eq(without_point(other.digits))
    }
}

fn without_point(digits: &str) -> impl Iterator<Item = u8> {
    digits.bytes().filter(|byte| *byte != b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_in_many_spellings() {
        for text in ["300", "300.0", "3e2", "3.0E+2", "0.3e3"] {
            assert!(Number::new(text).equals("300", Some(300.0)), "{text}");
        }
        assert!(Number::new("-0").equals("0.0", Some(0.0)));
    }

    #[test]
    fn what_a_double_cannot_hold_is_not_compared() {
        for text in ["9007199254740993", "0.12345678901234567", "1e400", "1e-400"] {
            assert_eq!(Number::new(text).value(), None, "{text}");
        }
        for text in [
            "9007199254740992",
            "123456789012345",
            "0.3333333",
            "-122.42916360922355",
            "100",
            "0.001",
            "1.50",
            "0.00",
            "-0e5",
            "1e22",
            "5e-324",
        ] {
            assert!(Number::new(text).value().is_some(), "{text}");
        }
    }
}
