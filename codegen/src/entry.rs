//! An event to publish, from the command line or from a file.

use std::fs;

use anyhow::{Context, bail};
use emulator::Problem;
use eventbridge::put_events::Entry;
use jiff::Timestamp;
use pipeline::Pipeline;
use pipeline::model::{Discriminator, Event, Field, FieldType};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::args::EventArgs;

/// An entry as a file holds it: what PutEvents takes, or an envelope, of which the rest is left out.
#[derive(Deserialize)]
struct EntryFile {
    #[serde(alias = "Source")]
    source: String,
    #[serde(rename = "detail-type", alias = "DetailType")]
    detail_type: String,
    #[serde(alias = "Detail")]
    detail: Map<String, Value>,
}

/// Makes the entry that the arguments ask for; `now` fills in timestamps that are not given.
///
/// # Errors
/// An event that the spec does not declare, a field that is missing or of another type, a file that
/// cannot be read.
pub(crate) fn build(
    pipeline: &Pipeline,
    args: &EventArgs,
    now: Timestamp,
) -> anyhow::Result<Entry> {
    if let Some(path) = &args.file {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the event {}", path.display()))?;
        let file: EntryFile = serde_json::from_str(&text).with_context(|| {
            format!(
                "{} is not an event with `source`, `detail-type` and `detail`",
                path.display()
            )
        })?;
        return Ok(Entry {
            source: file.source,
            detail_type: file.detail_type,
            detail: Value::Object(file.detail).to_string(),
            ..Entry::default()
        });
    }
    let Some(name) = &args.event else {
        bail!("name an event with `--event`, or a file with `--file`");
    };
    let Some(event) = pipeline.events.get(name) else {
        let declared: Vec<&str> = pipeline.events.keys().map(String::as_str).collect();
        bail!(
            "the spec declares no event `{name}`: it has {}",
            declared.join(", ")
        );
    };
    let detail = detail(pipeline, name, event, args, now)?;
    Ok(entry(pipeline, event, &detail))
}

fn detail(
    pipeline: &Pipeline,
    name: &str,
    event: &Event,
    args: &EventArgs,
    now: Timestamp,
) -> anyhow::Result<Map<String, Value>> {
    let mut detail = match &args.detail {
        None => Map::new(),
        Some(text) => serde_json::from_str(text).context("`--detail` is not a JSON object")?,
    };
    if let Some(user) = &args.user {
        detail.insert("user_id".to_owned(), json!(user));
    }
    if pipeline.discriminator == Discriminator::EventType {
        detail.insert("event_type".to_owned(), json!(name));
    }
    fill_in_times(event, &mut detail, now);
    match problems(event, &detail).into_iter().next() {
        None => Ok(detail),
        Some(problem) if problem.field == "user_id" && !detail.contains_key("user_id") => {
            bail!("the event needs a `user_id`: give `--user`")
        }
        Some(problem) if problem.message == MISSING => {
            let field = problem.field;
            bail!("the event needs the field `{field}`: give it in `--detail`")
        }
        Some(problem) => bail!("the field `{}` {}", problem.field, problem.message),
    }
}

/// Timestamps that are not given are now.
fn fill_in_times(event: &Event, detail: &mut Map<String, Value>, now: Timestamp) {
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    for (key, field) in &event.detail {
        if field.field_type == FieldType::Timestamp && !field.optional {
            let is_there = detail.contains_key(key);
            if !is_there {
                detail.insert(key.clone(), json!(now.to_string()));
            }
        }
    }
}

/// Makes the entry of a declared event and a detail, or says everything that is wrong with it.
///
/// # Errors
/// Fields that are missing, unknown or of another type.
pub(crate) fn checked(
    pipeline: &Pipeline,
    name: &str,
    mut detail: Map<String, Value>,
) -> Result<Entry, Vec<Problem>> {
    let Some(event) = pipeline.events.get(name) else {
        return Err(vec![problem(
            "",
            format!("the spec declares no event `{name}`"),
        )]);
    };
    if pipeline.discriminator == Discriminator::EventType {
        detail.insert("event_type".to_owned(), json!(name));
    }
    let mut found = problems(event, &detail);
    let declared = |key: &str| key == "event_type" || event.detail.contains_key(key);
    let unknown = detail.keys().filter(|key| !declared(key));
    found.extend(unknown.map(|key| problem(key, "is not declared".to_owned())));
    if found.is_empty() {
        Ok(entry(pipeline, event, &detail))
    } else {
        Err(found)
    }
}

fn entry(pipeline: &Pipeline, event: &Event, detail: &Map<String, Value>) -> Entry {
    Entry {
        source: pipeline.source.value.clone(),
        detail_type: event.detail_type.value.clone(),
        detail: Value::Object(detail.clone()).to_string(),
        ..Entry::default()
    }
}

const MISSING: &str = "is missing";

fn problem(field: &str, message: String) -> Problem {
    Problem {
        field: field.to_owned(),
        message,
    }
}

/// What is wrong with the declared fields of a detail.
fn problems(event: &Event, detail: &Map<String, Value>) -> Vec<Problem> {
    let mut found = Vec::new();
    for (key, field) in &event.detail {
        check(key, field, detail.get(key), &mut found);
    }
    found
}

/// Refuses a value that the field cannot hold.
fn check(key: &str, field: &Field, value: Option<&Value>, found: &mut Vec<Problem>) {
    let value = match value {
        None | Some(Value::Null) if field.optional => return,
        None => return found.push(problem(key, MISSING.to_owned())),
        Some(value) => value,
    };
    let fits = match (&field.field_type, value) {
        (FieldType::String, value) => value.is_string(),
        (FieldType::Integer, value) => value.is_i64(),
        (FieldType::Number, value) => value.is_number(),
        (FieldType::Boolean, value) => value.is_boolean(),
        (FieldType::Timestamp, value) => parses::<Timestamp>(value),
        (FieldType::Date, value) => parses::<jiff::civil::Date>(value),
        (FieldType::Json, _) => true,
        (FieldType::List(item), Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                check(&format!("{key}[{index}]"), item, Some(value), found);
            }
            true
        }
        (FieldType::Object(fields), Value::Object(object)) => {
            for (name, field) in fields {
                check(&format!("{key}.{name}"), field, object.get(name), found);
            }
            true
        }
        (FieldType::List(_) | FieldType::Object(_), _) => false,
    };
    if !fits {
        found.push(problem(key, format!("cannot be {value}")));
    }
}

fn parses<T: std::str::FromStr>(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<T>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "
pipeline: p
source: s
events:
  e:
    detail_type: E
    external: true
    detail: { user_id: string, timestamp: timestamp, count: integer?, tags: [string] }
";

    fn built(args: &EventArgs) -> Result<Value, String> {
        let parsed = pipeline::parse(SPEC, &pipeline::Surroundings::default());
        let now = Timestamp::from_second(0).unwrap();
        let entry =
            build(&parsed.pipeline.unwrap(), args, now).map_err(|error| error.to_string())?;
        Ok(serde_json::from_str(&entry.detail).unwrap())
    }

    fn args(user: Option<&str>, detail: &str) -> EventArgs {
        EventArgs {
            event: Some("e".to_owned()),
            user: user.map(str::to_owned),
            detail: Some(detail.to_owned()),
            file: None,
        }
    }

    #[test]
    fn user_and_time_are_filled_in() {
        let expected = json!({
            "event_type": "e", "user_id": "u-1", "timestamp": "1970-01-01T00:00:00Z", "tags": [],
        });
        assert_eq!(built(&args(Some("u-1"), r#"{"tags":[]}"#)), Ok(expected));
    }

    #[test]
    fn what_the_spec_does_not_allow_is_named() {
        for (user, detail, expected) in [
            (None, "{}", "the event needs a `user_id`: give `--user`"),
            (
                Some("u"),
                "{}",
                "the event needs the field `tags`: give it in `--detail`",
            ),
            (
                Some("u"),
                r#"{"tags":[1]}"#,
                "the field `tags[0]` cannot be 1",
            ),
            (
                Some("u"),
                r#"{"tags":[],"count":"x"}"#,
                "the field `count` cannot be \"x\"",
            ),
            (
                Some("u"),
                r#"{"tags":[],"timestamp":"noon"}"#,
                "the field `timestamp` cannot be \"noon\"",
            ),
            (Some("u"), "[]", "`--detail` is not a JSON object"),
        ] {
            assert_eq!(built(&args(user, detail)), Err(expected.to_owned()));
        }
    }
}
