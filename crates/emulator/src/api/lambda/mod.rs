//! The part of [Lambda's API](https://docs.aws.amazon.com/lambda/latest/api/welcome.html) that drives a pipeline:
//! functions and their runs here, and what Terraform's provider asks for in the files beside.

mod invoke_config;
mod mappings;
mod policy;
pub(super) mod settings;
mod tags;

pub(super) use tags::keys;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete as delete_of, get as get_of, put as put_of};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::page;
use super::rest::{ok, refuse, refused};
use crate::function::Pool;
use crate::invocation::Answer;
use crate::local_bus::LocalBus;
use crate::refusal::Refusal;

/// The largest payload of an asynchronous invocation, in bytes. That of a synchronous one is the guard's limit.
const ASYNCHRONOUS: usize = 1 << 20;

/// The query of a list.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Paging {
    marker: Option<String>,
    max_items: Option<u64>,
}

/// The query of a request for a function.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Version {
    /// `$LATEST`, or the function's alias.
    qualifier: Option<String>,
}

/// Makes the routes that change functions and what starts them.
pub(super) fn routes() -> Router<Arc<LocalBus>> {
    const FUNCTION: &str = "/2015-03-31/functions/{name}";
    let invoke_config = get_of(invoke_config::get)
        .put(invoke_config::put)
        .post(invoke_config::update)
        .delete(invoke_config::delete);
    let mappings = get_of(mappings::list).post(mappings::create);
    Router::new()
        .route(
            &format!("{FUNCTION}/policy"),
            get_of(policy::get).post(policy::add),
        )
        .route(
            &format!("{FUNCTION}/policy/{{id}}"),
            delete_of(policy::remove),
        )
        .route(
            "/2019-09-25/functions/{name}/event-invoke-config",
            invoke_config,
        )
        .route(
            "/2017-10-31/functions/{name}/concurrency",
            put_of(settings::put_concurrency).delete(settings::delete_concurrency),
        )
        .route(
            "/2019-09-30/functions/{name}/concurrency",
            get_of(settings::get_concurrency),
        )
        .route(&format!("{FUNCTION}/versions"), get_of(list_versions))
        .route(
            "/2020-06-30/functions/{name}/code-signing-config",
            get_of(code_signing),
        )
        .route("/2015-03-31/event-source-mappings", mappings.clone())
        .route("/2015-03-31/event-source-mappings/", mappings)
        .route(
            "/2015-03-31/event-source-mappings/{id}",
            get_of(mappings::get)
                .put(mappings::update)
                .delete(mappings::delete),
        )
        .route(
            "/2017-03-31/tags/{arn}",
            get_of(tags::list).post(tags::tag).delete(tags::untag),
        )
}

pub(super) async fn invoke(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let name = match find(&bus, &name, &version) {
        Ok((name, _)) => name,
        Err(refusal) => return refused(&refusal),
    };
    let payload = if body.is_empty() {
        "{}".into()
    } else {
        String::from_utf8_lossy(&body)
    };
    if let Err(error) = serde_json::from_str::<&serde_json::value::RawValue>(&payload) {
        let message = format!("Could not parse request body into json: {error}");
        return refuse(
            StatusCode::BAD_REQUEST,
            "InvalidRequestContentException",
            &message,
        );
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("x-amz-invocation-type").unwrap_or("RequestResponse") {
        "RequestResponse" => match bus.invoke_sync(name, payload.into_owned()).await {
            Ok(answer) => answered(answer, text("x-amz-log-type") == Some("Tail")),
            Err(refusal) => refused(&refusal),
        },
        "Event" if payload.len() > ASYNCHRONOUS => refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestTooLargeException",
            "Request must be smaller than 1048576 bytes for the InvokeFunction operation",
        ),
        "Event" => match bus.invoke_async(name, payload.into_owned()) {
            Ok(request) => (
                StatusCode::ACCEPTED,
                [("x-amzn-requestid", request.to_string())],
            )
                .into_response(),
            Err(refusal) => refused(&refusal),
        },
        "DryRun" => StatusCode::NO_CONTENT.into_response(),
        other => refuse(
            StatusCode::BAD_REQUEST,
            "InvalidParameterValueException",
            &format!(
                "Value '{other}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
            ),
        ),
    }
}

fn answered(answer: Answer, with_log: bool) -> Response {
    let mut response = (StatusCode::OK, answer.payload).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(
        "x-amz-executed-version",
        HeaderValue::from_static("$LATEST"),
    );
    // Lambda says 200 even if the function failed. Only this header tells a client.
    if answer.failure.is_some() {
        headers.insert(
            "x-amz-function-error",
            HeaderValue::from_static("Unhandled"),
        );
    }
    if with_log && let Ok(log) = HeaderValue::from_str(&STANDARD.encode(answer.log_tail)) {
        headers.insert("x-amz-log-result", log);
    }
    response
}

pub(super) async fn get(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
) -> Response {
    match find(&bus, &name, &version) {
        Ok((name, pool)) => ok(&json!({
            "Configuration": configuration(name, &pool),
            "Code": { "RepositoryType": "local", "Location": pool.function().command },
            "Tags": bus.control().tags.get(pool.arn()),
            "Concurrency": pool.function().reserved_concurrency.map(|most| json!({ "ReservedConcurrentExecutions": most })),
        })),
        Err(refusal) => refused(&refusal),
    }
}

pub(super) async fn get_configuration(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
) -> Response {
    match find(&bus, &name, &version) {
        Ok((name, pool)) => ok(&configuration(name, &pool)),
        Err(refusal) => refused(&refusal),
    }
}

/// Finds a function by what a path and a query say. A qualifier has to be there, too.
fn find<'n>(
    bus: &LocalBus,
    given: &'n str,
    version: &Version,
) -> Result<(&'n str, Arc<Pool>), Refusal> {
    let (name, in_name) = function_name(given);
    let qualifier = version.qualifier.as_deref().or(in_name);
    let pool = bus.functions.get(name).filter(|pool| {
        let alias = pool.function().alias.as_deref();
        qualifier.is_none_or(|qualifier| qualifier == "$LATEST" || alias == Some(qualifier))
    });
    pool.map(|pool| (name, pool))
        .ok_or_else(|| match qualifier {
            Some(qualifier) => bus.no_function(&format!("{name}:{qualifier}")),
            None => bus.no_function(name),
        })
}

pub(super) async fn list(
    State(bus): State<Arc<LocalBus>>,
    Query(query): Query<Paging>,
) -> Response {
    let functions = bus.functions.all();
    let functions = functions
        .iter()
        .map(|(name, pool)| configuration(name, pool));
    let input = json!({ "NextToken": query.marker, "Limit": query.max_items });
    match page(functions.collect(), &input, 50) {
        Ok((functions, next)) => ok(&json!({ "Functions": functions, "NextMarker": next })),
        Err(refused) => refuse(
            StatusCode::BAD_REQUEST,
            "InvalidParameterValueException",
            &refused.message,
        ),
    }
}

/// Lists the versions of a function, of which there is one here.
async fn list_versions(State(bus): State<Arc<LocalBus>>, Path(name): Path<String>) -> Response {
    match find(&bus, &name, &Version { qualifier: None }) {
        Ok((name, pool)) => ok(&json!({ "Versions": [configuration(name, &pool)] })),
        Err(refusal) => refused(&refusal),
    }
}

/// Says that the code of a function is not signed.
async fn code_signing(State(bus): State<Arc<LocalBus>>, Path(name): Path<String>) -> Response {
    match find(&bus, &name, &Version { qualifier: None }) {
        Ok((name, _)) => ok(&json!({ "FunctionName": name, "CodeSigningConfigArn": "" })),
        Err(refusal) => refused(&refusal),
    }
}

fn configuration(name: &str, pool: &Pool) -> Value {
    let function = pool.function();
    json!({
        "FunctionName": name,
        "FunctionArn": pool.arn(),
        "Runtime": "provided.al2023",
        "Handler": function.handler,
        "PackageType": "Zip",
        "Role": "arn:aws:iam::000000000000:role/local",
        "Timeout": function.timeout.as_secs(),
        "MemorySize": function.memory_mb,
        "Version": "$LATEST",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Environment": { "Variables": function.environment },
    })
}

/// Returns the name and the qualifier of a function that is given as `name`, `name:qualifier` or an ARN.
fn function_name(given: &str) -> (&str, Option<&str>) {
    let name = given.split(":function:").last().unwrap_or(given);
    match name.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier)),
        None => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_known_by_name_qualifier_and_arn() {
        for (given, qualifier) in [
            ("f", None),
            ("f:$LATEST", Some("$LATEST")),
            ("arn:aws:lambda:us-east-1:000000000000:function:f", None),
            (
                "arn:aws:lambda:us-east-1:000000000000:function:f:live",
                Some("live"),
            ),
            ("000000000000:function:f", None),
        ] {
            assert_eq!(function_name(given), ("f", qualifier), "{given}");
        }
    }
}
