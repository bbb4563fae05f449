//! What a function receives on a scheduled run.
//!
//! A function always gets an EventBridge envelope. On a schedule its detail says so:
//! `{"event_type": "scheduled", "user_id": null, "timestamp": <time>}`, with `shard` and `shards` where
//! the run is split.

use std::fmt::Write as _;

use crate::resources::{Input, Shard};

/// An [input transformer](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledInput {
    /// Names and the JSON paths that they stand for, by name.
    pub paths: &'static [(&'static str, &'static str)],
    /// JSON in which `<name>` stands for a value.
    pub template: String,
}

/// What the envelope takes over from the scheduled event.
const PATHS: [(&str, &str); 7] = [
    ("account", "$.account"),
    ("detail_type", "$.detail-type"),
    ("id", "$.id"),
    ("region", "$.region"),
    ("resources", "$.resources"),
    ("source", "$.source"),
    ("time", "$.time"),
];

impl Input<'_> {
    /// The transformer of a scheduled target; nothing if the target receives something else.
    pub fn scheduled_input(self) -> Option<ScheduledInput> {
        let Input::Scheduled(_) = self else {
            return None;
        };
        Some(ScheduledInput {
            paths: &PATHS,
            template: self.envelope(|field| format!("<{field}>")),
        })
    }
}

impl Input<'_> {
    /// The text of a scheduled envelope. `value` gives the JSON of `id`, `detail_type`, `source`,
    /// `account`, `time`, `region` and `resources`.
    pub fn envelope(self, value: impl Fn(&str) -> String) -> String {
        let mut text = "{\n  \"version\": \"0\",\n".to_owned();
        for field in [
            "id",
            "detail_type",
            "source",
            "account",
            "time",
            "region",
            "resources",
        ] {
            let key = field.replace('_', "-");
            writeln!(text, "  \"{key}\": {},", value(field))
                .expect("writing to a string does not fail");
        }
        let shard = match self {
            Self::Scheduled(Some(Shard { index, of })) => {
                format!(",\n    \"shard\": {index},\n    \"shards\": {of}")
            }
            _ => String::new(),
        };
        let time = value("time");
        write!(
            text,
            "  \"detail\": {{\n    \"event_type\": \"scheduled\",\n    \"user_id\": null,\n    \"timestamp\": {time}{shard}\n  }}\n}}\n"
        )
        .expect("writing to a string does not fail");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_envelope_is_json_and_says_that_it_is_scheduled() {
        let shard = Shard { index: 1, of: 3 };
        let text = Input::Scheduled(Some(shard)).envelope(|field| format!("\"{field}\""));
        let envelope: Value = serde_json::from_str(&text).unwrap();
        let detail = json!({
            "event_type": "scheduled", "user_id": null, "timestamp": "time", "shard": 1, "shards": 3,
        });
        assert_eq!(envelope["detail"], detail);
        assert_eq!(envelope["detail-type"], "detail_type");
    }

    #[test]
    fn every_placeholder_has_a_path() {
        let input = Input::Scheduled(None).scheduled_input().unwrap();
        for (name, _) in input.paths {
            assert!(input.template.contains(&format!("<{name}>")), "{name}");
        }
        assert_eq!(input.template.matches('<').count(), input.paths.len() + 1);
    }
}
