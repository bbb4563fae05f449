//! Explains why rules did or did not match an event.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use eventbridge::pattern::{Event, Outcome};
use serde_json::{Value, json};

use crate::control::Rule;
use crate::local_bus::LocalBus;
use crate::trace::Step;

pub(super) async fn explain(
    State(inner): State<Arc<LocalBus>>,
    Path(id): Path<String>,
) -> Response {
    let found = inner.journal.find(|step| match step {
        Step::EventReceipt {
            event,
            bus,
            envelope,
            ..
        } if **event == *id => Some((Arc::clone(bus), Arc::clone(envelope))),
        _ => None,
    });
    let Some((bus, envelope)) = found else {
        return (StatusCode::NOT_FOUND, "the trace has no such event\n").into_response();
    };
    let Ok(event) = Event::parse(&envelope) else {
        return (StatusCode::NOT_FOUND, "the event cannot be read\n").into_response();
    };
    let rules = inner.control().rules(&bus);
    let rules = rules.iter().filter_map(|rule| explained(rule, &event));
    Json(rules.collect::<Value>()).into_response()
}

fn explained(rule: &Rule, event: &Event) -> Option<Value> {
    let explanation = rule.pattern()?.explain(event);
    let findings = explanation
        .findings
        .iter()
        .filter(|finding| finding.outcome != Outcome::Matched);
    let findings = findings.map(|finding| {
        json!({
            "path": finding.path,
            "wanted": finding.wanted,
            "found": finding.found,
            "near_miss": finding.near_miss,
        })
    });
    Some(json!({
        "rule": &*rule.name,
        "enabled": rule.enabled,
        "matched": explanation.matched,
        "undecided": explanation.undecided,
        "findings": findings.collect::<Value>(),
    }))
}
