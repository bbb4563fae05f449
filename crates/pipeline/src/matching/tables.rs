//! Every judgement on a test, and on each pair of tests, held against the matcher on a pool of values.

use serde_json::{Value, json};

use super::disjoint::are_disjoint;
use super::passes;
use super::shape::{Held, Values, Within};
use super::verdict::{Verdict, judge};
use crate::model::{Field, FieldType};

const TEXTS: [&str; 28] = [
    "a",
    "ab",
    "abc",
    "b",
    "A",
    "AB",
    "Ab",
    "",
    "ß",
    "SS",
    "ss",
    "bab",
    "a*",
    "axb",
    "10.0.0.1",
    "010.0.0.1",
    "10.0.0.001",
    "11.0.0.1",
    "::1",
    "0:0:0:0:0:0:0:1",
    "1",
    "true",
    "2026-01-01",
    "2025-12-31",
    "20260101",
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00.5+02:00",
    "-000001-01-01",
];

const WHOLE: [i64; 9] = [
    -1,
    0,
    1,
    2,
    3,
    5,
    1_000_000_000_000_000_000,
    i64::MAX,
    9_007_199_254_740_993,
];

const NUMBERS: [f64; 10] = [0.5, 1.0, 1.25, 1.5, 1.75, 2.5, -0.5, 1e18, 9.3e18, 1e300];

fn values() -> Vec<Value> {
    let texts = TEXTS.iter().map(|text| json!(text));
    let numbers = WHOLE.iter().map(|number| json!(number));
    let numbers = numbers.chain(NUMBERS.iter().map(|number| json!(number)));
    let others = [json!(null), json!(true), json!(false)];
    texts.chain(numbers).chain(others).collect()
}

fn tests() -> Vec<Value> {
    let mut tests = values();
    // Every second text is enough: the tests are compared with each other.
    for text in TEXTS.into_iter().step_by(2) {
        for operator in ["prefix", "suffix", "equals-ignore-case", "exactly"] {
            tests.push(json!({ operator: text }));
        }
        let literal = text.replace('*', "\\*");
        for wildcard in [format!("{literal}*"), format!("*{literal}"), literal] {
            tests.push(json!({ "wildcard": wildcard }));
            tests.push(json!({ "anything-but": { "wildcard": [wildcard, "b*"] } }));
        }
        tests.push(json!({ "prefix": { "equals-ignore-case": text } }));
        tests.push(json!({ "suffix": { "equals-ignore-case": text } }));
        tests.push(json!({ "anything-but": text }));
        for operator in ["prefix", "suffix", "equals-ignore-case"] {
            if !text.is_empty() {
                tests.push(json!({ "anything-but": { operator: text } }));
            }
        }
    }
    for low in [0.0, 1.0, 1.5] {
        for comparison in ["<", "<=", "=", ">=", ">"] {
            tests.push(json!({ "numeric": [comparison, low] }));
        }
        for (from, to) in [(">", "<"), (">=", "<"), (">", "<="), (">=", "<=")] {
            for width in [0.5, 1.0] {
                tests.push(json!({ "numeric": [from, low, to, low + width] }));
            }
        }
        tests.push(json!({ "anything-but": [low, 2] }));
    }
    tests.push(json!({ "numeric": [">", 9.3e18] }));
    for network in [
        "10.0.0.0/8",
        "10.0.0.7/31",
        "11.0.0.0/8",
        "::/64",
        "0.0.0.0/0",
    ] {
        tests.push(json!({ "cidr": network }));
    }
    tests.push(json!({ "exists": true }));
    tests.push(json!({ "exists": false }));
    tests
}

/// Which values pass a test; the last place is for no value at all.
fn passing(test: &Value, values: &[Value]) -> Vec<bool> {
    let passed = values.iter().map(|value| {
        let passed = passes(std::slice::from_ref(test), value);
        passed.unwrap_or_else(|| panic!("{test} is not valid"))
    });
    let absent = *test == json!({ "exists": false });
    passed.chain([absent]).collect()
}

fn is_of(field_type: &FieldType, value: &Value) -> bool {
    match field_type {
        FieldType::String => value.is_string(),
        FieldType::Integer => value.is_i64(),
        FieldType::Number => value.is_number(),
        FieldType::Boolean => value.is_boolean(),
        FieldType::Timestamp => value
            .as_str()
            .is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
        FieldType::Date => value
            .as_str()
            .is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok()),
        FieldType::Enum(texts) => value
            .as_str()
            .is_some_and(|value| texts.iter().any(|text| text == value)),
        FieldType::Json | FieldType::List(_) | FieldType::Object(_) => true,
    }
}

fn types() -> Vec<FieldType> {
    let enums = [&["a"][..], &["AB", "b", "10.0.0.1", "1", "a*", ""]];
    let enums = enums.map(|texts| FieldType::Enum(texts.iter().map(|&text| text.into()).collect()));
    let words = [
        FieldType::String,
        FieldType::Integer,
        FieldType::Number,
        FieldType::Boolean,
        FieldType::Timestamp,
        FieldType::Date,
    ];
    words.into_iter().chain(enums).collect()
}

/// Calls back with every type, and the places of the values that such a field can hold.
fn each_type(mut call: impl FnMut(&Held<'_>, &FieldType, &[usize])) {
    let values = values();
    for field_type in types() {
        for optional in [false, true] {
            let places: Vec<usize> = (0..=values.len())
                .filter(|place| match values.get(*place) {
                    None | Some(Value::Null) => optional,
                    Some(value) => is_of(&field_type, value),
                })
                .collect();
            let field = Field {
                field_type: field_type.clone(),
                optional,
            };
            let held = Held::Value(Values {
                field: &field,
                within: Within::default(),
            });
            call(&held, &field_type, &places);
        }
    }
}

#[test]
fn a_test_passes_as_it_is_judged() {
    let (tests, values) = (tests(), values());
    let passed: Vec<Vec<bool>> = tests.iter().map(|test| passing(test, &values)).collect();
    each_type(|held, field_type, places| {
        for (test, passed) in tests.iter().zip(&passed) {
            let mut passed = places.iter().map(|place| passed[*place]);
            let right = match judge(test, held) {
                Verdict::Never => !passed.any(|passed| passed),
                Verdict::Always => passed.all(|passed| passed),
                Verdict::Sometimes => true,
            };
            assert!(right, "{field_type:?} {test}: {:?}", judge(test, held));
        }
    });
}

#[test]
fn disjoint_tests_have_no_value_in_common() {
    let (tests, values) = (tests(), values());
    let passed: Vec<Vec<bool>> = tests.iter().map(|test| passing(test, &values)).collect();
    let every: Vec<usize> = (0..=values.len()).collect();
    let check = |held: &Held<'_>, places: &[usize]| {
        for (place, (one, one_passed)) in tests.iter().zip(&passed).enumerate() {
            for (other, other_passed) in tests.iter().zip(&passed).skip(place) {
                let common = places
                    .iter()
                    .find(|place| one_passed[**place] && other_passed[**place]);
                if let Some(place) = common {
                    let value = values.get(*place);
                    assert!(
                        !are_disjoint(one, other, held),
                        "{one} and {other}: {value:?}"
                    );
                }
            }
        }
    };
    check(&Held::Anything, &every);
    each_type(|held, _, places| check(held, places));
}
