//! Values of an event, and the tests of a pattern on one value.

use super::ip::{Cidr, address};
use super::number::Number;
use super::text::TextTest;
use crate::json::{self, Kind};

/// A JSON value that is no object and no array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
}

/// A scalar that is borrowed from the text of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ScalarRef<'e> {
    Null,
    Bool(bool),
    Number(&'e str, Option<f64>),
    Text(&'e str),
}

impl Scalar {
    pub(crate) fn borrowed(&self) -> ScalarRef<'_> {
        match self {
            Self::Null => ScalarRef::Null,
            Self::Bool(value) => ScalarRef::Bool(*value),
            Self::Number(number) => ScalarRef::Number(number.text(), number.value()),
            Self::Text(text) => ScalarRef::Text(text),
        }
    }

    /// The value as JSON.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => number.text().to_owned(),
            Self::Text(text) => json::quoted(text),
        }
    }
}

impl ScalarRef<'_> {
    /// `null`, `true` or `false`.
    pub(crate) fn literal(kind: Kind) -> Self {
        match kind {
            Kind::Null => Self::Null,
            kind => Self::Bool(kind == Kind::True),
        }
    }
}

/// A range of numbers, each end with whether it belongs to the range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NumericRange {
    pub(crate) lower: Option<(f64, bool)>,
    pub(crate) upper: Option<(f64, bool)>,
    /// The operand as JSON, for messages.
    pub(crate) text: String,
}

impl NumericRange {
    pub(crate) fn contains(&self, value: f64) -> bool {
        let above = self
            .lower
            .is_none_or(|(bound, included)| value > bound || included && value >= bound);
        let below = self
            .upper
            .is_none_or(|(bound, included)| value < bound || included && value <= bound);
        above && below
    }
}

/// One element of a leaf list, except `exists: false`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ValueTest {
    Equals(Scalar),
    Text(TextTest),
    Numeric(NumericRange),
    Cidr(Cidr),
    /// Any value but these.
    NotEquals(Vec<Scalar>),
    /// Any value but a string that one of these matches.
    NotText(Vec<TextTest>),
    /// `exists: true`.
    Exists,
}

impl ValueTest {
    pub(crate) fn matches(&self, value: ScalarRef<'_>) -> bool {
        match (self, value) {
            (Self::Equals(wanted), value) => equal(wanted, value),
            (Self::Text(wanted), ScalarRef::Text(text)) => wanted.matches(text),
            (Self::Numeric(range), ScalarRef::Number(_, Some(value))) => range.contains(value),
            (Self::Cidr(cidr), ScalarRef::Text(text)) => {
                address(text).is_some_and(|address| cidr.contains(address))
            }
            (Self::NotEquals(excluded), value) => {
                !excluded.iter().any(|excluded| same(excluded, value))
            }
            (Self::NotText(tests), ScalarRef::Text(text)) => {
                !tests.iter().any(|test| test.matches(text))
            }
            (Self::NotText(_) | Self::Exists, _) => true,
            _ => false,
        }
    }

    /// The test in words, as in "wanted …".
    pub(crate) fn describe(&self) -> String {
        let any = |parts: Vec<String>| parts.join(" or ");
        match self {
            Self::Equals(wanted) => wanted.describe(),
            Self::Text(test) => format!("a string that {}", test.describe()),
            Self::Numeric(range) => format!("a number {}", range.text),
            Self::Cidr(cidr) => format!("an address in {}", cidr.text()),
            Self::NotEquals(excluded) => {
                let excluded = excluded.iter().map(Scalar::describe).collect();
                format!("anything but {}", any(excluded))
            }
            Self::NotText(tests) => {
                let tests = tests.iter().map(TextTest::describe).collect();
                format!("anything but a string that {}", any(tests))
            }
            Self::Exists => "any value".to_owned(),
        }
    }
}

/// Equality of a pattern's value: addresses as addresses, numbers as numbers.
fn equal(wanted: &Scalar, value: ScalarRef<'_>) -> bool {
    if let (Scalar::Text(wanted), ScalarRef::Text(value)) = (wanted, value)
        && let (Some(wanted), Some(value)) = (address(wanted), address(value))
    {
        return wanted == value;
    }
    same(wanted, value)
}

/// Equality under `anything-but`: text as text.
fn same(wanted: &Scalar, value: ScalarRef<'_>) -> bool {
    match (wanted, value) {
        (Scalar::Number(wanted), ScalarRef::Number(text, value)) => wanted.equals(text, value),
        (wanted, value) => wanted.borrowed() == value,
    }
}
