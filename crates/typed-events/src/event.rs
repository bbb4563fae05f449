//! A struct for each event, and for each object in its detail.

use std::collections::{BTreeMap, VecDeque};

use anyhow::bail;
use indexmap::IndexMap;
use pipeline::Pipeline;
use pipeline::model::{Discriminator, Event, Field, FieldType};

use super::names::{Scope, field_name, type_name};
use super::rust::{Source, code, described, literal};

/// The name of every event's type.
pub(super) struct Events {
    types: BTreeMap<String, String>,
    scope: Scope,
}

impl Events {
    pub(super) fn new(pipeline: &Pipeline) -> anyhow::Result<Self> {
        let mut scope = Scope::default();
        let mut types = BTreeMap::new();
        // Events claim their names before the objects in their details do: an error then names the event first.
        for name in pipeline.events.keys() {
            let origin = format!("the event `{name}`");
            let ident = scope.claim(&type_name(name, "Event"), &origin)?;
            types.insert(name.clone(), ident);
        }
        Ok(Self { types, scope })
    }

    /// The type of an event; its variant in a trigger has the same name.
    pub(super) fn type_of(&self, event: &str) -> anyhow::Result<&str> {
        match self.types.get(event) {
            Some(ident) => Ok(ident),
            None => bail!("the event `{event}` is not declared"),
        }
    }

    /// Writes all of the types, in the order of the spec.
    pub(super) fn render(&self, pipeline: &Pipeline, source: &mut Source) -> anyhow::Result<()> {
        let mut scope = self.scope.clone();
        for (name, event) in &pipeline.events {
            let ident = self.type_of(name)?;
            let is_own = pipeline.is_own(event);
            render_event(name, event, ident, is_own, &mut scope, source)?;
        }
        Ok(())
    }
}

const DERIVES: &str = "#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]";

fn render_event(
    name: &str,
    event: &Event,
    ident: &str,
    is_own: bool,
    scope: &mut Scope,
    source: &mut Source,
) -> anyhow::Result<()> {
    let summary = format!(
        "The event {}{}",
        code(name),
        described(event.description.as_ref())
    );
    let own = Struct {
        ident: ident.to_owned(),
        summary,
        origin: format!("the event `{name}`"),
        fields: &event.detail,
    };
    let mut nested = VecDeque::new();
    own.render(scope, &mut nested, source)?;
    let is_discriminated = event.discriminator == Discriminator::EventType;
    source.open(&["impl job::Event for ", ident, " {"]);
    let event_type = literal(event.event_type(name));
    source.line(&["const NAME: &'static str = ", &event_type, ";"]);
    let own_source = if is_own {
        "SOURCE".to_owned()
    } else {
        literal(&event.source.value)
    };
    source.line(&["const SOURCE: &'static str = ", &own_source, ";"]);
    let detail_type = literal(&event.detail_type.value);
    source.line(&["const DETAIL_TYPE: &'static str = ", &detail_type, ";"]);
    let is_discriminated = if is_discriminated { "true" } else { "false" };
    source.line(&["const DISCRIMINATED: bool = ", is_discriminated, ";"]);
    source.close("}");
    // Rust has no struct within a struct, so those of objects wait until the outer one is closed.
    while let Some(inner) = nested.pop_front() {
        match inner {
            Nested::Struct(inner) => inner.render(scope, &mut nested, source)?,
            Nested::Enum(inner) => inner.render(source)?,
        }
    }
    Ok(())
}

/// A type to write behind the struct that uses it.
enum Nested<'p> {
    Struct(Struct<'p>),
    Enum(Enum<'p>),
}

/// An enum to write, for a field that holds one of some texts.
struct Enum<'p> {
    ident: String,
    /// The words for the field in an error, as the spec has it.
    origin: String,
    texts: &'p [String],
}

impl Enum<'_> {
    fn render(&self, source: &mut Source) -> anyhow::Result<()> {
        let Self {
            ident,
            origin,
            texts,
        } = self;
        source.doc(&format!("{}.", capitalized(origin)));
        source.line(&["#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]"]);
        source.open(&["pub enum ", ident, " {"]);
        let mut variants = Scope::default();
        for text in *texts {
            let origin = format!("the value `{text}` of {origin}");
            let variant = variants.claim(&type_name(text, "Value"), &origin)?;
            source.doc(&format!("{}.", code(text)));
            if variant != *text {
                source.line(&["#[serde(rename = ", &literal(text), ")]"]);
            }
            source.line(&[&variant, ","]);
        }
        source.close("}");
        Ok(())
    }
}

/// A struct to write: for an event, or for an object in its detail.
struct Struct<'p> {
    ident: String,
    summary: String,
    /// The words for it in an error, as the spec has it.
    origin: String,
    fields: &'p IndexMap<String, Field>,
}

impl<'p> Struct<'p> {
    /// Writes the struct, and adds those of its fields that are objects to `nested`.
    fn render(
        &self,
        scope: &mut Scope,
        nested: &mut VecDeque<Nested<'p>>,
        source: &mut Source,
    ) -> anyhow::Result<()> {
        source.doc(&self.summary);
        source.line(&[DERIVES]);
        if self.fields.is_empty() {
            source.line(&["pub struct ", &self.ident, " {}"]);
            return Ok(());
        }
        source.open(&["pub struct ", &self.ident, " {"]);
        let mut members = Scope::default();
        for (name, field) in self.fields {
            let origin = format!("the field `{name}` of {}", self.origin);
            let member = members.claim(&field_name(name), &origin)?;
            source.doc(&format!("{}: {}.", code(name), in_words(field)));
            // A keyword differs by its `r#`. serde would leave that out by itself, so renaming it changes nothing.
            if member != *name {
                source.line(&["#[serde(rename = ", &literal(name), ")]"]);
            }
            // Left out instead of null: for `exists` in an event pattern, a field that is null is there.
            if field.optional {
                source.line(&["#[serde(default, skip_serializing_if = \"Option::is_none\")]"]);
            }
            let inner = type_name(&format!("{} {name}", self.ident), "Detail");
            let field_type = type_of(field, inner, origin, scope, nested)?;
            source.line(&["pub ", &member, ": ", &field_type, ","]);
        }
        source.close("}");
        Ok(())
    }
}

/// The Rust type of a field; an object in it gets the name `inner`.
fn type_of<'p>(
    field: &'p Field,
    inner: String,
    origin: String,
    scope: &mut Scope,
    nested: &mut VecDeque<Nested<'p>>,
) -> anyhow::Result<String> {
    let plain = match &field.field_type {
        FieldType::String => "String".to_owned(),
        FieldType::Integer => "i64".to_owned(),
        FieldType::Number => "f64".to_owned(),
        FieldType::Boolean => "bool".to_owned(),
        FieldType::Timestamp => "jiff::Timestamp".to_owned(),
        FieldType::Date => "jiff::civil::Date".to_owned(),
        FieldType::Json => "serde_json::Value".to_owned(),
        FieldType::List(item) => {
            format!("Vec<{}>", type_of(item, inner, origin, scope, nested)?)
        }
        FieldType::Object(fields) => {
            let ident = scope.claim(&inner, &origin)?;
            nested.push_back(Nested::Struct(Struct {
                ident: ident.clone(),
                summary: format!("{}.", capitalized(&origin)),
                origin,
                fields,
            }));
            ident
        }
        FieldType::Enum(texts) => {
            let ident = scope.claim(&inner, &origin)?;
            nested.push_back(Nested::Enum(Enum {
                ident: ident.clone(),
                origin,
                texts,
            }));
            ident
        }
    };
    Ok(if field.optional {
        format!("Option<{plain}>")
    } else {
        plain
    })
}

/// Describes what a field holds, for its documentation.
fn in_words(field: &Field) -> String {
    let held = match &field.field_type {
        FieldType::String => "text".to_owned(),
        FieldType::Integer => "a whole number".to_owned(),
        FieldType::Number => "a number".to_owned(),
        FieldType::Boolean => "true or false".to_owned(),
        FieldType::Timestamp => "an RFC 3339 timestamp, in UTC".to_owned(),
        FieldType::Date => "a calendar day".to_owned(),
        FieldType::Json => "any JSON value".to_owned(),
        FieldType::Enum(texts) => {
            let texts: Vec<String> = texts.iter().map(|text| code(text)).collect();
            format!("one of {}", texts.join(", "))
        }
        FieldType::List(item) => format!("a list; each item {}", in_words(item)),
        FieldType::Object(_) => "an object".to_owned(),
    };
    if field.optional {
        format!("{held}, or nothing")
    } else {
        held
    }
}

fn capitalized(origin: &str) -> String {
    origin.replacen("the ", "The ", 1)
}
