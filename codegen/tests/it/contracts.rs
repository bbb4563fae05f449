//! What a change of an event breaks, as `diff` judges it.
//!
//! Each case is an event before and after. Its verdict is compared with the table, and written into
//! `tests/contracts/details.ndjson` together with details that the declarations allow. The tests of `lambdas/events` decode
//! them with the generated types of `before.rs` and `after.rs`: what is called readable decodes, and what is not does not.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use changes::{Party, contracts};
use pipeline::model::{Event, Field, FieldType};
use pipeline::{Pipeline, Surroundings};
use serde_json::{Map, Value, json};
use snapbox::{Data, assert_data_eq};

/// A case: its name, the event before and after, and what breaks.
type Case = (&'static str, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    (
        "nothing",
        "detail: { a: string }",
        "detail: { a: string }",
        "-",
    ),
    (
        "description",
        "description: x, detail: { a: string }",
        "description: y, detail: { a: string }",
        "-",
    ),
    (
        "order-of-fields",
        "detail: { a: string, b: integer }",
        "detail: { b: integer, a: string }",
        "-",
    ),
    (
        "optional-added",
        "detail: { a: string }",
        "detail: { a: string, b: integer? }",
        "-",
    ),
    (
        "required-added",
        "detail: { a: string }",
        "detail: { a: string, b: integer }",
        "producers: `b` has to be there, and was not declared",
    ),
    (
        "json-added",
        "detail: { a: string }",
        "detail: { a: string, b: json }",
        "producers: `b` has to be there, and was not declared",
    ),
    (
        "first-field",
        "external: true",
        "detail: { a: string }",
        "producers: `a` has to be there, and was not declared",
    ),
    (
        "first-field-optional",
        "external: true",
        "detail: { a: string? }",
        "-",
    ),
    (
        "required-gone",
        "detail: { a: string, b: integer }",
        "detail: { a: string }",
        "consumers: `b` is gone",
    ),
    (
        "optional-gone",
        "detail: { a: string, b: integer? }",
        "detail: { a: string }",
        "-",
    ),
    (
        "last-field-gone",
        "detail: { a: string }",
        "external: true",
        "consumers: `a` is gone",
    ),
    (
        "renamed-field",
        "detail: { a: string }",
        "detail: { b: string }",
        "consumers: `a` is gone; producers: `b` has to be there, and was not declared",
    ),
    (
        "becomes-optional",
        "detail: { a: string }",
        "detail: { a: string? }",
        "consumers: `a` may be missing or null",
    ),
    (
        "becomes-required",
        "detail: { a: string? }",
        "detail: { a: string }",
        "producers: `a` has to be there, and was optional",
    ),
    (
        "json-becomes-optional",
        "detail: { a: json }",
        "detail: { a: json? }",
        "consumers: `a` may be missing or null",
    ),
    (
        "value-added",
        "detail: { a: \"enum(x, y)\" }",
        "detail: { a: \"enum(x, y, z)\" }",
        "consumers: `a` may be `z`",
    ),
    (
        "value-gone",
        "detail: { a: \"enum(x, y)\" }",
        "detail: { a: \"enum(y)\" }",
        "producers: `a` may not be `x` any more",
    ),
    (
        "value-renamed",
        "detail: { a: \"enum(x, y)\" }",
        "detail: { a: \"enum(x, Y)\" }",
        "consumers: `a` may be `Y`; producers: `a` may not be `y` any more",
    ),
    (
        "order-of-values",
        "detail: { a: \"enum(x, y)\" }",
        "detail: { a: \"enum(y, x)\" }",
        "-",
    ),
    (
        "value-of-optional",
        "detail: { a: \"enum(x)?\" }",
        "detail: { a: \"enum(x, z)?\" }",
        "consumers: `a` may be `z`",
    ),
    (
        "range-widened",
        "detail: { a: integer }",
        "detail: { a: number }",
        "consumers: `a` is `number`, and was `integer`",
    ),
    (
        "range-narrowed",
        "detail: { a: number }",
        "detail: { a: integer }",
        "producers: `a` has to be `integer`, and was `number`",
    ),
    (
        "widened-and-optional",
        "detail: { a: integer }",
        "detail: { a: number? }",
        "consumers: `a` may be missing or null, `a` is `number`, and was `integer`",
    ),
    (
        "inner-added",
        "detail: { o: { a: string } }",
        "detail: { o: { a: string, b: string } }",
        "producers: `o.b` has to be there, and was not declared",
    ),
    (
        "inner-gone",
        "detail: { o: { a: string, b: string } }",
        "detail: { o: { a: string } }",
        "consumers: `o.b` is gone",
    ),
    (
        "in-list-gone",
        "detail: { l: [{ a: string, b: date }] }",
        "detail: { l: [{ a: string }] }",
        "consumers: `l[].b` is gone",
    ),
    (
        "in-list-widened",
        "detail: { l: [[integer]] }",
        "detail: { l: [[number]] }",
        "consumers: `l[][]` is `number`, and was `integer`",
    ),
    (
        "in-list-optional",
        "detail: { l: [string] }",
        "detail: { l: [string?] }",
        "consumers: `l[]` may be missing or null",
    ),
    (
        "in-list-json",
        "detail: { l: [json] }",
        "detail: { l: [json?] }",
        "-",
    ),
    (
        "in-list-of-json",
        "detail: { l: [json] }",
        "detail: { l: [string?] }",
        "producers: `l[]` has to be `string`, and was `json`",
    ),
    (
        "flattened",
        "detail: { o: { a: string } }",
        "detail: { a: string }",
        "consumers: `o` is gone; producers: `a` has to be there, and was not declared",
    ),
    (
        "detail-type",
        "detail_type: A, detail: { a: string }",
        "detail_type: B, detail: { a: string }",
        "consumers: it comes as `B` of `shop` with the `event_type` `detail-type`; producers: it came as `A` of `shop` with the `event_type` `detail-type`",
    ),
    (
        "source",
        "source: acme, detail: { a: string }",
        "source: bcme, detail: { a: string }",
        "consumers: it comes as `source` of `bcme` with the `event_type` `source`; producers: it came as `source` of `acme` with the `event_type` `source`",
    ),
    (
        "no-discriminator",
        "detail: { a: string }",
        "discriminator: none, detail: { a: string }",
        "consumers: it comes as `no-discriminator` of `shop` without an `event_type`",
    ),
    (
        "new-discriminator",
        "discriminator: none, detail: { a: string }",
        "detail: { a: string }",
        "producers: it came as `new-discriminator` of `shop` without an `event_type`",
    ),
    (
        "undiscriminated",
        "discriminator: none, detail: { a: string }",
        "discriminator: none, detail: { a: string? }",
        "consumers: `a` may be missing or null",
    ),
];

/// Types of a field. Each becomes each other in a case of its own.
const TYPES: [(&str, &str); 10] = [
    ("string", "string"),
    ("integer", "integer"),
    ("number", "number"),
    ("boolean", "boolean"),
    ("timestamp", "timestamp"),
    ("date", "date"),
    ("json", "json"),
    ("enum", "\"enum(x, y)\""),
    ("list", "[string]"),
    ("object", "{ x: string }"),
];

/// Types that each type is read as, beside itself: a list that is written here anew.
const READ_AS: [(&str, &[&str]); 10] = [
    ("string", &["json"]),
    ("integer", &["json", "number"]),
    ("number", &["json"]),
    ("boolean", &["json"]),
    ("timestamp", &["json", "string"]),
    ("date", &["json", "string"]),
    ("json", &[]),
    ("enum", &["json", "string"]),
    ("list", &["json"]),
    ("object", &["json"]),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts")
}

/// Every case: its name, the event before and after.
fn cases() -> Vec<(String, String, String)> {
    let named = CASES.iter();
    let named = named.map(|(name, old, new, _)| ((*name).into(), (*old).into(), (*new).into()));
    let pairs = TYPES.iter().flat_map(|from| {
        let others = TYPES.iter().filter(move |to| to.0 != from.0);
        others.map(move |to| {
            let detail = |of: &str| format!("detail: {{ a: {of} }}");
            (
                format!("{}-to-{}", from.0, to.0),
                detail(from.1),
                detail(to.1),
            )
        })
    });
    named.chain(pairs).collect()
}

/// A pipeline with one side of all cases, and a job that reads and one that writes them.
fn side(choose: impl Fn(&(String, String, String)) -> &str) -> (String, Pipeline) {
    let (mut spec, mut triggers, mut emits) = (
        "pipeline: shop\nsource: shop\nevents:\n".to_owned(),
        String::new(),
        String::new(),
    );
    for case in &cases() {
        let (name, said) = (&case.0, choose(case));
        let detail_type = if said.contains("detail_type:") {
            String::new()
        } else {
            format!("detail_type: {name}, ")
        };
        let _infallible = writeln!(spec, "  {name}: {{ {detail_type}{said} }}");
        let _infallible = writeln!(triggers, "      - {{ id: {name}, event: {name} }}");
        if !said.contains("source:") && !said.contains("external:") {
            let _infallible = write!(emits, "{name}, ");
        }
    }
    let spec = format!(
        "{spec}jobs:\n  reader:\n    function: {{ package: reader }}\n    triggers:\n{triggers}  writer:\n    function: {{ package: writer }}\n    triggers: [ {{ schedule: rate(1 day), emits: [ {emits} ] }} ]\n"
    );
    let parsed = pipeline::parse(&spec, &Surroundings::default());
    assert!(!parsed.has_errors(), "{:#?}", parsed.diagnostics);
    (spec, parsed.pipeline.unwrap())
}

fn sides() -> (Pipeline, Pipeline) {
    (side(|case| &case.1).1, side(|case| &case.2).1)
}

/// What breaks in a case.
fn verdict(broken: &[changes::Broken], case: &str) -> String {
    let broken = broken.iter().filter(|broken| broken.event == case);
    let told =
        broken.map(|broken| format!("{}: {}", broken.party.word(), broken.words().join(", ")));
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        return "-".to_owned();
    }
    told.join("; ")
}

#[test]
fn each_change_of_an_event_breaks_whom_the_table_says() {
    let (before, after) = sides();
    let broken = contracts(&before, &after, &[]);
    let mut wrong = Vec::new();
    for (name, _, _, expected) in CASES {
        let verdict = verdict(&broken, name);
        if verdict != *expected {
            wrong.push(format!("{name}\n  table: {expected}\n  is:    {verdict}"));
        }
    }
    for (from, read_as) in READ_AS {
        for (to, _) in TYPES.iter().filter(|(to, _)| *to != from) {
            let name = format!("{from}-to-{to}");
            let breaks = |party| {
                let mut broken = broken.iter();
                broken.any(|broken| broken.event == name && broken.party == party)
            };
            let back = READ_AS
                .iter()
                .any(|(other, as_)| other == to && as_.contains(&from));
            let expected = (!back, !read_as.contains(to));
            let is = (breaks(Party::Consumers), breaks(Party::Producers));
            if is != expected {
                wrong.push(format!("{name}\n  table: {expected:?}\n  is:    {is:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_types_and_details_that_are_decoded_are_fresh() {
    let (before, after) = sides();
    for (file, pipeline) in [("before.rs", &before), ("after.rs", &after)] {
        let rust = typed_events::render(pipeline, "a table of cases").unwrap();
        assert_data_eq!(rust, Data::read_from(&folder().join(file), None).raw());
    }
    let broken = contracts(&before, &after, &[]);
    let mut lines = String::new();
    for (name, _, _) in cases() {
        let (old, new) = (&before.events[&name], &after.events[&name]);
        for (party, written_with, event) in [
            (Party::Consumers, "after", new),
            (Party::Producers, "before", old),
        ] {
            let mut broken = broken.iter();
            let breaks = broken.any(|broken| broken.event == name && broken.party == party);
            let line = json!({
                "case": name, "written_with": written_with, "readable": !breaks,
                "source": event.source.value, "detail_type": event.detail_type.value,
                "details": details(&name, event),
            });
            let _infallible = writeln!(lines, "{line}");
        }
    }
    assert_data_eq!(
        lines,
        Data::read_from(&folder().join("details.ndjson"), None).raw()
    );
}

/// Details that a declaration allows: each field has each of some values once.
fn details(name: &str, event: &Event) -> Vec<Value> {
    let is_marked = event.discriminator == pipeline::model::Discriminator::EventType;
    let details = objects(&event.detail.iter().collect::<Vec<_>>())
        .into_iter()
        .map(|mut detail| {
            if is_marked {
                detail.insert("event_type".to_owned(), json!(name));
            }
            Value::Object(detail)
        });
    details.collect()
}

fn objects(fields: &[(&String, &Field)]) -> Vec<Map<String, Value>> {
    let values: Vec<(&String, Vec<Option<Value>>)> = fields
        .iter()
        .map(|(name, field)| {
            let absent = field.optional.then_some(None);
            let values = values(field).into_iter().map(Some);
            (*name, values.chain(absent).collect())
        })
        .collect();
    let first: Map<String, Value> = values
        .iter()
        .filter_map(|(name, values)| Some(((*name).clone(), values[0].clone()?)))
        .collect();
    let mut objects = vec![first.clone()];
    for (name, values) in &values {
        for value in &values[1..] {
            let mut object = first.clone();
            object.remove(*name);
            if let Some(value) = value {
                object.insert((*name).clone(), value.clone());
            }
            objects.push(object);
        }
    }
    objects
}

fn values(field: &Field) -> Vec<Value> {
    let null = field.optional.then_some(Value::Null);
    let values = match &field.field_type {
        FieldType::String => vec![json!("text"), json!("")],
        FieldType::Integer => vec![json!(1), json!(i64::MIN), json!(i64::MAX)],
        FieldType::Number => vec![json!(1.5), json!(-1e300), json!(2.0)],
        FieldType::Boolean => vec![json!(true), json!(false)],
        FieldType::Timestamp => vec![json!("2026-01-01T01:00:00Z")],
        FieldType::Date => vec![json!("2026-01-31")],
        FieldType::Json => vec![json!({ "x": 1 }), Value::Null, json!([1]), json!("x")],
        FieldType::Enum(texts) => texts.iter().map(|text| json!(text)).collect(),
        FieldType::List(item) => {
            let items = values(item).into_iter().map(|item| json!([item]));
            items.chain([json!([])]).collect()
        }
        FieldType::Object(fields) => {
            let fields: Vec<_> = fields.iter().collect();
            objects(&fields).into_iter().map(Value::Object).collect()
        }
    };
    values.into_iter().chain(null).collect()
}
