//! Operations on event source mappings.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use std::time::Duration;

use serde::Deserialize;

use super::invoke_config::number;
use super::{Version, find, function_name};
use crate::api::answer::{page, required};
use crate::api::rest::{read, respond};
use crate::api::tags;
use crate::config::EventSourceMapping;
use crate::control::Source;
use crate::local_bus::LocalBus;
use crate::mapping::parse_filter;
use crate::refusal::{Answer, Refusal};

/// What SQS says if a mapping is made for a queue that is not there.
const NO_QUEUE: &str = "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.";

pub(in crate::api) async fn create(State(bus): State<Arc<LocalBus>>, body: Bytes) -> Response {
    respond(StatusCode::ACCEPTED, create_one(&bus, &body))
}

fn create_one(bus: &Arc<LocalBus>, body: &[u8]) -> Answer<Value> {
    let input = read(body)?;
    let arn = required(&input, "EventSourceArn")?;
    let queue = bus
        .queues
        .name(arn)
        .ok()
        .filter(|queue| bus.queues.has(queue));
    let queue = queue.ok_or_else(|| invalid(NO_QUEUE))?;
    let function = function(bus, required(&input, "FunctionName")?)?;
    let settings = EventSourceMapping::new(queue, &function);
    let source = Source::new(settings, bus.clock.now());
    let id = source.id();
    if bus.control().sources.contains_key(&id) {
        let function = &source.settings.function;
        return Err(Refusal::new(
            "ResourceConflictException",
            format!(
                "An event source mapping with SQS arn (\" {arn} \") and function (\" {function} \") already exists. Please update or delete the existing mapping with UUID {id}"
            ),
        ));
    }
    let created = set(bus, source, &input)?;
    tags::set(
        bus,
        created["EventSourceMappingArn"]
            .as_str()
            .unwrap_or_default(),
        &input["Tags"],
    );
    Ok(created)
}

/// Returns the name of the function that a request names.
fn function(bus: &LocalBus, given: &str) -> Answer<String> {
    find(bus, given, &Version { qualifier: None }).map(|(name, _)| name.to_owned())
}

/// The most filters of a mapping: the quota of Lambda, raised as far as it goes.
const FILTERS: usize = 10;

/// Reads `FilterCriteria`: the patterns of its filters. Nothing if the request says nothing of them.
fn filters(input: &Value) -> Answer<Option<Vec<String>>> {
    let Some(criteria) = input["FilterCriteria"].as_object() else {
        return Ok(None);
    };
    let filters = criteria.get("Filters").and_then(Value::as_array);
    let filters = filters.map(Vec::as_slice).unwrap_or_default();
    if filters.len() > FILTERS {
        return Err(invalid(&format!(
            "Filter criteria have at most {FILTERS} filters."
        )));
    }
    let patterns = filters.iter().map(|filter| {
        let pattern = filter["Pattern"].as_str().unwrap_or_default();
        match parse_filter(pattern) {
            Ok(_) => Ok(pattern.to_owned()),
            Err(why) => Err(invalid(&format!(
                "Invalid filter pattern definition. {why}"
            ))),
        }
    });
    patterns.collect::<Answer<_>>().map(Some)
}

/// Takes over what a request says, and puts the mapping to work.
fn set(bus: &Arc<LocalBus>, mut source: Source, input: &Value) -> Answer<Value> {
    let settings = &mut source.settings;
    if let Some(size) = number(input, "BatchSize", 1..=10_000)? {
        settings.batch_size = size;
    }
    if let Some(seconds) = number(input, "MaximumBatchingWindowInSeconds", 0..=300)? {
        settings.window = Duration::from_secs(seconds.into());
    }
    if input["ScalingConfig"].is_object() {
        settings.max_concurrency =
            number(&input["ScalingConfig"], "MaximumConcurrency", 2..=1_000)?;
    }
    if let Some(types) = input["FunctionResponseTypes"].as_array() {
        settings.report_batch_item_failures =
            types.iter().any(|one| one == "ReportBatchItemFailures");
    }
    if let Some(filters) = filters(input)? {
        settings.filters = filters;
    }
    if settings.batch_size > 10 && settings.window.is_zero() {
        return Err(invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ));
    }
    if let Some(pool) = bus.functions.get(&settings.function) {
        let attributes = bus.queues.attributes(&settings.queue, bus.clock.now())?;
        let hidden = attributes.get("VisibilityTimeout");
        let hidden = hidden.and_then(|text| text.parse().ok()).unwrap_or(30);
        let timeout = pool.function().timeout.as_secs();
        if hidden < timeout {
            return Err(invalid(&format!(
                "Queue visibility timeout: {hidden} seconds is less than Function timeout: {timeout} seconds"
            )));
        }
    }
    if let Some(is_enabled) = input["Enabled"].as_bool() {
        source.is_enabled = is_enabled;
    }
    source.modified = bus.clock.now();
    let id = source.id();
    let answer = listed(bus, &id, &source);
    bus.control().sources.insert(id, source.clone());
    let queue = source.settings.queue.clone();
    if source.is_enabled {
        bus.mappings.put(source.settings);
        bus.plan_look(&queue, bus.clock.now());
    } else {
        bus.mappings.remove(&queue, &source.settings.function);
    }
    Ok(answer)
}

pub(in crate::api) async fn update(
    State(bus): State<Arc<LocalBus>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let updated = existing(&bus, &id).and_then(|mut source| {
        let input = read(&body)?;
        let before = source.id();
        if let Some(given) = input["FunctionName"].as_str() {
            source.settings.function = function(&bus, given)?;
        }
        // The id is made of queue and function, and Lambda's stays as it is. So does ours, by refusing.
        if source.id() != before {
            return Err(invalid("the local bus does not give a mapping another function: delete it, and make another"));
        }
        set(&bus, source, &input)
    });
    respond(StatusCode::ACCEPTED, updated)
}

pub(in crate::api) async fn get(
    State(bus): State<Arc<LocalBus>>,
    Path(id): Path<String>,
) -> Response {
    let got = existing(&bus, &id).map(|source| listed(&bus, &id, &source));
    respond(StatusCode::OK, got)
}

pub(in crate::api) async fn delete(
    State(bus): State<Arc<LocalBus>>,
    Path(id): Path<String>,
) -> Response {
    let deleted = existing(&bus, &id).map(|source| {
        bus.control().sources.remove(&id);
        let EventSourceMapping {
            queue, function, ..
        } = &source.settings;
        bus.mappings.remove(queue, function);
        let mut listed = listed(&bus, &id, &source);
        listed["State"] = json!("Deleting");
        listed
    });
    respond(StatusCode::ACCEPTED, deleted)
}

/// The query of a list of mappings.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::api) struct Wanted {
    event_source_arn: Option<String>,
    function_name: Option<String>,
    marker: Option<String>,
    max_items: Option<u64>,
}

pub(in crate::api) async fn list(
    State(bus): State<Arc<LocalBus>>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let sources = bus.control().sources.clone();
    let of_function = wanted
        .function_name
        .as_deref()
        .map(|given| function_name(given).0);
    let sources = sources.iter().filter(|(_, source)| {
        let arn = bus.queues.arn(&source.settings.queue);
        wanted
            .event_source_arn
            .as_ref()
            .is_none_or(|wanted| *wanted == arn)
            && of_function.is_none_or(|wanted| *wanted == source.settings.function)
    });
    let sources = sources.map(|(id, source)| listed(&bus, id, source));
    let paging = json!({ "NextToken": wanted.marker, "Limit": wanted.max_items });
    let listed = page(sources.collect(), &paging, 100);
    let listed =
        listed.map(|(sources, next)| json!({ "EventSourceMappings": sources, "NextMarker": next }));
    respond(StatusCode::OK, listed)
}

fn existing(bus: &LocalBus, id: &str) -> Answer<Source> {
    let source = bus.control().sources.get(id).cloned();
    source.ok_or_else(|| Refusal::not_found("The resource you requested does not exist."))
}

fn listed(bus: &LocalBus, id: &str, source: &Source) -> Value {
    let Source {
        settings,
        is_enabled,
        modified,
    } = source;
    let function = bus.functions.get(&settings.function);
    let mut types = Vec::new();
    if settings.report_batch_item_failures {
        types.push("ReportBatchItemFailures");
    }
    let mut listed = json!({
        "UUID": id,
        "EventSourceMappingArn": format!(
            "arn:aws:lambda:{}:{}:event-source-mapping:{id}", bus.region, bus.account
        ),
        "EventSourceArn": bus.queues.arn(&settings.queue),
        "FunctionArn": function.map(|pool| pool.arn().to_owned()),
        "BatchSize": settings.batch_size,
        "MaximumBatchingWindowInSeconds": settings.window.as_secs(),
        "FunctionResponseTypes": types,
        "LastModified": modified.as_second(),
        "State": if *is_enabled { "Enabled" } else { "Disabled" },
        "StateTransitionReason": "USER_INITIATED",
    });
    if let Some(most) = settings.max_concurrency {
        listed["ScalingConfig"] = json!({ "MaximumConcurrency": most });
    }
    if !settings.filters.is_empty() {
        let filters = settings.filters.iter();
        let filters = filters.map(|pattern| json!({ "Pattern": pattern }));
        listed["FilterCriteria"] = json!({ "Filters": filters.collect::<Value>() });
    }
    listed
}

fn invalid(message: &str) -> Refusal {
    Refusal::new("InvalidParameterValueException", message)
}
