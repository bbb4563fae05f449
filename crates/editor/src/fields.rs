//! Fields of events, as patterns and input paths name them.

use indexmap::IndexMap;
use pipeline::model::{Event, Field, FieldType};

use crate::spec::Spec;

/// The fields of an event's detail by name.
pub(crate) type Fields = IndexMap<String, Field>;

/// The fields of an event, or of all events if nobody says which one.
pub(crate) fn of_event(spec: &Spec, event: Option<&str>) -> Fields {
    let Some(pipeline) = &spec.pipeline else {
        return Fields::new();
    };
    let events: Vec<&Event> = match event {
        Some(event) => pipeline.events.get(event).into_iter().collect(),
        None => pipeline.events.values().collect(),
    };
    let mut fields = Fields::new();
    for event in events {
        for (name, field) in &event.detail {
            fields.entry(name.clone()).or_insert_with(|| field.clone());
        }
    }
    fields
}

/// The fields below a path of others. Elements of lists are their fields.
pub(crate) fn below(fields: &Fields, path: &[&str]) -> Option<Fields> {
    let Some((first, rest)) = path.split_first() else {
        return Some(fields.clone());
    };
    below(object(fields.get(*first)?)?, rest)
}

/// The fields that a field holds.
fn object(field: &Field) -> Option<&Fields> {
    match &field.field_type {
        FieldType::Object(fields) => Some(fields),
        FieldType::List(item) => object(item),
        _ => None,
    }
}

/// The way of keys into the detail, if a path leads into a pattern: `None` in front of the detail.
pub(crate) fn in_pattern<'k>(keys: &[&'k str]) -> Option<(Option<Vec<&'k str>>, bool)> {
    let [
        _,
        _,
        "triggers",
        "*",
        kind @ ("where" | "pattern"),
        path @ ..,
    ] = keys
    else {
        return None;
    };
    let mut path: Vec<&str> = path.to_vec();
    // A list behind `$or` has patterns for elements.
    while let Some(at) = path.iter().position(|key| *key == "$or") {
        path.drain(at..(at + 2).min(path.len()));
    }
    let is_filter = *kind == "where";
    if is_filter {
        return Some((Some(path), true));
    }
    match path.as_slice() {
        ["detail", rest @ ..] => Some((Some(rest.to_vec()), false)),
        _ => Some((None, false)),
    }
}

/// The fields that may be tested at a place of a pattern, and whether the place is the top of a whole one.
pub(crate) fn at_pattern(
    spec: &Spec,
    keys: &[&str],
    event: Option<&str>,
) -> Option<(Fields, bool)> {
    match in_pattern(keys)? {
        (Some(path), is_filter) => {
            let fields = of_event(spec, event.filter(|_| is_filter));
            Some((below(&fields, &path)?, false))
        }
        (None, _) => (keys.last() == Some(&"pattern")).then(|| (Fields::new(), true)),
    }
}

/// The field that a path of a pattern tests; the path may end in an element of its list.
pub(crate) fn tested(spec: &Spec, keys: &[&str], event: Option<&str>) -> Option<Field> {
    let (path, is_filter) = in_pattern(keys)?;
    let mut path = path?;
    if path.last() == Some(&"*") {
        path.pop();
    }
    let name = path.pop()?;
    let fields = of_event(spec, event.filter(|_| is_filter));
    below(&fields, &path)?.get(name).cloned()
}

/// Every field below others as a path with dots.
pub(crate) fn paths(fields: &Fields) -> Vec<(String, Field)> {
    let mut paths = Vec::new();
    for (name, field) in fields {
        paths.push((name.clone(), field.clone()));
        if let FieldType::Object(inner) = &field.field_type {
            let inner = crate::fields::paths(inner).into_iter();
            paths.extend(inner.map(|(path, field)| (format!("{name}.{path}"), field)));
        }
    }
    paths
}
