//! A function that does as its event says, on the real Lambda runtime and the real AWS SDK: what the
//! tests of the local bus run.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if let Some(file) = std::env::var_os("STARTS_LATE") {
        // The first start never ends, a later one does.
        if !std::fs::exists(&file)? {
            std::fs::write(&file, "")?;
            std::future::pending::<()>().await;
        }
    }
    if let Some(file) = std::env::var_os("EXTENSION") {
        extension(PathBuf::from(file))?;
    }
    if std::env::var_os("ENDS_AT_START").is_some() {
        return Err("this function does not start".into());
    }
    lambda_runtime::run(service_fn(handle)).await
}

#[expect(clippy::print_stdout, reason = "what it logs")]
async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    println!("{}", event.payload);
    match event.payload["Records"].as_array() {
        Some(records) => batch(records).await,
        None => work(&event.payload["detail"]).await,
    }
}

/// Works on the messages of a queue, and says which of them failed. `RESPONSE` is said instead, if there is one.
async fn batch(records: &[Value]) -> Result<Value, Error> {
    let mut failures = Vec::new();
    for record in records {
        let body: Value = serde_json::from_str(record["body"].as_str().ok_or("no body")?)?;
        if body["detail"]["do"] == "fail the batch" {
            return Err("as it was told".into());
        }
        if work(&body["detail"]).await.is_err() {
            failures.push(json!({ "itemIdentifier": record["messageId"] }));
        }
    }
    match std::env::var("RESPONSE") {
        Ok(response) => Ok(serde_json::from_str(&response)?),
        Err(_) => Ok(json!({ "batchItemFailures": failures })),
    }
}

#[expect(clippy::exit, reason = "what a function may do badly")]
async fn work(detail: &Value) -> Result<Value, Error> {
    note(detail)?;
    match detail["do"].as_str() {
        Some("fail") => return Err("as it was told".into()),
        Some("panic") => panic!("as it was told"),
        Some("exit") => std::process::exit(7),
        Some("hang") => std::future::pending().await,
        Some("step") => step(detail).await?,
        Some("emit") => emit(detail["next"].clone()).await?,
        Some("answer at length") => {
            let bytes = detail["bytes"].as_u64().ok_or("no bytes")?;
            return Ok(json!("x".repeat(usize::try_from(bytes)?)));
        }
        _ => {}
    }
    Ok(json!("done"))
}

/// Notes in the folder `LEDGER` that there was a run for a piece of work, if the event names one.
fn note(detail: &Value) -> Result<(), Error> {
    let Some(piece) = detail["piece"].as_str() else {
        return Ok(());
    };
    let path = Path::new(&std::env::var("LEDGER")?).join(piece);
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?;
    file.write_all(b"x")?;
    Ok(())
}

/// A step of a chain that keeps accounts: notes in the folder `LEDGER` how far an account has come, never back, and
/// puts the next step on the bus, three in all.
async fn step(detail: &Value) -> Result<(), Error> {
    let name = detail["account"].as_str().ok_or("no account")?;
    let number = detail["step"].as_u64().ok_or("no step")?;
    let folder = std::env::var("LEDGER")?;
    let account = Path::new(&folder).join(name);
    let known = std::fs::read_to_string(&account).ok();
    let known = known.and_then(|text| text.parse().ok()).unwrap_or(0);
    if number > known {
        let begun = account.with_extension("new");
        std::fs::write(&begun, number.to_string())?;
        std::fs::rename(&begun, &account)?;
    }
    if number < 3 {
        emit(json!({ "do": "step", "account": name, "step": number + 1 })).await?;
    }
    Ok(())
}

/// Registers an internal extension, which notes in a file what Lambda says to it, what Lambda refuses, and that the process
/// is asked to end.
fn extension(file: PathBuf) -> Result<(), Error> {
    let register = |events: &str| {
        let headers =
            "lambda-extension-name: notes\r\nlambda-extension-accept-feature: accountId\r\n";
        let body = json!({ "events": [events] }).to_string();
        ask("POST /2020-01-01/extension/register", headers, &body)
    };
    let (_, refused) = register("SHUTDOWN")?;
    write_line(&file, &refused)?;
    let (head, registered) = register("INVOKE")?;
    write_line(&file, &registered)?;
    let identifier = head
        .lines()
        .find(|line| line.starts_with("lambda-extension-identifier"));
    let identifier = format!("{}\r\n", identifier.ok_or("no identifier")?);
    let mut end = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let notes = file.clone();
    std::thread::spawn(move || {
        while let Ok((_, event)) = ask("GET /2020-01-01/extension/event/next", &identifier, "") {
            let _ = write_line(&notes, &event);
        }
    });
    tokio::spawn(async move {
        end.recv().await;
        let _ = write_line(&file, "\"asked to end\"");
        ends();
    });
    Ok(())
}

#[expect(clippy::exit, reason = "its last work is done")]
fn ends() {
    std::process::exit(0);
}

fn write_line(file: &Path, line: &str) -> std::io::Result<()> {
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file);
    writeln!(file?, "{line}")
}

/// Asks Lambda's API, and returns the head and the body of its answer.
fn ask(line: &str, headers: &str, body: &str) -> Result<(String, String), Error> {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API")?;
    let mut stream = TcpStream::connect(&api)?;
    let length = body.len();
    write!(
        stream,
        "{line} HTTP/1.1\r\nhost: {api}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    Ok((head.to_owned(), body.to_owned()))
}

async fn client() -> &'static Client {
    static CLIENT: OnceCell<Client> = OnceCell::const_new();
    CLIENT
        .get_or_init(|| async {
            let http = aws_smithy_http_client::Builder::new().build_http();
            let retry = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
            let config = aws_config::defaults(BehaviorVersion::latest())
                .http_client(http)
                .retry_config(retry)
                .load()
                .await;
            Client::new(&config)
        })
        .await
}

async fn emit(detail: Value) -> Result<(), Error> {
    let entry = PutEventsRequestEntry::builder()
        .source("test")
        .detail_type("Told")
        .detail(detail.to_string())
        .build();
    let answer = client().await.put_events().entries(entry).send().await?;
    match answer.failed_entry_count() {
        0 => Ok(()),
        _ => Err(format!("{:?}", answer.entries()).into()),
    }
}
