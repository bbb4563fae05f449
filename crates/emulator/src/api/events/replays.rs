//! Operations on replays, which send the events of an archive again. They do so as soon as they are started.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::answer::{optional, page, required, with_next, without_nulls};
use super::input::{epoch, timestamp};
use crate::control::{ControlPlane, Replay, check_name};
use crate::load::Load;
use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};

pub(super) fn start(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let (replay, events) = prepare(bus, input)?;
    let answer = json!({
        "ReplayArn": replay.arn,
        "State": "STARTING",
        "ReplayStartTime": epoch(replay.started),
    });
    // `prepare` has released the lock of `control`, which matching a replayed event takes.
    for event in events {
        bus.replay(&event, &replay);
    }
    Ok(answer)
}

/// Checks and keeps a replay. Returns it with the events that it sends.
fn prepare(bus: &LocalBus, input: &Value) -> Answer<(Replay, Vec<Arc<str>>)> {
    let name = required(input, "ReplayName")?;
    check_name("replayName", name, 64)?;
    let source = required(input, "EventSourceArn")?;
    let (from, until) = (
        timestamp(input, "EventStartTime")?,
        timestamp(input, "EventEndTime")?,
    );
    if from >= until {
        return Err(Refusal::validation(
            "Parameter EventEndTime is not valid. Reason: EventEndTime must be greater than EventStartTime.",
        ));
    }
    let now = bus.clock.now();
    let mut control = bus.control();
    if control.replays.contains_key(name) {
        return Err(Refusal::exists(format!("Replay {name} already exists.")));
    }
    let archive = control
        .archives
        .values()
        .find(|archive| archive.arn == source);
    let archive = archive.ok_or_else(|| {
        Refusal::validation("Parameter EventSourceArn is not valid. Reason: Must be the ARN of an archive that exists.")
    })?;
    let destination = required(&input["Destination"], "Arn")?;
    if destination != archive.bus_arn {
        return Err(Refusal::validation(
            "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.",
        ));
    }
    let kept = archive
        .events
        .iter()
        .filter(|kept| (from..until).contains(&kept.at));
    let events: Vec<_> = kept.cloned().collect();
    let bytes = events.iter().map(|kept| kept.event.len()).sum();
    let room = bus.check_room_for(Load::of(events.len(), bytes));
    room.map_err(|message| {
        let message = format!(
            "{message}; this replay has {} events: choose a shorter time",
            events.len()
        );
        Refusal::new("LimitExceededException", message)
    })?;
    let filters = input["Destination"]["FilterArns"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let replay = Replay {
        name: name.to_owned(),
        arn: control.arn(&format!("replay/{name}")),
        description: optional(input, "Description").map(str::to_owned),
        source_arn: source.to_owned(),
        destination_arn: destination.to_owned(),
        filter_arns: filters
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        from,
        until,
        started: now,
        ended: now,
        last_event: events.last().map(|kept| kept.at),
    };
    control.replays.insert(name.to_owned(), replay.clone());
    Ok((replay, events.into_iter().map(|kept| kept.event).collect()))
}

pub(super) fn cancel(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let replay = find(control, required(input, "ReplayName")?)?;
    // A replay here ends in the request that starts it, so there is never one to cancel. The service's own code.
    Err(Refusal::new(
        "IllegalStatusException",
        format!(
            "Replay {} is not in a valid state for this operation.",
            replay.name
        ),
    ))
}

fn find<'c>(control: &'c ControlPlane, name: &str) -> Answer<&'c Replay> {
    let replay = control.replays.get(name);
    replay.ok_or_else(|| Refusal::not_found(format!("Replay {name} does not exist.")))
}

pub(super) fn describe(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let replay = find(control, required(input, "ReplayName")?)?;
    let mut described = listed(replay);
    described["ReplayArn"] = Value::from(replay.arn.as_str());
    described["Description"] = json!(replay.description);
    described["Destination"] = json!({
        "Arn": replay.destination_arn,
        "FilterArns": replay.filter_arns,
    });
    Ok(without_nulls(described))
}

pub(super) fn list(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let prefix = optional(input, "NamePrefix").unwrap_or_default();
    let replays = control
        .replays
        .values()
        .filter(|replay| replay.name.starts_with(prefix));
    let (replays, next) = page(replays.map(listed).collect(), input, 100)?;
    Ok(with_next(json!({ "Replays": replays }), next))
}

fn listed(replay: &Replay) -> Value {
    without_nulls(json!({
        "ReplayName": replay.name,
        "EventSourceArn": replay.source_arn,
        "State": "COMPLETED",
        "EventStartTime": epoch(replay.from),
        "EventEndTime": epoch(replay.until),
        "EventLastReplayedTime": replay.last_event.map(epoch),
        "ReplayStartTime": epoch(replay.started),
        "ReplayEndTime": epoch(replay.ended),
    }))
}
