//! Operations that change a function: `UpdateFunctionConfiguration`, and its reserved concurrency. The next runs are on new
//! processes.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use std::time::Duration;

use super::invoke_config::number;
use super::{Version, configuration, find};
use crate::api::rest::{read, refused, respond};
use crate::local_bus::LocalBus;
use crate::refusal::Answer;

/// The version of a request that names none.
const LATEST: Version = Version { qualifier: None };

/// Changes the members that mean something here. The others are taken and have no effect, as a role.
pub(in crate::api) async fn update(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    respond(StatusCode::OK, change(&bus, &name, &body))
}

fn change(bus: &LocalBus, name: &str, body: &[u8]) -> Answer<Value> {
    let (name, _) = find(bus, name, &LATEST)?;
    let input = read(body)?;
    let timeout = number(&input, "Timeout", 1..=900)?;
    let memory = number(&input, "MemorySize", 128..=10_240)?;
    bus.functions.change(name, |function| {
        if let Some(timeout) = timeout {
            function.timeout = Duration::from_secs(timeout.into());
        }
        if let Some(memory) = memory {
            function.memory_mb = memory;
        }
        if let Some(handler) = input["Handler"].as_str() {
            handler.clone_into(&mut function.handler);
        }
        if let Some(variables) = input["Environment"]["Variables"].as_object() {
            let variables = variables
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
            function.environment = variables.collect();
        }
    });
    bus.keep_function(name);
    let (name, pool) = find(bus, name, &LATEST)?;
    Ok(configuration(name, &pool))
}

pub(in crate::api) async fn put_concurrency(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    let put = find(&bus, &name, &LATEST).and_then(|(name, _)| {
        let most = number(&read(&body)?, "ReservedConcurrentExecutions", 0..=1_000)?;
        let most = most.unwrap_or_default();
        bus.functions
            .change(name, |function| function.reserved_concurrency = Some(most));
        bus.keep_function(name);
        Ok(json!({ "ReservedConcurrentExecutions": most }))
    });
    respond(StatusCode::OK, put)
}

pub(in crate::api) async fn get_concurrency(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
) -> Response {
    let got =
        find(&bus, &name, &version).map(|(_, pool)| match pool.function().reserved_concurrency {
            Some(most) => json!({ "ReservedConcurrentExecutions": most }),
            None => json!({}),
        });
    respond(StatusCode::OK, got)
}

pub(in crate::api) async fn delete_concurrency(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
) -> Response {
    match find(&bus, &name, &LATEST) {
        Ok((name, _)) => {
            bus.functions
                .change(name, |function| function.reserved_concurrency = None);
            bus.keep_function(name);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => refused(&refusal),
    }
}
