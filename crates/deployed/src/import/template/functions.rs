//! Functions of a template.

use std::collections::BTreeMap;

use serde_json::Value;

use super::parts::{note_others, place, whole_number};
use super::resolve::Resolver;
use crate::import::found::{Found, Settings};
use crate::import::note::Note;

/// What is known of a function that the template does not name; one with a name stays as it is.
pub(super) fn read_function(
    resolver: &Resolver<'_>,
    id: &str,
    resource: &Value,
    found: &mut Found,
) {
    if resolver.name(id).is_some() {
        return;
    }
    let place = place(id);
    let properties = &resource["Properties"];
    let known = [
        "Architectures",
        "Code",
        "Description",
        "Environment",
        "FunctionName",
        "Handler",
        "MemorySize",
        "Role",
        "Runtime",
        "Tags",
        "Timeout",
    ];
    note_others(&place, properties, &known, &mut found.notes);
    let variables = properties["Environment"]["Variables"].as_object();
    let mut environment = BTreeMap::new();
    for (name, value) in variables.into_iter().flatten() {
        match resolver.known_text(value) {
            Some(value) => {
                environment.insert(name.clone(), value);
            }
            None => found.notes.push(
                Note::left_out(
                    format!("{place}/Environment/Variables/{name}"),
                    "the template alone does not say its value",
                )
                .help("say it under `environment` of the function, or with `--parameter`"),
            ),
        }
    }
    let settings = Settings {
        place,
        description: resolver.known_text(&properties["Description"]),
        memory_mb: whole_number(&properties["MemorySize"]),
        timeout_seconds: whole_number(&properties["Timeout"]),
        architecture: resolver.known_text(&properties["Architectures"][0]),
        environment,
    };
    found.unnamed.insert(format!("${{{id}}}"), settings);
}
