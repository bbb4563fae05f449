//! A spec that is still to be written, and its text.

mod trigger;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pipeline::language::NONE;
use serde_json::{Map, Value, json};

use super::open::{OpenValue, has_reference, written};
use super::yaml::{escaped, flow, scalar};
pub(super) use trigger::{Delivery, Input, Origin, Trigger, TriggerKind};

/// A spec.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) pipeline: String,
    /// The environment that was read: what names end in.
    pub(super) environment: String,
    pub(super) source: String,
    pub(super) bus: Bus,
    /// Whether rules match on source and detail type alone.
    pub(super) no_discriminator: bool,
    /// Whether there are no alarms and no dashboard.
    pub(super) no_alarms: bool,
    /// Events by name.
    pub(super) events: BTreeMap<String, Declared>,
    pub(super) jobs: Vec<Job>,
    /// What each environment says for itself.
    pub(super) values: Vec<OpenValue>,
}

/// The pipeline's bus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Bus {
    /// The account's `default` bus.
    #[default]
    Default,
    /// One that becomes the pipeline's own, by its name without the environment.
    Own(String),
    /// One that stays whose it is, by its whole name.
    Existing(String),
}

/// An event that the spec declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    /// None for the source of the pipeline.
    pub(super) source: Option<String>,
    pub(super) detail_type: String,
    /// Whether it lacks an `event_type` that the pipeline's own events have.
    pub(super) no_discriminator: bool,
}

/// A job.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) work: Work,
    /// The queue of dead letters, if the module makes none.
    pub(super) dead_letters: Option<Given>,
    /// The role that is taken on to deliver, if the module makes none.
    pub(super) role: Option<Given>,
    pub(super) triggers: Vec<Trigger>,
}

/// What a job does.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Runs a function that is there already, by its name or ARN.
    Existing(String),
    /// Runs one that the pipeline builds.
    Built(Build),
    /// Delivers to something else that is there already.
    DeliverTo(Place),
}

/// What a job does not make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Given {
    /// There is none.
    None,
    /// It is there already: its name or ARN.
    Existing(String),
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

/// Something that is there already and no function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The key of `deliver_to`.
    pub(super) kind: &'static str,
    /// The name or ARN.
    pub(super) existing: String,
    /// The message group of every event, for a queue.
    pub(super) group: Option<String>,
    /// The path to the partition key, for a stream.
    pub(super) partition_key: Option<String>,
    /// What is started there, by the keys of the spec.
    pub(super) starts: Vec<(&'static str, Setting)>,
}

/// A text or a number of the spec.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Setting {
    Text(String),
    Number(u32),
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
        let bus = match &self.bus {
            Bus::Default => "default".to_owned(),
            Bus::Own(name) => scalar(name),
            Bus::Existing(name) => {
                let name = self.kept_name(name);
                format!("{{ existing: {} }}", scalar(&name))
            }
        };
        let _ = writeln!(text, "bus: {bus}");
        if self.no_discriminator {
            text.push_str("discriminator: none\n");
        }
        if self.no_alarms {
            text.push_str("alarms: false\n");
        }
        if self.has_shared_names() {
            text.push_str(
                "allow: { shared-name: Rules keep the names that they had before the import }\n",
            );
        }
        if !self.values.is_empty() {
            text.push_str("\nvalues:\n");
        }
        for OpenValue { name, about } in &self.values {
            let value = json!({ "description": about, "local": name });
            let _ = writeln!(text, "  {name}: {}", flow(&value));
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
            job.write(self, &mut text);
        }
        written(&text)
    }

    /// Whether a rule or a statement is called the same in every environment.
    pub(super) fn has_shared_names(&self) -> bool {
        let triggers = self.jobs.iter().flat_map(|job| &job.triggers);
        let mut names = triggers.flat_map(|one| one.name.iter().chain(&one.statement));
        names.any(|name| self.kept_name(name) == escaped(name) && !has_reference(name))
    }

    /// A name that is kept, as a key that takes values has it: one that ends in the environment says so, as other
    /// environments have names of their own.
    pub(super) fn kept_name(&self, name: &str) -> String {
        let Some(stem) = name.strip_suffix(&self.environment) else {
            return escaped(name);
        };
        if self.environment.is_empty() || !stem.ends_with(['-', '_', '.']) || stem.len() < 2 {
            return escaped(name);
        }
        format!("{}${{environment}}", escaped(stem))
    }
}

impl Job {
    fn write(&self, draft: &Draft, text: &mut String) {
        let _ = writeln!(text, "  {}:", scalar(&self.name));
        if let Some(description) = &self.description {
            let _ = writeln!(text, "    description: {}", scalar(description));
        }
        let (key, entries) = match &self.work {
            Work::Existing(name) => {
                // An alias or a version stands behind the name.
                let (name, qualifier) = match name.rsplit_once(':') {
                    Some((name, qualifier)) if !name.starts_with("arn:") => {
                        (name, format!(":{qualifier}"))
                    }
                    _ => (name.as_str(), String::new()),
                };
                let name = format!("{}{}", draft.kept_name(name), escaped(&qualifier));
                ("function", vec![("existing", json!(name))])
            }
            Work::Built(build) => ("function", build.entries()),
            Work::DeliverTo(place) => (
                "deliver_to",
                vec![(place.kind, Value::Object(place.entries(draft)))],
            ),
        };
        let entries: Vec<String> = entries
            .into_iter()
            .map(|(key, value)| format!("{key}: {}", flow(&value)))
            .collect();
        let _ = writeln!(text, "    {key}: {{ {} }}", entries.join(", "));
        let given = [
            ("dead_letter_queue", &self.dead_letters),
            ("delivery_role", &self.role),
        ];
        for (key, given) in given {
            let value = match given {
                None => continue,
                Some(Given::None) => json!(NONE),
                Some(Given::Existing(name)) => json!({ "existing": draft.kept_name(name) }),
            };
            let _ = writeln!(text, "    {key}: {}", flow(&value));
        }
        if self.triggers.is_empty() {
            return;
        }
        text.push_str("    triggers:\n");
        for trigger in &self.triggers {
            trigger.write(draft, text);
        }
    }
}

impl Build {
    /// The keys of `function:` in the order of the text.
    fn entries(&self) -> Vec<(&'static str, Value)> {
        let Self {
            package,
            memory_mb,
            timeout_seconds,
            architecture,
            environment,
        } = self;
        let timeout = timeout_seconds.map(|seconds| json!(format!("{seconds}s")));
        let variables = environment.iter();
        let variables: Map<String, Value> = variables
            .map(|(name, value)| (name.clone(), json!(escaped(value))))
            .collect();
        let entries = [
            ("package", Some(json!(package))),
            ("memory_mb", memory_mb.map(|memory| json!(memory))),
            ("timeout", timeout),
            (
                "architecture",
                architecture.as_ref().map(|name| json!(name)),
            ),
            (
                "environment",
                (!variables.is_empty()).then_some(Value::Object(variables)),
            ),
        ];
        present(entries).collect()
    }
}

impl Place {
    fn entries(&self, draft: &Draft) -> Map<String, Value> {
        let Self {
            kind,
            existing,
            group,
            partition_key,
            starts,
        } = self;
        // What starts something says where.
        let existing_key = match *kind {
            "task" => "cluster",
            "batch" => "queue",
            _ => "existing",
        };
        let entries = present([
            (existing_key, Some(json!(draft.kept_name(existing)))),
            ("group", group.as_ref().map(|group| json!(group))),
            (
                "partition_key",
                partition_key.as_ref().map(|path| json!(path)),
            ),
        ]);
        let starts = starts.iter().map(|(key, setting)| {
            let value = match setting {
                Setting::Text(text) => json!(escaped(text)),
                Setting::Number(number) => json!(number),
            };
            (*key, value)
        });
        entries
            .chain(starts)
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
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
