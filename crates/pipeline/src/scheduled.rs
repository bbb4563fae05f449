//! What a function receives on a scheduled run.
//!
//! A function always receives an EventBridge envelope. On a schedule, the detail has `event_type`, which is
//! `scheduled`, then the fields that the spec gives, then `timestamp`, and `shard` and `shards` if the run is split.

use std::fmt::Write as _;

use crate::model::ScheduledDetail;
use crate::resources::{Input, Run, Shard};

/// Fields that every scheduled event has, or may have, and that a spec cannot give.
pub const RESERVED_FIELDS: [&str; 4] = ["event_type", "timestamp", "shard", "shards"];

/// An [input transformer](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledInput {
    /// Names and the JSON paths that they stand for, by name.
    pub paths: &'static [(&'static str, &'static str)],
    /// JSON in which `<name>` stands for a value.
    pub template: String,
}

/// The fields that the envelope takes from the scheduled event.
pub const SCHEDULED_PATHS: [(&str, &str); 7] = [
    ("account", "$.account"),
    ("detail_type", "$.detail-type"),
    ("id", "$.id"),
    ("region", "$.region"),
    ("resources", "$.resources"),
    ("source", "$.source"),
    ("time", "$.time"),
];

impl ScheduledInput {
    /// Builds the transformer of a target that gets one shard of a run, or all of it.
    pub fn new(detail: &ScheduledDetail, shard: Option<Shard>) -> Self {
        Self {
            paths: &SCHEDULED_PATHS,
            template: envelope(detail, shard, |field| format!("<{field}>")),
        }
    }
}

impl Input<'_> {
    /// Builds the transformer of a scheduled target; `None` if the target receives something else.
    pub fn scheduled_input(self) -> Option<ScheduledInput> {
        match self {
            Self::Scheduled(Run { detail, shard }) => Some(ScheduledInput::new(detail, shard)),
            Self::Event | Self::Transformed(_) | Self::Constant(_) | Self::Part(_) => None,
        }
    }
}

/// The text of a scheduled envelope. `value` gives the JSON of `id`, `detail_type`, `source`, `account`, `time`,
/// `region` and `resources`.
///
/// The text may stand in an input transformer and in a Terraform heredoc: nothing of `detail` is a variable of the
/// one or an expression of the other.
pub fn envelope(
    detail: &ScheduledDetail,
    shard: Option<Shard>,
    value: impl Fn(&str) -> String,
) -> String {
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
    text.push_str("  \"detail\": {\n    \"event_type\": \"scheduled\",\n");
    for (name, json) in detail {
        // A name is a JSON string too: it may hold quotes.
        let name = serde_json::Value::from(name.as_str()).to_string();
        let (name, json) = (inert(&name), inert(&json.value));
        writeln!(text, "    {name}: {json},").expect("writing to a string does not fail");
    }
    write!(text, "    \"timestamp\": {}", value("time"))
        .expect("writing to a string does not fail");
    if let Some(Shard { index, of }) = shard {
        write!(text, ",\n    \"shard\": {index},\n    \"shards\": {of}")
            .expect("writing to a string does not fail");
    }
    text.push_str("\n  }\n}\n");
    text
}

/// Escapes JSON text so that neither a template nor a heredoc finds a variable or an expression in it.
///
/// Outside strings, JSON has none of these characters, so each may become the escape that a string has for it.
fn inert(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        // `${` and `%{` begin expressions in a heredoc. A control character would be an escape of Terraform's own.
        let begins_expression = matches!(c, '$' | '%') && chars.peek() == Some(&'{');
        if begins_expression || matches!(c, '<' | '>') || c.is_control() {
            write!(text, "\\u{:04x}", u32::from(c)).expect("writing to a string does not fail");
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::resources::rules;
    use crate::testing::pipeline;
    use eventbridge::transformer::{InputTransformer, RuleFacts};
    use serde_json::{Value, json};

    /// The detail that the function of the first job receives on each target of its only trigger.
    fn details(spec: &str) -> Vec<Value> {
        let pipeline = pipeline(spec);
        let event = r#"{"version":"0","id":"i","detail-type":"Scheduled Event","source":"aws.events","account":"1",
            "time":"T","region":"r","resources":["a"],"detail":{}}"#;
        let mut details = Vec::new();
        for rule in rules(&pipeline) {
            for target in &rule.targets {
                let input = target.input.scheduled_input().unwrap();
                let paths = input.paths.iter();
                let paths = paths.map(|(name, path)| ((*name).to_owned(), (*path).to_owned()));
                let transformer = InputTransformer::new(paths.collect(), &input.template).unwrap();
                let text = transformer.apply(event, &RuleFacts::default()).unwrap();
                let envelope: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(envelope["resources"], json!(["a"]));
                details.push(envelope["detail"].clone());
            }
        }
        details
    }

    fn job(schedule: &str) -> String {
        format!(
            "jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ schedule: rate(1 hour){schedule} }} ] }} }}"
        )
    }

    #[test]
    fn a_scheduled_event_says_that_it_is_one_and_when() {
        let expected = json!({ "event_type": "scheduled", "timestamp": "T" });
        assert_eq!(details(&job("")), [expected]);
    }

    #[test]
    fn the_detail_is_the_triggers_or_else_the_defaults() {
        let defaults = "defaults: { schedule: { detail: { user: null } } }\n";
        for (own, expected) in [
            ("", json!({ "user": null })),
            (", detail: { kind: weekly }", json!({ "kind": "weekly" })),
            (", detail: {}", json!({})),
        ] {
            let mut expected = expected;
            expected["event_type"] = json!("scheduled");
            expected["timestamp"] = json!("T");
            assert_eq!(
                details(&format!("{defaults}{}", job(own))),
                [expected],
                "{own}"
            );
        }
    }

    #[test]
    fn fields_stand_in_the_order_of_the_spec_between_the_type_and_the_time() {
        let pipeline = pipeline(&job(
            ", shards: 2, detail: { z: 1, a: { y: [1.50, true], b: x } }",
        ));
        let rule = rules(&pipeline).next().unwrap();
        let template = rule.targets[1].input.scheduled_input().unwrap().template;
        let (_, detail) = template.split_once("\"detail\": ").unwrap();
        let expected = r#"{
    "event_type": "scheduled",
    "z": 1,
    "a": {"y":[1.50,true],"b":"x"},
    "timestamp": <time>,
    "shard": 1,
    "shards": 2
  }
}
"#;
        assert_eq!(detail, expected);
    }

    #[test]
    fn any_json_arrives_as_the_spec_says_it() {
        let detail = r#"{ "a": "1 < 2 > 0", "q": "\"\\\n\t", "${1}": "%{y} ${2} $ %", "n": { "l": [[], {}, null, -1.5e3] }, "i": 123456789012345678 }"#;
        let mut expected: Value = serde_json::from_str(detail).unwrap();
        expected["event_type"] = json!("scheduled");
        expected["timestamp"] = json!("T");
        assert_eq!(details(&job(&format!(", detail: {detail}"))), [expected]);
    }

    #[test]
    fn nothing_of_the_detail_is_an_expression_or_a_variable() {
        let pipeline = pipeline(&job(
            r#", detail: { "${1}": ["%{ b }", "$${2}", "1 < 2 >"] }"#,
        ));
        let rule = rules(&pipeline).next().unwrap();
        let input = rule.targets[0].input.scheduled_input().unwrap();
        assert!(!input.template.contains("${") && !input.template.contains("%{"));
        // The time stands twice.
        assert_eq!(input.template.matches('<').count(), input.paths.len() + 1);
        assert_eq!(input.template.matches('>').count(), input.paths.len() + 1);
        for (name, _) in input.paths {
            assert!(input.template.contains(&format!("<{name}>")), "{name}");
        }
    }
}
