//! An event to publish, from the command line or from a file.

use std::fs;

use anyhow::{Context, bail};
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
    Ok(Entry {
        source: pipeline.source.value.clone(),
        detail_type: event.detail_type.value.clone(),
        detail: Value::Object(detail).to_string(),
        ..Entry::default()
    })
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
    for (key, field) in &event.detail {
        let value = detail.get(key);
        if value.is_none() && field.field_type == FieldType::Timestamp && !field.optional {
            let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
            detail.insert(key.clone(), json!(now.to_string()));
        } else {
            check(key, field, value)?;
        }
    }
    Ok(detail)
}

/// Refuses a value that the field cannot hold.
fn check(key: &str, field: &Field, value: Option<&Value>) -> anyhow::Result<()> {
    let value = match value {
        None | Some(Value::Null) if field.optional => return Ok(()),
        None if key == "user_id" => bail!("the event needs a `user_id`: give `--user`"),
        None => bail!("the event needs the field `{key}`: give it in `--detail`"),
        Some(value) => value,
    };
    let fits = match &field.field_type {
        FieldType::String => value.is_string(),
        FieldType::Integer => value.is_i64(),
        FieldType::Number => value.is_number(),
        FieldType::Boolean => value.is_boolean(),
        FieldType::Timestamp => parses::<Timestamp>(value),
        FieldType::Date => parses::<jiff::civil::Date>(value),
        FieldType::Json => true,
        FieldType::List(item) => return check_list(key, item, value),
        FieldType::Object(fields) => return check_object(key, fields, value),
    };
    if !fits {
        bail!("the field `{key}` cannot be {value}");
    }
    Ok(())
}

fn check_list(key: &str, item: &Field, value: &Value) -> anyhow::Result<()> {
    let Value::Array(items) = value else {
        bail!("the field `{key}` is a list, not {value}");
    };
    items
        .iter()
        .enumerate()
        .try_for_each(|(index, value)| check(&format!("{key}[{index}]"), item, Some(value)))
}

fn check_object(
    key: &str,
    fields: &indexmap::IndexMap<String, Field>,
    value: &Value,
) -> anyhow::Result<()> {
    let Value::Object(object) = value else {
        bail!("the field `{key}` is an object, not {value}");
    };
    fields
        .iter()
        .try_for_each(|(name, field)| check(&format!("{key}.{name}"), field, object.get(name)))
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
