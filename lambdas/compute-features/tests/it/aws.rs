//! The part of AWS that a function sees: the Lambda Runtime API, EventBridge's `PutEvents`, and a secret.

use std::process::Stdio;
use std::sync::{Arc, Mutex as StdMutex};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{get, post};
use serde_json::{Value, json};
use spendsense_tools::archetype::Archetype;
use spendsense_tools::people::People;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};

/// The request id of every invocation.
pub(crate) const REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

/// The time after which a test has failed. Nothing waits that long otherwise.
const PATIENCE: Duration = Duration::from_mins(1);

/// The end of an invocation.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The function returned a value.
    Response(Value),
    /// The function reported an error.
    Error(Value),
}

#[derive(Clone)]
struct Api {
    payloads: Arc<Mutex<mpsc::Receiver<String>>>,
    endings: mpsc::Sender<Ending>,
    put: Arc<StdMutex<Vec<Value>>>,
    error_code: Option<&'static str>,
    secret: Secret,
}

/// The value of the secret `database`, and the number of times that it was read.
pub(crate) type Secret = Arc<StdMutex<(String, usize)>>;

/// A function in a process of its own, with a database that holds the user `u-1`.
pub(crate) struct Function {
    /// The folder of its database, if that is a file of its own.
    folder: Option<TempDir>,
    process: Child,
    payloads: mpsc::Sender<String>,
    endings: mpsc::Receiver<Ending>,
    put: Arc<StdMutex<Vec<Value>>>,
}

impl Function {
    /// Starts the binary on a database of its own. Each event that it emits is refused with `error_code`, if there is
    /// one.
    pub(crate) async fn start(error_code: Option<&'static str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}/spendsense.sqlite", folder.path().display());
        seed(&database).await;
        let variable = ("DATABASE_URL", database.as_str());
        let mut function = Self::serve(error_code, variable, Secret::default()).await;
        function.folder = Some(folder);
        function
    }

    /// Starts the binary on the database that a secret names.
    pub(crate) async fn start_with_secret(secret: Secret) -> Self {
        Self::serve(None, ("DATABASE_SECRET_ARN", "database"), secret).await
    }

    async fn serve(
        error_code: Option<&'static str>,
        database: (&str, &str),
        secret: Secret,
    ) -> Self {
        let (payload_sender, payload_receiver) = mpsc::channel(1);
        let (ending_sender, ending_receiver) = mpsc::channel(1);
        let api = Api {
            payloads: Arc::new(Mutex::new(payload_receiver)),
            endings: ending_sender,
            put: Arc::default(),
            error_code,
            secret,
        };
        let put = api.put.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(axum::serve(listener, router(api)).into_future());
        Self {
            process: spawn(&address, database),
            folder: None,
            payloads: payload_sender,
            endings: ending_receiver,
            put,
        }
    }

    /// Invokes the function, and waits for the end of the run.
    pub(crate) async fn invoke(&mut self, payload: &str) -> Ending {
        self.payloads.send(payload.to_owned()).await.unwrap();
        let ending = tokio::time::timeout(PATIENCE, self.endings.recv()).await;
        ending.expect("the function does not end the run").unwrap()
    }

    /// Returns the entries that the function has put so far.
    pub(crate) fn put(&self) -> Vec<Value> {
        self.put.lock().unwrap().clone()
    }

    /// Ends the process, and returns the lines of its log.
    pub(crate) async fn log(mut self) -> Vec<Value> {
        self.process.kill().await.unwrap();
        let mut text = String::new();
        let mut stdout = self.process.stdout.take().unwrap();
        stdout.read_to_string(&mut text).await.unwrap();
        let parse =
            |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        text.lines().map(parse).collect()
    }
}

/// Brings a database's tables up to date, and puts `u-1` in.
pub(crate) async fn seed(database: &str) {
    let people = People {
        seed: 1,
        until: "2025-12-31".parse().unwrap(),
    };
    let person = people.of_archetype("u-1".to_owned(), Archetype::GeneralWellness);
    let store = spendsense_tools::migrated(database).await.unwrap();
    let mut writes = spendsense::store::Writes::default();
    person.write(&mut writes);
    store.write(&writes).await.unwrap();
}

fn spawn(address: &str, database: (&str, &str)) -> Child {
    Command::new(env!("CARGO_BIN_EXE_compute-features"))
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", address),
            (
                "AWS_LAMBDA_FUNCTION_NAME",
                "spendsense-compute-features-test",
            ),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_ENDPOINT_URL", &format!("http://{address}")),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("EVENT_BUS_NAME", "spendsense-test"),
            database,
        ])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

fn router(api: Api) -> Router {
    const INVOCATION: &str = "/2018-06-01/runtime/invocation";
    Router::new()
        .route(&format!("{INVOCATION}/next"), get(next))
        .route(&format!("{INVOCATION}/{{id}}/response"), post(response))
        .route(&format!("{INVOCATION}/{{id}}/error"), post(error))
        .route("/", post(service))
        .with_state(api)
}

async fn next(State(api): State<Api>) -> impl IntoResponse {
    let Some(payload) = api.payloads.lock().await.recv().await else {
        return std::future::pending().await;
    };
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let deadline = (now + PATIENCE).as_millis().to_string();
    let headers = AppendHeaders([
        ("lambda-runtime-aws-request-id", REQUEST_ID.to_owned()),
        ("lambda-runtime-deadline-ms", deadline),
    ]);
    (headers, payload)
}

async fn response(State(api): State<Api>, Path(id): Path<String>, body: String) -> StatusCode {
    end(
        api,
        &id,
        Ending::Response(serde_json::from_str(&body).unwrap()),
    )
    .await
}

async fn error(State(api): State<Api>, Path(id): Path<String>, body: String) -> StatusCode {
    end(
        api,
        &id,
        Ending::Error(serde_json::from_str(&body).unwrap()),
    )
    .await
}

async fn end(api: Api, id: &str, ending: Ending) -> StatusCode {
    assert_eq!(id, REQUEST_ID);
    api.endings.send(ending).await.unwrap();
    StatusCode::ACCEPTED
}

/// AWS's services by their JSON protocol.
async fn service(State(api): State<Api>, headers: HeaderMap, body: String) -> String {
    match headers["x-amz-target"].to_str().unwrap() {
        "AWSEvents.PutEvents" => put_events(&api, &body),
        "secretsmanager.GetSecretValue" => secret_value(&api, &body),
        other => panic!("{other}"),
    }
}

fn secret_value(api: &Api, body: &str) -> String {
    let request: Value = serde_json::from_str(body).unwrap();
    let mut secret = api.secret.lock().unwrap();
    secret.1 += 1;
    json!({ "ARN": request["SecretId"], "SecretString": secret.0 }).to_string()
}

fn put_events(api: &Api, body: &str) -> String {
    let request: Value = serde_json::from_str(body).unwrap();
    let entries = request["Entries"].as_array().unwrap();
    api.put.lock().unwrap().extend(entries.iter().cloned());
    let result = match api.error_code {
        Some(code) => json!({ "ErrorCode": code, "ErrorMessage": "as asked for" }),
        None => json!({ "EventId": "11710aed-b79e-4468-a20b-bb3c0c3b4860" }),
    };
    let failed = if api.error_code.is_some() {
        entries.len()
    } else {
        0
    };
    json!({ "FailedEntryCount": failed, "Entries": vec![result; entries.len()] }).to_string()
}
