//! Operations on the tags of functions and of event source mappings.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::api::rest::{read, refused, respond};
use crate::api::tags;
use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};

/// Checks that there is something with this ARN.
fn check(bus: &LocalBus, arn: &str) -> Answer<()> {
    let functions = bus.functions.all();
    let is_function = functions.iter().any(|(_, pool)| pool.arn() == arn);
    let id = arn.rsplit_once(":event-source-mapping:").map(|(_, id)| id);
    let is_source = id.is_some_and(|id| bus.control().sources.contains_key(id));
    if is_function || is_source {
        return Ok(());
    }
    Err(Refusal::not_found(format!("Function not found: {arn}")))
}

pub(in crate::api) async fn list(
    State(bus): State<Arc<LocalBus>>,
    Path(arn): Path<String>,
) -> Response {
    let listed = check(&bus, &arn).map(|()| {
        let control = bus.control();
        let tags = control.tags.get(&arn).cloned().unwrap_or_default();
        json!({ "Tags": tags })
    });
    respond(StatusCode::OK, listed)
}

pub(in crate::api) async fn tag(
    State(bus): State<Arc<LocalBus>>,
    Path(arn): Path<String>,
    body: Bytes,
) -> Response {
    let tagged = check(&bus, &arn).and_then(|()| {
        let input = read(&body)?;
        tags::set(&bus, &arn, &input["Tags"]);
        Ok(())
    });
    nothing(tagged)
}

pub(in crate::api) async fn untag(
    State(bus): State<Arc<LocalBus>>,
    Path(arn): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let untagged = check(&bus, &arn).map(|()| {
        let keys = keys(query.as_deref(), "tagKeys");
        let mut control = bus.control();
        let tags = control.tags.get_or_default(arn);
        tags.retain(|key, _| !keys.contains(key));
    });
    nothing(untagged)
}

/// Returns the values of a member that a query has several times.
pub(in crate::api) fn keys(query: Option<&str>, member: &str) -> Vec<String> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let keys = pairs.filter(|(name, _)| name == member);
    keys.map(|(_, key)| key.into_owned()).collect()
}

fn nothing(answer: Answer<()>) -> Response {
    match answer {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refused(&refusal),
    }
}
