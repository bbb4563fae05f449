//! Which patterns are those of declared events.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::names::kebab;
use super::triggers::{Candidate, RuleSource};

/// The key in a detail that tells events of one detail type apart.
const DISCRIMINATOR: &str = "event_type";

/// The events that the spec declares.
pub(super) struct Events {
    /// The source of most of them.
    pub(super) source: Option<String>,
    /// Their detail types by name.
    pub(super) declared: BTreeMap<String, String>,
    discriminated: bool,
}

/// A pattern of one source and one detail type.
struct EventLike {
    source: String,
    detail_type: String,
    event_type: Option<String>,
    /// What else the detail has to be.
    filter: Map<String, Value>,
}

impl Events {
    /// Chooses the source, whether details name their event, and the events.
    pub(super) fn choose(candidates: &[Candidate]) -> Self {
        let mut all: Vec<EventLike> = candidates.iter().filter_map(event_like).collect();
        let discriminated = all.iter().any(|event| event.event_type.is_some());
        // A spec has one discriminator: either details name their event, or none does.
        all.retain(|event| !discriminated || event.event_type.is_some());
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for event in &all {
            *counts.entry(&event.source).or_default() += 1;
        }
        // The first by name if several are as frequent.
        let most = counts.values().max().copied();
        let source = counts
            .iter()
            .find(|(_, count)| Some(**count) == most)
            .map(|(source, _)| (*source).to_owned());
        let mut declared = BTreeMap::new();
        for event in all
            .iter()
            .filter(|event| Some(&event.source) == source.as_ref())
        {
            // The first of two that would have one name.
            declared
                .entry(event.name())
                .or_insert_with(|| event.detail_type.clone());
        }
        Self {
            source,
            declared,
            discriminated,
        }
    }

    /// Whether rules match on source and detail type alone.
    pub(super) fn no_discriminator(&self) -> bool {
        !self.discriminated && !self.declared.is_empty()
    }

    /// The declared event that a pattern is of, and what else the detail has to be.
    pub(super) fn find_event(&self, candidate: &Candidate) -> Option<(String, Map<String, Value>)> {
        let event = event_like(candidate)?;
        let name = event.name();
        let same = Some(&event.source) == self.source.as_ref()
            && event.event_type.is_some() == self.discriminated
            && self.declared.get(&name) == Some(&event.detail_type);
        same.then_some((name, event.filter))
    }
}

impl EventLike {
    fn name(&self) -> String {
        match &self.event_type {
            Some(name) => name.clone(),
            None => kebab(&self.detail_type).replace('-', "."),
        }
    }
}

fn event_like(candidate: &Candidate) -> Option<EventLike> {
    let RuleSource::Pattern(pattern) = &candidate.waits else {
        return None;
    };
    let fields = pattern.as_object()?;
    let is_known = |key: &String| ["source", "detail-type", "detail"].contains(&key.as_str());
    if !fields.keys().all(is_known) {
        return None;
    }
    let mut filter = match fields.get("detail") {
        Some(detail) => detail.as_object()?.clone(),
        None => Map::new(),
    };
    let event_type = filter.get(DISCRIMINATOR).and_then(single_text);
    if event_type.is_some() {
        filter.remove(DISCRIMINATOR);
    }
    Some(EventLike {
        source: single_text(fields.get("source")?)?,
        detail_type: single_text(fields.get("detail-type")?)?,
        event_type,
        filter,
    })
}

/// The one text of a list.
fn single_text(value: &Value) -> Option<String> {
    match value.as_array()?.as_slice() {
        [Value::String(text)] => Some(text.clone()),
        _ => None,
    }
}
