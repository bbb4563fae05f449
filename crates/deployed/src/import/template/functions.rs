//! Functions of a template.

use std::collections::BTreeMap;

use serde_json::Value;

use super::parts::{Part, said};
use super::resolve::{Resolver, as_text};
use super::unknown::Kind;
use crate::import::found::{Found, Settings};
use crate::import::note::Note;

/// What is known of a function that the template does not name; one with a name stays as it is.
pub(super) fn read_function(resolver: Resolver<'_>, id: &str, resource: &Value, found: &mut Found) {
    if resolver.name(id).is_some() {
        return;
    }
    let unknowns = resolver.unknowns();
    let name = unknowns.mark(id, Kind::Made(resolver.id(id)));
    let name = unknowns.in_spec(&name, &mut found.values);
    // They are about a function that is built anew, and not about the one that is there.
    let mut anew = Found::default();
    let settings = Settings {
        name: as_text(&name).unwrap_or_default(),
        ..read_settings(resolver, id, resource, &mut anew)
    };
    for value in anew.values {
        if found.values.iter().all(|known| known.name != value.name) {
            found.values.push(value);
        }
    }
    let settings = Settings {
        notes: anew.notes,
        ..settings
    };
    let id = format!("${{{}}}", resolver.id(id));
    found.unnamed.insert(id, settings);
}

fn read_settings(
    resolver: Resolver<'_>,
    id: &str,
    resource: &Value,
    found: &mut Found,
) -> Settings {
    let mut part = Part::new(resolver, id, resource, found);
    let known = [
        "Architectures",
        "Code",
        "Description",
        "Environment",
        "Events",
        "FunctionName",
        "Handler",
        "MemorySize",
        "Role",
        "Runtime",
        "Tags",
        "Timeout",
    ];
    part.note_others(&known, found);
    let environment = environment(&part, found);
    Settings {
        description: part.text("Description", found),
        memory_mb: part.whole("MemorySize", found),
        timeout_seconds: part.whole("Timeout", found),
        architecture: architecture(&mut part, found),
        environment,
        place: part.place,
        name: String::new(),
        notes: Vec::new(),
    }
}

fn environment(part: &Part<'_>, found: &mut Found) -> BTreeMap<String, String> {
    let environment = part.inner("Environment", found);
    environment.note_others(&["Variables"], found);
    let variables = environment.inner("Variables", found);
    let names: Vec<String> = variables.keys().cloned().collect();
    let mut environment = BTreeMap::new();
    for name in names {
        let Some(value) = variables.get(&name) else {
            continue;
        };
        let place = format!("{}/{name}", variables.place);
        match said(part.resolver, &place, value, &mut found.values) {
            Ok(said) => match as_text(&said) {
                Some(text) => {
                    environment.insert(name, text);
                }
                None => found
                    .notes
                    .push(Note::left_out(place, "its value is no text")),
            },
            Err(note) => found.notes.push(note),
        }
    }
    environment
}

/// The processor. CloudFormation has a list of one.
fn architecture(part: &mut Part<'_>, found: &mut Found) -> Option<String> {
    let list = part.exact("Architectures", found)?;
    let one = list
        .as_array()
        .and_then(|list| list.first())
        .unwrap_or(&list);
    let text = as_text(one).unwrap_or_default();
    if matches!(text.as_str(), "x86_64" | "arm64") {
        return Some(text);
    }
    let place = format!("{}/Architectures", part.place);
    let why = format!("`{list}` is neither x86_64 nor arm64");
    found.notes.push(Note::left_out(place, why));
    None
}
