//! Returns one event of the trace, and lets it happen once more.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::answer::refuse;
use super::written::parse_entry;
use crate::local_bus::LocalBus;
use crate::trace::Step;

/// The beginning of a run: what came, and where.
enum Beginning {
    Event {
        bus: Arc<str>,
        envelope: Arc<str>,
    },
    Schedule {
        rule: Arc<str>,
        envelope: Arc<str>,
    },
    Call {
        function: Arc<str>,
        payload: Arc<str>,
    },
}

/// Returns the event's JSON as it was, digit by digit.
pub(super) async fn event(State(bus): State<Arc<LocalBus>>, Path(id): Path<String>) -> Response {
    let json = match find_beginning(&bus, &id) {
        Some(Beginning::Event { envelope, .. } | Beginning::Schedule { envelope, .. }) => envelope,
        Some(Beginning::Call { payload, .. }) => payload,
        None => return no_event(),
    };
    (
        [(header::CONTENT_TYPE, "application/json")],
        json.to_string(),
    )
        .into_response()
}

pub(super) async fn again(State(bus): State<Arc<LocalBus>>, Path(id): Path<String>) -> Response {
    let done = match find_beginning(&bus, &id) {
        Some(Beginning::Event { bus: on, envelope }) => {
            let entry = parse_entry(&envelope, Some(&on));
            entry.and_then(|entry| {
                let published = bus.publish_by_hand(entry);
                published.map_err(|rejection| rejection.to_string())
            })
        }
        Some(Beginning::Schedule { rule, envelope }) => {
            fire_again(&bus, &rule, &envelope).map(|()| id.into())
        }
        Some(Beginning::Call { function, payload }) => {
            let called = bus.invoke_async(&function, payload.to_string());
            called.map_err(|refusal| refusal.message)
        }
        None => return no_event(),
    };
    match done {
        Ok(id) => Json(json!({ "event_id": &*id })).into_response(),
        Err(why) => refuse(&why),
    }
}

fn find_beginning(bus: &LocalBus, id: &str) -> Option<Beginning> {
    bus.journal.find(|step| match step {
        Step::EventReceipt {
            event,
            bus,
            envelope,
            ..
        } if **event == *id => Some(Beginning::Event {
            bus: Arc::clone(bus),
            envelope: Arc::clone(envelope),
        }),
        Step::ScheduleFired {
            event,
            rule,
            envelope,
        } if **event == *id => Some(Beginning::Schedule {
            rule: Arc::clone(rule),
            envelope: Arc::clone(envelope),
        }),
        Step::FunctionInvoked {
            request,
            function,
            payload,
        } if **request == *id => Some(Beginning::Call {
            function: Arc::clone(function),
            payload: Arc::clone(payload),
        }),
        _ => None,
    })
}

/// Sends a schedule's event to the targets of its rule once more. No pattern matches such an event.
fn fire_again(bus: &Arc<LocalBus>, name: &str, envelope: &str) -> Result<(), String> {
    let rule = {
        let control = bus.control();
        let mut rules = control.buses.values().flat_map(crate::control::Bus::rules);
        rules.find(|rule| *rule.name == *name).cloned()
    };
    let rule = rule.ok_or("its rule is no longer there")?;
    for target in &rule.targets {
        bus.redeliver(envelope, &rule.arn, (&target.arn, Some(&target.id)))?;
    }
    Ok(())
}

fn no_event() -> Response {
    (StatusCode::NOT_FOUND, "the trace has no such event\n").into_response()
}
