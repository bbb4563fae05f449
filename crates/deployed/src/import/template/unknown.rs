//! What a template alone does not say: inside a text one character stands for it until the text is written.

use std::cell::RefCell;

use serde_json::{Map, Value};

use crate::import::open::{OpenValue, reference};

/// The first character that stands for something unknown: the second area of Unicode that is for private use.
const FIRST: u32 = 0x10_0000;
/// The last one.
const LAST: u32 = 0x10_FFFD;

/// Whether a character would be taken for something unknown.
pub(super) fn is_mark(c: char) -> bool {
    (FIRST..=LAST).contains(&u32::from(c))
}

/// What is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// What the template calls it.
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// What can be done about something unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A spec knows it: the region, or the account.
    BuiltIn(&'static str),
    /// The name that CloudFormation makes for a resource.
    Made(String),
    /// A text that each environment may say, and what it is.
    Said(String),
    /// No spec can say it; and what helps, if `--parameter` does not.
    Never(Option<&'static str>),
}

/// All that is unknown so far.
#[derive(Debug, Default)]
pub(super) struct Unknowns {
    known: RefCell<Vec<(Unknown, String)>>,
}

impl Unknowns {
    /// The text that stands for something unknown.
    pub(super) fn mark(&self, name: impl Into<String>, kind: Kind) -> Value {
        let unknown = Unknown {
            name: name.into(),
            kind,
        };
        let mut all = self.known.borrow_mut();
        let place = all.iter().position(|(known, _)| *known == unknown);
        let place = place.unwrap_or_else(|| {
            let base = snake(&unknown.name);
            let is_taken = |name: &str| {
                pipeline::values::BUILT_IN
                    .iter()
                    .any(|(own, _)| *own == name)
                    || all.iter().any(|(_, known)| known == name)
            };
            let numbered = (2..).map(|number| format!("{base}_{number}"));
            let names = std::iter::once(base.clone()).chain(numbered);
            let name = names.into_iter().find(|name| !is_taken(name));
            all.push((unknown, name.unwrap_or(base)));
            all.len() - 1
        });
        // A template has at most 8 MiB, which is less than what the area holds for any real one.
        let code = u32::try_from(place).map_or(LAST, |place| (FIRST + place).min(LAST));
        Value::String(char::from_u32(code).map(String::from).unwrap_or_default())
    }

    fn get(&self, mark: char) -> Option<(Unknown, String)> {
        let place = u32::from(mark).checked_sub(FIRST)?;
        self.known
            .borrow()
            .get(usize::try_from(place).ok()?)
            .cloned()
    }

    /// The names of what is unknown in a value, each once.
    pub(super) fn names(&self, value: &Value) -> Vec<String> {
        let mut names: Vec<String> = self.all(value).into_iter().map(|one| one.name).collect();
        names.sort();
        names.dedup();
        names
    }

    /// What is unknown in a value, in the order of the text.
    pub(super) fn all(&self, value: &Value) -> Vec<Unknown> {
        let mut found = Vec::new();
        visit(value, &mut |text| {
            let marks = text.chars().filter(|c| is_mark(*c));
            found.extend(marks.filter_map(|mark| Some(self.get(mark)?.0)));
        });
        found
    }

    /// Whether what a mark stands for has no `:`, `/` or `,` in it, as regions, accounts and names have none.
    pub(super) fn is_one_word(&self, mark: char) -> bool {
        matches!(
            self.get(mark),
            Some((
                Unknown {
                    kind: Kind::BuiltIn(_) | Kind::Made(_),
                    ..
                },
                _
            ))
        )
    }

    /// A text for people: what is unknown as `${name}`.
    pub(super) fn plain(&self, text: &str) -> String {
        self.write(text, |unknown, name| {
            let name = match &unknown.kind {
                Kind::BuiltIn(name) => name,
                Kind::Made(id) => id.as_str(),
                Kind::Said(_) => name,
                Kind::Never(_) => &unknown.name,
            };
            format!("${{{name}}}")
        })
    }

    fn write(&self, text: &str, mut one: impl FnMut(&Unknown, &str) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match is_mark(c).then(|| self.get(c)).flatten() {
                Some((unknown, name)) => out.push_str(&one(&unknown, &name)),
                None => out.push(c),
            }
        }
        out
    }

    /// An ARN or a name: what is unknown becomes values, but names that CloudFormation makes stay `${Id}`.
    pub(super) fn address(&self, text: &str, values: &mut Vec<OpenValue>) -> String {
        self.write(text, |unknown, name| match &unknown.kind {
            Kind::Made(id) => format!("${{{id}}}"),
            _ => value(unknown, name, values),
        })
    }

    /// A value for a key of the spec that takes values: all that is unknown becomes values.
    pub(super) fn in_spec(&self, found: &Value, values: &mut Vec<OpenValue>) -> Value {
        map_texts(found, &mut |text| {
            self.write(text, |unknown, name| value(unknown, name, values))
        })
    }
}

/// Something unknown as a value of the spec, which is declared then.
fn value(unknown: &Unknown, name: &str, values: &mut Vec<OpenValue>) -> String {
    let about = match &unknown.kind {
        Kind::BuiltIn(name) => return reference(name),
        Kind::Made(id) => format!("The name of {id}"),
        Kind::Said(about) => about.clone(),
        Kind::Never(_) => unknown.name.clone(),
    };
    if values.iter().all(|known| known.name != name) {
        let name = name.to_owned();
        values.push(OpenValue { name, about });
    }
    reference(name)
}

fn visit(value: &Value, on_text: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => on_text(text),
        Value::Array(items) => items.iter().for_each(|item| visit(item, on_text)),
        Value::Object(entries) => {
            for (key, value) in entries {
                on_text(key);
                visit(value, on_text);
            }
        }
        _ => {}
    }
}

/// A value with every text in it changed, those of keys, too.
pub(super) fn map_texts(value: &Value, change: &mut impl FnMut(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => {
            let items = items.iter().map(|item| map_texts(item, change));
            Value::Array(items.collect())
        }
        Value::Object(entries) => {
            let mut changed = Map::new();
            for (key, value) in entries {
                changed.insert(change(key), map_texts(value, change));
            }
            Value::Object(changed)
        }
        other => other.clone(),
    }
}

/// A name as values of a spec have it: `OrdersBus` → `orders_bus`, `/shop/event-source` → `shop_event_source`.
fn snake(text: &str) -> String {
    let text = text.strip_prefix("Fn::ImportValue ").unwrap_or(text);
    let text = text.strip_prefix("AWS::").unwrap_or(text);
    let mut name = String::new();
    let mut before = '_';
    for c in text.chars() {
        let is_word = c.is_ascii_alphanumeric();
        let breaks = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if (breaks || !is_word) && !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        if is_word {
            name.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    let name = name.trim_end_matches('_');
    if name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name.to_owned()
    } else {
        format!("value_{name}").trim_end_matches('_').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::open::written;

    #[test]
    fn names_become_those_of_values() {
        for (text, name) in [
            ("OrdersBus", "orders_bus"),
            ("Fn::ImportValue orders-bus", "orders_bus"),
            ("/shop/event-source", "shop_event_source"),
            ("AWS::StackName", "stack_name"),
            ("9lives", "value_9lives"),
            ("é", "value"),
        ] {
            assert_eq!(snake(text), name);
        }
    }

    #[test]
    fn two_unknowns_of_one_name_are_two_values() {
        let unknowns = Unknowns::default();
        let said = |name: &str| {
            let mark = unknowns.mark(name, Kind::Said("x".to_owned()));
            let text = unknowns.in_spec(&mark, &mut Vec::new());
            written(text.as_str().unwrap())
        };
        assert_eq!(said("OrdersBus"), "${orders_bus}");
        assert_eq!(said("orders-bus"), "${orders_bus_2}");
        assert_eq!(said("OrdersBus"), "${orders_bus}");
        assert_eq!(said("Region"), "${region_2}");
    }
}
