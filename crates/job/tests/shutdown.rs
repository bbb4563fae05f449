//! The end of a process, before a stand-in of Lambda's two APIs.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect"
)]

use std::future::pending;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use job::{Arrival, EventId, Handler, Job, Malformed, Outcome, Run, Scheduled, Trigger};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{Sender, channel};

/// The variable that makes a process of this test a function; it has the path of a file.
const FILE: &str = "SHUTDOWN_FILE";

enum Nothing {}

impl Job for Nothing {
    const PIPELINE: &'static str = "shop";
    const SOURCE: &'static str = "shop";
    const NAME: &'static str = "nothing";
    type Trigger = Never;
    type Schedule = Scheduled;
}

enum Never {}

impl Trigger for Never {
    const EVENTS: &'static [EventId] = &[];

    fn decode(_: &Arrival<'_>) -> Result<Option<Self>, Malformed> {
        Ok(None)
    }
}

struct Waiting;

impl Handler for Waiting {
    type Job = Nothing;

    async fn on_event(&self, trigger: Never, _: &Run) -> Result<Outcome<Nothing>, job::Error> {
        match trigger {}
    }

    async fn on_schedule(&self, _: Scheduled, _: &Run) -> Result<(), job::Error> {
        Ok(())
    }
}

/// A function in a process of its own. Alone it does nothing.
#[tokio::test]
async fn function() {
    let Ok(file) = std::env::var(FILE) else {
        return;
    };
    job::on_shutdown(async move || std::fs::write(file, "closed").unwrap()).await;
    job::run(Waiting).await.unwrap();
}

/// Lambda's answers to an extension, and to a function that waits for work.
fn stand_in(said: Sender<Value>) -> Router {
    let register = async |State(said): State<Arc<Sender<Value>>>,
                          headers: HeaderMap,
                          Json(body): Json<Value>| {
        let name = headers["lambda-extension-name"].to_str().unwrap();
        said.send(json!({ "registered": name, "events": body["events"] }))
            .await
            .unwrap();
        let answer = json!({ "functionName": "f", "functionVersion": "1", "handler": "h" });
        ([("lambda-extension-identifier", "e-1")], Json(answer)).into_response()
    };
    let waits = |what: &'static str| {
        get(async move |State(said): State<Arc<Sender<Value>>>| {
            said.send(json!({ "waits": what })).await.unwrap();
            pending::<()>().await;
        })
    };
    Router::new()
        .route("/2020-01-01/extension/register", post(register))
        .route("/2020-01-01/extension/event/next", waits("extension"))
        .route("/2018-06-01/runtime/invocation/next", waits("function"))
        .with_state(Arc::new(said))
}

#[tokio::test]
async fn what_is_to_be_done_at_the_end_is_done_when_lambda_ends_the_process() {
    let (sender, mut said) = channel(8);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, stand_in(sender)).await });
    let name = format!("job-shutdown-{}", std::process::id());
    let file = std::env::temp_dir().join(name);
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "function"])
        .env(FILE, &file)
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "f")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let registered = said.recv().await.unwrap();
    assert!(registered["registered"].is_string(), "{registered}");
    assert_eq!(registered["events"], json!([]));
    let mut waits = [said.recv().await.unwrap(), said.recv().await.unwrap()];
    waits.sort_by_key(ToString::to_string);
    assert_eq!(
        waits,
        [
            json!({ "waits": "extension" }),
            json!({ "waits": "function" })
        ]
    );
    assert!(!file.exists());
    let id = process.id().to_string();
    let told = Command::new("kill").args(["-TERM", &id]).status();
    assert!(told.unwrap().success());
    assert!(process.wait().unwrap().success());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "closed");
    std::fs::remove_file(&file).unwrap();
}
