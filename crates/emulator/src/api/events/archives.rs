//! Operations on archives.

use std::collections::VecDeque;
use std::sync::Arc;

use eventbridge::limits::PATTERN_CHARACTERS_MAX;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::answer::{optional, page, required, with_next, without_nulls};
use super::input::epoch;
use crate::control::{Archive, ControlPlane, DESCRIPTION, check_length, check_name, pattern};
use crate::refusal::{Answer, Refusal};

pub(super) fn create(control: &mut ControlPlane, input: &Value, now: Timestamp) -> Answer<Value> {
    let name = required(input, "ArchiveName")?;
    check_name("archiveName", name, 48)?;
    check_lengths(input)?;
    let source = required(input, "EventSourceArn")?;
    let bus = control.bus(Some(source))?;
    if control.archives.contains_key(name) {
        return Err(Refusal::exists(format!("Archive {name} already exists.")));
    }
    let archive = Archive {
        name: name.to_owned(),
        arn: control.arn(&format!("archive/{name}")),
        bus: Arc::clone(&bus.name),
        bus_arn: bus.arn.clone(),
        description: optional(input, "Description").map(str::to_owned),
        pattern: optional(input, "EventPattern").map(pattern).transpose()?,
        retention_days: retention_days(input)?.unwrap_or(0),
        created: now,
        events: VecDeque::new(),
        size: 0,
        next: 0,
    };
    let answer =
        json!({ "ArchiveArn": archive.arn, "State": "ENABLED", "CreationTime": epoch(now) });
    control.archives.insert(name.to_owned(), archive);
    Ok(answer)
}

pub(super) fn update(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    let name = required(input, "ArchiveName")?;
    check_lengths(input)?;
    let changed = optional(input, "EventPattern").map(pattern).transpose()?;
    let days = retention_days(input)?;
    let archive = control.archives.get_mut(name);
    let archive = archive.ok_or_else(|| missing(name))?;
    // What a request leaves out stays as it is.
    if let Some(description) = optional(input, "Description") {
        archive.description = Some(description.to_owned());
    }
    if changed.is_some() {
        archive.pattern = changed;
    }
    if let Some(days) = days {
        archive.retention_days = days;
    }
    Ok(json!({
        "ArchiveArn": archive.arn,
        "State": "ENABLED",
        "CreationTime": epoch(archive.created),
    }))
}

fn check_lengths(input: &Value) -> Answer<()> {
    check_length("description", optional(input, "Description"), DESCRIPTION)?;
    let pattern = optional(input, "EventPattern");
    check_length("eventPattern", pattern, PATTERN_CHARACTERS_MAX)
}

/// Reads the days for which an archive keeps its events. 0 is for ever.
fn retention_days(input: &Value) -> Answer<Option<u32>> {
    match &input["RetentionDays"] {
        Value::Null => Ok(None),
        days => {
            let number = days.as_u64().and_then(|days| u32::try_from(days).ok());
            number.map(Some).ok_or_else(|| {
                Refusal::validation(format!(
                    "1 validation error detected: Value '{days}' at 'retentionDays' failed to satisfy constraint: Member must have value greater than or equal to 0"
                ))
            })
        }
    }
}

pub(super) fn delete(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    let name = required(input, "ArchiveName")?;
    control.archives.remove(name).ok_or_else(|| missing(name))?;
    Ok(json!({}))
}

pub(super) fn describe(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let name = required(input, "ArchiveName")?;
    let archive = control.archives.get(name).ok_or_else(|| missing(name))?;
    let mut described = listed(archive);
    described["ArchiveArn"] = Value::from(archive.arn.as_str());
    described["Description"] = json!(archive.description);
    described["EventPattern"] = json!(archive.pattern.as_ref().map(|(text, _)| &**text));
    Ok(without_nulls(described))
}

pub(super) fn list(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let prefix = optional(input, "NamePrefix").unwrap_or_default();
    let source = optional(input, "EventSourceArn");
    if let Some(source) = source {
        control.bus(Some(source))?;
    }
    let archives = control.archives.values().filter(|archive| {
        archive.name.starts_with(prefix) && source.is_none_or(|source| archive.bus_arn == source)
    });
    let (archives, next) = page(archives.map(listed).collect(), input, 100)?;
    Ok(with_next(json!({ "Archives": archives }), next))
}

fn listed(archive: &Archive) -> Value {
    json!({
        "ArchiveName": archive.name,
        "EventSourceArn": archive.bus_arn,
        "State": "ENABLED",
        "RetentionDays": archive.retention_days,
        "SizeBytes": archive.size,
        "EventCount": archive.events.len(),
        "CreationTime": epoch(archive.created),
    })
}

fn missing(name: &str) -> Refusal {
    Refusal::not_found(format!("Archive {name} does not exist."))
}
