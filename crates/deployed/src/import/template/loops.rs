//! `Fn::ForEach`, written out before anything else is read.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html>.

use serde_json::{Map, Value};

use super::parts::place;
use super::resolve::{Resolver, as_text};
use super::unknown::map_texts;
use crate::import::note::{Kind, Note};

const LOOP: &str = "Fn::ForEach::";
/// CloudFormation takes 500 resources.
const MOST: usize = 10_000;

/// Writes out every loop of a part of a template, and notes each.
pub(super) fn write_out(
    resolver: Resolver<'_>,
    section: &str,
    entries: &Map<String, Value>,
    notes: &mut Vec<Note>,
) -> Map<String, Value> {
    let mut left = MOST;
    let mut written = Map::new();
    for (key, value) in entries {
        let Some(name) = key.strip_prefix(LOOP) else {
            let value = inside(resolver, value, &mut left);
            written.insert(key.clone(), value);
            continue;
        };
        let place = match section {
            "Resources" => place(resolver, key),
            _ => format!("{section}/{key}"),
        };
        let mut made = Map::new();
        match write_loop(resolver, value, &mut made, &mut left) {
            Ok(()) => {
                let message = format!("the loop {name} is written out: {} entries", made.len());
                notes.push(Note::new(Kind::Remark, place, message));
                written.extend(made);
            }
            Err(why) => notes.push(
                Note::left_out(
                    place,
                    format!("all that the loop {name} makes, rules among it, as {why}"),
                )
                .help("say it with `--parameter NAME=VALUE`, or import the live bus"),
            ),
        }
    }
    written
}

/// Loops further down; one that cannot be written out stays, and is noted by who reads the properties.
fn inside(resolver: Resolver<'_>, value: &Value, left: &mut usize) -> Value {
    match value {
        Value::Array(items) => {
            let items = items.iter().map(|item| inside(resolver, item, left));
            Value::Array(items.collect())
        }
        Value::Object(entries) => {
            let mut written = Map::new();
            for (key, value) in entries {
                let mut made = Map::new();
                if key.starts_with(LOOP) && write_loop(resolver, value, &mut made, left).is_ok() {
                    written.extend(made);
                } else {
                    written.insert(key.clone(), inside(resolver, value, left));
                }
            }
            Value::Object(written)
        }
        other => other.clone(),
    }
}

fn write_loop(
    resolver: Resolver<'_>,
    value: &Value,
    into: &mut Map<String, Value>,
    left: &mut usize,
) -> Result<(), String> {
    let parts = value.as_array().map(Vec::as_slice);
    let Some([Value::String(variable), over, Value::Object(body)]) = parts else {
        return Err("it is not written as CloudFormation takes it".to_owned());
    };
    let over = resolver.resolve(over).unwrap_or_default();
    let unknown = resolver.unknowns().names(&over);
    let (Value::Array(over), []) = (&over, unknown.as_slice()) else {
        return Err(format!(
            "the template alone does not say what {} is",
            if unknown.is_empty() {
                "its list".to_owned()
            } else {
                unknown.join(", ")
            }
        ));
    };
    for item in over {
        let Some(item) = as_text(item) else {
            return Err("its list has more than texts in it".to_owned());
        };
        for (key, value) in body {
            *left = left
                .checked_sub(1)
                .ok_or_else(|| format!("it makes more than {MOST}"))?;
            let (key, value) = one(variable, &item, key, value);
            if key.starts_with(LOOP) {
                write_loop(resolver, &value, into, left)?;
            } else {
                into.insert(key, inside(resolver, &value, left));
            }
        }
    }
    Ok(())
}

/// One entry with the variable in it replaced. `&{x}` leaves out what a logical id may not have.
fn one(variable: &str, item: &str, key: &str, value: &Value) -> (String, Value) {
    let bare: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
    let (plain, short) = (format!("${{{variable}}}"), format!("&{{{variable}}}"));
    let mut replace = |text: &str| text.replace(&plain, item).replace(&short, &bare);
    let key = replace(key);
    (
        key,
        references(&map_texts(value, &mut replace), variable, item),
    )
}

/// `Ref` of the variable is the item.
fn references(value: &Value, variable: &str, item: &str) -> Value {
    match value {
        Value::Object(entries) if entries.len() == 1 && value["Ref"] == variable => {
            Value::from(item)
        }
        Value::Object(entries) => {
            let entries = entries.iter();
            let entries =
                entries.map(|(key, value)| (key.clone(), references(value, variable, item)));
            Value::Object(entries.collect())
        }
        Value::Array(items) => {
            let items = items.iter().map(|value| references(value, variable, item));
            Value::Array(items.collect())
        }
        other => other.clone(),
    }
}
