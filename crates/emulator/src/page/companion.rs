//! What tests ask of the bus: to wait for a step, and to go back to the beginning.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{errors, refuse};
use super::workbench::Desk;
use crate::companion::{Wait, Waited};
use crate::local_bus::LocalBus;

/// The longest wait for a step, in seconds.
const WAIT: f64 = 300.0;

/// A request to wait for a step.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    pattern: Value,
    #[serde(default)]
    from: u64,
    #[serde(default = "ten_seconds")]
    timeout_seconds: f64,
}

fn ten_seconds() -> f64 {
    10.0
}

/// Waits for a step. The response is a success, whether one came or not: `found` says which.
pub(super) async fn wait(
    State(bus): State<Arc<LocalBus>>,
    State(desk): State<Arc<Desk>>,
    body: String,
) -> Response {
    let wanted: Wanted = match serde_json::from_str(&body) {
        Ok(wanted) => wanted,
        Err(error) => return refuse(&format!("the request is no wait: {error}")),
    };
    if !(0.0..=WAIT).contains(&wanted.timeout_seconds) {
        return errors(&[("timeout_seconds", "it is from 0 to 300 seconds")]);
    }
    let asked = Wait {
        pattern: wanted.pattern,
        from: wanted.from,
        timeout: Duration::from_secs_f64(wanted.timeout_seconds),
    };
    let _place = match bus.narrator.take_place() {
        Ok(place) => place,
        Err(why) => {
            let errors = json!({ "errors": [{ "field": "", "message": why }] });
            return (StatusCode::TOO_MANY_REQUESTS, Json(errors)).into_response();
        }
    };
    let workbench = desk.workbench();
    let outcome = match bus.wait_for(&asked, &workbench.jobs).await {
        Ok(outcome) => outcome,
        Err(why) => return errors(&[("pattern", &why)]),
    };
    let message = outcome.complaint();
    Json(match outcome {
        Waited::Found(step) => json!({ "found": true, "step": step }),
        Waited::TimedOut { steps, nearest } => json!({
            "found": false,
            "message": message,
            "steps": steps,
            "nearest": nearest.map(|nearest| json!({ "step": nearest.step, "why": nearest.why })),
        }),
        Waited::Reset => json!({ "found": false, "message": message, "steps": 0, "nearest": null }),
    })
    .into_response()
}

/// Goes back to the state right after the bus was ready.
pub(super) async fn reset(State(bus): State<Arc<LocalBus>>) -> Response {
    let begin = Instant::now();
    match bus.reset().await {
        Ok(()) => Json(json!({
            "sequence": bus.journal.count(),
            "took_us": u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX),
        }))
        .into_response(),
        Err(refusal) => {
            let errors = json!({ "errors": [{ "field": "", "message": refusal.message }] });
            (StatusCode::SERVICE_UNAVAILABLE, Json(errors)).into_response()
        }
    }
}
