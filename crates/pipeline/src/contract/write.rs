//! Writing a contract to a file.

use indexmap::IndexMap;
use serde::Serialize;

use super::{VERSION, of};
use crate::Pipeline;
use crate::model::{Contract, Discriminator, Event, Field, FieldType, OnBus, Reaction};

#[derive(Serialize)]
struct Written<'c> {
    #[serde(rename = "$comment")]
    comment: &'c str,
    contract: u32,
    pipeline: &'c str,
    source: &'c str,
    bus: &'c str,
    events: IndexMap<&'c str, WrittenEvent<'c>>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    jobs: IndexMap<&'c str, WrittenJob<'c>>,
}

#[derive(Serialize)]
struct WrittenEvent<'c> {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'c str>,
    detail_type: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    discriminator: Option<&'static str>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    detail: IndexMap<&'c str, WrittenField<'c>>,
}

/// A field as a spec has it.
#[derive(Serialize)]
#[serde(untagged)]
enum WrittenField<'c> {
    Scalar(String),
    List([Box<WrittenField<'c>>; 1]),
    Object(IndexMap<&'c str, WrittenField<'c>>),
}

#[derive(Serialize)]
struct WrittenJob<'c> {
    starts_on: Vec<WrittenOnBus<'c>>,
    emits: Vec<WrittenOnBus<'c>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loop_guard: Option<&'c str>,
}

#[derive(Serialize)]
struct WrittenOnBus<'c> {
    source: &'c str,
    detail_type: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_type: Option<&'c str>,
}

/// Writes what a pipeline promises as JSON, which is YAML too. The same pipeline gives the same text.
///
/// # Panics
/// Never: texts and maps with texts as keys are JSON.
pub fn write(pipeline: &Pipeline, comment: &str) -> String {
    let contract = of(pipeline);
    let Contract {
        pipeline,
        source,
        bus,
        events,
        jobs,
    } = &contract;
    let events = events
        .iter()
        .map(|(name, event)| (name.as_str(), written_event(event)));
    // What others emit breaks only who waits for it, and a job that no event starts is part of no loop.
    let jobs = jobs.iter();
    let jobs = jobs.filter(|(_, job)| !job.starts_on.is_empty());
    let written = Written {
        comment,
        contract: VERSION,
        pipeline,
        source,
        bus,
        events: events.collect(),
        jobs: jobs
            .map(|(name, job)| (name.as_str(), written_job(job)))
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&written).unwrap_or_default();
    text.push('\n');
    text
}

fn written_event(event: &Event) -> WrittenEvent<'_> {
    WrittenEvent {
        description: event.description.as_deref(),
        detail_type: &event.detail_type.value,
        discriminator: (event.discriminator == Discriminator::None).then_some("none"),
        detail: written_fields(&event.detail),
    }
}

fn written_fields(fields: &IndexMap<String, Field>) -> IndexMap<&str, WrittenField<'_>> {
    let fields = fields.iter();
    fields
        .map(|(name, field)| (name.as_str(), written_field(field)))
        .collect()
}

fn written_field(field: &Field) -> WrittenField<'_> {
    match &field.field_type {
        FieldType::List(item) => WrittenField::List([Box::new(written_field(item))]),
        FieldType::Object(fields) => WrittenField::Object(written_fields(fields)),
        _ => WrittenField::Scalar(field.to_string()),
    }
}

fn written_job(job: &Reaction) -> WrittenJob<'_> {
    WrittenJob {
        starts_on: job.starts_on.iter().map(written_on_bus).collect(),
        emits: job.emits.iter().map(written_on_bus).collect(),
        loop_guard: job.loop_guard.as_deref(),
    }
}

fn written_on_bus(event: &OnBus) -> WrittenOnBus<'_> {
    WrittenOnBus {
        source: &event.source,
        detail_type: &event.detail_type,
        event_type: event.event_type.as_deref(),
    }
}
