//! Compares an event's detail with the fields that the spec declares, and sets a field by its path.

use std::fmt;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::diagnostic::suggest;
use crate::model::{Discriminator, Event, Field, FieldType, Pipeline};

/// Something that is wrong with a detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field, from the top of the detail: `items[0].sku`.
    pub field: String,
    /// What is wrong with it.
    pub kind: ProblemKind,
}

/// What is wrong with a field of a detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The field must be there and is not.
    Missing,
    /// The spec does not declare it.
    Undeclared {
        /// The name that was probably meant, or every name that is allowed.
        help: String,
    },
    /// The field cannot hold the value.
    OtherType {
        /// The value, as JSON.
        found: String,
        /// What the field holds: `a whole number`.
        expected: String,
    },
}

/// Writes the problem without its field: `is missing`.
impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Undeclared { help } => write!(f, "is not declared: {help}"),
            Self::OtherType { found, expected } => write!(f, "cannot be {found}: it is {expected}"),
        }
    }
}

/// The field of every detail that names the event, and that no event of the pipeline declares.
pub const EVENT_TYPE: &str = "event_type";

/// Finds everything that is wrong with the detail of a declared event. Any field is right if the event declares none.
pub fn problems(event: &Event, detail: &Map<String, Value>) -> Vec<Problem> {
    let mut found = Vec::new();
    if event.detail.is_empty() {
        return found;
    }
    check_fields("", &event.detail, detail, &mut found);
    // Every emitted event has it, and only an event of others may declare it.
    found.retain(|one| one.field != EVENT_TYPE || event.detail.contains_key(EVENT_TYPE));
    // AWS adds fields without notice.
    if event.is_of_aws() {
        found.retain(|problem| !matches!(problem.kind, ProblemKind::Undeclared { .. }));
    }
    found
}

fn check_fields(
    within: &str,
    fields: &IndexMap<String, Field>,
    object: &Map<String, Value>,
    found: &mut Vec<Problem>,
) {
    for (name, field) in fields {
        let path = format!("{within}{name}");
        match object.get(name) {
            None | Some(Value::Null) if field.optional => {}
            None => found.push(Problem {
                field: path,
                kind: ProblemKind::Missing,
            }),
            Some(value) => check_value(&path, field, value, found),
        }
    }
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    for name in object.keys().filter(|name| !fields.contains_key(*name)) {
        found.push(undeclared(format!("{within}{name}"), name, &names));
    }
}

/// Reports a value that the field cannot hold.
fn check_value(path: &str, field: &Field, value: &Value, found: &mut Vec<Problem>) {
    let fits = match (&field.field_type, value) {
        (_, Value::Null) if field.optional => true,
        (FieldType::String, value) => value.is_string(),
        // The typed events read a whole number as `i64`, so `1.0` and 2^63 do not fit.
        (FieldType::Integer, value) => value.is_i64(),
        (FieldType::Number, value) => value.is_number(),
        (FieldType::Boolean, value) => value.is_boolean(),
        (FieldType::Timestamp, value) => parses::<jiff::Timestamp>(value),
        (FieldType::Date, value) => parses::<jiff::civil::Date>(value),
        (FieldType::Json, _) => true,
        (FieldType::Enum(texts), value) => value
            .as_str()
            .is_some_and(|value| texts.iter().any(|text| text == value)),
        (FieldType::List(item), Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                check_value(&format!("{path}[{index}]"), item, value, found);
            }
            true
        }
        (FieldType::Object(fields), Value::Object(object)) => {
            check_fields(&format!("{path}."), fields, object, found);
            true
        }
        (FieldType::List(_) | FieldType::Object(_), _) => false,
    };
    if !fits {
        let kind = ProblemKind::OtherType {
            found: value.to_string(),
            expected: in_words(&field.field_type),
        };
        let field = path.to_owned();
        found.push(Problem { field, kind });
    }
}

fn parses<T: std::str::FromStr>(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<T>().is_ok())
}

fn in_words(field_type: &FieldType) -> String {
    let words = match field_type {
        FieldType::String => "a string",
        FieldType::Integer => "a whole number of at most 64 bits",
        FieldType::Number => "a number",
        FieldType::Boolean => "`true` or `false`",
        FieldType::Timestamp => "a timestamp such as `2026-01-31T09:00:00Z`",
        FieldType::Date => "a date such as `2026-01-31`",
        FieldType::Json => "any JSON value",
        FieldType::Enum(texts) => return one_of_texts(texts),
        FieldType::List(_) => "a list",
        FieldType::Object(_) => "an object",
    };
    words.to_owned()
}

/// Lists the texts of an enum: "one of `a` and `b`".
fn one_of_texts(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => format!("always {only}"),
        [most @ .., last] => format!("one of {} and {last}", most.join(", ")),
    }
}

fn undeclared(field: String, written: &str, names: &[&str]) -> Problem {
    let help = match names {
        [] => "the event declares no fields".to_owned(),
        names => suggest(written, names).help,
    };
    let kind = ProblemKind::Undeclared { help };
    Problem { field, kind }
}

/// Finds the declared field at a dotted path, such as `customer.id`. A path below a field of type `json` leads to
/// that field.
pub fn field_at<'e>(fields: &'e IndexMap<String, Field>, path: &str) -> Option<&'e Field> {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let field = fields.get(name)?;
    match (&field.field_type, rest) {
        (_, None) | (FieldType::Json, _) => Some(field),
        (FieldType::Object(fields), Some(rest)) => field_at(fields, rest),
        _ => None,
    }
}

/// Lists every dotted path that leads to a field other than an object.
pub(crate) fn paths(fields: &IndexMap<String, Field>) -> Vec<String> {
    let mut paths = Vec::new();
    for (name, field) in fields {
        if let FieldType::Object(inner) = &field.field_type {
            let inner = self::paths(inner).into_iter();
            paths.extend(inner.map(|path| format!("{name}.{path}")));
        } else {
            paths.push(name.clone());
        }
    }
    paths
}

/// Sets the field at a dotted path to what a text means by the field's type: a string, timestamp or date is the text
/// itself, anything else is JSON. A text that is not JSON stays a string, in which [`problems`] then finds the mistake.
///
/// # Errors
/// The event does not declare the field.
pub fn set(
    event: &Event,
    detail: &mut Map<String, Value>,
    path: &str,
    text: &str,
) -> Result<(), Problem> {
    let Some(field) = field_at(&event.detail, path) else {
        let paths = paths(&event.detail);
        let names: Vec<&str> = paths.iter().map(String::as_str).collect();
        return Err(undeclared(path.to_owned(), path, &names));
    };
    // A string is taken as it is: `17` for a field of type `string` is not a number.
    let value = match field.field_type {
        FieldType::String | FieldType::Timestamp | FieldType::Date | FieldType::Enum(_) => {
            Value::from(text)
        }
        _ => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
    };
    put(detail, path, value);
    Ok(())
}

/// Puts a value at a path. An object replaces anything else that stands on the way.
fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    let Some((name, rest)) = path.split_once('.') else {
        object.insert(path.to_owned(), value);
        return;
    };
    let inner = object.entry(name).or_insert(Value::Null);
    if !inner.is_object() {
        *inner = Value::Object(Map::new());
    }
    if let Value::Object(inner) = inner {
        put(inner, rest, value);
    }
}

/// Finds the value at a dotted path.
pub fn value_mut<'d>(detail: &'d mut Map<String, Value>, path: &str) -> Option<&'d mut Value> {
    match path.split_once('.') {
        None => detail.get_mut(path),
        Some((name, rest)) => value_mut(detail.get_mut(name)?.as_object_mut()?, rest),
    }
}

/// Finds the declared event with this source, detail type and, unless the event has `discriminator: none`,
/// `event_type`. Returns `None` if the spec does not declare the event.
///
/// # Errors
/// The detail's `event_type` is not the name of an event with the detail type, so that no rule matches it.
pub fn declared<'p>(
    pipeline: &'p Pipeline,
    source: &str,
    detail_type: &str,
    detail: &Map<String, Value>,
) -> Result<Option<(&'p str, &'p Event)>, Problem> {
    let candidates = pipeline.events.iter();
    let candidates = candidates.filter(|(_, event)| {
        event.source.value == source && event.detail_type.value == detail_type
    });
    let candidates: Vec<_> = candidates
        .map(|(name, event)| (name.as_str(), event))
        .collect();
    if candidates.is_empty() {
        return Ok(None);
    }
    // Without a discriminator a detail type belongs to one event: the check `invalid-detail-type` sees to that.
    let mut candidates_by_type = candidates.iter();
    if let Some(only) =
        candidates_by_type.find(|(_, event)| event.discriminator == Discriminator::None)
    {
        return Ok(Some(*only));
    }
    let written = detail.get(EVENT_TYPE);
    let is_it =
        |(name, event): &&(&str, &Event)| written.is_some_and(|it| it == event.event_type(name));
    if let Some(found) = candidates.iter().find(is_it) {
        return Ok(Some(*found));
    }
    let names = candidates.iter();
    let names: Vec<&str> = names.map(|(name, event)| event.event_type(name)).collect();
    Err(Problem {
        field: EVENT_TYPE.to_owned(),
        kind: match written {
            None => ProblemKind::Missing,
            Some(found) => ProblemKind::OtherType {
                found: found.to_string(),
                expected: crate::diagnostic::one_of(&names),
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Surroundings, parse};
    use serde_json::json;

    const SPEC: &str = "
pipeline: p
source: s
events:
  order.placed:
    detail_type: Order
    external: true
    detail:
      order_id: string
      at: timestamp
      day: date?
      count: integer?
      coupon: string?
      more: json?
      customer: { id: string, age: integer? }
      items: [{ sku: string }]
  order.gone: { detail_type: Order, external: true }
  theirs: { source: acme, detail_type: Order, discriminator: none, detail: { channel: \"enum(web, shop)?\" } }
  bucket: { source: aws.s3, detail_type: Object Created, discriminator: none, detail: { reason: string } }
";

    fn spec() -> Pipeline {
        parse(SPEC, &Surroundings::default()).pipeline.unwrap()
    }

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(object) => object,
            other => panic!("{other}"),
        }
    }

    fn found(detail: Value) -> Vec<String> {
        let found = problems(&spec().events["order.placed"], &object(detail));
        let lines = found.iter();
        lines
            .map(|problem| format!("{} {}", problem.field, problem.kind))
            .collect()
    }

    fn fine() -> Value {
        json!({
            "event_type": "order.placed", "order_id": "o-1", "at": "2026-01-01T00:00:00Z", "count": null,
            "more": [{}], "customer": { "id": "c-1" }, "items": [{ "sku": "x" }],
        })
    }

    #[test]
    fn a_detail_as_declared_has_no_problems() {
        assert_eq!(found(fine()), [""; 0]);
    }

    #[test]
    fn everything_that_is_wrong_is_found_at_once() {
        let detail = json!({
            "order_id": 1, "cupon": "X", "day": "today", "count": 1.5,
            "customer": { "idd": "c-1" }, "items": [{ "sku": "x" }, { "sku": null, "at": 1 }],
        });
        assert_eq!(
            found(detail),
            [
                "order_id cannot be 1: it is a string",
                "at is missing",
                "day cannot be \"today\": it is a date such as `2026-01-31`",
                "count cannot be 1.5: it is a whole number of at most 64 bits",
                "customer.id is missing",
                "customer.idd is not declared: did you mean `id`?",
                "items[1].sku cannot be null: it is a string",
                "items[1].at is not declared: expected `sku`",
                "cupon is not declared: did you mean `coupon`?",
            ]
        );
    }

    #[test]
    fn any_field_is_right_if_none_is_declared() {
        let event = &spec().events["order.gone"];
        assert_eq!(problems(event, &object(json!({ "a": 1 }))), []);
    }

    #[test]
    fn a_field_is_set_by_its_path_and_read_by_its_type() {
        let spec = spec();
        let event = &spec.events["order.placed"];
        let mut detail = object(json!({ "customer": "gone", "count": 1 }));
        for (path, text) in [
            ("order_id", "17"),
            ("count", "17"),
            ("coupon", "null"),
            ("customer.id", "c-1"),
            ("customer.age", "old"),
            ("items", "[{\"sku\":\"x\"}]"),
            ("more.of.it", "true"),
        ] {
            set(event, &mut detail, path, text).unwrap();
        }
        let expected = json!({
            "order_id": "17", "count": 17, "coupon": "null", "customer": { "id": "c-1", "age": "old" },
            "items": [{ "sku": "x" }], "more": { "of": { "it": true } },
        });
        assert_eq!(Value::Object(detail), expected);
    }

    #[test]
    fn a_value_is_found_by_its_path() {
        let mut detail = object(json!({ "a/~": 1, "customer": { "id": "c-1" }, "list": [1] }));
        for (path, expected) in [
            ("a/~", Some(json!(1))),
            ("customer.id", Some(json!("c-1"))),
            ("customer.age", None),
            ("list.0", None),
        ] {
            let found = value_mut(&mut detail, path).cloned();
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn a_path_that_is_not_declared_names_the_near_one() {
        let spec = spec();
        for (path, help) in [
            ("custommer.id", "did you mean `customer.id`?"),
            ("order", "did you mean `order_id`?"),
            ("order_id.x", "did you mean `order_id`?"),
        ] {
            let set = set(&spec.events["order.placed"], &mut Map::new(), path, "x");
            let Err(Problem {
                kind: ProblemKind::Undeclared { help: found },
                ..
            }) = set
            else {
                panic!("{path}: {set:?}");
            };
            assert_eq!(found, help, "{path}");
        }
    }

    #[test]
    fn an_event_is_known_by_what_its_rule_matches() {
        let spec = spec();
        let known = |source: &str, detail_type: &str, detail: Value| {
            let known = declared(&spec, source, detail_type, &object(detail));
            known
                .map(|known| known.map(|(name, _)| name.to_owned()))
                .map_err(|problem| format!("{} {}", problem.field, problem.kind))
        };
        let gone = json!({ "event_type": "order.gone" });
        assert_eq!(
            known("s", "Order", gone.clone()),
            Ok(Some("order.gone".to_owned()))
        );
        assert_eq!(known("other", "Order", gone.clone()), Ok(None));
        assert_eq!(known("s", "Other", gone), Ok(None));
        assert_eq!(
            known("s", "Order", json!({})),
            Err("event_type is missing".to_owned())
        );
        let expected = "event_type cannot be \"x\": it is `order.placed` or `order.gone`";
        assert_eq!(
            known("s", "Order", json!({ "event_type": "x" })),
            Err(expected.to_owned())
        );
    }

    #[test]
    fn an_event_is_found_by_its_own_source_and_discriminator() {
        let spec = spec();
        let none = Map::new();
        let found = |source: &str, detail: &Map<String, Value>| {
            let found = declared(&spec, source, "Order", detail);
            found.map(|found| found.map(|(name, _)| name))
        };
        assert_eq!(found("acme", &none), Ok(Some("theirs")));
        assert_eq!(found("other", &none), Ok(None));
        assert!(found("s", &none).is_err());
        let gone = object(json!({ "event_type": "order.gone" }));
        assert_eq!(found("s", &gone), Ok(Some("order.gone")));
        assert_eq!(found("acme", &gone), Ok(Some("theirs")));
    }

    #[test]
    fn an_enum_holds_its_texts_alone_and_an_event_of_aws_more_fields() {
        let spec = spec();
        let event = &spec.events["theirs"];
        let bucket = object(json!({ "reason": "PutObject", "new": 1 }));
        assert!(problems(&spec.events["bucket"], &bucket).is_empty());
        let problems = |value: Value| problems(event, &object(json!({ "channel": value })));
        assert!(problems(json!("web")).is_empty());
        assert!(problems(json!(null)).is_empty());
        for wrong in [json!("Web"), json!(1), json!(["web"])] {
            let found = problems(wrong.clone());
            let expected = format!("cannot be {wrong}: it is one of `web` and `shop`");
            assert_eq!(found.len(), 1, "{wrong}");
            assert_eq!(found[0].kind.to_string(), expected);
        }
        let mut detail = Map::new();
        set(event, &mut detail, "channel", "shop").unwrap();
        assert_eq!(Value::Object(detail), json!({ "channel": "shop" }));
    }
}
