//! The pipeline for the page of the local bus.

use std::collections::BTreeSet;
use std::sync::Arc;

use emulator::{Problem, Workbench};
use pipeline::Pipeline;
use pipeline::detail::{self, field_at};
use pipeline::model::{Event, Field, FieldType};
use serde_json::{Map, Value, json};

use crate::{entry, local};
use graph::Picture;

/// Makes what the page shows of pipelines, at least one, with the check of an event's detail.
pub(crate) fn workbench(pipelines: &[Pipeline]) -> Workbench {
    let all: Vec<&Pipeline> = pipelines.iter().collect();
    let jobs = pipelines.iter().flat_map(|pipeline| {
        let jobs = pipeline.job_refs();
        jobs.map(|job| (local::function_name(job), Value::from(job.name)))
    });
    let names: Vec<&str> = all.iter().map(|one| one.name.value.as_str()).collect();
    let elsewhere = pipelines.iter().flat_map(local::jobs_elsewhere);
    // An event is shown once: where it is, rather than where it is used. Of two with one name the first is meant.
    let (mut seen, mut events) = (BTreeSet::new(), Vec::new());
    for pipeline in pipelines {
        for (name, event) in &pipeline.events {
            let is_here = owner(pipelines, pipeline, event).is_some();
            if !is_here && seen.insert(name.as_str()) {
                events.push(listed(pipeline, name, event));
            }
        }
    }
    let checking = pipelines.to_vec();
    Workbench {
        pipeline: names.join(", "),
        graph_svg: Picture::of_all(&all).svg(),
        jobs: jobs.collect(),
        elsewhere: elsewhere.map(|(job, _)| job.to_owned()).collect(),
        events: events.into(),
        check: Arc::new(move |name, detail| {
            let has = |one: &&Pipeline| one.events.contains_key(name);
            let Some(pipeline) = checking.iter().find(has).or(checking.first()) else {
                return Err(Vec::new());
            };
            let mut entry = entry::checked(pipeline, name, detail)
                .map_err(|found| found.iter().map(in_words).collect::<Vec<_>>())?;
            entry.event_bus_name = Some(entry::bus_of(&entry, pipeline, local::ENVIRONMENT));
            Ok(entry)
        }),
    }
}

/// The pipeline among these that has an event which another one uses.
fn owner<'p>(
    pipelines: &'p [Pipeline],
    pipeline: &Pipeline,
    event: &Event,
) -> Option<&'p Pipeline> {
    let used = event.used.as_ref()?;
    let contract = pipeline.uses.get(&used.pipeline)?.read()?;
    let mut others = pipelines.iter();
    others.find(|other| other.name.value == contract.pipeline)
}

/// Writes a problem for people, to be shown at its field.
fn in_words(problem: &detail::Problem) -> Problem {
    Problem {
        field: problem.field.clone(),
        message: problem.kind.to_string(),
    }
}

fn listed(pipeline: &Pipeline, name: &str, event: &Event) -> Value {
    let fields = event.detail.iter().map(
        |(name, field)| json!({ "name": name, "type": kind(field), "optional": field.optional }),
    );
    let example = example(pipeline, event);
    json!({
        "name": name,
        "source": event.source.value,
        "detail_type": event.detail_type.value,
        "description": event.description,
        "external": event.external,
        "fields": fields.collect::<Value>(),
        "example": example,
    })
}

/// Makes a detail that the event may have, without what it can do without.
pub(crate) fn example(pipeline: &Pipeline, event: &Event) -> Map<String, Value> {
    let example = event.detail.iter().filter(|(_, field)| !field.optional);
    let example = example.map(|(name, field)| (name.clone(), example_of(field)));
    let mut example: Map<String, Value> = example.collect();
    if let Some(subject) = &pipeline.subject {
        set_example(event, &mut example, &subject.value);
    }
    example
}

fn kind(field: &Field) -> &'static str {
    match &field.field_type {
        FieldType::String => "string",
        FieldType::Integer => "integer",
        FieldType::Number => "number",
        FieldType::Boolean => "boolean",
        FieldType::Timestamp => "timestamp",
        FieldType::Date => "date",
        FieldType::Json => "json",
        FieldType::Enum(_) => "enum",
        FieldType::List(_) => "list",
        FieldType::Object(_) => "object",
    }
}

/// Gives a required subject an example value that looks like an id.
fn set_example(event: &Event, example: &mut Map<String, Value>, subject: &str) {
    let is_text = field_at(&event.detail, subject)
        .is_some_and(|field| field.field_type == FieldType::String && !field.optional);
    if is_text {
        let name = subject
            .rsplit('.')
            .next()
            .and_then(|name| name.chars().next());
        let value = format!("{}-1", name.unwrap_or('x'));
        // The field is declared and a string, so this cannot fail.
        let _ = detail::set(event, example, subject, &value);
    }
}

/// Returns a value that the field can hold. The page fills in the present time.
fn example_of(field: &Field) -> Value {
    match &field.field_type {
        FieldType::String => json!(""),
        FieldType::Integer | FieldType::Number => json!(0),
        FieldType::Boolean => json!(false),
        FieldType::Timestamp => json!("2026-01-01T00:00:00Z"),
        FieldType::Date => json!("2026-01-01"),
        FieldType::Json => json!({}),
        FieldType::Enum(texts) => json!(texts.first()),
        FieldType::List(_) => json!([]),
        FieldType::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| (name.clone(), example_of(field)));
            Value::Object(fields.collect())
        }
    }
}
