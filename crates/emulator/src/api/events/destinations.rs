//! Operations on API destinations, which are URLs that rules call.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::answer::{optional, page, request_id, required, with_next, without_nulls};
use super::input::epoch;
use crate::control::{ControlPlane, DESCRIPTION, Destination, check_length, check_name};
use crate::refusal::{Answer, Refusal};

/// The calls in a second if a request does not say how many.
const RATE: u32 = 300;

/// The methods that EventBridge calls with.
const METHODS: [&str; 7] = ["POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"];

pub(super) fn create(control: &mut ControlPlane, input: &Value, now: Timestamp) -> Answer<Value> {
    let name = required(input, "Name")?;
    check_name("name", name, 64)?;
    if control.destinations.contains_key(name) {
        return Err(Refusal::exists(format!(
            "An api-destination '{name}' already exists."
        )));
    }
    let connection = required(input, "ConnectionArn")?;
    let endpoint = required(input, "InvocationEndpoint")?;
    let method = required(input, "HttpMethod")?;
    let mut destination = Destination {
        arn: control.arn(&format!("api-destination/{name}/{}", request_id())),
        description: None,
        connection_arn: connection.to_owned(),
        endpoint: endpoint.to_owned(),
        method: method.to_owned(),
        rate: RATE,
        created: now,
        modified: now,
        next_call: now,
    };
    set(control, &mut destination, input)?;
    let answer = state(&destination);
    control.destinations.insert(name.to_owned(), destination);
    Ok(answer)
}

pub(super) fn update(control: &mut ControlPlane, input: &Value, now: Timestamp) -> Answer<Value> {
    let name = required(input, "Name")?;
    let found = control.destinations.get(name).cloned();
    let mut destination = found.ok_or_else(|| missing(name))?;
    set(control, &mut destination, input)?;
    destination.modified = now;
    let answer = state(&destination);
    control.destinations.insert(name.to_owned(), destination);
    Ok(answer)
}

/// Takes over what a request says.
fn set(control: &mut ControlPlane, destination: &mut Destination, input: &Value) -> Answer<()> {
    let description = optional(input, "Description");
    check_length("description", description, DESCRIPTION)?;
    if let Some(description) = description {
        destination.description = Some(description.to_owned());
    }
    if let Some(connection) = optional(input, "ConnectionArn") {
        if control.connection_mut(connection).is_none() {
            return Err(Refusal::not_found(format!(
                "Connection '{connection}' does not exist."
            )));
        }
        connection.clone_into(&mut destination.connection_arn);
    }
    if let Some(endpoint) = optional(input, "InvocationEndpoint") {
        let is_url = endpoint.starts_with("https://") || endpoint.starts_with("http://");
        if !is_url {
            return Err(Refusal::validation(
                "Parameter InvocationEndpoint is not valid.",
            ));
        }
        endpoint.clone_into(&mut destination.endpoint);
    }
    if let Some(method) = optional(input, "HttpMethod") {
        if !METHODS.contains(&method) {
            return Err(Refusal::validation(format!(
                "1 validation error detected: Value '{method}' at 'httpMethod' failed to satisfy constraint: Member must satisfy enum value set: [POST, GET, HEAD, OPTIONS, PUT, PATCH, DELETE]"
            )));
        }
        method.clone_into(&mut destination.method);
    }
    match &input["InvocationRateLimitPerSecond"] {
        Value::Null => {}
        rate => {
            let number = rate.as_u64().and_then(|rate| u32::try_from(rate).ok());
            destination.rate = number.filter(|rate| *rate >= 1).ok_or_else(|| {
                Refusal::validation(format!(
                    "1 validation error detected: Value '{rate}' at 'invocationRateLimitPerSecond' failed to satisfy constraint: Member must have value greater than or equal to 1"
                ))
            })?;
        }
    }
    Ok(())
}

pub(super) fn delete(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    let name = required(input, "Name")?;
    let removed = control.destinations.remove(name);
    removed.ok_or_else(|| missing(name))?;
    Ok(json!({}))
}

pub(super) fn describe(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let name = required(input, "Name")?;
    let destination = control.destinations.get(name);
    let destination = destination.ok_or_else(|| missing(name))?;
    let mut described = listed(name, destination);
    described["Description"] = json!(destination.description);
    Ok(without_nulls(described))
}

pub(super) fn list(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let prefix = optional(input, "NamePrefix").unwrap_or_default();
    let connection = optional(input, "ConnectionArn");
    let wanted = control.destinations.iter().filter(|(name, destination)| {
        name.starts_with(prefix)
            && connection.is_none_or(|connection| destination.connection_arn == connection)
    });
    let wanted = wanted.map(|(name, destination)| listed(name, destination));
    let (wanted, next) = page(wanted.collect(), input, 100)?;
    Ok(with_next(json!({ "ApiDestinations": wanted }), next))
}

fn state(destination: &Destination) -> Value {
    json!({
        "ApiDestinationArn": destination.arn,
        "ApiDestinationState": "ACTIVE",
        "CreationTime": epoch(destination.created),
        "LastModifiedTime": epoch(destination.modified),
    })
}

fn listed(name: &str, destination: &Destination) -> Value {
    let mut listed = state(destination);
    listed["Name"] = json!(name);
    listed["ConnectionArn"] = json!(destination.connection_arn);
    listed["InvocationEndpoint"] = json!(destination.endpoint);
    listed["HttpMethod"] = json!(destination.method);
    listed["InvocationRateLimitPerSecond"] = json!(destination.rate);
    listed
}

/// Makes EventBridge's refusal for an API destination that is not there.
fn missing(name: &str) -> Refusal {
    Refusal::not_found(format!(
        "Failed to describe the api-destination(s). An api-destination '{name}' does not exist."
    ))
}
