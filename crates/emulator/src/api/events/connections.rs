//! Operations on connections, which say how API destinations are signed in to.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::answer::{optional, page, request_id, required, with_next, without_nulls};
use super::input::{epoch, kept};
use crate::control::{Connection, ControlPlane, DESCRIPTION, check_length, check_name};
use crate::refusal::{Answer, Refusal};

/// What a connection keeps and returns, and which means nothing here.
const OTHERS: [&str; 2] = ["KmsKeyIdentifier", "InvocationConnectivityParameters"];

/// The kinds of signing in, each with the member of its parameters, and the members of those that are no secrets.
const KINDS: [(&str, &str, &[&str]); 3] = [
    ("BASIC", "BasicAuthParameters", &["Username"]),
    ("API_KEY", "ApiKeyAuthParameters", &["ApiKeyName"]),
    (
        "OAUTH_CLIENT_CREDENTIALS",
        "OAuthParameters",
        &["AuthorizationEndpoint", "HttpMethod"],
    ),
];

pub(super) fn create(control: &mut ControlPlane, input: &Value, now: Timestamp) -> Answer<Value> {
    let name = required(input, "Name")?;
    check_name("name", name, 64)?;
    check_length("description", optional(input, "Description"), DESCRIPTION)?;
    if control.connections.contains_key(name) {
        return Err(Refusal::exists(format!(
            "Connection {name} already exists."
        )));
    }
    let authorization = required(input, "AuthorizationType")?;
    check(authorization, &input["AuthParameters"])?;
    let id = request_id();
    let secret = format!("events!connection/{name}/{id}");
    let arn = control.arn(&format!("connection/{name}/{id}"));
    let connection = Connection {
        secret_arn: arn.replacen(":events:", ":secretsmanager:", 1).replacen(
            &format!("connection/{name}/{id}"),
            &format!("secret:{secret}"),
            1,
        ),
        arn,
        description: optional(input, "Description").map(str::to_owned),
        authorization: authorization.to_owned(),
        parameters: input["AuthParameters"].clone(),
        others: kept(input, &OTHERS),
        created: now,
        modified: now,
        token: None,
    };
    let answer = state(&connection, "AUTHORIZED");
    control.connections.insert(name.to_owned(), connection);
    Ok(answer)
}

/// Checks that the parameters are those of the kind.
fn check(authorization: &str, parameters: &Value) -> Answer<()> {
    let kind = KINDS.iter().find(|(kind, ..)| *kind == authorization);
    let Some((_, member, names)) = kind else {
        return Err(Refusal::validation(format!(
            "1 validation error detected: Value '{authorization}' at 'authorizationType' failed to satisfy constraint: Member must satisfy enum value set: [BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY]"
        )));
    };
    let own = &parameters[*member];
    let is_whole = names.iter().all(|name| own[*name].is_string());
    if is_whole {
        return Ok(());
    }
    Err(Refusal::validation(format!(
        "Authorization type {authorization} needs {member} in AuthParameters."
    )))
}

pub(super) fn update(control: &mut ControlPlane, input: &Value, now: Timestamp) -> Answer<Value> {
    let name = required(input, "Name")?;
    check_length("description", optional(input, "Description"), DESCRIPTION)?;
    let found = control.connections.get_mut(name);
    let connection = found.ok_or_else(|| missing(name))?;
    let authorization = optional(input, "AuthorizationType").unwrap_or(&connection.authorization);
    if !input["AuthParameters"].is_null() {
        check(authorization, &input["AuthParameters"])?;
        connection.authorization = authorization.to_owned();
        connection.parameters = input["AuthParameters"].clone();
    }
    if let Some(description) = optional(input, "Description") {
        connection.description = Some(description.to_owned());
    }
    connection.others.extend(kept(input, &OTHERS));
    connection.modified = now;
    connection.token = None;
    Ok(state(connection, "AUTHORIZED"))
}

pub(super) fn delete(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    let name = required(input, "Name")?;
    let connection = control.connections.remove(name);
    let connection = connection.ok_or_else(|| missing(name))?;
    Ok(state(&connection, "DELETING"))
}

pub(super) fn deauthorize(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    let name = required(input, "Name")?;
    let found = control.connections.get_mut(name);
    let connection = found.ok_or_else(|| missing(name))?;
    connection.token = None;
    connection.parameters = Value::Null;
    Ok(state(connection, "DEAUTHORIZING"))
}

pub(super) fn describe(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let name = required(input, "Name")?;
    let connection = control.connections.get(name);
    let connection = connection.ok_or_else(|| missing(name))?;
    let mut described = listed(name, connection);
    described["Description"] = json!(connection.description);
    described["SecretArn"] = json!(connection.secret_arn);
    described["AuthParameters"] = shown(connection);
    for (name, value) in &connection.others {
        described[name] = value.clone();
    }
    Ok(without_nulls(described))
}

pub(super) fn list(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let prefix = optional(input, "NamePrefix").unwrap_or_default();
    let connections = control.connections.iter();
    let connections = connections.filter(|(name, _)| name.starts_with(prefix));
    let connections = connections.map(|(name, connection)| listed(name, connection));
    let (connections, next) = page(connections.collect(), input, 100)?;
    Ok(with_next(json!({ "Connections": connections }), next))
}

fn state(connection: &Connection, state: &str) -> Value {
    json!({
        "ConnectionArn": connection.arn,
        "ConnectionState": state,
        "CreationTime": epoch(connection.created),
        "LastModifiedTime": epoch(connection.modified),
        "LastAuthorizedTime": epoch(connection.modified),
    })
}

fn listed(name: &str, connection: &Connection) -> Value {
    let is_authorized = !connection.parameters.is_null();
    let mut listed = state(
        connection,
        if is_authorized {
            "AUTHORIZED"
        } else {
            "DEAUTHORIZED"
        },
    );
    listed["Name"] = json!(name);
    listed["AuthorizationType"] = json!(connection.authorization);
    listed
}

/// Returns the parameters without the secrets, which EventBridge keeps to itself.
fn shown(connection: &Connection) -> Value {
    let given = &connection.parameters;
    let mut shown = json!({});
    for (_, member, names) in KINDS {
        let own = &given[member];
        if own.is_null() {
            continue;
        }
        let kept = names
            .iter()
            .map(|name| ((*name).to_owned(), own[*name].clone()));
        shown[member] = Value::Object(kept.collect());
        if own["ClientParameters"].is_object() {
            shown[member]["ClientParameters"] =
                json!({ "ClientID": own["ClientParameters"]["ClientID"] });
        }
        if own["OAuthHttpParameters"].is_object() {
            shown[member]["OAuthHttpParameters"] = without_secrets(&own["OAuthHttpParameters"]);
        }
    }
    if given["InvocationHttpParameters"].is_object() {
        shown["InvocationHttpParameters"] = without_secrets(&given["InvocationHttpParameters"]);
    }
    shown
}

fn without_secrets(parameters: &Value) -> Value {
    let mut shown = parameters.clone();
    let lists = shown.as_object_mut().into_iter().flatten();
    for parameter in lists.filter_map(|(_, list)| list.as_array_mut()).flatten() {
        // What is no secret unless it says so.
        if parameter["IsValueSecret"] == true
            && let Some(members) = parameter.as_object_mut()
        {
            members.remove("Value");
        }
    }
    shown
}

/// Makes EventBridge's refusal for a connection that is not there.
fn missing(name: &str) -> Refusal {
    Refusal::not_found(format!(
        "Failed to describe the connection(s). Connection '{name}' does not exist."
    ))
}
