use std::collections::BTreeMap;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use pipeline::{Pipeline, Setting, Surroundings};
use serde_json::{Value, json};

use super::*;
use crate::text::{Lines, Unit};

const URI: &str = "file:///somewhere/with%20a%20blank/pipeline.yaml";

/// A folder that is always the same.
struct Still;

impl Around for Still {
    fn packages(&mut self, _: &Path) -> Option<Vec<String>> {
        Some(vec!["bill".to_owned()])
    }

    fn environments(&mut self, _: &Pipeline, _: &Path) -> Result<Vec<Setting>, String> {
        let mut prod = Setting::environment("prod");
        prod.values.insert("bucket".to_owned(), "prod".to_owned());
        Ok(vec![prod])
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// An editor with a server.
struct Editor {
    connection: Connection,
    server: JoinHandle<End>,
    requests: i32,
    /// Findings that have come while something else was awaited.
    shown: Vec<Value>,
}

impl Editor {
    fn new() -> Self {
        let (server, connection) = Connection::memory();
        let server = thread::spawn(move || serve(&server, Box::new(Still)));
        Self {
            connection,
            server,
            requests: 0,
            shown: Vec::new(),
        }
    }

    fn initialized(capabilities: &Value) -> Self {
        let mut editor = Self::new();
        editor
            .ask("initialize", json!({ "capabilities": capabilities }))
            .unwrap();
        editor.tell("initialized", json!({}));
        editor
    }

    fn send(&self, message: impl Into<Message>) {
        self.connection.sender.send(message.into()).unwrap();
    }

    fn tell(&self, method: &str, params: Value) {
        self.send(Notification::new(method.to_owned(), params));
    }

    fn open(&self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&self, uri: &str, version: i64, changes: &Value) {
        let document = json!({ "uri": uri, "version": version });
        self.tell(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": changes }),
        );
    }

    fn begin(&mut self, method: &str, params: Value) -> RequestId {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        self.send(Request::new(id.clone(), method.to_owned(), params));
        id
    }

    fn receive(&self) -> Message {
        let message = self
            .connection
            .receiver
            .recv_timeout(Duration::from_secs(20));
        message.unwrap()
    }

    /// Sends a request, and returns its answer or the code of its refusal.
    fn ask(&mut self, method: &str, params: Value) -> Result<Value, i32> {
        let id = self.begin(method, params);
        self.answer(&id)
    }

    fn answer(&mut self, wanted: &RequestId) -> Result<Value, i32> {
        loop {
            match self.receive() {
                Message::Response(Response { id, result, error }) if id == *wanted => {
                    return error.map_or(Ok(result.unwrap_or_default()), |error| Err(error.code));
                }
                Message::Notification(notification) => self.shown.push(notification.params),
                Message::Request(_) | Message::Response(_) => {}
            }
        }
    }

    /// The next findings that are shown.
    fn findings(&mut self) -> Value {
        if !self.shown.is_empty() {
            return self.shown.remove(0);
        }
        loop {
            if let Message::Notification(notification) = self.receive() {
                assert_eq!(notification.method, "textDocument/publishDiagnostics");
                return notification.params;
            }
        }
    }

    fn end(mut self) -> End {
        self.ask("shutdown", Value::Null).unwrap();
        self.tell("exit", Value::Null);
        self.server.join().unwrap()
    }
}

fn at(uri: &str, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } })
}

const SPEC: &str = "pipeline: shop
source: shop
events: { order.placed: { detail_type: Order Placed, external: true } }
jobs:
  bill: { function: { package: bill }, triggers: [ { event: order.plcaed } ] }
";

#[test]
fn findings_come_as_one_types() {
    let mut editor = Editor::initialized(&json!({}));
    editor.open(URI, SPEC);
    let found = editor.findings();
    assert_eq!(found["uri"], URI);
    assert_eq!(found["version"], 1);
    let first = &found["diagnostics"][0];
    assert_eq!(first["code"], "unknown-event");
    assert_eq!(first["severity"], 1);
    assert_eq!(first["source"], "codegen");
    assert_eq!(
        first["message"],
        "the event `order.plcaed` is not declared\nhelp: did you mean `order.placed`?"
    );
    assert_eq!(
        first["range"],
        json!({ "start": { "line": 4, "character": 60 }, "end": { "line": 4, "character": 72 } })
    );
    let range = first["range"].clone();
    editor.change(URI, 2, &json!([{ "range": range, "text": "order.placed" }]));
    let found = editor.findings();
    assert_eq!(
        (&found["version"], &found["diagnostics"]),
        (&json!(2), &json!([]))
    );
    editor.change(URI, 3, &json!([{ "text": "a: [" }]));
    assert_eq!(editor.findings()["diagnostics"][0]["code"], "invalid-yaml");
    editor.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": URI } }),
    );
    assert_eq!(editor.findings(), json!({ "uri": URI, "diagnostics": [] }));
    assert_eq!(editor.end(), End::Clean);
}

#[test]
fn of_many_changes_the_last_is_judged() {
    let mut editor = Editor::initialized(&json!({}));
    editor.open(URI, SPEC);
    for version in 2..=200 {
        editor.change(
            URI,
            version,
            &json!([{ "text": format!("{SPEC}# {version}") }]),
        );
    }
    let mut judged = 0;
    loop {
        let found = editor.findings();
        judged += 1;
        if found["version"] == 200 {
            break;
        }
    }
    assert!(judged < 100, "{judged}");
    assert_eq!(editor.end(), End::Clean);
}

#[test]
fn findings_name_other_places_and_environments() {
    let spec = format!(
        "{SPEC}values: {{ bucket: {{ local: x }}, bukket: {{ local: y }} }}\npipeline: twice\n"
    );
    let mut editor = Editor::initialized(&json!({}));
    editor.open(URI, &spec);
    let found = editor.findings();
    let found = found["diagnostics"].as_array().unwrap();
    let twice = found
        .iter()
        .find(|found| found["code"] == "duplicate-key")
        .unwrap();
    let related = &twice["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], URI);
    assert_eq!(
        related["location"]["range"]["start"],
        json!({ "line": 0, "character": 0 })
    );
    assert_eq!(related["message"], "first here");
    let lacks = found
        .iter()
        .find(|found| found["code"] == "missing-value")
        .unwrap();
    assert!(
        lacks["message"].as_str().unwrap().contains("`prod`"),
        "{lacks}"
    );
    assert_eq!(editor.end(), End::Clean);
}

#[test]
fn a_client_counts_as_it_says_and_any_text_is_taken() {
    for (units, end) in [(json!(["utf-8", "utf-16"]), 8), (json!(["utf-16"]), 5)] {
        let mut editor = Editor::new();
        let capabilities = json!({ "general": { "positionEncodings": units } });
        let can = editor
            .ask("initialize", json!({ "capabilities": capabilities }))
            .unwrap();
        assert_eq!(can["capabilities"]["positionEncoding"], units[0]);
        for uri in ["untitled:Untitled-1", "file:///a b/\u{e9}.yaml", URI] {
            editor.open(
                uri,
                "pipeline: p\r\nsource: s\r\ntags: { ü: 😀, x😀: 1, bad\r\n",
            );
            assert_eq!(editor.findings()["uri"], uri);
            let text = "pipeline: p\r\nsource: s\r\n\"😀é\": 1\r\n";
            editor.change(uri, 2, &json!([{ "text": text }]));
            let found = editor.findings();
            let range = &found["diagnostics"][0]["range"];
            assert_eq!(
                range["start"],
                json!({ "line": 2, "character": 0 }),
                "{found}"
            );
            assert_eq!(
                range["end"],
                json!({ "line": 2, "character": end }),
                "{found}"
            );
        }
        assert_eq!(editor.end(), End::Clean);
    }
}

#[test]
fn a_session_has_its_order() {
    let mut editor = Editor::new();
    let early = editor.ask("textDocument/hover", at(URI, 0, 0));
    assert_eq!(early, Err(-32002));
    editor
        .ask("initialize", json!({ "capabilities": {} }))
        .unwrap();
    assert_eq!(editor.ask("initialize", json!({})), Err(-32600));
    assert_eq!(editor.ask("textDocument/unheardOf", json!({})), Err(-32601));
    assert_eq!(editor.ask("textDocument/hover", at(URI, 0, 0)), Err(-32602));
    assert_eq!(editor.ask("textDocument/hover", json!({})), Err(-32602));
    editor.open(URI, SPEC);
    let odd = json!({ "textDocument": { "uri": URI }, "position": "here" });
    assert_eq!(editor.ask("textDocument/hover", odd), Err(-32602));
    editor.ask("shutdown", Value::Null).unwrap();
    assert_eq!(editor.ask("textDocument/hover", at(URI, 0, 0)), Err(-32600));
    editor.tell("exit", Value::Null);
    assert_eq!(editor.server.join().unwrap(), End::Clean);

    let editor = Editor::initialized(&json!({}));
    editor.tell("exit", Value::Null);
    assert_eq!(editor.server.join().unwrap(), End::Abrupt);

    let editor = Editor::initialized(&json!({}));
    drop(editor.connection);
    assert_eq!(editor.server.join().unwrap(), End::Abrupt);
}

#[test]
fn what_is_cancelled_before_its_turn_is_not_answered() {
    let (sender, receiver) = crossbeam_channel::unbounded();
    let hover = |id: i32| Request::new(id.into(), "textDocument/hover".to_owned(), Value::Null);
    let cancel = json!({ "id": 2 });
    let cancel = Notification::new("$/cancelRequest".to_owned(), cancel);
    sender.send(Message::from(hover(2))).unwrap();
    sender.send(Message::from(cancel)).unwrap();
    let mut inbox = inbox::Inbox::default();
    inbox.take(hover(1).into(), &receiver);
    let mut seen = Vec::new();
    while let Some(message) = inbox.next() {
        if let Message::Request(request) = message {
            seen.push((request.id.clone(), inbox.is_cancelled(&request.id)));
        }
    }
    assert_eq!(seen, [(1.into(), false), (2.into(), true)]);
    assert!(!inbox.is_cancelled(&2.into()));
}

#[test]
fn a_client_that_can_watch_files_is_asked_to() {
    let editor = Editor::initialized(
        &json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } }),
    );
    let Message::Request(asked) = editor.receive() else {
        panic!("no request");
    };
    assert_eq!(asked.method, "client/registerCapability");
    editor.send(Response::new_ok(asked.id, Value::Null));
    assert_eq!(editor.end(), End::Clean);
}

/// Everything that can be asked about a place of a text.
fn ask_everything(files: &mut BTreeMap<String, files::File>, line: u32, character: u32) -> usize {
    let mut answered = 0;
    for method in answer::methods() {
        let mut params = at(URI, line, character);
        let place = params["position"].clone();
        params["range"] = json!({ "start": place, "end": place });
        params["newName"] = json!("other");
        params["context"] = json!({ "includeDeclaration": true, "diagnostics": [] });
        answered += usize::from(answer::answer(method, &params, files).is_ok());
    }
    answered
}

#[test]
fn beginnings_of_every_spec_are_answered() {
    let specs = crate::testing::specs();
    let threads = specs.into_iter().map(|text| {
        thread::spawn(move || {
            let mut answered = 0;
            let mut files = BTreeMap::from([(
                URI.to_owned(),
                files::File::open(URI, Some(1), "", Unit::Utf16),
            )]);
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            // Of a long spec those are enough that end where a word begins or ends.
            let is_short = text.len() < 1_500;
            for end in ends {
                let beginning = &text[..end];
                let mut last = beginning.chars().rev().map(char::is_alphanumeric);
                let (last, before) = (last.next(), last.next());
                let is_within = last == before || beginning.ends_with("  ");
                if !is_short && is_within {
                    continue;
                }
                let place = Lines::new(beginning, Unit::Utf16).position(beginning, end);
                if let Some(file) = files.get_mut(URI) {
                    file.change(None, &[json!({ "text": beginning })]).unwrap();
                }
                answered += ask_everything(&mut files, place.line, place.character);
                if beginning.ends_with('\n') {
                    let _ = pipeline::parse(beginning, &Surroundings::default());
                }
            }
            answered
        })
    });
    let threads: Vec<JoinHandle<usize>> = threads.collect();
    let answered: Vec<usize> = threads.into_iter().map(|one| one.join().unwrap()).collect();
    assert!(answered.iter().all(|count| *count > 1_000), "{answered:?}");
}
