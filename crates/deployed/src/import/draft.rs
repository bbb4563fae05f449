//! A spec that is still to be written, and its text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::yaml::{flow, scalar};

/// A spec.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) pipeline: String,
    pub(super) source: String,
    pub(super) bus: String,
    /// Whether rules match on source and detail type alone.
    pub(super) no_discriminator: bool,
    /// Events: their detail types by name.
    pub(super) events: BTreeMap<String, String>,
    pub(super) jobs: Vec<Job>,
}

/// A job.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) name: String,
    pub(super) description: Option<String>,
    /// The value of `function:`.
    pub(super) function: Vec<(&'static str, Value)>,
    pub(super) triggers: Vec<Trigger>,
}

/// A trigger.
#[derive(Clone, Debug)]
pub(super) struct Trigger {
    pub(super) id: String,
    /// `schedule`, `event` or `pattern`, and what it waits for.
    pub(super) kind: (&'static str, Value),
    /// Every other key, in the order of the text.
    pub(super) keys: Vec<(&'static str, Value)>,
    /// The rules or schedules that it was made from, by their names on AWS.
    pub(super) origins: Vec<String>,
    /// The target of them that it was made from; several where a run is split.
    pub(super) target: Option<String>,
    /// Where they were found.
    pub(super) place: String,
}

impl Trigger {
    /// The id that a trigger of its kind has without being given one.
    fn default_id(&self) -> &'static str {
        match self.kind.0 {
            "schedule" => "scheduled",
            other => other,
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
        for (name, detail_type) in &self.events {
            let event = json!({ "detail_type": detail_type, "external": true });
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
        let entries = self.function.iter();
        let entries: Vec<String> = entries
            .map(|(key, value)| format!("{key}: {}", flow(value)))
            .collect();
        let _ = writeln!(text, "    function: {{ {} }}", entries.join(", "));
        if self.triggers.is_empty() {
            return;
        }
        text.push_str("    triggers:\n");
        for trigger in &self.triggers {
            let (kind, value) = &trigger.kind;
            let _ = writeln!(text, "      - {kind}: {}", flow(value));
            if trigger.id != trigger.default_id() {
                let _ = writeln!(text, "        id: {}", scalar(&trigger.id));
            }
            for (key, value) in &trigger.keys {
                let _ = writeln!(text, "        {key}: {}", flow(value));
            }
        }
    }
}
