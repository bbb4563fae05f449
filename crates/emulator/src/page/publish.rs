//! Publishes an event that somebody wrote on the page.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use eventbridge::put_events::Entry;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::errors;
use super::workbench::Desk;
use super::written::parse_entry;
use crate::local_bus::LocalBus;

/// A request to publish a declared event, or any other.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Wanted {
    Declared {
        event: String,
        detail: Map<String, Value>,
    },
    Other {
        source: String,
        detail_type: String,
        detail: Map<String, Value>,
        event_bus_name: Option<String>,
    },
}

pub(super) async fn publish(
    State(bus): State<Arc<LocalBus>>,
    State(desk): State<Arc<Desk>>,
    Json(wanted): Json<Wanted>,
) -> Response {
    let entry = match wanted {
        Wanted::Declared { event, detail } => {
            let check = Arc::clone(&desk.workbench().check);
            match check(&event, detail) {
                Ok(entry) => entry,
                Err(problems) => {
                    let problems = problems
                        .iter()
                        .map(|p| (p.field.as_str(), p.message.as_str()));
                    return errors(&problems.collect::<Vec<_>>());
                }
            }
        }
        Wanted::Other {
            source,
            detail_type,
            detail,
            event_bus_name,
        } => Entry {
            source,
            detail_type,
            detail: Value::Object(detail).to_string(),
            event_bus_name,
            ..Entry::default()
        },
    };
    put(&bus, entry)
}

/// Publishes what somebody wrote as JSON: an entry, or a whole envelope.
pub(super) async fn publish_written(State(bus): State<Arc<LocalBus>>, body: String) -> Response {
    match parse_entry(&body, None) {
        Ok(entry) => put(&bus, entry),
        Err(why) => errors(&[("", &why)]),
    }
}

fn put(bus: &Arc<LocalBus>, entry: Entry) -> Response {
    match bus.publish_by_hand(entry) {
        Ok(id) => Json(json!({ "event_id": &*id })).into_response(),
        Err(rejection) => errors(&[("", &rejection.to_string())]),
    }
}
