//! A spec that is still to be written, and its text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use eventbridge::schedule::Lifetime;
use serde_json::{Map, Value, json};

use super::derive::Declared;
use super::yaml::{flow, scalar};

/// A spec.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) pipeline: String,
    pub(super) source: String,
    pub(super) bus: String,
    /// Whether rules match on source and detail type alone.
    pub(super) no_discriminator: bool,
    /// Events by name.
    pub(super) events: BTreeMap<String, Declared>,
    pub(super) jobs: Vec<Job>,
}

/// A job.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) function: Function,
    pub(super) triggers: Vec<Trigger>,
}

/// The function behind a job.
#[derive(Clone, Debug)]
pub(super) enum Function {
    /// One that is there already, by its name.
    Existing(String),
    /// One that the pipeline builds.
    Built(Build),
}

/// A function that the pipeline builds; what is not said has the language's default.
#[derive(Clone, Debug)]
pub(super) struct Build {
    pub(super) package: String,
    pub(super) memory_mb: Option<u64>,
    pub(super) timeout_seconds: Option<u64>,
    pub(super) architecture: Option<String>,
    pub(super) environment: BTreeMap<String, String>,
}

/// A trigger.
#[derive(Clone, Debug)]
pub(super) struct Trigger {
    pub(super) id: String,
    pub(super) kind: TriggerKind,
    /// The function's input; `None` if it receives the event as it is.
    pub(super) input: Option<Input>,
    pub(super) delivery: Delivery,
    pub(super) enabled: bool,
    /// The rules or schedules that it was made from, by their names on AWS.
    pub(super) origins: Vec<String>,
    /// The target of them that it was made from; several if a run is split.
    pub(super) target: Option<String>,
    /// The place where they were found.
    pub(super) place: String,
}

/// The event or time that a trigger waits for.
#[derive(Clone, Debug)]
pub(super) enum TriggerKind {
    /// A declared event whose detail is as `filter` says.
    Event {
        name: String,
        filter: Map<String, Value>,
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
pub(super) enum Input {
    /// An input transformer.
    Transformer {
        paths: BTreeMap<String, String>,
        template: String,
    },
    /// The same for every event.
    Constant(Value),
    /// A part of the event.
    Path(String),
}

/// How often and how long a delivery is tried again; nothing is the default.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Delivery {
    pub(super) max_attempts: Option<u32>,
    pub(super) max_age_seconds: Option<u32>,
}

impl TriggerKind {
    /// The key that says it, and its value.
    fn entry(&self) -> (&'static str, Value) {
        match self {
            Self::Event { name, .. } => ("event", json!(name)),
            Self::Pattern(pattern) => ("pattern", pattern.clone()),
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

impl Draft {
    /// The text of the spec; `header` is the comment at its top, a line each.
    pub(super) fn text(&self, header: &[String]) -> String {
        let mut text = String::new();
        for line in header {
            let _ = writeln!(text, "# {line}");
        }
        let _ = writeln!(text, "\npipeline: {}", scalar(&self.pipeline));
        let _ = writeln!(text, "source: {}", scalar(&self.source));
        let _ = writeln!(text, "bus: {}", scalar(&self.bus));
        if self.no_discriminator {
            text.push_str("discriminator: none\n");
        }
        if !self.events.is_empty() {
            text.push_str("\nevents:\n");
        }
        for (name, event) in &self.events {
            let Declared {
                source,
                detail_type,
                no_discriminator,
            } = event;
            let mut event = json!({ "detail_type": detail_type });
            match source {
                Some(source) => event["source"] = json!(source),
                None => event["external"] = json!(true),
            }
            if *no_discriminator {
                event["discriminator"] = json!("none");
            }
            let _ = writeln!(text, "  {}: {}", scalar(name), flow(&event));
        }
        text.push_str("\njobs:\n");
        for job in &self.jobs {
            job.write(&mut text);
        }
        text
    }
}

impl Job {
    fn write(&self, text: &mut String) {
        let _ = writeln!(text, "  {}:", scalar(&self.name));
        if let Some(description) = &self.description {
            let _ = writeln!(text, "    description: {}", scalar(description));
        }
        let entries = self.function.entries().into_iter();
        let entries: Vec<String> = entries
            .map(|(key, value)| format!("{key}: {}", flow(&value)))
            .collect();
        let _ = writeln!(text, "    function: {{ {} }}", entries.join(", "));
        if self.triggers.is_empty() {
            return;
        }
        text.push_str("    triggers:\n");
        for trigger in &self.triggers {
            trigger.write(text);
        }
    }
}

impl Function {
    /// The keys of `function:` in the order of the text.
    fn entries(&self) -> Vec<(&'static str, Value)> {
        let Build {
            package,
            memory_mb,
            timeout_seconds,
            architecture,
            environment,
        } = match self {
            Self::Existing(name) => return vec![("existing", json!(name))],
            Self::Built(build) => build,
        };
        let timeout = timeout_seconds.map(|seconds| json!(format!("{seconds}s")));
        let environment = (!environment.is_empty()).then(|| json!(environment));
        let entries = [
            ("package", Some(json!(package))),
            ("memory_mb", memory_mb.map(|memory| json!(memory))),
            ("timeout", timeout),
            (
                "architecture",
                architecture.as_ref().map(|name| json!(name)),
            ),
            ("environment", environment),
        ];
        present(entries).collect()
    }
}

impl Trigger {
    fn write(&self, text: &mut String) {
        let (kind, value) = self.kind.entry();
        let _ = writeln!(text, "      - {kind}: {}", flow(&value));
        if self.id != self.kind.default_id() {
            let _ = writeln!(text, "        id: {}", scalar(&self.id));
        }
        for (key, value) in self.entries() {
            let _ = writeln!(text, "        {key}: {}", flow(&value));
        }
    }

    /// The keys beside its kind and its id, in the order of the text.
    fn entries(&self) -> Vec<(&'static str, Value)> {
        let mut entries = Vec::new();
        match &self.kind {
            TriggerKind::Event { filter, .. } => {
                let filter = (!filter.is_empty()).then(|| Value::Object(filter.clone()));
                entries.extend(filter.map(|filter| ("where", filter)));
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
                ("group", group.as_ref().map(|group| json!(group))),
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
        entries.extend(present([
            ("input", self.input.as_ref().map(Input::value)),
            ("delivery", self.delivery.value()),
            ("enabled", (!self.enabled).then_some(Value::Bool(false))),
        ]));
        entries
    }
}

impl Input {
    fn value(&self) -> Value {
        match self {
            Self::Transformer { paths, template } if paths.is_empty() => {
                json!({ "template": template })
            }
            Self::Transformer { paths, template } => {
                json!({ "paths": paths, "template": template })
            }
            Self::Constant(value) => json!({ "value": value }),
            Self::Path(path) => json!({ "path": path }),
        }
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

/// The entries that have a value.
fn present<const N: usize>(
    entries: [(&'static str, Option<Value>); N],
) -> impl Iterator<Item = (&'static str, Value)> {
    entries
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
}
