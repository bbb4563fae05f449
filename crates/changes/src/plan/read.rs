//! Reading a plan: of all that is in it, only what changes resources of ours is kept, so that a large one takes little room.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::address::{is_source_of, module_path};

/// The major version of the format that is understood.
const FORMAT: &str = "1";

/// A plan that was read, as far as it is about kinds of resources of a pipeline.
#[derive(Debug)]
pub struct Plan {
    /// What changes.
    pub(super) planned: Vec<Planned>,
    /// Every call of a module: the names on the way to it, and its source.
    calls: Vec<(Vec<String>, String)>,
}

/// A plan that cannot be judged, and why.
#[derive(Debug)]
pub struct PlanError(Reason);

#[derive(Debug)]
enum Reason {
    Json(serde_json::Error),
    NoPlan,
    Format(String),
    Errored,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WAY: &str =
            "write it with `terraform plan -out=x.tfplan` and `terraform show -json x.tfplan`";
        match &self.0 {
            Reason::Json(error) => write!(f, "it is not the JSON of a plan: {error} ({WAY})"),
            Reason::NoPlan => write!(f, "it is JSON, but no plan of Terraform's: {WAY}"),
            Reason::Format(version) => write!(
                f,
                "its format is {version}, and this command knows {FORMAT}.x: use a newer command, or another Terraform"
            ),
            Reason::Errored => write!(
                f,
                "Terraform could not finish this plan, so it does not say all: mend the error that `terraform plan` shows first"
            ),
        }
    }
}

impl std::error::Error for PlanError {}

/// What Terraform does to one resource.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// The names of the modules on the way to it.
    pub(super) module: Vec<String>,
    pub(super) kind: String,
    pub(super) label: String,
    pub(super) action: Action,
    pub(super) before: Attributes,
    pub(super) after: Attributes,
}

/// What Terraform does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Delete,
    Update,
    /// Destroys, then creates.
    DeleteCreate,
    /// Creates, then destroys.
    CreateDelete,
    /// Leaves it where it is: no change, or only the state's.
    Stay,
}

/// The attributes that tell one resource from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes(BTreeMap<&'static str, Value>);

/// Their names.
const ATTRIBUTES: [&str; 14] = [
    "arn",
    "event_bus_name",
    "event_pattern",
    "event_source_arn",
    "fifo_queue",
    "function_name",
    "group_name",
    "name",
    "package_type",
    "rule",
    "schedule_expression",
    "skip_destroy",
    "source_arn",
    "target_id",
];

impl Attributes {
    /// A text among them.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Whether a switch is on.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool) == Some(true)
    }

    /// Whether a text is known on both sides and is another one.
    pub(super) fn differs(&self, other: &Self, name: &str) -> bool {
        matches!((self.text(name), other.text(name)), (Some(a), Some(b)) if a != b)
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wanted;
        impl<'de> Visitor<'de> for Wanted {
            type Value = Attributes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the attributes of a resource, or null")
            }
            fn visit_unit<E>(self) -> Result<Attributes, E> {
                Ok(Attributes::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
                let mut found = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    match ATTRIBUTES.iter().find(|name| **name == key) {
                        Some(name) => {
                            found.insert(*name, map.next_value::<Scalar>()?.0);
                        }
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(Attributes(found))
            }
        }
        deserializer.deserialize_any(Wanted)
    }
}

/// A text or a switch; null for everything else, however large.
struct Scalar(Value);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }
            fn visit_str<E>(self, value: &str) -> Result<Value, E> {
                Ok(Value::String(value.to_owned()))
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Value::Null)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::Null)
            }
        }
        deserializer.deserialize_any(Any).map(Scalar)
    }
}

/// The document, without what is not needed.
#[derive(Deserialize)]
struct Document {
    format_version: Option<String>,
    #[serde(default)]
    errored: bool,
    #[serde(default, deserialize_with = "only_ours")]
    resource_changes: Option<Vec<Planned>>,
    #[serde(default)]
    configuration: Configuration,
}

#[derive(Default, Deserialize)]
struct Configuration {
    #[serde(default)]
    root_module: Module,
}

#[derive(Default, Deserialize)]
struct Module {
    #[serde(default)]
    module_calls: BTreeMap<String, Call>,
}

#[derive(Deserialize)]
struct Call {
    #[serde(default)]
    source: String,
    #[serde(default)]
    module: Module,
}

#[derive(Deserialize)]
struct ResourceChange {
    module_address: Option<String>,
    #[serde(default)]
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    change: Change,
}

#[derive(Deserialize)]
struct Change {
    actions: Vec<String>,
    #[serde(default)]
    before: Attributes,
    #[serde(default)]
    after: Attributes,
}

/// Kinds of resources that a pipeline has and that matter here.
const KINDS: [&str; 12] = [
    "aws_cloudwatch_event_archive",
    "aws_cloudwatch_event_bus",
    "aws_cloudwatch_event_rule",
    "aws_cloudwatch_event_target",
    "aws_cloudwatch_log_group",
    "aws_iam_role",
    "aws_lambda_alias",
    "aws_lambda_function",
    "aws_lambda_permission",
    "aws_scheduler_schedule",
    "aws_sns_topic",
    "aws_sqs_queue",
];

/// Reads the changes one by one, and keeps those of a pipeline's kinds.
fn only_ours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Planned>>, D::Error> {
    struct Each;
    impl<'de> Visitor<'de> for Each {
        type Value = Option<Vec<Planned>>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of changes")
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut kept = Vec::new();
            while let Some(change) = seq.next_element::<ResourceChange>()? {
                if change.mode == "managed" && KINDS.contains(&change.kind.as_str()) {
                    kept.push(planned(change));
                }
            }
            Ok(Some(kept))
        }
    }
    deserializer.deserialize_any(Each)
}

fn planned(change: ResourceChange) -> Planned {
    let actions: Vec<&str> = change.change.actions.iter().map(String::as_str).collect();
    let action = match actions.as_slice() {
        ["create"] => Action::Create,
        ["delete"] => Action::Delete,
        ["update"] => Action::Update,
        ["delete", "create"] => Action::DeleteCreate,
        ["create", "delete"] => Action::CreateDelete,
        // `no-op`, `read`, `forget`.
        _ => Action::Stay,
    };
    Planned {
        module: change
            .module_address
            .as_deref()
            .map_or_else(Vec::new, module_path),
        kind: change.kind,
        label: change.name,
        action,
        before: change.change.before,
        after: change.change.after,
    }
}

/// Reads a plan. A document of any size is read piece by piece.
///
/// # Errors
/// What is no plan, is one of another format, or was not finished.
pub fn read(source: impl Read) -> Result<Plan, PlanError> {
    let document: Document =
        serde_json::from_reader(source).map_err(|error| PlanError(Reason::Json(error)))?;
    let Some(version) = document.format_version else {
        return Err(PlanError(Reason::NoPlan));
    };
    if version.split('.').next() != Some(FORMAT) {
        return Err(PlanError(Reason::Format(version)));
    }
    if document.errored {
        return Err(PlanError(Reason::Errored));
    }
    let mut calls = Vec::new();
    collect_calls(&document.configuration.root_module, &[], &mut calls);
    // `terraform show -json` of a state has a format, too.
    let Some(planned) = document.resource_changes.or_else(|| {
        // Without resources a plan has no such list.
        (!calls.is_empty()).then(Vec::new)
    }) else {
        return Err(PlanError(Reason::NoPlan));
    };
    Ok(Plan { planned, calls })
}

fn collect_calls(module: &Module, path: &[String], calls: &mut Vec<(Vec<String>, String)>) {
    for (name, call) in &module.module_calls {
        let mut path = path.to_vec();
        path.push(name.clone());
        calls.push((path.clone(), call.source.clone()));
        collect_calls(&call.module, &path, calls);
    }
}

impl Plan {
    /// Lists what the plan does to a generated module, wherever it is called. `is_known` says of an address whether the
    /// spec has it: it finds a module whose call has left the configuration.
    pub(super) fn of_module(&self, folder: &str, is_known: impl Fn(&str) -> bool) -> Vec<&Planned> {
        let called = self
            .calls
            .iter()
            .filter(|(_, source)| is_source_of(source, folder));
        let mut paths: Vec<&[String]> = called.map(|(path, _)| path.as_slice()).collect();
        if paths.is_empty() {
            let known = self
                .planned
                .iter()
                .filter(|planned| planned.action != Action::Create);
            let known = known.filter(|it| is_known(&format!("{}.{}", it.kind, it.label)));
            paths.extend(known.map(|planned| planned.module.as_slice()));
        }
        let planned = self.planned.iter();
        planned
            .filter(|it| paths.contains(&it.module.as_slice()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_plan_is_told_apart() {
        assert!(error("").starts_with("it is not the JSON of a plan: EOF"));
        assert!(error("{ \"format_version\": 1 }").contains("not the JSON"));
        assert!(error("[]").contains("not the JSON"));
        assert!(error("{}").starts_with("it is JSON, but no plan"));
        // A state has a format, too.
        let state = "{ \"format_version\": \"1.0\", \"values\": {} }";
        assert!(error(state).starts_with("it is JSON, but no plan"));
        let other = "{ \"format_version\": \"2.0\", \"resource_changes\": [] }";
        assert!(error(other).starts_with("its format is 2.0"));
        let errored =
            "{ \"format_version\": \"1.2\", \"errored\": true, \"resource_changes\": [] }";
        assert!(error(errored).starts_with("Terraform could not finish"));
    }

    #[test]
    fn attributes_of_any_type_are_read() {
        let text = r#"{ "format_version": "1.2", "resource_changes": [
            { "type": "aws_sqs_queue", "name": "a", "mode": "managed", "change": { "actions": ["delete"],
              "before": { "name": "q", "fifo_queue": false, "arn": [1, { "x": null }], "rule": { "a": [] }, "z": 1.5 }, "after": null } },
            { "type": "aws_s3_bucket", "name": "b", "mode": "managed", "change": { "actions": ["delete"], "before": 1, "after": null } }
        ] }"#;
        assert!(error(text).contains("not the JSON"));
        let text = text.replace("\"before\": 1,", "\"before\": { \"arn\": 7 },");
        let plan = read(text.as_bytes()).unwrap();
        let [only] = plan.planned.as_slice() else {
            panic!("{plan:?}");
        };
        assert_eq!(only.before.text("name"), Some("q"));
        assert_eq!(
            (only.before.text("arn"), only.action),
            (None, Action::Delete)
        );
        assert!(
            plan.of_module("x/pipeline", |address| address == "aws_sqs_queue.a")
                .len()
                == 1
        );
        assert!(plan.of_module("x/pipeline", |_| false).is_empty());
    }
}
