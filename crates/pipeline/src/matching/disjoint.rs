//! Whether one event can match two alternatives of patterns.

use serde_json::{Value, json};

use super::branches::Branch;
use super::range::Range;
use super::shape::{Held, Shape, Within};
use super::text::TextTest;
use super::verdict::{Verdict, judge, one_or_list};
use super::{operator, passes};
use crate::model::{Field, FieldType};

/// Whether no event of a shape matches both.
pub(super) fn branches_are_disjoint(one: &Branch, other: &Branch, shape: &Shape<'_>) -> bool {
    // All fields must match, so one field that rules out the other alternative is enough.
    one.iter().any(|(path, ones)| {
        let others = other.get(path);
        others.is_some_and(|others| lists_are_disjoint(ones, others, &shape.find(path)))
    })
}

fn lists_are_disjoint(ones: &[Value], others: &[Value], held: &Held<'_>) -> bool {
    let possible = |test: &&Value| judge(test, held) != Verdict::Never;
    let others: Vec<&Value> = others.iter().filter(possible).collect();
    let mut ones = ones.iter().filter(possible);
    ones.all(|one| others.iter().all(|other| are_disjoint(one, other, held)))
}

pub(super) fn are_disjoint(one: &Value, other: &Value, held: &Held<'_>) -> bool {
    let (one, other) = (Test::parse(one), Test::parse(other));
    match held {
        Held::Nothing | Held::Object(_) => false,
        // A list may hold a value for each test. But none at all is no value.
        Held::Value(values) => match values.within {
            Within { element: true, .. } => false,
            Within { list: true, .. } => {
                matches!(one, Test::Absent) != matches!(other, Test::Absent)
            }
            _ if matches!(values.field.field_type, FieldType::Enum(_)) => {
                no_text_passes_both(&one, &other, values.field)
            }
            _ => {
                let is_whole = values.field.field_type == FieldType::Integer;
                tests_are_disjoint(&one, &other, is_whole)
            }
        },
        Held::Anything => tests_are_disjoint(&one, &other, false),
    }
}

/// Whether no text of an enum passes both tests, nor null if the field may be null.
fn no_text_passes_both(one: &Test<'_>, other: &Test<'_>, field: &Field) -> bool {
    let FieldType::Enum(texts) = &field.field_type else {
        return false;
    };
    if matches!((one, other), (Test::Absent, Test::Absent)) {
        return false;
    }
    let null = field.optional.then_some(Value::Null);
    let mut values = texts
        .iter()
        .map(|text| Value::from(text.as_str()))
        .chain(null);
    !values.any(|value| one.passes(&value) && other.passes(&value))
}

/// A test of a pattern.
enum Test<'t> {
    /// A value that is equal to this one.
    Equals(Value),
    Text(TextTest<'t>),
    Numeric(Range),
    Cidr(&'t str),
    /// Any value but these.
    Not(&'t Value),
    /// Any value but strings that one of these lets pass.
    NotText(Vec<TextTest<'t>>),
    Exists,
    Absent,
    /// A test that is not valid.
    Unknown,
}

impl<'t> Test<'t> {
    fn parse(test: &'t Value) -> Self {
        let Some((name, operand)) = operator(test) else {
            return Self::Equals(test.clone());
        };
        match (name, operand) {
            ("exists", Value::Bool(true)) => Self::Exists,
            ("exists", Value::Bool(false)) => Self::Absent,
            ("numeric", Value::Array(parts)) => match parts.as_slice() {
                [comparison, number] if comparison == "=" => Self::Equals(number.clone()),
                _ => Range::parse(operand).map_or(Self::Unknown, Self::Numeric),
            },
            ("cidr", Value::String(network)) => Self::Cidr(network),
            ("anything-but", Value::Object(_)) => {
                let Some((name, operand)) = operator(operand) else {
                    return Self::Unknown;
                };
                let excluded = one_or_list(operand).iter();
                let excluded = excluded.map(|text| TextTest::parse(name, text));
                excluded
                    .collect::<Option<_>>()
                    .map_or(Self::Unknown, Self::NotText)
            }
            ("anything-but", excluded) => Self::Not(excluded),
            (name, operand) => TextTest::parse(name, operand).map_or(Self::Unknown, Self::Text),
        }
    }

    /// Whether a value passes. A test that is not valid may let anything pass.
    fn passes(&self, value: &Value) -> bool {
        let passes = |test: Value| passes(&[test], value).unwrap_or(true);
        match self {
            Self::Equals(wanted) => passes(wanted.clone()),
            Self::Text(test) => value.as_str().is_some_and(|text| test.passes(text)),
            Self::Numeric(range) => {
                let number = value.as_f64();
                let point = number.and_then(|number| Range::parse(&json!(["=", number])));
                point.is_some_and(|point| range.intersection(point).is_some())
            }
            Self::Cidr(cidr) => passes(json!({ "cidr": cidr })),
            Self::Not(excluded) => passes(json!({ "anything-but": excluded })),
            Self::NotText(tests) => value
                .as_str()
                .is_none_or(|text| !tests.iter().any(|test| test.passes(text))),
            Self::Exists | Self::Unknown => true,
            Self::Absent => false,
        }
    }
}

/// Whether no single value passes both tests. `is_whole` says that the value is a whole number.
fn tests_are_disjoint(one: &Test<'_>, other: &Test<'_>, is_whole: bool) -> bool {
    match (one, other) {
        (Test::Absent, Test::Absent) => false,
        (Test::Absent, other) | (other, Test::Absent) => !matches!(other, Test::Unknown),
        (Test::Unknown | Test::Exists, _) | (_, Test::Unknown | Test::Exists) => false,
        (Test::Equals(one), Test::Equals(other)) => are_unequal(one, other),
        (Test::Equals(value), test) | (test, Test::Equals(value)) => {
            // `10.0.0.1` also equals `010.0.0.1`, which a test of the text may let pass.
            let is_of_text = matches!(test, Test::Text(_) | Test::Not(_) | Test::NotText(_));
            !(test.passes(value) || is_of_text && is_address(value))
        }
        (Test::Text(one), Test::Text(other)) => one.is_disjoint(other),
        (Test::Numeric(one), Test::Numeric(other)) => {
            let both = one.intersection(*other);
            both.is_none_or(|both| is_whole && !both.has_whole_number())
        }
        (Test::Numeric(_), Test::Text(_) | Test::Cidr(_))
        | (Test::Text(_) | Test::Cidr(_), Test::Numeric(_)) => true,
        (Test::NotText(excluded), Test::Text(test))
        | (Test::Text(test), Test::NotText(excluded)) => {
            excluded.iter().any(|excluded| excluded.covers(test))
        }
        (Test::Not(_), Test::Text(test)) | (Test::Text(test), Test::Not(_)) => {
            let not = if matches!(one, Test::Not(_)) {
                one
            } else {
                other
            };
            test.only_text()
                .is_some_and(|text| !not.passes(&Value::from(text)))
        }
        (Test::Cidr(one), Test::Cidr(other)) => {
            // Of two networks that share an address, one lies in the other.
            let holds = |network: &Test<'_>, cidr: &str| {
                let base = cidr.split_once('/').map_or(cidr, |(base, _)| base);
                network.passes(&Value::from(base))
            };
            !holds(&Test::Cidr(one), other) && !holds(&Test::Cidr(other), one)
        }
        (Test::Cidr(_) | Test::Not(_) | Test::NotText(_), _)
        | (_, Test::Cidr(_) | Test::Not(_) | Test::NotText(_)) => false,
    }
}

/// Whether no value equals both values of a pattern.
fn are_unequal(one: &Value, other: &Value) -> bool {
    // The matcher knows, but there may be many pairs, and for most of them a look is enough.
    let may_be_spellings = match (one, other) {
        (Value::String(one), Value::String(other)) => {
            [one, other].iter().all(|text| text.contains(['.', ':']))
        }
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        _ => false,
    };
    one != other && !(may_be_spellings && Test::Equals(one.clone()).passes(other))
}

/// Whether a value is the text of an IP address.
fn is_address(value: &Value) -> bool {
    let any = [json!({ "cidr": "0.0.0.0/0" }), json!({ "cidr": "::/0" })];
    passes(&any, value).unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &Value, other: &Value, disjoint: bool) {
        for (one, other) in [(one, other), (other, one)] {
            let found = are_disjoint(one, other, &Held::Anything);
            assert_eq!(found, disjoint, "{one} and {other}");
        }
    }

    #[test]
    fn values_that_are_equal_are_written_in_many_ways() {
        check(&json!(1), &json!(1.0), false);
        check(&json!(1), &json!(2), true);
        check(&json!("1"), &json!(1), true);
        check(&json!("10.0.0.1"), &json!("010.0.0.1"), false);
        check(&json!("10.0.0.1"), &json!({ "prefix": "010." }), false);
        check(
            &json!("10.0.0.1"),
            &json!({ "anything-but": "10.0.0.1" }),
            false,
        );
        check(&json!("10.0.0.1"), &json!({ "cidr": "11.0.0.0/8" }), true);
        check(&json!(null), &json!({ "anything-but": 1 }), false);
        check(&json!(null), &json!({ "exists": true }), false);
        check(&json!(1), &json!({ "numeric": ["=", 1.0] }), false);
    }

    #[test]
    fn tests_of_text_exclude_each_other_by_their_ends() {
        for (one, other, disjoint) in [
            (json!({ "prefix": "a" }), json!({ "prefix": "ab" }), false),
            (json!({ "prefix": "ab" }), json!({ "prefix": "ac" }), true),
            (json!({ "prefix": "a" }), json!({ "suffix": "b" }), false),
            (
                json!({ "prefix": "a" }),
                json!({ "equals-ignore-case": "ABC" }),
                false,
            ),
            (
                json!({ "prefix": "abcd" }),
                json!({ "equals-ignore-case": "ABC" }),
                true,
            ),
            (
                json!({ "prefix": { "equals-ignore-case": "A" } }),
                json!({ "prefix": "ab" }),
                false,
            ),
            (
                json!({ "equals-ignore-case": "straße" }),
                json!({ "equals-ignore-case": "STRASSE" }),
                false,
            ),
            (
                json!({ "equals-ignore-case": "a" }),
                json!({ "equals-ignore-case": "b" }),
                true,
            ),
            (
                json!({ "wildcard": "a*b" }),
                json!({ "wildcard": "a*c" }),
                true,
            ),
            (
                json!({ "wildcard": "a*b" }),
                json!({ "prefix": "ax" }),
                false,
            ),
            (
                json!({ "wildcard": "a\\*" }),
                json!({ "prefix": "ax" }),
                true,
            ),
            (
                json!({ "wildcard": "*x*" }),
                json!({ "exactly": "abc" }),
                true,
            ),
            (
                json!({ "prefix": "ab" }),
                json!({ "anything-but": { "prefix": "a" } }),
                true,
            ),
            (
                json!({ "prefix": "a" }),
                json!({ "anything-but": { "prefix": "ab" } }),
                false,
            ),
            (
                json!({ "suffix": "b" }),
                json!({ "anything-but": { "suffix": ["b", "c"] } }),
                true,
            ),
            (
                json!({ "wildcard": "*x*" }),
                json!({ "anything-but": { "wildcard": "*x*" } }),
                true,
            ),
            (
                json!({ "anything-but": "a" }),
                json!({ "anything-but": "b" }),
                false,
            ),
        ] {
            check(&one, &other, disjoint);
        }
    }

    #[test]
    fn ranges_and_networks_are_compared() {
        for (one, other, disjoint) in [
            (json!(["<", 5]), json!([">=", 5]), true),
            (json!(["<=", 5]), json!([">=", 5]), false),
            (json!([">", 1, "<", 3]), json!(["<", 2]), false),
            (json!([">", 1, "<", 3]), json!([">", 1, "<=", 1.5]), false),
        ] {
            check(
                &json!({ "numeric": one }),
                &json!({ "numeric": other }),
                disjoint,
            );
        }
        check(
            &json!({ "numeric": ["<", 5] }),
            &json!({ "prefix": "1" }),
            true,
        );
        check(
            &json!({ "cidr": "10.0.0.0/8" }),
            &json!({ "cidr": "10.1.0.0/16" }),
            false,
        );
        check(
            &json!({ "cidr": "10.0.0.0/8" }),
            &json!({ "cidr": "11.0.0.0/8" }),
            true,
        );
        let (below, above) = (
            json!({ "numeric": ["<", 2] }),
            json!({ "numeric": [">", 1] }),
        );
        let (below, above) = (Test::parse(&below), Test::parse(&above));
        assert!(tests_are_disjoint(&below, &above, true));
        assert!(!tests_are_disjoint(&below, &above, false));
    }
}
