//! What is imported, wherever it was found.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::Reading;
use crate::aws::deployed::{Deployed, Rule, Schedule};
use crate::verify::DEFAULT_BUS;

use super::note::Note;
use super::open::OpenValue;

/// Something with its place: what it is called on AWS, or where it stands in a template.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub(super) place: String,
    pub(super) item: T,
    /// Whether its name is the one on AWS; otherwise AWS made one that a template does not say.
    pub(super) is_named: bool,
}

/// What is imported.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// The bus that carries the events.
    pub(super) bus: String,
    /// Whether that bus stays whose it is, whatever it is called.
    pub(super) keeps_bus: bool,
    /// Rules with their targets.
    pub(super) rules: Vec<Placed<Rule>>,
    /// Schedules of EventBridge Scheduler in full.
    pub(super) schedules: Vec<Placed<Schedule>>,
    /// What is known of functions that have no name yet, by the name that stands for it.
    pub(super) unnamed: BTreeMap<String, Settings>,
    /// What each environment has to say, as what was read does not.
    pub(super) values: Vec<OpenValue>,
    /// What is known already not to be carried over.
    pub(super) notes: Vec<Note>,
}

/// What a template says of a function.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) place: String,
    /// The name, which each environment says.
    pub(super) name: String,
    /// What is not carried over to a function that is built anew.
    pub(super) notes: Vec<Note>,
    pub(super) description: Option<String>,
    pub(super) memory_mb: Option<u64>,
    pub(super) timeout_seconds: Option<u64>,
    pub(super) architecture: Option<String>,
    pub(super) environment: BTreeMap<String, String>,
}

/// The bus of most patterns; the first by name of several.
pub(super) fn bus_of(rules: &[Placed<Rule>]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.item.pattern.is_some()) {
        *counts.entry(&rule.item.bus).or_default() += 1;
    }
    let most = counts.values().max().copied();
    let bus = counts.iter().find(|(_, count)| Some(**count) == most);
    bus.map_or(DEFAULT_BUS, |(bus, _)| bus).to_owned()
}

impl Found {
    /// What is known of a function that has no name yet, and the alias or version behind it.
    pub(super) fn unnamed<'f>(&self, function: &'f str) -> Option<(&Settings, &'f str)> {
        self.unnamed.iter().find_map(|(name, settings)| {
            let behind = function.strip_prefix(name.as_str())?;
            (behind.is_empty() || behind.starts_with(':')).then_some((settings, behind))
        })
    }

    /// An ARN in which functions that have no name yet have the one that each environment says.
    pub(super) fn with_names(&self, arn: &str) -> String {
        self.unnamed
            .iter()
            .fold(arn.to_owned(), |arn, (id, settings)| {
                let of = |name: &str| format!(":function:{name}");
                arn.replace(&of(id), &of(&settings.name))
            })
    }

    /// What it says of what is deployed, instead of reading AWS.
    pub(super) fn deployed(&self) -> Deployed {
        let of_rules = self.rules.iter().map(|rule| rule.item.bus.as_str());
        let mut buses: Vec<&str> = [self.bus.as_str(), DEFAULT_BUS]
            .into_iter()
            .chain(of_rules)
            .collect();
        let mut seen = BTreeSet::new();
        buses.retain(|bus| seen.insert(*bus));
        let rules = buses.into_iter().map(|bus| {
            let rules = self.rules.iter().filter(|rule| rule.item.bus == bus);
            let rules = rules.map(|rule| rule.item.clone()).collect();
            (bus.to_owned(), Reading::Found(rules))
        });
        let rules = rules.collect();
        let schedules = self.schedules.iter();
        Deployed {
            rules,
            schedules: Reading::Found(schedules.map(|schedule| schedule.item.clone()).collect()),
            functions: BTreeMap::new(),
            mappings: BTreeMap::new(),
            queues: BTreeMap::new(),
        }
    }
}
