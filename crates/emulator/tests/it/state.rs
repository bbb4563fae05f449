//! What a bus keeps in a folder, and what the next bus with that folder has of it. A bus that is killed leaves its journal
//! as it is at that instant, so a copy of the journal stands for the kill.

mod disk;
mod made;
mod work;

use std::fs;
use std::path::Path;

use emulator::{Config, Emulator};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{aws, request};
use crate::support::{config, function};

fn kept(folder: &TempDir, mut config: Config) -> Config {
    config.state = Some(folder.path().to_owned());
    config
}

/// The folder as a kill leaves it now, or left it when the journal had this many bytes.
fn killed(folder: &TempDir, length: Option<usize>) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    let journal = fs::read(folder.path().join("journal")).unwrap();
    let length = length.unwrap_or(journal.len());
    fs::write(copy.path().join("journal"), &journal[..length]).unwrap();
    copy
}

fn length(folder: &TempDir) -> usize {
    let journal = fs::metadata(folder.path().join("journal")).unwrap();
    usize::try_from(journal.len()).unwrap()
}

/// A bus whose function notes its runs in a ledger.
fn working(ledger: &Path) -> Config {
    let mut function = function();
    let folder = ledger.to_str().unwrap().to_owned();
    function.environment.insert("LEDGER".to_owned(), folder);
    config(function)
}

async fn ok(bus: &Emulator, target: &str, input: Value) -> Value {
    let (status, body) = aws(bus.endpoint(), target, &input).await;
    assert_eq!(status, 200, "{target} {input}: {body}");
    body
}

async fn put(bus: &Emulator, detail: &Value) {
    let entry = json!({ "Source": "test", "DetailType": "Told", "Detail": detail.to_string() });
    let answer = ok(bus, "AWSEvents.PutEvents", json!({ "Entries": [entry] })).await;
    assert_eq!(answer["FailedEntryCount"], 0);
}

async fn rest(bus: &Emulator, line: &str, body: &Value) -> String {
    let authorization =
        "AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/eu-central-1/lambda/aws4_request";
    let headers = [("authorization", authorization)];
    let answer = request(bus.endpoint(), line, &headers, &body.to_string()).await;
    assert!(answer.status < 300, "{line}: {answer:?}");
    answer.body.replace(bus.endpoint(), "http://bus")
}

fn runs(ledger: &Path, piece: &str) -> usize {
    fs::read(ledger.join(piece)).map_or(0, |runs| runs.len())
}

const QUEUE: &str = "http://localhost/123456789012/own";
