//! `events:`.

use indexmap::IndexMap;

use super::reader::Reader;
use crate::diagnostic::{Diagnostic, suggest};
use crate::lints::{INVALID_VALUE, WRONG_TYPE};
use crate::model::{Event, Field, FieldType};
use crate::span::{Span, Spanned};
use crate::yaml::{Kind, Node};

/// The types of a field that are words; a `?` behind one makes the field optional.
pub const FIELD_TYPES: [(&str, FieldType); 7] = [
    ("string", FieldType::String),
    ("integer", FieldType::Integer),
    ("number", FieldType::Number),
    ("boolean", FieldType::Boolean),
    ("timestamp", FieldType::Timestamp),
    ("date", FieldType::Date),
    ("json", FieldType::Json),
];

/// Reads one event. One that cannot be read stays declared, so that references to it hold.
pub(super) fn read(reader: &mut Reader, name: &str, node: &Node, at: Span) -> Event {
    let mut event = Event {
        name_span: at,
        description: None,
        detail_type: Spanned::new(name.to_owned(), at),
        external: false,
        detail: IndexMap::new(),
    };
    let Some(mut fields) = reader.fields("an event", node, at) else {
        return event;
    };
    if let Some(node) = fields.require("detail_type")
        && let Some(detail_type) = reader.string(node)
    {
        event.detail_type = detail_type;
    }
    if let Some(node) = fields.take("description") {
        event.description = reader.description(node);
    }
    if let Some(node) = fields.take("external") {
        event.external = reader.boolean(node).unwrap_or(false);
    }
    if let Some(node) = fields.take("detail") {
        event.detail = read_detail(reader, node);
    }
    fields.finish(reader);
    event
}

fn read_detail(reader: &mut Reader, node: &Node) -> IndexMap<String, Field> {
    let mut detail = IndexMap::new();
    for (name, (_, node)) in reader.entries("a detail", node).unwrap_or_default() {
        // A field that cannot be read is left out. Checks of patterns run only on a complete spec, so nothing misses
        // it.
        if let Some(field) = read_field(reader, node) {
            detail.insert(name.to_owned(), field);
        }
    }
    detail
}

fn read_field(reader: &mut Reader, node: &Node) -> Option<Field> {
    let field_type = match &node.kind {
        Kind::Mapping(_) => FieldType::Object(read_detail(reader, node)),
        Kind::Sequence(items) => {
            let [item] = items.as_slice() else {
                let message = "a list names the one type of its items, as in `[string]`";
                reader.report(Diagnostic::new(&WRONG_TYPE, node.span, message));
                return None;
            };
            FieldType::List(Box::new(read_field(reader, item)?))
        }
        Kind::Scalar { .. } => return read_scalar_type(reader, node),
    };
    Some(Field {
        field_type,
        optional: false,
    })
}

fn read_scalar_type(reader: &mut Reader, node: &Node) -> Option<Field> {
    let written = reader.string(node)?.value;
    // Only one `?`: with two the rest is not the name of a type.
    let name = written.strip_suffix('?').unwrap_or(&written);
    let found = FIELD_TYPES.iter().find(|(word, _)| *word == name);
    if found.is_none() {
        let words = FIELD_TYPES.map(|(word, _)| word);
        let message = format!("`{written}` is not the type of a field");
        let help = match name.to_lowercase().as_str() {
            "array" | "list" => {
                "write a list with the type of its items, as in `[string]`".to_owned()
            }
            "dict" | "map" | "object" | "struct" => {
                "write a mapping of its fields to their types, or `json` for any".to_owned()
            }
            _ => suggest(name, &words),
        };
        let diagnostic = Diagnostic::new(&INVALID_VALUE, node.span, message)
            .with_note("a `?` behind the type lets the field be null or absent; `[string]` is a list; a mapping is an object")
            .with_help(help);
        reader.report(diagnostic);
    }
    found.map(|(_, field_type)| Field {
        field_type: field_type.clone(),
        optional: written.ends_with('?'),
    })
}
