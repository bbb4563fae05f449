//! What every resource of a template has: its place, and properties that are read or noted.

use serde_json::{Map, Value};

use super::resolve::{Resolver, as_text};
use super::unknown::Kind;
use crate::import::found::Found;
use crate::import::note::Note;
use crate::import::open::OpenValue;

/// The place of a resource in its template.
pub(super) fn place(resolver: Resolver<'_>, id: &str) -> String {
    let stack = &resolver.world.stacks[resolver.stack];
    let prefix = &stack.prefix;
    match stack.places.get(id) {
        Some(place) => format!("{prefix}{place}"),
        None => format!("{prefix}Resources/{id}"),
    }
}

/// A mapping of a template with everything in it resolved. Whatever of it cannot be read is noted.
pub(super) struct Part<'p> {
    pub(super) resolver: Resolver<'p>,
    pub(super) place: String,
    properties: Map<String, Value>,
    /// Whether all that was asked for could be read.
    pub(super) is_whole: bool,
}

impl<'p> Part<'p> {
    /// The properties of a resource.
    pub(super) fn new(
        resolver: Resolver<'p>,
        id: &str,
        resource: &Value,
        found: &mut Found,
    ) -> Self {
        let place = place(resolver, id);
        let properties = resource
            .get("Properties")
            .and_then(|all| resolver.resolve(all));
        Self::of(resolver, place, properties.as_ref(), found)
    }

    /// A mapping that is resolved already.
    pub(super) fn of(
        resolver: Resolver<'p>,
        place: String,
        value: Option<&Value>,
        found: &mut Found,
    ) -> Self {
        let mut part = Self {
            resolver,
            place,
            properties: Map::new(),
            is_whole: true,
        };
        match value {
            None | Some(Value::Null) => {}
            Some(Value::Object(entries)) => part.properties.clone_from(entries),
            Some(other) => {
                let place = part.place.clone();
                part.refuse(place, other, "a mapping", found);
            }
        }
        part
    }

    /// A mapping inside of it.
    pub(super) fn inner(&self, key: &str, found: &mut Found) -> Self {
        let place = format!("{}/{key}", self.place);
        Self::of(self.resolver, place, self.get(key), found)
    }

    /// A property as it is, with marks for what is unknown.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.properties.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.properties.keys()
    }

    /// Notes every property that is not among those that are carried over.
    pub(super) fn note_others(&self, known: &[&str], found: &mut Found) {
        let others = self
            .properties
            .keys()
            .filter(|key| !known.contains(&key.as_str()));
        for key in others {
            let place = format!("{}/{key}", self.place);
            found
                .notes
                .push(Note::left_out(place, "the spec does not say it"));
        }
    }

    /// Notes that a value is not what it should be.
    fn refuse(&mut self, place: String, value: &Value, wanted: &str, found: &mut Found) {
        self.is_whole = false;
        found
            .notes
            .push(cannot_read(self.resolver, place, value, wanted));
    }

    /// A property without anything unknown in it.
    pub(super) fn exact(&mut self, key: &str, found: &mut Found) -> Option<Value> {
        let value = self.get(key)?.clone();
        if self.resolver.unknowns().names(&value).is_empty() {
            return Some(value);
        }
        let place = format!("{}/{key}", self.place);
        self.refuse(place, &value, "known", found);
        None
    }

    /// A text without anything unknown in it.
    pub(super) fn text(&mut self, key: &str, found: &mut Found) -> Option<String> {
        let value = self.exact(key, found)?;
        let text = as_text(&value);
        if text.is_none() {
            let place = format!("{}/{key}", self.place);
            self.refuse(place, &value, "a text", found);
        }
        text
    }

    /// A whole number, which templates also write as text.
    pub(super) fn whole(&mut self, key: &str, found: &mut Found) -> Option<u64> {
        let value = self.exact(key, found)?;
        let number = as_text(&value).and_then(|text| text.trim().parse().ok());
        if number.is_none() {
            let place = format!("{}/{key}", self.place);
            self.refuse(place, &value, "a whole number", found);
        }
        number
    }

    /// One of a few words, in any spelling.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &str,
        words: &[(&str, T)],
        found: &mut Found,
    ) -> Option<T> {
        let text = self.text(key, found)?;
        let known = words
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(&text));
        if known.is_none() {
            let place = format!("{}/{key}", self.place);
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let wanted = format!("one of {}", words.join(", "));
            self.refuse(place, &Value::from(text), &wanted, found);
        }
        known.map(|(_, meaning)| *meaning)
    }

    /// A name or an ARN, in which a text that environments say for themselves becomes a value.
    pub(super) fn address(&mut self, key: &str, found: &mut Found) -> Option<String> {
        let value = self.get(key)?.clone();
        let unknowns = self.resolver.unknowns();
        let all = unknowns.all(&value);
        let is_open = all.iter().any(|one| matches!(one.kind, Kind::Never(_)));
        let text = as_text(&value).filter(|_| !is_open);
        let Some(text) = text else {
            let place = format!("{}/{key}", self.place);
            self.refuse(place, &value, "a text", found);
            return None;
        };
        Some(unknowns.address(&text, &mut found.values))
    }
}

/// Notes every number of a value that is not written with the digits that it has in the template: EventBridge compares
/// numbers of patterns by their digits.
pub(super) fn note_digits(resolver: Resolver<'_>, place: &str, value: &Value, found: &mut Found) {
    match value {
        Value::Array(items) => {
            for item in items {
                note_digits(resolver, place, item, found);
            }
        }
        Value::Object(entries) => {
            for value in entries.values() {
                note_digits(resolver, place, value, found);
            }
        }
        Value::Number(number) => {
            let mut inexact = resolver.world.inexact.iter();
            let is_it = |text: &&String| text.parse::<f64>().ok() == number.as_f64();
            if let Some(text) = inexact.find(is_it) {
                let message = format!("the digits of {text}, which becomes {number}");
                found.notes.push(Note::left_out(place, message));
            }
        }
        _ => {}
    }
}

/// A value as a spec with values writes it.
pub(super) fn said(
    resolver: Resolver<'_>,
    place: &str,
    value: &Value,
    values: &mut Vec<OpenValue>,
) -> Result<Value, Note> {
    let unknowns = resolver.unknowns();
    let all = unknowns.all(value);
    if all.iter().any(|one| matches!(one.kind, Kind::Never(_))) {
        return Err(cannot_read(resolver, place.to_owned(), value, "known"));
    }
    Ok(unknowns.in_spec(value, values))
}

/// Says why something is left out: what is unknown in it, or that it is something else than it should be.
pub(super) fn cannot_read(
    resolver: Resolver<'_>,
    place: String,
    value: &Value,
    wanted: &str,
) -> Note {
    let all = resolver.unknowns().all(value);
    if all.is_empty() {
        let text = as_text(value).unwrap_or_else(|| value.to_string());
        return Note::left_out(place, format!("`{text}` is not {wanted}"));
    }
    let names = resolver.unknowns().names(value).join(", ");
    let help = all.iter().find_map(|one| match one.kind {
        Kind::Never(help) => help,
        _ => None,
    });
    let help = help.unwrap_or("say it with `--parameter NAME=VALUE`, or import the live bus");
    Note::left_out(
        place,
        format!("the template alone does not say what {names} is"),
    )
    .help(help)
}
