//! Whether what an event holds can pass a test of a pattern.

use eventbridge::pattern::{Event, Pattern};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Number, Value, json};

use super::range::Range;
use super::shape::{Held, Values};
use super::text::TextTest;
use super::{operator, passes};
use crate::model::FieldType;

/// A verdict on a test before there is an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// No event passes.
    Never,
    /// Some events may pass.
    Sometimes,
    /// Every event passes.
    Always,
}

/// Judges one test of a field.
pub(crate) fn judge(test: &Value, held: &Held<'_>) -> Verdict {
    match held {
        Held::Anything => Verdict::Sometimes,
        // `exists` looks at values, and an object has none of its own. Source: EventBridge user guide, "Comparison
        // operators", "Exists matching".
        Held::Nothing | Held::Object(_) => match exists(test) {
            Some(false) => Verdict::Always,
            _ => Verdict::Never,
        },
        Held::Value(values) => judge_values(test, values),
    }
}

/// Judges the tests of a field, of which one must pass.
pub(super) fn judge_list(tests: &[Value], held: &Held<'_>) -> Verdict {
    let verdicts = tests.iter().map(|test| judge(test, held));
    verdicts.max().unwrap_or(Verdict::Sometimes)
}

/// The operand of `exists`.
fn exists(test: &Value) -> Option<bool> {
    match operator(test)? {
        ("exists", operand) => operand.as_bool(),
        _ => None,
    }
}

fn judge_values(test: &Value, values: &Values<'_>) -> Verdict {
    let may_be_absent = values.may_be_absent();
    match exists(test) {
        Some(_) if may_be_absent => return Verdict::Sometimes,
        Some(false) => return Verdict::Never,
        Some(true) => return Verdict::Always,
        None => {}
    }
    let verdict = judge_typed(test, &values.field.field_type);
    // `null` is a value: `anything-but` passes it.
    let may_be_null = values.field.optional;
    match verdict {
        Verdict::Never if may_be_null && passes_null(test) => Verdict::Sometimes,
        Verdict::Always if may_be_absent => Verdict::Sometimes,
        verdict => verdict,
    }
}

fn passes_null(test: &Value) -> bool {
    passes(std::slice::from_ref(test), &Value::Null).unwrap_or(true)
}

/// Judges a test other than `exists` on a value of a type.
fn judge_typed(test: &Value, field_type: &FieldType) -> Verdict {
    if let FieldType::Enum(texts) = field_type {
        return judge_enum(test, texts);
    }
    match test {
        Value::Null => Verdict::Never,
        Value::Bool(_) => sometimes_if(*field_type == FieldType::Boolean),
        Value::Number(number) => sometimes_if(match field_type {
            FieldType::Integer => is_whole(number),
            field_type => *field_type == FieldType::Number,
        }),
        Value::String(wanted) => sometimes_if(match field_type {
            FieldType::Timestamp => wanted.parse::<Timestamp>().is_ok(),
            FieldType::Date => wanted.parse::<Date>().is_ok(),
            field_type => is_text(field_type),
        }),
        Value::Array(_) => Verdict::Sometimes,
        Value::Object(_) => match operator(test) {
            Some((name, operand)) => judge_operator(name, operand, field_type),
            None => Verdict::Sometimes,
        },
    }
}

/// Judges a test by trying every text that the field can hold.
fn judge_enum(test: &Value, texts: &[String]) -> Verdict {
    let pattern = json!({ "v": [test] }).to_string();
    let Ok(pattern) = Pattern::parse(&pattern) else {
        return Verdict::Sometimes;
    };
    let passes = |text: &String| {
        let event = Event::parse(&json!({ "v": text }).to_string());
        event.is_ok_and(|event| pattern.matches(&event))
    };
    match texts.iter().filter(|text| passes(text)).count() {
        0 => Verdict::Never,
        all if all == texts.len() => Verdict::Always,
        _ => Verdict::Sometimes,
    }
}

fn judge_operator(name: &str, operand: &Value, field_type: &FieldType) -> Verdict {
    match name {
        "numeric" => sometimes_if(match field_type {
            FieldType::Integer => Range::parse(operand).is_none_or(Range::has_whole_number),
            field_type => *field_type == FieldType::Number,
        }),
        // A timestamp or a date is never an address.
        "cidr" => sometimes_if(*field_type == FieldType::String),
        "anything-but" => judge_anything_but(operand, field_type),
        name => match TextTest::parse(name, operand) {
            _ if !TextTest::OPERATORS.contains(&name) => Verdict::Sometimes,
            _ if !is_text(field_type) => Verdict::Never,
            Some(test) if is_day(field_type) => sometimes_if(may_be_day(&test, field_type)),
            Some(test) if test.takes_all() => Verdict::Always,
            _ => Verdict::Sometimes,
        },
    }
}

/// Judges `anything-but`: a value passes if it is not excluded, of whatever type it is.
fn judge_anything_but(operand: &Value, field_type: &FieldType) -> Verdict {
    if let Some((name, excluded)) = operator(operand) {
        let excluded = one_or_list(excluded);
        let mut tests = excluded.iter().map(|text| TextTest::parse(name, text));
        return match is_text(field_type) {
            false => Verdict::Always,
            true if tests.any(|test| test.is_some_and(|test| test.takes_all())) => Verdict::Never,
            true => Verdict::Sometimes,
        };
    }
    // A number never equals a text, and neither equals a boolean.
    match one_or_list(operand) {
        [Value::String(_), ..] if !is_text(field_type) => Verdict::Always,
        [Value::Number(_), ..] if is_text(field_type) => Verdict::Always,
        [_, ..] if *field_type == FieldType::Boolean => Verdict::Always,
        _ => Verdict::Sometimes,
    }
}

pub(super) fn one_or_list(operand: &Value) -> &[Value] {
    match operand {
        Value::Array(list) => list,
        one => std::slice::from_ref(one),
    }
}

fn sometimes_if(possible: bool) -> Verdict {
    if possible {
        Verdict::Sometimes
    } else {
        Verdict::Never
    }
}

fn is_text(field_type: &FieldType) -> bool {
    *field_type == FieldType::String || is_day(field_type)
}

fn is_day(field_type: &FieldType) -> bool {
    matches!(field_type, FieldType::Timestamp | FieldType::Date)
}

/// Whether a 64-bit whole number equals a number.
fn is_whole(number: &Number) -> bool {
    match number.as_f64() {
        // This format writes all digits before the point: `1e3` and `1000.0` are `1000`.
        Some(double) if number.is_f64() => double.to_string().parse::<i64>().is_ok(),
        _ => number.is_i64(),
    }
}

/// Whether a timestamp or a date may pass.
fn may_be_day(test: &TextTest<'_>, field_type: &FieldType) -> bool {
    if let Some(text) = test.only_text() {
        return judge_typed(&Value::from(text), field_type) != Verdict::Never;
    }
    // Both start with their year: four digits, or a sign and six. What follows has more than one form.
    let signed = test.head().starts_with(['+', '-']);
    signed || test.head().chars().take(4).all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::Shape;
    use crate::{Surroundings, parse};

    const SPEC: &str = "pipeline: p\nsource: s\nevents: { e: { detail_type: E, external: true, detail: {
        s: string, so: string?, i: integer, io: integer?, n: number, b: boolean, t: timestamp, d: date, raw: json,
        l: [string], o: { a: string }, lo: [{ sku: string }] } } }\n";

    #[track_caller]
    fn check(path: &str, wanted: Verdict, tests: &[Value]) {
        let pipeline = parse(SPEC, &Surroundings::default()).pipeline.unwrap();
        let shape = Shape::new(&pipeline, "e");
        for test in tests {
            let found = judge(test, &shape.find(&format!("detail.{path}")));
            assert_eq!(found, wanted, "{path}: {test}");
        }
    }

    #[test]
    fn objects_and_lists_of_objects_pass_only_a_test_for_no_value() {
        for path in ["o", "lo", "s.x", "unknown"] {
            check(path, Verdict::Always, &[json!({ "exists": false })]);
            let tests = [
                json!({ "exists": true }),
                json!({ "anything-but": "a" }),
                json!("a"),
                json!(null),
            ];
            check(path, Verdict::Never, &tests);
        }
    }

    #[test]
    fn a_list_may_be_empty() {
        for path in ["l", "lo.sku", "so"] {
            let tests = [
                json!({ "exists": false }),
                json!({ "exists": true }),
                json!({ "prefix": "" }),
            ];
            check(path, Verdict::Sometimes, &tests);
        }
        check(
            "s",
            Verdict::Never,
            &[json!({ "exists": false }), json!(null)],
        );
        check(
            "s",
            Verdict::Always,
            &[json!({ "exists": true }), json!({ "wildcard": "*" })],
        );
        check("l", Verdict::Never, &[json!(null), json!(1)]);
        check(
            "so",
            Verdict::Sometimes,
            &[json!(null), json!({ "anything-but": { "wildcard": "*" } })],
        );
        check(
            "raw",
            Verdict::Sometimes,
            &[json!(1), json!(null), json!({ "exists": false })],
        );
    }

    #[test]
    fn a_whole_number_has_no_fraction() {
        let possible = [
            json!(1),
            json!(1.0),
            json!(1e3),
            json!(i64::MAX),
            json!({ "numeric": [">", 1, "<", 3] }),
            json!({ "numeric": [">=", 1, "<", 1.5] }),
            json!({ "numeric": [">", 1e15] }),
            json!({ "numeric": ["<", 0] }),
            json!({ "anything-but": [1, 2] }),
        ];
        check("i", Verdict::Sometimes, &possible);
        let never = [
            json!(1.5),
            json!(u64::MAX),
            json!(1e19),
            json!("1"),
            json!({ "numeric": [">", 1, "<", 2] }),
            json!({ "numeric": ["=", 1.5] }),
            json!({ "numeric": [">=", 1e19] }),
            json!({ "prefix": "1" }),
        ];
        check("i", Verdict::Never, &never);
        check(
            "n",
            Verdict::Sometimes,
            &[json!(1.5), json!({ "numeric": [">", 1, "<", 2] })],
        );
        check(
            "n",
            Verdict::Always,
            &[
                json!({ "anything-but": "1" }),
                json!({ "anything-but": { "prefix": "1" } }),
            ],
        );
        check("io", Verdict::Sometimes, &[json!({ "anything-but": "1" })]);
    }

    #[test]
    fn timestamps_and_dates_are_texts_of_one_form() {
        check(
            "t",
            Verdict::Sometimes,
            &[
                json!("2026-01-01T00:00:00Z"),
                json!({ "prefix": "2026-01" }),
                json!({ "suffix": "Z" }),
            ],
        );
        check(
            "d",
            Verdict::Sometimes,
            &[
                json!("2026-01-01"),
                json!({ "wildcard": "*-01-*" }),
                json!({ "prefix": "20" }),
            ],
        );
        check(
            "t",
            Verdict::Never,
            &[
                json!("2026-01-01"),
                json!({ "prefix": "Jan" }),
                json!({ "cidr": "10.0.0.0/8" }),
            ],
        );
        check(
            "d",
            Verdict::Never,
            &[
                json!("2026-02-30"),
                json!({ "wildcard": "01/*" }),
                json!(2026),
            ],
        );
        check(
            "d",
            Verdict::Never,
            &[
                json!({ "equals-ignore-case": "today" }),
                json!({ "wildcard": "2026" }),
            ],
        );
    }

    #[test]
    fn a_boolean_is_no_text() {
        check("b", Verdict::Sometimes, &[json!(true), json!(false)]);
        check(
            "b",
            Verdict::Always,
            &[
                json!({ "anything-but": ["true"] }),
                json!({ "anything-but": 1 }),
            ],
        );
        check(
            "b",
            Verdict::Never,
            &[
                json!("true"),
                json!(1),
                json!({ "equals-ignore-case": "TRUE" }),
            ],
        );
    }
}
