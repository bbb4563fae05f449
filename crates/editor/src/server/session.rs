//! One session: from `initialize` to `exit`.

use std::collections::BTreeMap;

use crossbeam_channel::select;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

use super::files::File;
use super::inbox::Inbox;
use super::judge::{Judge, Judgement, Order};
use super::refusal::Refusal;
use super::{End, answer, show};
use crate::around::Around;
use crate::text::Unit;

/// What the session has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    Running,
    ShutDown,
}

/// A session with one editor.
pub(super) struct Session<'c> {
    connection: &'c Connection,
    judge: Judge,
    /// Whether a text is being judged.
    is_judging: bool,
    phase: Phase,
    /// What the editor can do, as it says.
    client: Client,
    files: BTreeMap<String, File>,
}

/// What the editor can do and wants.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    unit: Unit,
    /// Where the explanations of all findings are, if the editor says so.
    page: Option<String>,
    can_watch: bool,
}

impl Client {
    fn read(params: &Value) -> Self {
        let capabilities = &params["capabilities"];
        let units = capabilities["general"]["positionEncodings"].as_array();
        let has_bytes = units.is_some_and(|units| units.iter().any(|unit| unit == "utf-8"));
        let watched = &capabilities["workspace"]["didChangeWatchedFiles"];
        Self {
            unit: if has_bytes { Unit::Utf8 } else { Unit::Utf16 },
            page: params["initializationOptions"]["diagnosticsPage"]
                .as_str()
                .map(str::to_owned),
            can_watch: watched["dynamicRegistration"] == true,
        }
    }
}

impl<'c> Session<'c> {
    pub(super) fn new(connection: &'c Connection, around: Box<dyn Around>) -> Self {
        Self {
            connection,
            judge: Judge::new(around),
            is_judging: false,
            phase: Phase::New,
            client: Client::default(),
            files: BTreeMap::new(),
        }
    }

    pub(super) fn run(mut self) -> End {
        let mut inbox = Inbox::default();
        let judgements = self.judge.judgements.clone();
        loop {
            select! {
                recv(self.connection.receiver) -> message => match message {
                    Ok(message) => inbox.take(message, &self.connection.receiver),
                    // The editor has closed the stream.
                    Err(_) => return self.end(),
                },
                recv(judgements) -> judgement => if let Ok(judgement) = judgement {
                    self.take(judgement);
                },
            }
            while let Some(message) = inbox.next() {
                match message {
                    Message::Request(request) if inbox.is_cancelled(&request.id) => {
                        let refusal = Refusal::new(ErrorCode::RequestCanceled, "cancelled");
                        self.send(refusal.to_response(request.id));
                    }
                    Message::Request(request) => self.request(request),
                    Message::Notification(notification) if notification.method == "exit" => {
                        return self.end();
                    }
                    Message::Notification(notification) => self.notification(&notification),
                    Message::Response(_) => {}
                }
            }
            self.judge_next();
        }
    }

    fn end(&self) -> End {
        match self.phase {
            Phase::ShutDown => End::Clean,
            Phase::New | Phase::Running => End::Abrupt,
        }
    }

    fn send(&self, message: impl Into<Message>) {
        // An editor that reads no more is told nothing; that it is gone is noticed when its stream ends.
        let _ = self.connection.sender.send(message.into());
    }

    fn request(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let answer = match (self.phase, method.as_str()) {
            (Phase::New, "initialize") => {
                self.client = Client::read(&params);
                self.phase = Phase::Running;
                Ok(answer::capabilities(self.client.unit))
            }
            (Phase::New, _) => Err(Refusal::new(
                ErrorCode::ServerNotInitialized,
                "`initialize` comes first",
            )),
            (Phase::ShutDown, _) => {
                let message = "nothing is answered after `shutdown`";
                Err(Refusal::new(ErrorCode::InvalidRequest, message))
            }
            (Phase::Running, "initialize") => {
                let message = "`initialize` comes once";
                Err(Refusal::new(ErrorCode::InvalidRequest, message))
            }
            (Phase::Running, "shutdown") => {
                self.phase = Phase::ShutDown;
                Ok(Value::Null)
            }
            (Phase::Running, method) => answer::answer(method, &params, &mut self.files),
        };
        self.send(match answer {
            Ok(answer) => Response::new_ok(id, answer),
            Err(refusal) => refusal.to_response(id),
        });
    }

    fn notification(&mut self, notification: &Notification) {
        if self.phase != Phase::Running {
            return;
        }
        let params = &notification.params;
        let document = &params["textDocument"];
        let uri = document["uri"].as_str().unwrap_or_default();
        let version = document["version"].as_i64();
        match notification.method.as_str() {
            "initialized" => self.watch(),
            "textDocument/didOpen" => {
                let text = document["text"].as_str().unwrap_or_default();
                let file = File::open(uri, version, text, self.client.unit);
                self.files.insert(uri.to_owned(), file);
            }
            "textDocument/didChange" => {
                let changes = params["contentChanges"].as_array();
                let changes = changes.map(Vec::as_slice).unwrap_or_default();
                let file = self.files.get_mut(uri);
                if let Some(Err(_)) = file.map(|file| file.change(version, changes)) {
                    self.log(format_args!("a change of {uri} that is none"));
                }
            }
            "textDocument/didClose" if self.files.remove(uri).is_some() => {
                let none = json!({ "uri": uri, "diagnostics": [] });
                self.notify("textDocument/publishDiagnostics", none);
            }
            // Something around the specs may be another.
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {
                for file in self.files.values_mut() {
                    file.is_unjudged = true;
                }
            }
            _ => {}
        }
    }

    /// Asks the editor to say when the files change that a check looks at.
    fn watch(&self) {
        if !self.client.can_watch {
            return;
        }
        let watchers = ["**/*.tfvars", "**/Cargo.toml"].map(|glob| json!({ "globPattern": glob }));
        let method = "workspace/didChangeWatchedFiles";
        let registration = json!({ "id": "around", "method": method, "registerOptions": { "watchers": watchers } });
        self.send(Request::new(
            RequestId::from("watch".to_owned()),
            "client/registerCapability".to_owned(),
            json!({ "registrations": [registration] }),
        ));
    }

    fn notify(&self, method: &str, params: Value) {
        self.send(Notification::new(method.to_owned(), params));
    }

    fn log(&self, message: impl std::fmt::Display) {
        // 2 is a warning.
        let params = json!({ "type": 2, "message": message.to_string() });
        self.notify("window/logMessage", params);
    }

    /// Gives the judge a text, if it has none.
    fn judge_next(&mut self) {
        if self.is_judging || self.phase != Phase::Running {
            return;
        }
        let Some(file) = self.files.values_mut().find(|file| file.is_unjudged) else {
            return;
        };
        file.is_unjudged = false;
        let order = Order {
            uri: file.uri.clone(),
            revision: file.revision,
            text: file.text(),
            folder: file.folder(),
        };
        self.is_judging = true;
        self.judge.begin(order);
    }

    /// Shows what was found, unless the text has changed since.
    fn take(&mut self, judgement: Judgement) {
        self.is_judging = false;
        if let Some(trouble) = &judgement.trouble {
            self.log(trouble);
        }
        let Some(file) = self.files.get_mut(&judgement.uri) else {
            return;
        };
        if file.judge(judgement) {
            let findings = show::findings(file, self.client.page.as_deref());
            self.notify("textDocument/publishDiagnostics", findings);
        }
    }
}
