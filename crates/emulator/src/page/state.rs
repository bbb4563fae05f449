//! The state of the bus as the page shows it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::workbench::Desk;
use crate::control::{Bus, Rule};
use crate::local_bus::LocalBus;

pub(super) async fn state(
    State(bus): State<Arc<LocalBus>>,
    State(desk): State<Arc<Desk>>,
) -> Json<Value> {
    let now = bus.clock.now();
    let workbench = desk.workbench();
    // A copy, so that the lock is free while the next runs are worked out.
    let rules = {
        let control = bus.control();
        let rules = control.buses.values().flat_map(Bus::rules);
        rules.cloned().collect::<Vec<_>>()
    };
    let rules = rules.iter().map(|rule| {
        let next = rule.next_runs(now, 1);
        listed(rule, next.first().filter(|_| rule.enabled))
    });
    let functions = bus.functions.all();
    let functions = functions.iter().map(|(name, pool)| {
        json!({
            "name": &**name,
            "arn": pool.arn(),
            "job": workbench.jobs.get(&**name),
            "timeout_seconds": pool.function().timeout.as_secs(),
            "reserved_concurrency": pool.function().reserved_concurrency,
            "idle": pool.idle(),
        })
    });
    let queues = bus.queues.names();
    let queues = queues.iter().map(|name| {
        let messages = count_messages(&bus, name);
        json!({ "name": name, "arn": bus.queues.arn(name), "messages": messages })
    });
    let (steps, lines) = bus.journal.dropped();
    let archived = bus.control().dropped();
    Json(json!({
        "pipeline": workbench.pipeline,
        // A page that was open before the bus was started anew sees it by this.
        "process": std::process::id(),
        "account": bus.account,
        "endpoint": bus.endpoint,
        "now": now,
        "time": if bus.is_virtual() { "virtual" } else { "real" },
        "sequence": bus.journal.count(),
        "dropped": { "steps": steps, "lines": lines, "archived": archived },
        "held_bytes": bus.load.bytes() + bus.queues.bytes(),
        "in_flight": bus.flights.count(),
        "due": bus.clock.len(),
        "next_due": bus.clock.next(),
        "rules": rules.collect::<Value>(),
        "functions": functions.collect::<Value>(),
        "queues": queues.collect::<Value>(),
        "events": workbench.events,
        "elsewhere": workbench.elsewhere,
        "build": desk.build(),
    }))
}

/// Counts a queue's messages, without a copy of them.
fn count_messages(bus: &LocalBus, queue: &str) -> usize {
    let attributes = bus.queues.attributes(queue, bus.clock.now());
    let attributes = attributes.unwrap_or_default();
    let counts = attributes.iter().filter_map(|(name, count)| {
        let is_count = name.starts_with("ApproximateNumberOfMessages");
        count.parse::<usize>().ok().filter(|_| is_count)
    });
    counts.sum()
}

fn listed(rule: &Rule, next: Option<&Timestamp>) -> Value {
    let pattern = rule.pattern.as_ref();
    let pattern = pattern.and_then(|(text, _)| serde_json::from_str::<Value>(text).ok());
    let targets = rule
        .targets
        .iter()
        .map(|target| json!({ "id": &*target.id, "arn": &*target.arn }));
    json!({
        "name": &*rule.name,
        "bus": &*rule.bus,
        "enabled": rule.enabled,
        "pattern": pattern,
        "schedule": rule.schedule.as_ref().map(|schedule| &schedule.expression),
        "timezone": rule.schedule.as_ref().map(|schedule| schedule.zone_name()),
        "next": next,
        "targets": targets.collect::<Value>(),
    })
}
