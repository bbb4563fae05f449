//! Calls of an [API destination](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html) that was
//! made over the API: what its connection adds, the token that it asks for, and its rate.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eventbridge::arn::Arn;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::agenda::{Delivery, later};
use crate::call::{Call, Failed};
use crate::config::HttpCall;
use crate::control::{Connection, Destination};
use crate::local_bus::LocalBus;
use crate::refusal::Refusal;

/// The life of a token whose endpoint does not say how long it is.
const TOKEN: Duration = Duration::from_hours(1);

/// Says whether an ARN is that of an API destination.
pub(super) fn is_destination(arn: &str) -> bool {
    Arn::parse(arn).is_ok_and(|arn| {
        arn.service() == "events" && arn.resource().starts_with("api-destination/")
    })
}

/// Returns whether a URL leads to a program on this machine. Nothing else is called.
fn is_here(url: &str) -> bool {
    let rest = url.strip_prefix("http://").unwrap_or_default();
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

impl LocalBus {
    /// Takes the next turn of a destination. Nothing if it is not there, or may be called at once.
    pub(super) fn turn(&self, arn: &str) -> Option<Timestamp> {
        let now = self.clock.now();
        let mut control = self.control();
        let turn = control.in_passing().destination_mut(arn)?.take_turn(now);
        (turn > now).then_some(turn)
    }

    /// Calls the destination of a delivery. Returns whether it is on this machine: if not, nothing is called.
    pub(super) async fn call_destination(&self, delivery: &Delivery) -> Result<bool, Failed> {
        let arn = &*delivery.target().arn;
        let (destination, connection) = {
            let mut control = self.control();
            let control = control.in_passing();
            let destination = control.destination_mut(arn).map(|found| found.clone());
            let destination = destination.ok_or_else(|| {
                never("NO_RESOURCE", format!("there is no API destination {arn}"))
            })?;
            let connection = &destination.connection_arn;
            let connection = control
                .connection_mut(connection)
                .map(|found| found.clone());
            (destination, connection)
        };
        let connection = connection.filter(|connection| !connection.parameters.is_null());
        let connection = connection.ok_or_else(|| {
            never(
                "NO_RESOURCE",
                format!("the connection of {arn} is not there, or not authorized"),
            )
        })?;
        if !is_here(&destination.endpoint) {
            return Ok(false);
        }
        let token = self.token(&connection).await?;
        let (call, body) = prepare(&destination, &connection, token.as_deref(), delivery)?;
        let called = call.make(&body).await;
        if called.as_ref().is_err_and(|failed| failed.is_unauthorized) {
            // The next attempt asks for another one.
            self.set_token(&connection, None);
        }
        called.map(|()| true)
    }

    /// Returns the token of a connection that has one, and asks for it if need be.
    async fn token(&self, connection: &Connection) -> Result<Option<String>, Failed> {
        let parameters = &connection.parameters["OAuthParameters"];
        if connection.authorization != "OAUTH_CLIENT_CREDENTIALS" {
            return Ok(None);
        }
        let now = self.clock.now();
        if let Some((token, end)) = &connection.token
            && *end > now
        {
            return Ok(Some(token.clone()));
        }
        let endpoint = parameters["AuthorizationEndpoint"]
            .as_str()
            .unwrap_or_default();
        if !is_here(endpoint) {
            return Err(never(
                "CONNECTION_FAILURE",
                format!("the authorization endpoint {endpoint} is not on this machine"),
            ));
        }
        let (call, body) = token_request(endpoint, parameters)?;
        let answer = call.fetch(&body).await?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let token = answer["access_token"].as_str().ok_or_else(|| {
            never(
                "CONNECTION_FAILURE",
                format!("{endpoint} gave no `access_token`"),
            )
        })?;
        let life = answer["expires_in"]
            .as_u64()
            .map_or(TOKEN, Duration::from_secs);
        self.set_token(connection, Some((token.to_owned(), later(now, life))));
        Ok(Some(token.to_owned()))
    }

    fn set_token(&self, connection: &Connection, token: Option<(String, Timestamp)>) {
        if let Some(connection) = self.control().connection_mut(&connection.arn) {
            connection.token = token;
        }
    }
}

/// Makes a failure after which nobody calls again.
fn never(code: &'static str, message: String) -> Failed {
    Failed {
        refusal: Refusal::new(code, message),
        is_retried: false,
        is_unauthorized: false,
        wait: None,
    }
}

/// Makes the request for a token.
fn token_request(endpoint: &str, parameters: &Value) -> Result<(Call, String), Failed> {
    let others = &parameters["OAuthHttpParameters"];
    let client = &parameters["ClientParameters"];
    let mut form = form_urlencoded::Serializer::new(String::new());
    let own = pairs(&others["BodyParameters"]);
    if !own.iter().any(|(key, _)| key == "grant_type") {
        form.append_pair("grant_type", "client_credentials");
    }
    for (key, name) in [("client_id", "ClientID"), ("client_secret", "ClientSecret")] {
        form.append_pair(key, client[name].as_str().unwrap_or_default());
    }
    form.extend_pairs(own);
    let content_type = "application/x-www-form-urlencoded".to_owned();
    let mut headers = BTreeMap::from([("content-type".to_owned(), content_type)]);
    headers.extend(pairs(&others["HeaderParameters"]));
    let call = Call::new(&HttpCall {
        name: "authorization".to_owned(),
        method: parameters["HttpMethod"]
            .as_str()
            .unwrap_or("POST")
            .to_owned(),
        url: with_query(endpoint, &pairs(&others["QueryStringParameters"])),
        headers,
    });
    Ok((call.map_err(unusable)?, form.finish()))
}

/// Makes the call of a destination: what its target says, and then what its connection says, which wins.
fn prepare(
    destination: &Destination,
    connection: &Connection,
    token: Option<&str>,
    delivery: &Delivery,
) -> Result<(Call, String), Failed> {
    let own = &delivery.target().json["HttpParameters"];
    let given = &connection.parameters;
    let all = &given["InvocationHttpParameters"];
    let mut headers: BTreeMap<String, String> = texts(&own["HeaderParameters"]).collect();
    headers.extend(pairs(&all["HeaderParameters"]));
    let basic = &given["BasicAuthParameters"];
    let key = &given["ApiKeyAuthParameters"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match connection.authorization.as_str() {
        "BASIC" => {
            let both = format!("{}:{}", text(&basic["Username"]), text(&basic["Password"]));
            let value = format!("Basic {}", STANDARD.encode(both));
            headers.insert("authorization".to_owned(), value);
        }
        "API_KEY" => {
            headers.insert(text(&key["ApiKeyName"]), text(&key["ApiKeyValue"]));
        }
        _ => {
            let token = token.unwrap_or_default();
            headers.insert("authorization".to_owned(), format!("Bearer {token}"));
        }
    }
    let mut query: Vec<_> = texts(&own["QueryStringParameters"]).collect();
    query.extend(pairs(&all["QueryStringParameters"]));
    let mut url = destination.endpoint.clone();
    // Each `*` of the URL stands for the next value of the target.
    for value in own["PathParameterValues"].as_array().into_iter().flatten() {
        let value: String = form_urlencoded::byte_serialize(text(value).as_bytes()).collect();
        url = url.replacen('*', &value.replace('+', "%20"), 1);
    }
    let call = Call::new(&HttpCall {
        name: String::new(),
        method: destination.method.clone(),
        url: with_query(&url, &query),
        headers,
    });
    let body = with_members(&delivery.payload, &pairs(&all["BodyParameters"]));
    Ok((call.map_err(unusable)?, body))
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` passes")]
fn unusable(error: anyhow::Error) -> Failed {
    never("INVALID_PARAMETER", error.to_string())
}

/// Reads a list of keys and values, as connections have them.
fn pairs(list: &Value) -> Vec<(String, String)> {
    let list = list.as_array().into_iter().flatten();
    let pairs = list.filter_map(|one| {
        let text = |name: &str| one[name].as_str().map(str::to_owned);
        Some((text("Key")?, text("Value")?))
    });
    pairs.collect()
}

/// Reads an object of texts, as targets have them.
fn texts(object: &Value) -> impl Iterator<Item = (String, String)> {
    let members = object.as_object().into_iter().flatten();
    members.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
}

fn with_query(url: &str, query: &[(String, String)]) -> String {
    if query.is_empty() {
        return url.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}{query}")
}

/// Adds members to a body that is a JSON object. Any other stays as it is.
fn with_members(body: &str, members: &[(String, String)]) -> String {
    if members.is_empty() {
        return body.to_owned();
    }
    match serde_json::from_str::<Map<String, Value>>(body) {
        Ok(mut object) => {
            let members = members.iter().cloned();
            object.extend(members.map(|(name, value)| (name, Value::from(value))));
            Value::Object(object).to_string()
        }
        Err(_) => body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_of_this_machine_are_called() {
        for url in [
            "http://127.0.0.1:1/a",
            "http://localhost?x",
            "http://[::1]:9/",
        ] {
            assert!(is_here(url), "{url}");
        }
        for url in [
            "https://127.0.0.1/",
            "http://127.0.0.1.example/",
            "http://example/?127.0.0.1",
            "http://user@example:80/",
            "127.0.0.1",
        ] {
            assert!(!is_here(url), "{url}");
        }
    }

    #[test]
    fn parameters_go_into_the_query_and_the_body() {
        let pair = [("a b".to_owned(), "c&d".to_owned())];
        assert_eq!(with_query("http://h/p", &pair), "http://h/p?a+b=c%26d");
        assert_eq!(
            with_query("http://h/p?x=1", &pair),
            "http://h/p?x=1&a+b=c%26d"
        );
        assert_eq!(with_query("http://h/p", &[]), "http://h/p");
        assert_eq!(with_members(r#"{"x":1}"#, &pair), r#"{"a b":"c&d","x":1}"#);
        assert_eq!(with_members("[1]", &pair), "[1]");
    }
}
