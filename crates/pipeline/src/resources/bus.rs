//! The event bus, its archive, and who else may put events onto it.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexSet;
use serde_json::Value;

use super::name::Name;
use super::queue::Queue;
use super::role::external;
use super::rule::{RuleBus, RuleSource, rules_of_job};
use crate::model::{self, Pipeline};
use crate::values::Text;

pub use eventbridge::arn::DEFAULT_BUS;

/// The bus that carries a pipeline's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bus<'p> {
    /// The account's own.
    Default,
    /// A bus that is made with the pipeline.
    Made {
        /// The name on AWS.
        name: Name,
        /// What other accounts may put onto it.
        producers: Producers<'p>,
        /// The name, in the variable `kms_keys`, of the key that encrypts it.
        kms_key: Option<&'p str>,
        /// The queue for events that could not be encrypted or decrypted, if a key encrypts it.
        unreadable: Option<Box<Queue>>,
    },
    /// A bus that exists already, by its name. Nothing of it is the pipeline's.
    Existing(&'p Text),
}

/// The events that other accounts may put onto the bus. With the pipeline's source, only its jobs emit, except for the
/// events that the spec calls external. Of a source that its rules wait for, only what they wait for may come. Every other
/// source is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Producers<'p> {
    /// The source of the pipeline's own events.
    pub own_source: &'p str,
    /// The detail types of external events.
    pub external: BTreeSet<&'p str>,
    /// The other sources that rules on the bus wait for, each with the detail types; all of them if a rule names none.
    pub awaited: BTreeMap<String, Option<BTreeSet<String>>>,
}

/// Collects the sources that rules on the pipeline's bus wait for, but its own. What a value names, or a test such as a
/// prefix, is none of them.
fn awaited(pipeline: &Pipeline) -> BTreeMap<String, Option<BTreeSet<String>>> {
    let mut awaited = BTreeMap::new();
    let rules = pipeline.job_refs().flat_map(rules_of_job);
    for rule in rules.filter(|rule| rule.bus() == Some(RuleBus::Pipeline)) {
        let RuleSource::Pattern(pattern) = &rule.source else {
            continue;
        };
        let texts = |field: &str| -> Vec<Option<&str>> {
            let values = pattern.json.get(field).and_then(Value::as_array);
            let values = values.into_iter().flatten().enumerate();
            let texts = values.map(|(at, value)| {
                let is_same_everywhere = !pattern.texts.contains_key(&format!("/{field}/{at}"));
                value.as_str().filter(|_| is_same_everywhere)
            });
            texts.collect()
        };
        let types: Option<BTreeSet<String>> = texts("detail-type")
            .into_iter()
            .map(|text| text.map(str::to_owned))
            .collect();
        let types = types.filter(|types| !types.is_empty());
        for source in texts("source").into_iter().flatten() {
            if source == pipeline.source.value {
                continue;
            }
            let known = awaited
                .entry(source.to_owned())
                .or_insert_with(|| Some(BTreeSet::new()));
            *known = match (&types, known.take()) {
                (Some(types), Some(known)) => Some(&known | types),
                (None, _) | (_, None) => None,
            };
        }
    }
    awaited
}

/// The archive of events for a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive<'p> {
    /// The name on AWS.
    pub name: Name,
    /// Days for which it keeps events; 0 is for ever.
    pub retention_days: u32,
    /// The only sources that it keeps: the pipeline's, and those of declared events, in the order of the spec. None keeps
    /// every source, on a bus of the pipeline's own.
    pub sources: Vec<&'p str>,
}

impl<'p> Bus<'p> {
    pub(crate) fn new(pipeline: &'p Pipeline) -> Self {
        match &pipeline.bus {
            model::Bus::Default => Self::Default,
            model::Bus::Existing(name) => Self::Existing(name),
            model::Bus::Custom(name) => Self::Made {
                name: Name::new(&name.value),
                producers: Producers {
                    own_source: &pipeline.source.value,
                    external: external(pipeline),
                    awaited: awaited(pipeline),
                },
                unreadable: pipeline
                    .encryption
                    .bus
                    .as_ref()
                    .map(|_| Box::new(Queue::unreadable(pipeline))),
                kms_key: pipeline
                    .encryption
                    .bus
                    .as_ref()
                    .map(|key| key.value.as_str()),
            },
        }
    }
}

impl Bus<'_> {
    /// The queue for events that could not be encrypted or decrypted.
    pub fn unreadable(&self) -> Option<&Queue> {
        match self {
            Self::Default | Self::Existing(_) => None,
            Self::Made { unreadable, .. } => unreadable.as_deref(),
        }
    }
}

impl<'p> Archive<'p> {
    pub(super) fn new(pipeline: &'p Pipeline) -> Option<Self> {
        let days = pipeline.archive_days.as_ref()?;
        // On a bus of others the archive would otherwise keep their events too, on the `default` bus those of every AWS
        // service, and each is billed.
        let is_shared = !pipeline.bus.is_made();
        let own = [pipeline.source.value.as_str()].into_iter();
        let declared = pipeline.events.values().filter(|event| !event.is_of_aws());
        let sources = own.chain(declared.map(|event| event.source.value.as_str()));
        let sources: IndexSet<&str> = sources.filter(|_| is_shared).collect();
        Some(Self {
            name: Name::new(&pipeline.name.value),
            retention_days: days.value,
            sources: sources.into_iter().collect(),
        })
    }
}

impl model::Bus {
    /// Whether it is made with the pipeline.
    pub fn is_made(&self) -> bool {
        match self {
            Self::Custom(_) => true,
            Self::Default | Self::Existing(_) => false,
        }
    }

    /// The bus's name in an environment.
    pub fn name_in(&self, environment: &str) -> String {
        match self {
            Self::Default => DEFAULT_BUS.to_owned(),
            Self::Custom(name) => Name::new(&name.value).in_environment(environment),
            Self::Existing(name) => name.value.clone(),
        }
    }
}
