//! Connections, API destinations and the policies of buses, over the API and with a real server to call.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::IntoResponse;
use emulator::{Emulator, Time};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::http::aws;
use crate::support::{config, function, start};

/// A call that the server has got: method, path with query, the header of its key or its authorization, and body.
type Got = (String, String, String, String);

#[derive(Clone, Default)]
struct Server {
    got: Arc<Mutex<Vec<Got>>>,
    /// The tokens that are no longer good.
    stale: Arc<Mutex<Vec<String>>>,
}

/// Takes every call, gives tokens at `/token`, and refuses a stale one.
async fn answer(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    headers: axum::http::HeaderMap,
    body: String,
) -> axum::response::Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let sign = header("authorization")
        .or(header("x-key"))
        .unwrap_or_default();
    let mut got = server.got.lock().unwrap();
    got.push((method.to_string(), uri.to_string(), sign.to_owned(), body));
    if uri.path() == "/token" {
        let number = got.iter().filter(|(_, path, ..)| path == "/token").count();
        let token = json!({ "access_token": format!("t{number}"), "expires_in": 3600 });
        return token.to_string().into_response();
    }
    let is_stale = server
        .stale
        .lock()
        .unwrap()
        .iter()
        .any(|token| sign.ends_with(token));
    let status = if is_stale {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::OK
    };
    status.into_response()
}

async fn serve() -> (Server, String) {
    let server = Server::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(server.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (server, url)
}

async fn bus(time: Option<Time>) -> Emulator {
    let mut config = config(function());
    config.wiring.rules.clear();
    config.time = time.unwrap_or(config.time);
    start(config).await
}

async fn call(bus: &Emulator, operation: &str, input: Value) -> Value {
    let (status, answer) = aws(bus.endpoint(), &format!("AWSEvents.{operation}"), &input).await;
    assert_eq!(status, 200, "{operation}: {answer}");
    answer
}

/// Asserts that an operation is refused with this code and message.
async fn refused(bus: &Emulator, operation: &str, input: Value, code: &str, message: &str) {
    let (status, answer) = aws(bus.endpoint(), &format!("AWSEvents.{operation}"), &input).await;
    assert_eq!(status, 400, "{operation}: {answer}");
    assert_eq!(answer["__type"], code, "{operation}: {answer}");
    let said = answer["message"].as_str().unwrap();
    assert!(said.contains(message), "{operation}: {said}");
}

/// Makes a connection, a destination and a rule for the source `shop` that calls it.
async fn connect(bus: &Emulator, kind: &str, parameters: Value, more: Value) -> String {
    let connection =
        json!({ "Name": "c", "AuthorizationType": kind, "AuthParameters": parameters });
    let connection = call(bus, "CreateConnection", connection).await;
    assert_eq!(connection["ConnectionState"], "AUTHORIZED");
    let mut destination = json!({
        "Name": "d", "ConnectionArn": connection["ConnectionArn"], "HttpMethod": "POST",
    });
    for (name, value) in more.as_object().unwrap() {
        destination[name] = value.clone();
    }
    let arn = call(bus, "CreateApiDestination", destination).await["ApiDestinationArn"].clone();
    let rule = json!({ "Name": "r", "EventPattern": r#"{"source":["shop"]}"# });
    call(bus, "PutRule", rule).await;
    let target = json!({
        "Id": "t", "Arn": arn, "Input": r#"{"n":1}"#,
        "RoleArn": "arn:aws:iam::123456789012:role/r",
        "DeadLetterConfig": { "Arn": "arn:aws:sqs:eu-central-1:123456789012:dead" },
        "HttpParameters": {
            "PathParameterValues": ["a/b"],
            "QueryStringParameters": { "q": "1" },
            "HeaderParameters": { "x-key": "overridden" },
        },
    });
    call(
        bus,
        "PutTargets",
        json!({ "Rule": "r", "Targets": [target] }),
    )
    .await;
    arn.as_str().unwrap().to_owned()
}

/// Puts events of the source `shop`.
async fn put(bus: &Emulator, times: usize) {
    let entry = json!({ "Source": "shop", "DetailType": "D", "Detail": "{}" });
    let entries: Vec<Value> = std::iter::repeat_n(entry, times).collect();
    call(bus, "PutEvents", json!({ "Entries": entries })).await;
}

#[tokio::test]
async fn a_destination_is_called_with_what_target_and_connection_say() {
    let (server, url) = serve().await;
    let bus = bus(None).await;
    let parameters = json!({
        "ApiKeyAuthParameters": { "ApiKeyName": "x-key", "ApiKeyValue": "secret" },
        "InvocationHttpParameters": {
            "QueryStringParameters": [{ "Key": "v", "Value": "2", "IsValueSecret": false }],
            "BodyParameters": [{ "Key": "tenant", "Value": "acme", "IsValueSecret": true }],
        },
    });
    let endpoint = json!({ "InvocationEndpoint": format!("{url}/orders/*") });
    connect(&bus, "API_KEY", parameters, endpoint).await;
    put(&bus, 1).await;
    bus.settle().await;
    let expected = (
        "POST".to_owned(),
        "/orders/a%2Fb?q=1&v=2".to_owned(),
        "secret".to_owned(),
        r#"{"n":1,"tenant":"acme"}"#.to_owned(),
    );
    assert_eq!(*server.got.lock().unwrap(), [expected]);
    // EventBridge gives no secret away again.
    let described = call(&bus, "DescribeConnection", json!({ "Name": "c" })).await;
    let shown = described.to_string();
    assert!(
        !shown.contains("secret\"") && !shown.contains("acme"),
        "{shown}"
    );
    let key = &described["AuthParameters"]["ApiKeyAuthParameters"];
    assert_eq!(*key, json!({ "ApiKeyName": "x-key" }));
    bus.shutdown().await;
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_again_when_it_is_refused() {
    let (server, url) = serve().await;
    let bus = bus(None).await;
    let parameters = json!({ "OAuthParameters": {
        "AuthorizationEndpoint": format!("{url}/token"), "HttpMethod": "POST",
        "ClientParameters": { "ClientID": "id", "ClientSecret": "hidden" },
    }});
    let endpoint = json!({ "InvocationEndpoint": format!("{url}/hook") });
    connect(&bus, "OAUTH_CLIENT_CREDENTIALS", parameters, endpoint).await;
    let calls = |server: &Server| -> Vec<(String, String)> {
        let got = server.got.lock().unwrap();
        let got = got.iter();
        got.map(|(_, path, sign, body)| {
            let what = if path == "/token" { body } else { sign };
            (path.split('?').next().unwrap().to_owned(), what.clone())
        })
        .collect()
    };
    let asked = "grant_type=client_credentials&client_id=id&client_secret=hidden";
    let mut expected = vec![
        ("/token", asked),
        ("/hook", "Bearer t1"),
        ("/hook", "Bearer t1"),
    ];
    put(&bus, 1).await;
    bus.settle().await;
    put(&bus, 1).await;
    bus.settle().await;
    let owned = |expected: &[(&str, &str)]| -> Vec<(String, String)> {
        let pairs = expected.iter();
        pairs
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    };
    assert_eq!(calls(&server), owned(&expected));
    server.stale.lock().unwrap().push("t1".to_owned());
    put(&bus, 1).await;
    bus.settle().await;
    expected.extend([
        ("/hook", "Bearer t1"),
        ("/token", asked),
        ("/hook", "Bearer t2"),
    ]);
    assert_eq!(calls(&server), owned(&expected));
    bus.shutdown().await;
}

#[tokio::test]
async fn a_destination_is_not_called_more_often_than_its_rate() {
    let (server, url) = serve().await;
    let bus = bus(Some(Time::Real)).await;
    let parameters = json!({ "BasicAuthParameters": { "Username": "u", "Password": "p" } });
    let endpoint = json!({
        "InvocationEndpoint": format!("{url}/hook"), "InvocationRateLimitPerSecond": 10,
    });
    connect(&bus, "BASIC", parameters, endpoint).await;
    let begin = Instant::now();
    put(&bus, 6).await;
    while server.got.lock().unwrap().len() < 6 {
        tokio::task::yield_now().await;
    }
    // Six calls have five gaps of a tenth of a second.
    assert!(begin.elapsed().as_millis() >= 500, "{:?}", begin.elapsed());
    assert_eq!(server.got.lock().unwrap()[5].2, "Basic dTpw");
    bus.shutdown().await;
}

#[tokio::test]
async fn nothing_beyond_this_machine_is_called_and_what_is_gone_is_a_dead_letter() {
    let bus = bus(None).await;
    let parameters = json!({ "BasicAuthParameters": { "Username": "u", "Password": "p" } });
    let endpoint = json!({ "InvocationEndpoint": "https://crm.example/hook" });
    let arn = connect(&bus, "BASIC", parameters, endpoint).await;
    put(&bus, 1).await;
    bus.settle().await;
    let is_elsewhere = bus.trace().iter().any(|record| {
        let step = serde_json::to_value(&record.step).unwrap();
        step["is_elsewhere"] == true
    });
    assert!(is_elsewhere);
    call(&bus, "DeleteApiDestination", json!({ "Name": "d" })).await;
    put(&bus, 1).await;
    bus.settle().await;
    let queue = json!({ "QueueUrl": "x/dead", "MessageAttributeNames": ["All"] });
    let (_, dead) = aws(bus.endpoint(), "AmazonSQS.ReceiveMessage", &queue).await;
    let attributes = &dead["Messages"][0]["MessageAttributes"];
    assert_eq!(
        attributes["ERROR_CODE"]["StringValue"], "NO_RESOURCE",
        "{dead}"
    );
    assert_eq!(attributes["TARGET_ARN"]["StringValue"], arn);
    bus.shutdown().await;
}

#[tokio::test]
async fn connections_and_destinations_are_changed_and_refused_as_on_aws() {
    let bus = bus(None).await;
    let parameters = json!({ "BasicAuthParameters": { "Username": "u", "Password": "p" } });
    let endpoint = json!({ "InvocationEndpoint": "https://crm.example/hook" });
    connect(&bus, "BASIC", parameters.clone(), endpoint).await;
    let name = |name: &str| json!({ "Name": name });
    let connection = "Failed to describe the connection(s). Connection 'x' does not exist.";
    let destination = "An api-destination 'x' does not exist.";
    for (operation, message) in [
        ("DescribeConnection", connection),
        ("UpdateConnection", connection),
        ("DeleteConnection", connection),
        ("DescribeApiDestination", destination),
        ("UpdateApiDestination", destination),
        ("DeleteApiDestination", destination),
    ] {
        refused(
            &bus,
            operation,
            name("x"),
            "ResourceNotFoundException",
            message,
        )
        .await;
    }
    let again = json!({ "Name": "c", "AuthorizationType": "BASIC", "AuthParameters": parameters });
    let exists = "ResourceAlreadyExistsException";
    refused(
        &bus,
        "CreateConnection",
        again,
        exists,
        "Connection c already exists.",
    )
    .await;
    let other = json!({ "Name": "e", "AuthorizationType": "BASIC", "AuthParameters": {} });
    refused(
        &bus,
        "CreateConnection",
        other,
        "ValidationException",
        "BasicAuthParameters",
    )
    .await;
    let gone = json!({ "Name": "d", "ConnectionArn": "arn:aws:events:eu-central-1:123456789012:connection/c/other" });
    refused(
        &bus,
        "UpdateApiDestination",
        gone,
        "ResourceNotFoundException",
        "does not exist",
    )
    .await;
    let zero = json!({ "Name": "d", "InvocationRateLimitPerSecond": 0 });
    refused(
        &bus,
        "UpdateApiDestination",
        zero,
        "ValidationException",
        "greater than or equal to 1",
    )
    .await;
    let faster = json!({ "Name": "d", "InvocationRateLimitPerSecond": 7, "Description": "mine" });
    call(&bus, "UpdateApiDestination", faster).await;
    let described = call(&bus, "DescribeApiDestination", name("d")).await;
    assert_eq!(described["InvocationRateLimitPerSecond"], 7);
    assert_eq!(described["Description"], "mine");
    let listed = call(&bus, "ListApiDestinations", json!({})).await;
    assert_eq!(listed["ApiDestinations"][0]["Name"], "d");
    let listed = call(&bus, "ListConnections", json!({})).await;
    assert_eq!(listed["Connections"][0]["AuthorizationType"], "BASIC");
    bus.shutdown().await;
}

#[tokio::test]
async fn a_bus_keeps_its_policy() {
    let bus = bus(None).await;
    let not_found = "ResourceNotFoundException";
    let none = json!({ "StatementId": "a" });
    refused(
        &bus,
        "RemovePermission",
        none,
        not_found,
        "EventBus does not have a policy.",
    )
    .await;
    let organisation =
        json!({ "Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1" });
    for (id, principal, condition) in [("a", "111122223333", Value::Null), ("b", "*", organisation)]
    {
        let statement = json!({
            "StatementId": id, "Action": "events:PutEvents", "Principal": principal, "Condition": condition,
        });
        call(&bus, "PutPermission", statement).await;
    }
    let described = call(&bus, "DescribeEventBus", json!({})).await;
    let policy: Value = serde_json::from_str(described["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(
        policy["Statement"][0]["Principal"]["AWS"],
        "arn:aws:iam::111122223333:root"
    );
    assert_eq!(
        policy["Statement"][1]["Condition"]["StringEquals"]["aws:PrincipalOrgID"],
        "o-1"
    );
    let other = json!({ "StatementId": "c" });
    let message = "Statement with the provided id does not exist.";
    refused(&bus, "RemovePermission", other, not_found, message).await;
    call(&bus, "RemovePermission", json!({ "StatementId": "a" })).await;
    call(
        &bus,
        "RemovePermission",
        json!({ "RemoveAllPermissions": true }),
    )
    .await;
    let described = call(&bus, "DescribeEventBus", json!({})).await;
    assert!(described["Policy"].is_null(), "{described}");
    let whole = json!({ "Policy": policy.to_string() });
    call(&bus, "PutPermission", whole).await;
    let described = call(&bus, "DescribeEventBus", json!({})).await;
    let kept: Value = serde_json::from_str(described["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(kept, policy);
    let bad = json!({ "StatementId": "a", "Action": "events:PutEvents", "Principal": "me" });
    refused(
        &bus,
        "PutPermission",
        bad,
        "ValidationException",
        "'principal'",
    )
    .await;
    bus.shutdown().await;
}
