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

    /// The value, where the text and its nearest double are the same decimal number.
    pub(crate) fn value(&self) -> Option<f64> {
        self.value
    }

    /// Equal as doubles where both can be compared, else equal as text.
    #[expect(clippy::float_cmp, reason = "equality of doubles is the rule")]
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self.value, other.value) {
            (Some(left), Some(right)) => left == right,
            _ => self.text == other.text,
        }
    }
}

fn comparable(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let shortest = format!("{value:e}");
    (value.is_finite() && Decimal::of(text)? == Decimal::of(&shortest)?).then_some(value)
}

/// `digits × 10^exponent`, without zeros at either end; zero has no digits.
#[derive(PartialEq)]
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    fn of(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let mut exponent = exponent.parse::<i64>().ok()? - i64::try_from(fraction.len()).ok()?;
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..zeros);
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent += 1;
        }
        if digits.is_empty() {
            return Some(Self {
                negative: false,
                digits,
                exponent: 0,
            });
        }
        Some(Self {
            negative,
            digits,
            exponent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_in_many_spellings() {
        for text in ["300", "300.0", "3e2", "3.0E+2", "0.3e3"] {
            assert!(Number::new(text).equals(&Number::new("300")), "{text}");
        }
        assert!(Number::new("-0").equals(&Number::new("0.0")));
    }

    #[test]
    fn what_a_double_cannot_hold_is_not_compared() {
        for text in ["9007199254740993", "0.12345678901234567", "1e400", "1e-400"] {
            assert_eq!(Number::new(text).value(), None, "{text}");
        }
        for text in ["9007199254740992", "123456789012345", "0.3333333"] {
            assert!(Number::new(text).value().is_some(), "{text}");
        }
    }
}
