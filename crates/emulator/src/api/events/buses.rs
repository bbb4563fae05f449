//! Operations on event buses.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::answer::{optional, page, required, with_next, without_nulls};
use super::input::{epoch, kept};
use super::{permissions, tags};
use crate::control::{Bus, ControlPlane, DESCRIPTION, check_length};
use crate::refusal::Answer;

/// What a bus keeps and returns, and which means nothing here.
const OTHERS: [&str; 3] = ["KmsKeyIdentifier", "DeadLetterConfig", "LogConfig"];

pub(super) fn create(control: &mut ControlPlane, input: &Value, now: Timestamp) -> Answer<Value> {
    let tags = tags::read(input)?;
    check_length("description", optional(input, "Description"), DESCRIPTION)?;
    let bus = control.create_bus(required(input, "Name")?, now)?;
    bus.description = optional(input, "Description").map(str::to_owned);
    bus.others = kept(input, &OTHERS);
    let arn = bus.arn.clone();
    control.tags.get_or_default(arn.clone()).extend(tags);
    Ok(json!({ "EventBusArn": arn }))
}

pub(super) fn update(control: &mut ControlPlane, input: &Value, now: Timestamp) -> Answer<Value> {
    check_length("description", optional(input, "Description"), DESCRIPTION)?;
    let bus = control.bus_mut(optional(input, "Name"))?;
    if let Some(description) = optional(input, "Description") {
        bus.description = Some(description.to_owned());
    }
    bus.others.extend(kept(input, &OTHERS));
    bus.modified = now;
    Ok(without_nulls(json!({
        "Arn": bus.arn,
        "Name": &*bus.name,
        "Description": bus.description,
    })))
}

pub(super) fn delete(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    control.delete_bus(required(input, "Name")?)?;
    Ok(json!({}))
}

pub(super) fn describe(control: &ControlPlane, input: &Value) -> Answer<Value> {
    Ok(listed(control.bus(optional(input, "Name"))?))
}

pub(super) fn list(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let prefix = optional(input, "NamePrefix").unwrap_or_default();
    let buses = control
        .buses
        .values()
        .filter(|bus| bus.name.starts_with(prefix));
    let (buses, next) = page(buses.map(listed).collect(), input, 100)?;
    Ok(with_next(json!({ "EventBuses": buses }), next))
}

fn listed(bus: &Bus) -> Value {
    let mut listed = without_nulls(json!({
        "Name": &*bus.name,
        "Arn": bus.arn,
        "Description": bus.description,
        "CreationTime": epoch(bus.created),
        "LastModifiedTime": epoch(bus.modified),
        "Policy": permissions::policy(bus),
    }));
    for (name, value) in &bus.others {
        listed[name] = value.clone();
    }
    listed
}
