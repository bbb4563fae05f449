//! A JSON Schema for each event: its envelope, as a function receives it, and its detail.

use std::collections::BTreeMap;

use anyhow::bail;
use indexmap::IndexMap;
use pipeline::Pipeline;
use pipeline::model::{Discriminator, Event, Field, FieldType};

use super::json::{Json, array, object, text};

/// The dialect of the schemas.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A schema, and the name of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonSchema {
    /// The name of the file: that of the event, and `.json`.
    pub file_name: String,
    /// The whole text.
    pub text: String,
}

/// Writes a JSON Schema for each event, in the order of the spec. `comment` is in the first key, `$comment`: JSON has no
/// comments, and whoever opens the file has to see where it comes from.
///
/// # Errors
/// Two events whose files would be one where capitals do not count.
pub fn json_schemas(pipeline: &Pipeline, comment: &str) -> anyhow::Result<Vec<JsonSchema>> {
    let mut taken = BTreeMap::new();
    let mut schemas = Vec::new();
    for (name, event) in &pipeline.events {
        if let Some(first) = taken.insert(name.to_ascii_lowercase(), name) {
            bail!(
                "the schemas of the events `{first}` and `{name}` would be one file on some machines: rename one of them"
            );
        }
        schemas.push(JsonSchema {
            file_name: format!("{name}.json"),
            text: schema(pipeline, name, event, comment).pretty(),
        });
    }
    Ok(schemas)
}

fn schema(pipeline: &Pipeline, name: &str, event: &Event, comment: &str) -> Json {
    let mut schema = vec![
        ("$comment", text(comment)),
        ("$schema", text(DIALECT)),
        ("title", text(name)),
    ];
    if let Some(description) = &event.description {
        schema.push(("description", text(description)));
    }
    schema.extend(envelope(event, object([("$ref", text("#/$defs/detail"))])));
    let detail = detail(pipeline, name, event);
    schema.push(("$defs", object([("detail", detail)])));
    object(schema)
}

/// Describes an event as a function receives it.
pub(super) fn envelope(event: &Event, detail: Json) -> [(&'static str, Json); 3] {
    let constant = |value: &str| object([("const", text(value))]);
    let a_text = || typed("string");
    let envelope = [
        ("version", constant("0")),
        ("id", a_text()),
        ("detail-type", constant(&event.detail_type.value)),
        ("source", constant(&event.source.value)),
        ("account", a_text()),
        ("time", with_format("date-time")),
        ("region", a_text()),
        (
            "resources",
            object([("type", text("array")), ("items", a_text())]),
        ),
        ("detail", detail),
    ];
    let required: Vec<Json> = envelope.iter().map(|(key, _)| text(key)).collect();
    [
        ("type", text("object")),
        ("properties", object(envelope)),
        ("required", Json::Array(required)),
    ]
}

/// Describes a detail. More fields may come: a function that does not know them passes over them.
pub(super) fn detail(pipeline: &Pipeline, name: &str, event: &Event) -> Json {
    // Others may have a field of that name, with texts of their own.
    if event.discriminator == Discriminator::None && !pipeline.is_own(event) {
        return mapping(None, &event.detail);
    }
    let event_type = object([("const", text(event.event_type(name)))]);
    let is_needed = match event.discriminator {
        Discriminator::EventType => true,
        // Every event of the pipeline has it, and one of others need not.
        Discriminator::None => false,
    };
    mapping(Some((event_type, is_needed)), &event.detail)
}

/// Describes an object, after `event_type` if it is a detail.
fn mapping(event_type: Option<(Json, bool)>, fields: &IndexMap<String, Field>) -> Json {
    let is_needed = event_type.as_ref().is_some_and(|(_, needed)| *needed);
    let own = event_type.map(|(schema, _)| ("event_type".to_owned(), schema));
    let declared = fields
        .iter()
        .map(|(name, field)| (name.clone(), of_field(field)));
    let required = fields.iter().filter(|(_, field)| !field.optional);
    let required = is_needed
        .then_some("event_type")
        .into_iter()
        .chain(required.map(|(name, _)| name.as_str()));
    let required: Vec<Json> = required.map(text).collect();
    object([
        ("type", text("object")),
        (
            "properties",
            Json::Object(own.into_iter().chain(declared).collect()),
        ),
        ("required", Json::Array(required)),
    ])
}

fn of_field(field: &Field) -> Json {
    let plain = match &field.field_type {
        FieldType::String => typed("string"),
        FieldType::Integer => typed("integer"),
        FieldType::Number => typed("number"),
        FieldType::Boolean => typed("boolean"),
        FieldType::Enum(values) => object([
            ("type", text("string")),
            ("enum", array(values.iter().map(|value| text(value)))),
        ]),
        FieldType::Timestamp => with_format("date-time"),
        FieldType::Date => with_format("date"),
        // Anything, null included.
        FieldType::Json => return object::<&str>([]),
        FieldType::List(item) => object([("type", text("array")), ("items", of_field(item))]),
        FieldType::Object(fields) => mapping(None, fields),
    };
    // An optional field may be left out, which `required` says, or null.
    if field.optional {
        object([("anyOf", array([plain, typed("null")]))])
    } else {
        plain
    }
}

fn typed(name: &str) -> Json {
    object([("type", text(name))])
}

fn with_format(format: &str) -> Json {
    object([("type", text("string")), ("format", text(format))])
}
