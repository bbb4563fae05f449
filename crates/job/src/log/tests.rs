use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::{debug, error, info};

use super::*;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The log of `code` at a level, line by line.
fn logged(lambda: Option<&str>, rust_log: Option<&str>, code: impl FnOnce()) -> Vec<Value> {
    let lines = Lines::default();
    let writer = lines.clone();
    let filter = filter(lambda.map(str::to_owned), rust_log.map(str::to_owned));
    tracing::subscriber::with_default(subscriber(move || writer.clone(), filter), code);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn levels(lambda: Option<&str>, rust_log: Option<&str>) -> Vec<String> {
    let lines = logged(lambda, rust_log, || {
        error!("e");
        info!("i");
        debug!("d");
    });
    lines
        .iter()
        .map(|line| line["level"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn lambdas_level_wins_over_rust_log_and_info_is_the_default() {
    assert_eq!(levels(None, None), ["ERROR", "INFO"]);
    assert_eq!(levels(None, Some("debug")), ["ERROR", "INFO", "DEBUG"]);
    assert_eq!(levels(None, Some("off,job=info")), ["ERROR", "INFO"]);
    assert_eq!(levels(Some("FATAL"), Some("debug")), ["ERROR"]);
    assert_eq!(
        levels(Some("Debug"), Some("error")),
        ["ERROR", "INFO", "DEBUG"]
    );
    assert_eq!(levels(Some("loud"), None), ["ERROR", "INFO"]);
    assert_eq!(levels(None, Some("job=loud")), ["ERROR", "INFO"]);
    assert_eq!(levels(Some(""), Some("")), ["ERROR", "INFO"]);
}

#[test]
fn every_line_of_an_invocation_says_whose_it_is() {
    let lines = logged(Some("ERROR"), None, || {
        let span = span("bill", "r-1", None);
        span.record("event_id", "e-1");
        span.record("subject", "u-\"1\"");
        span.in_scope(|| error!(attempts = 3, "event not emitted"));
    });
    let [line] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(line["message"], "event not emitted");
    assert_eq!(line["attempts"], 3);
    assert_eq!(line["span"]["job"], "bill");
    assert_eq!(line["span"]["request_id"], "r-1");
    assert_eq!(line["span"]["event_id"], "e-1");
    assert_eq!(line["span"]["subject"], "u-\"1\"");
}

#[test]
fn a_line_about_a_message_says_which_and_of_whom_its_event_is() {
    let lines = logged(None, None, || {
        let outer = span("bill", "r-1", None).entered();
        let inner = message_span("bill", "r-1", "m-1");
        inner.record("subject", "u-1");
        inner.in_scope(|| info!("i"));
        drop(outer);
    });
    let span = &lines[0]["span"];
    for (name, value) in [
        ("job", "bill"),
        ("request_id", "r-1"),
        ("message_id", "m-1"),
        ("subject", "u-1"),
    ] {
        assert_eq!(span[name], value, "{name}");
    }
}

#[test]
fn lambda_reads_the_time_of_a_line() {
    let lines = logged(None, None, || info!("i"));
    let time = lines[0]["timestamp"].as_str().unwrap();
    assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
}
