//! The page of a long-lived bus, and its own requests: everything below `/_/`.
//!
//! The page is one document with its styles and scripts, served from memory. The policy in its header makes sure that it
//! gets nothing from elsewhere.

mod again;
mod answer;
mod companion;
mod explain;
mod files;
mod publish;
mod queues;
mod state;
mod workbench;
mod written;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, extract::Request};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;

use crate::local_bus::LocalBus;
use crate::state::AHEAD;
use answer::refuse;
pub(crate) use workbench::Desk;
pub use workbench::{Build, Checked, Problem, Workbench};

/// The most records in one response.
const RECORDS: usize = 5_000;
/// The most bytes of events and texts in one response, unless the first record has more.
const BYTES: usize = 4 << 20;
/// The longest wait of a request for records, in seconds.
const WAIT: u64 = 30;
/// The farthest that the clock is put forward at a time, in seconds: a leap year.
const FORWARD: i64 = 366 * 24 * 3_600;

/// The page's policy: nothing from elsewhere, nothing inline, and no frame of another page around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The sources of what the page shows.
#[derive(Clone)]
struct Sources {
    bus: Arc<LocalBus>,
    desk: Arc<Desk>,
}

impl FromRef<Sources> for Arc<LocalBus> {
    fn from_ref(sources: &Sources) -> Self {
        Arc::clone(&sources.bus)
    }
}

impl FromRef<Sources> for Arc<Desk> {
    fn from_ref(sources: &Sources) -> Self {
        Arc::clone(&sources.desk)
    }
}

/// Makes the router of the page and its requests.
pub(crate) fn router(bus: Arc<LocalBus>, desk: Arc<Desk>) -> Router {
    let router = Router::new()
        .route("/_", get(async || Redirect::permanent("/_/")))
        .route("/_/state", get(state::state))
        .route("/_/ready", get(ready))
        .route("/_/graph.svg", get(graph))
        .route("/_/trace", get(trace))
        .route("/_/events/{id}", get(again::event))
        .route("/_/events/{id}/again", post(again::again))
        .route("/_/events/{id}/explanation", get(explain::explain))
        .route("/_/publish", post(publish::publish))
        .route("/_/entries", post(publish::publish_written))
        .route("/_/clock", post(clock))
        .route("/_/wait", post(companion::wait))
        .route("/_/reset", post(companion::reset))
        .route("/_/queues/{name}", get(queues::messages))
        .route("/_/queues/{name}/redrive", post(queues::redrive));
    files::add_to(router)
        .layer(middleware::from_fn(secured))
        .with_state(Sources { bus, desk })
}

async fn secured(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

async fn graph(State(desk): State<Arc<Desk>>) -> Response {
    let svg = desk.workbench().graph_svg.clone();
    ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response()
}

/// The query of a request that may wait.
#[derive(Deserialize)]
struct Patience {
    /// The seconds to wait until the bus is ready.
    #[serde(default)]
    wait: u64,
}

/// Says whether requests are answered, which programs ask before they send any.
async fn ready(State(bus): State<Arc<LocalBus>>, Query(patience): Query<Patience>) -> Response {
    let wait = Duration::from_secs(patience.wait.min(WAIT));
    let ready = bus.is_ready_within(wait).await;
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let told = json!({ "ready": ready, "endpoint": bus.endpoint });
    (status, Json(told)).into_response()
}

/// The query of a request for records.
#[derive(Deserialize)]
struct Wanted {
    /// The first sequence number that is wanted.
    #[serde(default)]
    from: u64,
    /// The sequence number at which to stop, so that a reader can begin with the end and then fetch what came before.
    to: Option<u64>,
    /// The seconds to wait for a record, if there is none yet.
    #[serde(default)]
    wait: u64,
}

/// Returns records, one JSON document a line. A header has the sequence number to ask for next.
async fn trace(State(bus): State<Arc<LocalBus>>, Query(wanted): Query<Wanted>) -> Response {
    if wanted.wait > 0 {
        let wait = Duration::from_secs(wanted.wait.min(WAIT));
        // If the time is up first, the response has no records, and the page asks again.
        let _ = tokio::time::timeout(wait, bus.journal.follow(wanted.from).more()).await;
    }
    let to = wanted.to.unwrap_or(u64::MAX);
    let most = to.saturating_sub(wanted.from);
    let most = usize::try_from(most).map_or(RECORDS, |most| most.min(RECORDS));
    let mut records = bus.journal.page(wanted.from, most, BYTES);
    records.retain(|record| record.sequence < to);
    let next = records.last().map_or(wanted.from, |last| last.sequence + 1);
    let mut lines = String::new();
    for record in &records {
        if let Ok(line) = serde_json::to_string(record) {
            lines.extend([&line, "\n"]);
        }
    }
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (HeaderName::from_static("x-next"), next.to_string()),
    ];
    (headers, lines).into_response()
}

/// A request to put the clock forward, by seconds or to the next entry of the agenda.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forward {
    advance_seconds: Option<i64>,
    /// Whether to go to what is due next.
    #[serde(default)]
    to_next: bool,
}

async fn clock(State(bus): State<Arc<LocalBus>>, Json(forward): Json<Forward>) -> Response {
    let now = bus.clock.now();
    let until = match forward.advance_seconds {
        Some(seconds) if (1..=FORWARD).contains(&seconds) => {
            now.checked_add(SignedDuration::from_secs(seconds)).ok()
        }
        None if forward.to_next => bus.clock.next(),
        _ => {
            return refuse(
                "`advance_seconds` is from 1 to a year of seconds, or `to_next` is true",
            );
        }
    };
    if let Some(until) = until {
        bus.run_agenda(until).await;
        bus.clock.move_to(until);
        bus.store.put(&[AHEAD], &bus.clock.ahead().as_millis());
    }
    Json(json!({ "now": bus.clock.now() })).into_response()
}
