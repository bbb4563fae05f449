//! Which patterns are those of declared events.

use std::collections::BTreeMap;

use pipeline::language::{DETAIL_TYPE_MAX, SOURCE_MAX};
use serde_json::{Map, Value};

use super::names::kebab;
use super::triggers::{Candidate, RuleSource};
use crate::import::draft::Declared;
use crate::import::open::has_reference;
use crate::import::yaml::scalar;

/// The key in a detail that tells events of one detail type apart.
const DISCRIMINATOR: &str = "event_type";

/// The events that the spec declares.
pub(super) struct Events {
    /// The source of most of them; nothing if there is none that a pipeline can have.
    source: Option<String>,
    /// The source of a pipeline without one: its name.
    name: String,
    pub(super) declared: BTreeMap<String, Declared>,
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
    pub(super) fn choose(candidates: &[Candidate], pipeline: &str) -> Self {
        let all: Vec<EventLike> = candidates.iter().filter_map(event_like).collect();
        let discriminated = all.iter().any(|event| event.event_type.is_some());
        // A spec has one source and one discriminator; events of others say their own.
        let may_be_own = |event: &&EventLike| !discriminated || event.event_type.is_some();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for event in all.iter().filter(may_be_own) {
            *counts.entry(&event.source).or_default() += 1;
        }
        // The first by name if several are as frequent.
        let most = counts.values().max().copied();
        let source = counts
            .iter()
            .find(|(_, count)| Some(**count) == most)
            .map(|(source, _)| (*source).to_owned());
        let mut events = Self {
            source,
            name: pipeline.to_owned(),
            declared: BTreeMap::new(),
            discriminated,
        };
        let is_own = |event: &&EventLike| may_be_own(event) && event.source == events.source();
        let (own, others): (Vec<_>, Vec<_>) = all.iter().partition(is_own);
        // The first of two that would have one name, and the pipeline's own before others'.
        for event in own.into_iter().chain(others) {
            let declared = events.declaration(event);
            // Nothing would tell an event with a discriminator from one without.
            let mut others = events.declared.values();
            let is_told = others.all(|other| {
                other.no_discriminator == declared.no_discriminator
                    || (&other.source, &other.detail_type)
                        != (&declared.source, &declared.detail_type)
            });
            if is_told {
                events.declared.entry(event.name()).or_insert(declared);
            }
        }
        events
    }

    /// The source of the pipeline.
    pub(super) fn source(&self) -> &str {
        self.source.as_ref().unwrap_or(&self.name)
    }

    fn declaration(&self, event: &EventLike) -> Declared {
        let is_own = event.source == self.source();
        Declared {
            source: (!is_own).then(|| event.source.clone()),
            detail_type: event.detail_type.clone(),
            no_discriminator: self.discriminated && event.event_type.is_none(),
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
        let same = self.declared.get(&name) == Some(&self.declaration(&event));
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
    let event = EventLike {
        source: single_text(fields.get("source")?)?,
        detail_type: single_text(fields.get("detail-type")?)?,
        event_type,
        filter,
    };
    // A pattern may ask for what no event can have; an event may not be declared with it.
    let fits = |text: &str, most: usize| (1..=most).contains(&text.chars().count());
    // A service of AWS is no source of a pipeline's events: those stay patterns.
    let is_sayable = fits(&event.source, SOURCE_MAX)
        && fits(&event.detail_type, DETAIL_TYPE_MAX)
        && is_source(&event.source);
    // What an environment says may stand in patterns alone.
    let is_open = has_reference(&event.source) || has_reference(&event.detail_type);
    (is_sayable && !is_open).then_some(event)
}

/// Whether the language takes a text as the source of a pipeline.
fn is_source(text: &str) -> bool {
    let errors = |source: &str| {
        let spec = format!("pipeline: p\nsource: {}\n", scalar(source));
        let parsed = pipeline::parse(&spec, &pipeline::Surroundings::default());
        let errors = parsed.diagnostics.iter().filter(|found| found.is_error());
        errors.count()
    };
    errors(text) == errors("s")
}

/// The one text of a list.
fn single_text(value: &Value) -> Option<String> {
    match value.as_array()?.as_slice() {
        [Value::String(text)] => Some(text.clone()),
        _ => None,
    }
}
