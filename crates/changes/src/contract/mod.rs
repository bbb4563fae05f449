//! Contracts: what an event of two specs says to those who read it and to those who write it.
//!
//! An event is written with one spec and read with another whenever a producer and a consumer are not deployed in the same
//! moment, and always by what is on its way: retries, messages in queues, the replay of an archive. So a change breaks
//! consumers if an event as it is cannot be read as it was, and producers if one as it was cannot be read as it is. Both
//! are one question, [`unreadable`], asked in two directions.

mod findings;
mod reading;

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexSet;
use pipeline::model::{Contract, Discriminator, Event, OnBus};
use pipeline::{Pipeline, Span};

pub use findings::findings as contract_findings;
pub use reading::{Reason, unreadable};

/// Whom a change of an event breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// Who reads the event as it was: it cannot read the event as it is.
    Consumers,
    /// Who writes the event as it was: nobody can read that any more.
    Producers,
}

/// An event whose change breaks its consumers or its producers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The name, in the spec that has the event.
    pub event: String,
    /// Whom it breaks.
    pub party: Party,
    /// What cannot be read, in the order of the fields.
    pub reasons: Vec<Reason>,
    /// The jobs that the event may start, in either spec.
    pub consumers: Vec<String>,
    /// The jobs that may emit it, in either spec.
    pub producers: Vec<String>,
    /// Jobs of other pipelines that it breaks, as far as these are known: `dunning/remind`.
    pub others: Vec<String>,
    /// Whether something outside the pipeline writes it.
    pub is_external: bool,
    /// The place in the present spec.
    pub place: Span,
    /// Whether the event left the spec.
    pub has_left: bool,
}

/// Lists the events whose change breaks somebody, in the order of the spec before. `others` are pipelines that use events of
/// this one.
pub fn contracts(before: &Pipeline, after: &Pipeline, others: &[Arc<Contract>]) -> Vec<Broken> {
    let around = (Around::new(before), Around::new(after));
    let mut broken = Vec::new();
    for (name, old) in &before.events {
        let Some((new_name, new)) = same_event(name, old, after) else {
            // An event of others is not gone because nobody declares it.
            if !old.external {
                broken.push(Broken {
                    event: name.clone(),
                    party: Party::Consumers,
                    reasons: vec![Reason::Gone],
                    consumers: around.0.consumers(name),
                    producers: around.0.producers(name),
                    others: of_others(others, Party::Consumers, &[(name, old)]),
                    is_external: false,
                    place: after.removed.place_of_job(name),
                    has_left: true,
                });
            }
            continue;
        };
        let parties = [
            (Party::Consumers, unread((name, old), (new_name, new))),
            (Party::Producers, unread((new_name, new), (name, old))),
        ];
        let parties = parties.into_iter();
        for (party, reasons) in parties.filter(|(_, reasons)| !reasons.is_empty()) {
            broken.push(Broken {
                event: new_name.to_owned(),
                party,
                reasons,
                consumers: both(around.0.consumers(name), around.1.consumers(new_name)),
                producers: both(around.0.producers(name), around.1.producers(new_name)),
                others: of_others(others, party, &[(name, old), (new_name, new)]),
                is_external: new.external,
                place: new.name_span,
                has_left: false,
            });
        }
    }
    broken
}

/// Lists the jobs of others that read an event, or write it, as it was or as it is.
fn of_others(others: &[Arc<Contract>], party: Party, sides: &[(&str, &Event)]) -> Vec<String> {
    let sides: Vec<OnBus> = sides
        .iter()
        .map(|(name, event)| OnBus::new(name, event))
        .collect();
    let is_it = |one: &OnBus| sides.iter().any(|side| one.may_be(side));
    let jobs = others.iter().flat_map(|other| {
        let jobs = other.jobs.iter().filter(|(_, job)| match party {
            Party::Consumers => job.starts_on.iter().any(is_it),
            Party::Producers => job.emits.iter().any(is_it),
        });
        jobs.map(|(name, _)| format!("{}/{name}", other.pipeline))
    });
    jobs.collect()
}

/// Who reads and who writes the events of a pipeline.
struct Around<'p> {
    pipeline: &'p Pipeline,
    starts: BTreeMap<&'p str, Vec<&'p str>>,
}

impl<'p> Around<'p> {
    fn new(pipeline: &'p Pipeline) -> Self {
        let starts = pipeline::starts(pipeline).into_iter().collect();
        Self { pipeline, starts }
    }

    /// Lists the jobs that an event may start, each once.
    fn consumers(&self, event: &str) -> Vec<String> {
        let jobs = self.starts.get(event).into_iter().flatten();
        both(jobs.map(|job| (*job).to_owned()).collect(), Vec::new())
    }

    /// Lists the jobs that may emit an event.
    fn producers(&self, event: &str) -> Vec<String> {
        let jobs = self.pipeline.jobs.iter();
        let emitting = jobs.filter(|(_, job)| job.emitted().contains(event));
        emitting.map(|(name, _)| name.clone()).collect()
    }
}

/// Lists the names of both lists, each once.
fn both(names: Vec<String>, more: Vec<String>) -> Vec<String> {
    let names: IndexSet<String> = names.into_iter().chain(more).collect();
    names.into_iter().collect()
}

/// Finds an event in another spec: by its name, or by what it is on the bus if that is all that rules match.
pub(crate) fn same_event<'p>(
    name: &str,
    event: &Event,
    other: &'p Pipeline,
) -> Option<(&'p str, &'p Event)> {
    if let Some((name, found)) = other.events.get_key_value(name) {
        return Some((name, found));
    }
    if event.discriminator != Discriminator::None {
        return None;
    }
    let mut others = other.events.iter();
    let is_same = |(_, found): &(&String, &Event)| {
        found.discriminator == Discriminator::None
            && found.source.value == event.source.value
            && found.detail_type.value == event.detail_type.value
    };
    let (name, found) = others.find(is_same)?;
    Some((name, found))
}

/// Lists why a reader of one declaration cannot read what a writer of another one writes.
fn unread(reader: (&str, &Event), writer: (&str, &Event)) -> Vec<Reason> {
    if !arrives(reader, writer) {
        let (name, event) = writer;
        let is_marked = event.discriminator == Discriminator::EventType;
        return vec![Reason::Elsewhere {
            source: event.source.value.clone(),
            detail_type: event.detail_type.value.clone(),
            event_type: is_marked.then(|| event.event_type(name).to_owned()),
        }];
    }
    unreadable(&reader.1.detail, &writer.1.detail)
}

/// Whether a rule that waits for one declaration of an event matches another.
fn arrives(reader: (&str, &Event), writer: (&str, &Event)) -> bool {
    let (waits_for, is) = (reader.1, writer.1);
    let is_marked = is.discriminator == Discriminator::EventType
        && waits_for.event_type(reader.0) == is.event_type(writer.0);
    waits_for.source.value == is.source.value
        && waits_for.detail_type.value == is.detail_type.value
        && (waits_for.discriminator == Discriminator::None || is_marked)
}
