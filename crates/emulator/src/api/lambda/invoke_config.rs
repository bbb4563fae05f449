//! Operations on what becomes of asynchronous runs: `PutFunctionEventInvokeConfig` and those beside it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use std::time::Duration;

use super::{Version, find};
use crate::api::rest::{read, refused, respond};
use crate::function::{Asynchronous, Pool};
use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};

pub(in crate::api) async fn get(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
) -> Response {
    let got = find(&bus, &name, &version).and_then(|(_, pool)| {
        let settings = existing(&pool, &version)?;
        Ok(listed(&pool, &version, &settings))
    });
    respond(StatusCode::OK, got)
}

fn existing(pool: &Pool, version: &Version) -> Answer<Asynchronous> {
    let settings = pool.asynchronous();
    if settings.is_set {
        return Ok(settings);
    }
    Err(Refusal::not_found(format!(
        "The function {} doesn't have an EventInvokeConfig",
        qualified(pool, version)
    )))
}

fn qualified(pool: &Pool, version: &Version) -> String {
    let qualifier = version.qualifier.as_deref().unwrap_or("$LATEST");
    format!("{}:{qualifier}", pool.arn())
}

fn listed(pool: &Pool, version: &Version, settings: &Asynchronous) -> Value {
    let destination = |arn: &Option<String>| match arn {
        Some(arn) => json!({ "Destination": arn }),
        None => json!({}),
    };
    json!({
        "FunctionArn": qualified(pool, version),
        "LastModified": settings.modified.as_second(),
        "MaximumRetryAttempts": settings.max_attempts,
        "MaximumEventAgeInSeconds": settings.max_age.as_secs(),
        "DestinationConfig": {
            "OnSuccess": destination(&settings.on_success),
            "OnFailure": destination(&settings.on_failure),
        },
    })
}

/// Sets everything: what the request leaves out is as Lambda has it by default.
pub(in crate::api) async fn put(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
    body: Bytes,
) -> Response {
    let put = find(&bus, &name, &version).and_then(|(name, pool)| {
        let settings = change(Asynchronous::default(), &read(&body)?)?;
        Ok(set(&bus, (name, &pool), &version, settings))
    });
    respond(StatusCode::OK, put)
}

/// Changes what the request says.
pub(in crate::api) async fn update(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
    body: Bytes,
) -> Response {
    let updated = find(&bus, &name, &version).and_then(|(name, pool)| {
        let settings = change(existing(&pool, &version)?, &read(&body)?)?;
        Ok(set(&bus, (name, &pool), &version, settings))
    });
    respond(StatusCode::OK, updated)
}

fn set(
    bus: &LocalBus,
    (name, pool): (&str, &Pool),
    version: &Version,
    mut settings: Asynchronous,
) -> Value {
    settings.is_set = true;
    settings.modified = bus.clock.now();
    let listed = listed(pool, version, &settings);
    pool.set_asynchronous(settings);
    bus.keep_function(name);
    listed
}

fn change(mut settings: Asynchronous, input: &Value) -> Answer<Asynchronous> {
    if let Some(attempts) = number(input, "MaximumRetryAttempts", 0..=2)? {
        settings.max_attempts = attempts;
    }
    if let Some(seconds) = number(input, "MaximumEventAgeInSeconds", 60..=21_600)? {
        settings.max_age = Duration::from_secs(seconds.into());
    }
    let destinations = &input["DestinationConfig"];
    for (name, kept) in [
        ("OnSuccess", &mut settings.on_success),
        ("OnFailure", &mut settings.on_failure),
    ] {
        if destinations[name].is_object() {
            *kept = destinations[name]["Destination"]
                .as_str()
                .map(str::to_owned);
        }
    }
    Ok(settings)
}

/// Reads a whole number within bounds. Refuses another in Lambda's words.
pub(super) fn number(
    input: &Value,
    name: &str,
    range: std::ops::RangeInclusive<u32>,
) -> Answer<Option<u32>> {
    let value = &input[name];
    if value.is_null() {
        return Ok(None);
    }
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    let bound = match number {
        Some(number) if range.contains(&number) => return Ok(Some(number)),
        Some(number) if number > *range.end() => format!("less than or equal to {}", range.end()),
        _ => format!("greater than or equal to {}", range.start()),
    };
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    let field: String = first.into_iter().chain(letters).collect();
    Err(Refusal::validation(format!(
        "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: Member must have value {bound}"
    )))
}

pub(in crate::api) async fn delete(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
) -> Response {
    let deleted = find(&bus, &name, &version).and_then(|(name, pool)| {
        existing(&pool, &version)?;
        pool.set_asynchronous(Asynchronous::default());
        bus.keep_function(name);
        Ok(())
    });
    match deleted {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refused(&refusal),
    }
}
