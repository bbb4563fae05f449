//! How long it takes from a keystroke to the findings, and to what an editor asks meanwhile, through the server's loop.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::thread;

use criterion::{Criterion, criterion_group, criterion_main};
use editor::around::Around;
use editor::server::{End, serve};
use jiff::Timestamp;
use lsp_server::{Connection, Message, Notification, Request};
use pipeline::{Pipeline, Setting};
use serde_json::{Value, json};

/// The command's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const URI: &str = "file:///bench/pipeline.yaml";

struct Nothing;

impl Around for Nothing {
    fn packages(&mut self, _: &Path) -> Option<Vec<String>> {
        None
    }

    fn environments(&mut self, _: &Pipeline, _: &Path) -> Result<Vec<Setting>, String> {
        Ok(Vec::new())
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// A spec of jobs in chains of ten: each has a trigger on an event with a filter, and but for the last an event to emit;
/// every tenth has a schedule, too.
fn spec(jobs: usize) -> String {
    let mut spec = "pipeline: p\nsource: s\nevents:\n".to_owned();
    for job in 0..jobs {
        let external = job % 10 == 0;
        writeln!(spec, "  e{job}: {{ detail_type: E{job}, external: {external}, detail: {{ order_id: string, total: number }} }}").expect("writing to a string does not fail");
    }
    spec += "jobs:\n";
    for job in 0..jobs {
        let emits = match job % 10 {
            9 => String::new(),
            _ => format!("e{}", job + 1),
        };
        let schedule = match job % 10 {
            9 => "\n      - schedule: cron(0 1 * * ? *)\n        timezone: Europe/Berlin",
            _ => "",
        };
        writeln!(spec, "  job-{job}:\n    function: {{ package: job-{job} }}\n    triggers:\n      - event: e{job}\n        where: {{ total: [{{ numeric: ['>', 10] }}] }}{schedule}\n    emits: [{emits}]").expect("writing to a string does not fail");
    }
    spec
}

/// A server with a spec, whose last line is a comment that changes.
struct Typing {
    editor: Connection,
    version: i64,
    line: usize,
}

impl Typing {
    fn tell(&self, method: &str, params: Value) {
        let notification = Notification::new(method.to_owned(), params);
        self.editor
            .sender
            .send(notification.into())
            .expect("the server runs");
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let request = Request::new(self.version_id(), method.to_owned(), params);
        self.editor
            .sender
            .send(request.into())
            .expect("the server runs");
        loop {
            if let Message::Response(response) = self.receive() {
                return response.result.unwrap_or_default();
            }
        }
    }

    fn version_id(&mut self) -> lsp_server::RequestId {
        self.version += 1;
        lsp_server::RequestId::from(self.version.to_string())
    }

    fn receive(&self) -> Message {
        self.editor.receiver.recv().expect("the server runs")
    }

    /// Writes a letter behind the comment.
    fn press(&mut self) {
        self.version += 1;
        let end = json!({ "line": self.line, "character": 3 });
        let change = json!({ "range": { "start": end, "end": end }, "text": "x" });
        let document = json!({ "uri": URI, "version": self.version });
        self.tell(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": [change] }),
        );
    }

    /// Waits for the findings.
    fn findings(&self) -> Value {
        loop {
            if let Message::Notification(shown) = self.receive() {
                return shown.params;
            }
        }
    }
}

fn typing(jobs: usize) -> (Typing, thread::JoinHandle<End>) {
    let (server, editor) = Connection::memory();
    let server = thread::spawn(move || serve(&server, Box::new(Nothing)));
    let text = format!("{}# x", spec(jobs));
    let mut typing = Typing {
        editor,
        version: 0,
        line: text.lines().count() - 1,
    };
    typing.ask("initialize", json!({ "capabilities": {} }));
    let document = json!({ "uri": URI, "languageId": "yaml", "version": 0, "text": text });
    typing.tell("textDocument/didOpen", json!({ "textDocument": document }));
    let found = typing.findings();
    let found = found["diagnostics"].as_array().expect("a list");
    // A thousand rules are more than a bus has by default, which is a warning.
    assert!(
        found.iter().all(|found| found["severity"] == 2),
        "{found:?}"
    );
    (typing, server)
}

fn bench(criterion: &mut Criterion) {
    for jobs in [20, 1_000] {
        let (mut typing, server) = typing(jobs);
        let mut group = criterion.benchmark_group(format!("{jobs}-jobs"));
        group.sample_size(20);
        group.bench_function("keystroke-to-findings", |bencher| {
            bencher.iter(|| {
                typing.press();
                black_box(typing.findings())
            });
        });
        let place =
            json!({ "textDocument": { "uri": URI }, "position": { "line": 3, "character": 4 } });
        for method in ["hover", "completion"] {
            group.bench_function(format!("keystroke-to-{method}"), |bencher| {
                bencher.iter(|| {
                    typing.press();
                    let answer = typing.ask(&format!("textDocument/{method}"), place.clone());
                    assert!(!answer.is_null());
                    black_box(answer)
                });
            });
        }
        group.finish();
        typing.ask("shutdown", Value::Null);
        typing.tell("exit", Value::Null);
        assert_eq!(server.join().ok(), Some(End::Clean));
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
