//! What a target receives, and from where.

use std::collections::BTreeMap;

use pipeline::resources;
use terraform::scheduler_envelope;

use super::{DEFAULT_BUS, Rule, RuleSource, Target};
use crate::aws::deployed::Input;

impl RuleSource {
    /// The bus that holds the rule; a schedule of EventBridge Scheduler has none.
    pub(crate) fn bus(&self) -> Option<&str> {
        match self {
            Self::Pattern { bus, .. } => Some(bus),
            Self::Schedule(_) => Some(DEFAULT_BUS),
            Self::Scheduler { .. } => None,
        }
    }
}

impl Rule {
    /// Whether a schedule of EventBridge Scheduler is in this group.
    pub(crate) fn is_in_group(&self, found: &str) -> bool {
        match &self.waits_for {
            RuleSource::Scheduler { group, .. } => group == found,
            RuleSource::Pattern { .. } | RuleSource::Schedule(_) => false,
        }
    }
}

pub(super) fn target(target: &resources::Target<'_>, is_scheduler: bool) -> Target {
    let resources::Target { id, label, input } = target;
    let envelope = match *input {
        resources::Input::Scheduled(run) if is_scheduler => Some(scheduler_envelope(run, "", "")),
        _ => None,
    };
    Target {
        id: id.value.clone(),
        label: label.clone(),
        input: what_arrives(*input),
        envelope: envelope.and_then(|text| serde_json::from_str(&text).ok()),
    }
}

fn what_arrives(input: resources::Input<'_>) -> Input {
    match input {
        resources::Input::Event => Input::Event,
        resources::Input::Transformed(input) => {
            let paths = input.paths.iter();
            Input::Transformer {
                paths: owned(paths.map(|(name, path)| (name.as_str(), path.value.as_str()))),
                template: input.template.value.clone(),
            }
        }
        resources::Input::Constant(text) => Input::Constant(text.to_owned()),
        resources::Input::Part(path) => Input::Path(path.to_owned()),
        resources::Input::Scheduled(_) => match input.scheduled_input() {
            Some(input) => Input::Transformer {
                paths: owned(input.paths.iter().map(|(name, path)| (*name, *path))),
                template: input.template,
            },
            None => Input::Event,
        },
    }
}

fn owned<'t>(paths: impl Iterator<Item = (&'t str, &'t str)>) -> BTreeMap<String, String> {
    paths
        .map(|(name, path)| (name.to_owned(), path.to_owned()))
        .collect()
}
