//! Events that fit what a spec declares.

use serde_json::{Map, Value, json};

use super::case::Case;
use super::tape::{DATES, STRINGS, TIMESTAMPS, Tape, number, scalar, whole};

/// An event of a name, `e` or `f`, or of another source.
pub(super) fn event(
    tape: &mut Tape,
    case: &Case,
    operands: &[Value],
    name: &str,
    detail_type: &str,
) -> String {
    let mut detail = match name {
        "e" => value(tape, &case.detail, operands),
        _ => any_object(tape, 0),
    };
    if case.is_discriminated {
        detail["event_type"] = json!(name);
    } else if tape.below(2) == 0 {
        detail["event_type"] = scalar(tape);
    }
    let source = if name == "other" {
        tape.pick(&["t", "s2", "aws.s3"])
    } else {
        "s"
    };
    let mut event = json!({
        "version": "0", "id": "a", "detail-type": detail_type, "source": source, "account": "1",
        "time": "2026-01-01T00:00:00Z", "region": "r", "detail": detail,
    });
    let resources = ["ab", "a"].map(Value::from);
    event["resources"] = Value::from(resources[..tape.below(3)].to_vec());
    if tape.rarely(4) {
        event["replay-name"] = json!("a");
    }
    event.to_string()
}

/// A value of a declared type.
pub(super) fn value(tape: &mut Tape, declared: &Value, operands: &[Value]) -> Value {
    match declared {
        Value::Array(item) => (0..tape.below(3))
            .map(|_| value(tape, &item[0], operands))
            .collect(),
        Value::Object(fields) => {
            let mut object = Map::new();
            for (name, field) in fields {
                let is_optional = field.as_str().is_some_and(|word| word.ends_with('?'));
                if !(is_optional && tape.rarely(3)) {
                    object.insert(name.clone(), value(tape, field, operands));
                }
            }
            Value::Object(object)
        }
        word => {
            let word = word.as_str().unwrap();
            if word.ends_with('?') && tape.rarely(4) {
                return Value::Null;
            }
            let word = word.trim_end_matches('?');
            if let Some(near) = near_an_operand(tape, word, operands) {
                return near;
            }
            match word {
                "string" => json!(tape.pick(&STRINGS)),
                "integer" => whole(tape),
                "number" => number(tape),
                "boolean" => json!(tape.below(2) == 0),
                "timestamp" => json!(tape.pick(&TIMESTAMPS)),
                "date" => json!(tape.pick(&DATES)),
                _ if tape.below(2) == 0 => scalar(tape),
                _ => any_object(tape, 0),
            }
        }
    }
}

/// An object with any fields. It has no lists but empty ones: an undeclared field is taken to hold one value.
fn any_object(tape: &mut Tape, depth: usize) -> Value {
    let mut object = Map::new();
    for name in ["a", "b", "n", "o", "l", "zz"] {
        match tape.below(4) {
            0 => drop(object.insert(name.to_owned(), scalar(tape))),
            1 if depth < 2 => drop(object.insert(name.to_owned(), any_object(tape, depth + 1))),
            2 if tape.rarely(3) => drop(object.insert(name.to_owned(), json!([]))),
            _ => {}
        }
    }
    Value::Object(object)
}

/// A value that one of the tests asks for, or one like it.
fn near_an_operand(tape: &mut Tape, word: &str, operands: &[Value]) -> Option<Value> {
    if operands.is_empty() || tape.below(4) == 0 {
        return None;
    }
    match (word, &operands[tape.below(operands.len())]) {
        ("string", Value::String(text)) => {
            let text = text.replace('*', tape.pick(&["", "b", "*"]));
            Some(json!(match tape.below(8) {
                0 => format!("{text}b"),
                1 => format!("a{text}"),
                2 => format!("0{text}"),
                3 => text.to_uppercase(),
                4 => text.split('/').next().unwrap().to_owned(),
                _ => text,
            }))
        }
        ("number", Value::Number(number)) => {
            let half = [0.0, 0.5, -0.5][tape.below(3)];
            let like = number.as_f64().map(|number| json!(number + half));
            like.filter(|_| tape.below(2) == 0).or(Some(json!(number)))
        }
        ("integer", Value::Number(number)) => match number.as_i64() {
            Some(whole) => Some(json!(whole)),
            None => number
                .as_f64()?
                .to_string()
                .parse::<i64>()
                .ok()
                .map(Value::from),
        },
        _ => None,
    }
}
