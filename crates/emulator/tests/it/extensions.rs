//! Internal extensions of functions.

use serde_json::{Value, json};

use crate::support::{config, function, start, told};

#[tokio::test]
async fn an_extension_is_told_of_runs_and_its_process_is_asked_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes");
    let mut function = function();
    let notes = file.to_str().unwrap().to_owned();
    function.environment.insert("EXTENSION".to_owned(), notes);
    let bus = start(config(function)).await;
    for number in 0..3 {
        bus.publish(told(&json!({ "number": number }))).unwrap();
        bus.settle().await;
    }
    bus.shutdown().await;

    let written = std::fs::read_to_string(&file).unwrap();
    let lines = written
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    assert_eq!(lines[0]["errorType"], "Extension.InvalidEventType");
    let message = "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension";
    assert_eq!(lines[0]["errorMessage"], message);
    let expected = json!({
        "functionName": "f",
        "functionVersion": "$LATEST",
        "handler": "bootstrap",
        "accountId": "123456789012",
    });
    assert_eq!(lines[1], expected);
    let runs = &lines[2..lines.len() - 1];
    assert_eq!(runs.len(), 3, "{written}");
    for run in runs {
        assert_eq!(run["eventType"], "INVOKE");
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:f";
        assert_eq!(run["invokedFunctionArn"], arn);
        assert_eq!(run["tracing"]["type"], "X-Amzn-Trace-Id");
        assert!(run["deadlineMs"].is_u64() && run["requestId"].is_string());
    }
    // One process for all of them, which ends once it is asked to.
    assert_eq!(lines.last().unwrap(), "asked to end");
}
