//! What every resource of a template has: its place, and properties that are read or noted.

use serde_json::{Map, Value};

use crate::import::note::Note;

/// The place of a resource in its template.
pub(super) fn place(id: &str) -> String {
    format!("Resources/{id}")
}

/// Notes every property that is not among those that are carried over.
pub(super) fn note_others(place: &str, properties: &Value, known: &[&str], notes: &mut Vec<Note>) {
    let empty = Map::new();
    for key in properties.as_object().unwrap_or(&empty).keys() {
        if !known.contains(&key.as_str()) {
            let place = format!("{place}/{key}");
            notes.push(Note::left_out(place, "the spec does not say it"));
        }
    }
}

/// A whole number, which templates also write as text.
pub(super) fn whole_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
