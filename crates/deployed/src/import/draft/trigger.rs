//! A trigger of a draft, and its text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use eventbridge::schedule::Lifetime;
use serde_json::{Map, Value, json};

use super::{Draft, present};
use crate::import::yaml::{escaped_texts, flow, flow_of_json, scalar};

/// A trigger.
#[derive(Clone, Debug)]
pub(in crate::import) struct Trigger {
    pub(in crate::import) id: String,
    pub(in crate::import) kind: TriggerKind,
    /// The name of its rule or schedule, if it is not the one that is made.
    pub(in crate::import) name: Option<String>,
    /// The id of the rule's target, if it is not the one that is made.
    pub(in crate::import) target_id: Option<String>,
    /// The id of the statement that lets the rule in, if it is not one that is made.
    pub(in crate::import) statement: Option<String>,
    /// The bus, if it is not the pipeline's.
    pub(in crate::import) bus: Option<String>,
    /// The function's input; `None` if it receives the event as it is.
    pub(in crate::import) input: Option<Input>,
    pub(in crate::import) delivery: Delivery,
    pub(in crate::import) enabled: bool,
    /// Findings that it keeps, as the rule was so before.
    pub(in crate::import) allow: Vec<&'static str>,
    /// The rules or schedules that it was made from.
    pub(in crate::import) origins: Vec<Origin>,
    /// Whether those become its own; otherwise it makes others beside them.
    pub(in crate::import) is_adopted: bool,
    /// The place where they were found.
    pub(in crate::import) place: String,
}

/// A rule or schedule as it is on AWS, or in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) enum Origin {
    /// A rule, which is unique on its bus.
    Rule { bus: String, name: String },
    /// A schedule of EventBridge Scheduler, which is unique in its group.
    Schedule { group: String, name: String },
}

/// The event or time that a trigger waits for.
#[derive(Clone, Debug)]
pub(in crate::import) enum TriggerKind {
    /// A declared event whose detail is as `filter` says.
    Event {
        name: String,
        filter: Map<String, Value>,
        /// What both come to.
        pattern: Value,
    },
    /// Every event that matches.
    Pattern(Value),
    /// A time.
    Schedule {
        expression: String,
        /// Schedules of EventBridge Scheduler have one.
        timezone: Option<String>,
        /// When it may run.
        lifetime: Lifetime,
        /// The group, if it is not that of schedules which name none.
        group: Option<String>,
        window_minutes: Option<u32>,
        /// The number of parts that a run is split into.
        shards: u32,
        /// The fields of the scheduled event's detail.
        detail: Map<String, Value>,
    },
}

/// What a target receives instead of the event.
#[derive(Clone, Debug)]
pub(in crate::import) enum Input {
    /// An input transformer.
    Transformer {
        paths: BTreeMap<String, String>,
        template: String,
    },
    /// The same for every event: JSON, as it was found.
    Constant(String),
    /// A part of the event.
    Path(String),
}

/// How often and how long a delivery is tried again; nothing is the default.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::import) struct Delivery {
    pub(in crate::import) max_attempts: Option<u32>,
    pub(in crate::import) max_age_seconds: Option<u32>,
}

impl Origin {
    /// The name on AWS.
    pub(in crate::import) fn name(&self) -> &str {
        match self {
            Self::Rule { name, .. } | Self::Schedule { name, .. } => name,
        }
    }
}

impl TriggerKind {
    /// The key that says it, and its value.
    fn entry(&self) -> (&'static str, Value) {
        match self {
            Self::Event { name, .. } => ("event", json!(name)),
            Self::Pattern(pattern) => ("pattern", escaped_texts(pattern)),
            Self::Schedule { expression, .. } => ("schedule", json!(expression)),
        }
    }

    /// The id that a trigger of this kind has without being given one.
    fn default_id(&self) -> &'static str {
        match self {
            Self::Event { .. } => "event",
            Self::Pattern(_) => "pattern",
            Self::Schedule { .. } => "scheduled",
        }
    }
}

impl Trigger {
    /// The weaker form of one by a declared event: its whole pattern.
    pub(in crate::import) fn by_pattern(&self) -> Option<Self> {
        match &self.kind {
            TriggerKind::Event { pattern, .. } => Some(Self {
                kind: TriggerKind::Pattern(pattern.clone()),
                ..self.clone()
            }),
            TriggerKind::Pattern(_) | TriggerKind::Schedule { .. } => None,
        }
    }

    pub(super) fn write(&self, draft: &Draft, text: &mut String) {
        let (kind, value) = self.kind.entry();
        let _ = writeln!(text, "      - {kind}: {}", flow(&value));
        if self.id != self.kind.default_id() {
            let _ = writeln!(text, "        id: {}", scalar(&self.id));
        }
        for (key, value) in self.names(draft).into_iter().chain(self.entries(draft)) {
            let _ = writeln!(text, "        {key}: {value}");
        }
    }

    /// The names that it keeps.
    fn names(&self, draft: &Draft) -> Vec<(&'static str, String)> {
        let kept = |name: &Option<String>| name.as_ref().map(|name| json!(draft.kept_name(name)));
        let inner = present([
            ("target", kept(&self.target_id)),
            ("statement", kept(&self.statement)),
        ]);
        let inner: Map<String, Value> = inner.map(|(key, value)| (key.to_owned(), value)).collect();
        let entries = present([
            ("name", kept(&self.name)),
            ("names", (!inner.is_empty()).then_some(Value::Object(inner))),
        ]);
        entries.map(|(key, value)| (key, flow(&value))).collect()
    }

    /// The keys beside its kind, its id and its names, in the order of the text.
    fn entries(&self, draft: &Draft) -> Vec<(&'static str, String)> {
        let mut entries = Vec::new();
        match &self.kind {
            TriggerKind::Event { filter, .. } => {
                let filter = escaped_texts(&Value::Object(filter.clone()));
                let is_empty = filter.as_object().is_some_and(Map::is_empty);
                entries.extend((!is_empty).then_some(("where", filter)));
            }
            TriggerKind::Pattern(_) => {}
            TriggerKind::Schedule {
                expression: _,
                timezone,
                lifetime: Lifetime { start, end },
                group,
                window_minutes,
                shards,
                detail,
            } => entries.extend(present([
                ("timezone", timezone.as_ref().map(|zone| json!(zone))),
                ("start", start.map(|start| json!(start.to_string()))),
                ("end", end.map(|end| json!(end.to_string()))),
                (
                    "group",
                    group.as_ref().map(|group| json!(draft.kept_name(group))),
                ),
                (
                    "flexible_window",
                    window_minutes.map(|minutes| json!(format!("{minutes}m"))),
                ),
                ("shards", (*shards > 1).then(|| json!(shards))),
                (
                    "detail",
                    (!detail.is_empty()).then(|| Value::Object(detail.clone())),
                ),
            ])),
        }
        let bus = self.bus.as_ref().map(|bus| json!(draft.kept_name(bus)));
        entries.extend(bus.map(|bus| ("bus", bus)));
        let mut written: Vec<_> = entries
            .into_iter()
            .map(|(key, value)| (key, flow(&value)))
            .collect();
        written.extend(self.input.as_ref().map(|input| ("input", input.flow())));
        written.extend(
            self.delivery
                .value()
                .map(|value| ("delivery", flow(&value))),
        );
        if !self.enabled {
            written.push(("enabled", "false".to_owned()));
        }
        if !self.allow.is_empty() {
            let reason = json!("The rule was so before it was imported");
            let entries = self.allow.iter();
            let entries: Map<String, Value> = entries
                .map(|id| ((*id).to_owned(), reason.clone()))
                .collect();
            written.push(("allow", flow(&Value::Object(entries))));
        }
        written
    }
}

impl Input {
    /// The value of `input:`.
    fn flow(&self) -> String {
        let value = match self {
            // What a person wrote keeps its digits and the order of its keys.
            Self::Constant(text) => {
                return format!("{{ value: {} }}", flow_of_json(text));
            }
            Self::Transformer { paths, template } if paths.is_empty() => {
                json!({ "template": template })
            }
            Self::Transformer { paths, template } => {
                json!({ "paths": paths, "template": template })
            }
            Self::Path(path) => json!({ "path": path }),
        };
        flow(&value)
    }
}

impl Delivery {
    /// The value of `delivery:`, if it is not the default.
    fn value(self) -> Option<Value> {
        let Self {
            max_attempts,
            max_age_seconds,
        } = self;
        let age = max_age_seconds.map(|seconds| json!(format!("{seconds}s")));
        let entries = present([
            ("max_attempts", max_attempts.map(|most| json!(most))),
            ("max_age", age),
        ]);
        let said: Map<String, Value> = entries
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        (!said.is_empty()).then_some(Value::Object(said))
    }
}
