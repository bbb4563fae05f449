//! The store of the example, in a table of moto, which behaves like DynamoDB.
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect, and says what it skips"
)]

#[path = "../examples/bill/dynamo.rs"]
mod dynamo;

use std::process::Stdio;
use std::time::{Duration, SystemTime};

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use job::{Begun, IdempotencyStore};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use dynamo::DynamoStore;

const LEASE: Duration = Duration::from_mins(1);
const KEY: &str = "shop/bill/e-1";

/// moto, where `scripts/venv.sh` has put it.
const MOTO: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/python/venv/bin/moto_server"
);

/// Starts moto, and returns its address; nothing if it is not installed, which CI does not allow.
async fn moto() -> Option<(Child, String)> {
    if !std::path::Path::new(MOTO).exists() {
        assert!(std::env::var_os("CI").is_none(), "CI has no moto");
        eprintln!("SKIPPED: moto is not installed: scripts/venv.sh installs it");
        return None;
    }
    let mut moto = Command::new(MOTO)
        .args(["-H", "127.0.0.1", "-p", "0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(moto.stderr.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, url)) = line.split_once("Running on ") {
            let url = url.trim().to_owned();
            // Whoever writes into a pipe that nobody reads waits in the end.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some((moto, url));
        }
    }
    panic!("moto ends at once");
}

/// A client of the server at an address.
async fn client(url: &str) -> Client {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .endpoint_url(url)
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("a", "b", None, None, "test"));
    Client::new(&config.load().await)
}

/// Makes the table that the example describes.
async fn store(client: &Client) -> DynamoStore {
    let attribute = AttributeDefinition::builder()
        .attribute_name("event")
        .attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder()
        .attribute_name("event")
        .key_type(KeyType::Hash);
    client
        .create_table()
        .table_name("event-runs")
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute.build().unwrap())
        .key_schema(key.build().unwrap())
        .send()
        .await
        .unwrap();
    DynamoStore::new(client.clone(), "event-runs".to_owned())
}

#[tokio::test]
async fn an_event_is_begun_once_its_lease_ends_and_done_stays_done() {
    let Some((_moto, url)) = moto().await else {
        return;
    };
    let store = store(&client(&url).await).await;
    // Of all that begin at the same time, one does.
    let mut attempts = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        attempts.spawn(async move { store.begin(KEY, LEASE).await.unwrap() });
    }
    let begun = attempts.join_all().await;
    let count = |of: &Begun| begun.iter().filter(|begun| *begun == of).count();
    assert_eq!((count(&Begun::First), count(&Begun::Running)), (1, 7));
    // Another event is another matter.
    assert_eq!(store.begin("other", LEASE).await.unwrap(), Begun::First);

    // Who does not come back in time has lost the event.
    let start = SystemTime::now();
    let soon = start + LEASE - Duration::from_secs(5);
    let late = start + LEASE + Duration::from_secs(5);
    assert_eq!(
        store.begin_at(KEY, LEASE, soon).await.unwrap(),
        Begun::Running
    );
    assert_eq!(
        store.begin_at(KEY, LEASE, late).await.unwrap(),
        Begun::First
    );
    assert_eq!(
        store.begin_at(KEY, LEASE, late).await.unwrap(),
        Begun::Running
    );

    // Done stays done, with the last text, for longer than any lease.
    for result in ["[1]", "[2]"] {
        store.done(KEY, result).await.unwrap();
    }
    let done = Begun::Done("[2]".to_owned());
    let fortnight = start + Duration::from_hours(14 * 24);
    for now in [start, late, fortnight] {
        assert_eq!(store.begin_at(KEY, LEASE, now).await.unwrap(), done);
    }
    let forgotten = start + Duration::from_hours(16 * 24);
    assert_eq!(
        store.begin_at(KEY, LEASE, forgotten).await.unwrap(),
        Begun::First
    );

    // Who fails lets the next one begin at once.
    store.forget("other").await.unwrap();
    assert_eq!(store.begin("other", LEASE).await.unwrap(), Begun::First);
}

#[tokio::test]
async fn a_table_that_is_not_there_is_an_error() {
    let Some((_moto, url)) = moto().await else {
        return;
    };
    let store = DynamoStore::new(client(&url).await, "nowhere".to_owned());
    let error = store.begin(KEY, LEASE).await.unwrap_err();
    assert!(error.to_string().contains("ResourceNotFound"), "{error}");
}
