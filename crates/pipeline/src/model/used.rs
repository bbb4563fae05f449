//! Pipelines whose events a spec uses.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Discriminator, Event};
use crate::span::{Span, Spanned};
use crate::values::Text;

/// A pipeline whose events a spec uses: an entry of `uses`.
#[derive(Clone, Debug)]
pub struct Use {
    /// Where its name stands.
    pub name_span: Span,
    /// Its spec, or its contract: a path relative to the spec's folder.
    pub path: Spanned<String>,
    /// The account of its bus, if that is another one.
    pub account: Option<Text>,
    /// The region of its bus, if that is another one.
    pub region: Option<Text>,
    /// Its bus, as the rules here name it; `None` for events that come to the bus of this pipeline.
    pub bus: Option<super::TriggerBus>,
    /// What it says of its events; `None` if nobody looked.
    pub contract: Option<Result<Arc<Contract>, String>>,
}

impl Use {
    /// Whether its events have to be sent on to the bus of this pipeline: no rule waits on a bus of another account or region.
    pub fn is_elsewhere(&self) -> bool {
        self.account.is_some() || self.region.is_some()
    }

    /// What it says of its events, if that could be read.
    pub fn read(&self) -> Option<&Contract> {
        self.contract.as_ref()?.as_deref().ok()
    }
}

/// The event of a pipeline that is used, as that pipeline knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The key of `uses`.
    pub pipeline: String,
    /// The name there.
    pub event: String,
}

/// What a pipeline promises to those that use its events.
#[derive(Clone, Debug)]
pub struct Contract {
    /// The name of the pipeline.
    pub pipeline: String,
    /// `source` of its events.
    pub source: String,
    /// The name of its bus as a spec writes it: `billing-${environment}`.
    pub bus: String,
    /// The events of its source, by name.
    pub events: IndexMap<String, Event>,
    /// What starts what, by the names of its jobs.
    pub jobs: IndexMap<String, Reaction>,
}

/// The events that start a job, and those that it then emits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reaction {
    /// What may start it.
    pub starts_on: Vec<OnBus>,
    /// What it may emit when an event has started it.
    pub emits: Vec<OnBus>,
    /// What ends a loop of events through it.
    pub loop_guard: Option<String>,
}

/// An event as it is on a bus.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OnBus {
    /// `source`.
    pub source: String,
    /// `detail-type`.
    pub detail_type: String,
    /// `detail.event_type`, if rules tell events apart by it.
    pub event_type: Option<String>,
}

impl OnBus {
    /// A declared event.
    pub fn new(name: &str, event: &Event) -> Self {
        let is_marked = event.discriminator == Discriminator::EventType;
        Self {
            source: event.source.value.clone(),
            detail_type: event.detail_type.value.clone(),
            event_type: is_marked.then(|| event.event_type(name).to_owned()),
        }
    }

    /// Whether a rule for this event may match another one.
    pub fn may_be(&self, other: &Self) -> bool {
        let differs = |(a, b): (&String, &String)| a != b;
        self.source == other.source
            && self.detail_type == other.detail_type
            && !self
                .event_type
                .as_ref()
                .zip(other.event_type.as_ref())
                .is_some_and(differs)
    }
}

/// What the files say that `uses` names, there and in these files.
#[derive(Clone, Debug, Default)]
pub struct Used {
    /// By the paths from the spec's folder.
    pub(crate) contracts: BTreeMap<String, Result<Arc<Contract>, String>>,
}

impl Used {
    /// What all of the files say that could be read, but for those of one pipeline.
    pub(crate) fn others(&self, than: &str) -> Vec<Arc<Contract>> {
        let mut others: Vec<Arc<Contract>> = Vec::new();
        for contract in self.contracts.values().flatten() {
            let is_known = |other: &Arc<Contract>| other.pipeline == contract.pipeline;
            if contract.pipeline != than && !others.iter().any(is_known) {
                others.push(Arc::clone(contract));
            }
        }
        others
    }

    /// What the file at a path says.
    ///
    /// # Errors
    /// Why it could not be read.
    pub fn get(&self, path: &str) -> Result<Arc<Contract>, String> {
        let found = self.contracts.get(path).cloned();
        found.unwrap_or_else(|| Err("it was not read".to_owned()))
    }
}
