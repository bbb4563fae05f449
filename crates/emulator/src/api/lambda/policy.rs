//! Operations on the policies of functions. They are kept and returned; who may do what, nobody checks here.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Version, find};
use crate::api::answer::{request_id, required};
use crate::api::rest::{read, refused, respond};
use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};

/// Returns the ARN that a policy belongs to: the function's, with the qualifier of the request.
fn subject(bus: &LocalBus, name: &str, version: &Version) -> Answer<String> {
    let (_, pool) = find(bus, name, version)?;
    Ok(match &version.qualifier {
        Some(qualifier) => format!("{}:{qualifier}", pool.arn()),
        None => pool.arn().to_owned(),
    })
}

pub(in crate::api) async fn add(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
    body: Bytes,
) -> Response {
    let added = subject(&bus, &name, &version).and_then(|arn| {
        let statement = statement(&read(&body)?, &arn)?;
        let mut control = bus.control();
        let policy = control.function_policies.get_or_default(arn);
        if policy.iter().any(|one| one["Sid"] == statement["Sid"]) {
            let id = statement["Sid"].as_str().unwrap_or_default();
            return Err(Refusal::new(
                "ResourceConflictException",
                format!("The statement id ({id}) provided already exists. Please provide a new statement id, or remove the existing statement."),
            ));
        }
        policy.push(statement.clone());
        Ok(json!({ "Statement": statement.to_string() }))
    });
    respond(StatusCode::CREATED, added)
}

fn statement(input: &Value, arn: &str) -> Answer<Value> {
    let principal = match required(input, "Principal")? {
        "*" => json!("*"),
        service if service.contains(".amazonaws.com") => json!({ "Service": service }),
        account => json!({ "AWS": account }),
    };
    let mut statement = json!({
        "Sid": required(input, "StatementId")?,
        "Effect": "Allow",
        "Principal": principal,
        "Action": required(input, "Action")?,
        "Resource": arn,
    });
    for (member, operator, key) in [
        ("SourceArn", "ArnLike", "AWS:SourceArn"),
        ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
        ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
        (
            "EventSourceToken",
            "StringEquals",
            "lambda:EventSourceToken",
        ),
        (
            "FunctionUrlAuthType",
            "StringEquals",
            "lambda:FunctionUrlAuthType",
        ),
    ] {
        if let Some(value) = input[member].as_str() {
            statement["Condition"][operator][key] = json!(value);
        }
    }
    Ok(statement)
}

pub(in crate::api) async fn get(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
) -> Response {
    let got = subject(&bus, &name, &version).and_then(|arn| {
        let control = bus.control();
        let policy = control.function_policies.get(&arn);
        let policy = policy.filter(|policy| !policy.is_empty());
        let policy = policy
            .ok_or_else(|| Refusal::not_found("The resource you requested does not exist."))?;
        let policy = json!({ "Version": "2012-10-17", "Id": "default", "Statement": policy });
        Ok(json!({ "Policy": policy.to_string(), "RevisionId": request_id() }))
    });
    respond(StatusCode::OK, got)
}

pub(in crate::api) async fn remove(
    State(bus): State<Arc<LocalBus>>,
    Path((name, id)): Path<(String, String)>,
    Query(version): Query<Version>,
) -> Response {
    let removed = subject(&bus, &name, &version).and_then(|arn| {
        let mut control = bus.control();
        let policy = control.function_policies.get_or_default(arn);
        if policy.is_empty() {
            return Err(Refusal::not_found(
                "No policy is associated with the given resource.",
            ));
        }
        let before = policy.len();
        policy.retain(|statement| statement["Sid"] != id);
        if policy.len() == before {
            return Err(Refusal::not_found(format!(
                "Statement {id} is not found in resource policy."
            )));
        }
        Ok(())
    });
    match removed {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refused(&refusal),
    }
}
