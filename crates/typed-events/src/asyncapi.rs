//! [AsyncAPI 3.0](https://www.asyncapi.com/docs/reference/specification/v3.0.0) of a pipeline: a channel for each bus, a message
//! for each event, and an operation for what each job receives and sends.
//!
//! Schedules have no message, and are in no operation. A trigger by a pattern waits for events of others, of which the
//! spec knows the pattern alone.

use std::fmt::Write as _;

use indexmap::IndexMap;
use pipeline::Pipeline;
use pipeline::event_pattern::EventPattern;
use pipeline::model::{Bus, Job, Trigger, TriggerBus, TriggerKind};
use pipeline::values::{Part, Text};

use super::json::{Json, array, object, text};
use super::json_schema;

const VERSION: &str = "3.0.0";

/// Where events are put: <https://docs.aws.amazon.com/general/latest/gr/ev.html>.
const HOST: &str = "events.{region}.amazonaws.com";

/// The channel of the pipeline's own bus.
const OWN_CHANNEL: &str = "pipeline";

/// The channel of the account's bus, where that is another one.
const DEFAULT_CHANNEL: &str = "default";

/// Writes the document. `version` is that of the pipeline's interface: a spec has none.
pub fn asyncapi(pipeline: &Pipeline, version: &str) -> String {
    let mut document = Document::default();
    document.channel(OWN_CHANNEL, address(pipeline));
    for (name, event) in &pipeline.events {
        let detail = json_schema::detail(pipeline, name, event);
        let schema = json_schema::envelope(event, detail);
        let mut message = vec![
            ("name", text(&event.detail_type.value)),
            ("title", text(name)),
        ];
        if let Some(description) = &event.description {
            message.push(("summary", text(description)));
        }
        message.extend([("contentType", text(JSON)), ("payload", object(schema))]);
        document.messages.push((name.clone(), object(message)));
    }
    for (name, job) in &pipeline.jobs {
        document.receive(name, job);
        document.send(name, job);
    }
    document.written(pipeline, version).pretty()
}

const JSON: &str = "application/json";

/// The parts of the document that grow with the spec.
#[derive(Default)]
struct Document {
    channels: IndexMap<String, Channel>,
    messages: Vec<(String, Json)>,
    operations: Vec<(String, Json)>,
}

struct Channel {
    address: String,
    messages: Vec<String>,
}

impl Document {
    fn channel(&mut self, id: &str, address: String) {
        let messages = Vec::new();
        self.channels
            .entry(id.to_owned())
            .or_insert(Channel { address, messages });
    }

    /// Says that a channel carries a message, and returns the reference to it.
    fn carried(&mut self, channel: &str, message: &str) -> Json {
        let messages = &mut self.channels[channel].messages;
        if !messages.iter().any(|known| known == message) {
            messages.push(message.to_owned());
        }
        reference(&format!("channels/{}/messages", escaped(channel)), message)
    }

    /// Adds an operation for each trigger that waits for an event.
    fn receive(&mut self, name: &str, job: &Job) {
        for trigger in &job.triggers {
            let id = format!("{name}.{}", trigger.id.value);
            let (message, narrowed) = match &trigger.kind {
                TriggerKind::Schedule(_) => continue,
                TriggerKind::Event { event, filter } => {
                    let of_detail = filter.as_ref().map(|of| ("x-eventbridge-where", of));
                    (event.value.clone(), of_detail)
                }
                TriggerKind::Pattern(pattern) => {
                    let unknown = [
                        ("title", text(&format!("What starts {id}"))),
                        ("contentType", text(JSON)),
                        ("payload", object([("type", text("object"))])),
                    ];
                    self.messages.push((id.clone(), object(unknown)));
                    (id.clone(), Some(("x-eventbridge-pattern", pattern)))
                }
            };
            let channel = self.channel_of(trigger);
            let message = self.carried(&channel, &message);
            let mut operation = operation("receive", &channel, message, job);
            if let Some((key, pattern)) = narrowed {
                operation.push((key, text(&shown(pattern))));
            }
            self.operations.push((id, object(operation)));
        }
    }

    /// Adds an operation for each event that a job may emit.
    fn send(&mut self, name: &str, job: &Job) {
        for event in job.emitted() {
            let message = self.carried(OWN_CHANNEL, event);
            let operation = operation("send", OWN_CHANNEL, message, job);
            let id = format!("{name}.emits.{event}");
            self.operations.push((id, object(operation)));
        }
    }

    /// Finds the channel of the bus whose events a trigger waits for.
    fn channel_of(&mut self, trigger: &Trigger) -> String {
        let (id, address) = match &trigger.bus {
            None => return OWN_CHANNEL.to_owned(),
            Some(TriggerBus::Default) => (DEFAULT_CHANNEL.to_owned(), DEFAULT_CHANNEL.to_owned()),
            Some(TriggerBus::Existing(name)) => (key(&name.value), with_parameters(name)),
        };
        self.channel(&id, address);
        id
    }

    fn written(self, pipeline: &Pipeline, version: &str) -> Json {
        let title = &pipeline.name.value;
        let server = object([
            ("host", text(HOST)),
            ("protocol", text("eventbridge")),
            (
                "variables",
                object([("region", described("The region of the deployment."))]),
            ),
        ]);
        let messages = Json::Object(self.messages);
        object([
            ("asyncapi", text(VERSION)),
            (
                "info",
                object([("title", text(title)), ("version", text(version))]),
            ),
            ("defaultContentType", text(JSON)),
            ("servers", object([("eventbridge", server)])),
            (
                "channels",
                object(self.channels.into_iter().map(|(id, of)| (id, of.written()))),
            ),
            ("operations", Json::Object(self.operations)),
            ("components", object([("messages", messages)])),
        ])
    }
}

impl Channel {
    fn written(self) -> Json {
        let Self { address, messages } = self;
        let messages = messages.into_iter().map(|name| {
            let found = reference("components/messages", &name);
            (name, found)
        });
        let mut written = vec![
            ("address", text(&address)),
            ("servers", array([reference("servers", "eventbridge")])),
            ("messages", object(messages)),
        ];
        let parameters = parameters(&address);
        if !parameters.is_empty() {
            let described = |name: &str| (name.to_owned(), described("What the deployment says."));
            let parameters = object(parameters.into_iter().map(described));
            written.push(("parameters", parameters));
        }
        object(written)
    }
}

fn operation(action: &str, channel: &str, message: Json, job: &Job) -> Vec<(&'static str, Json)> {
    let mut operation = vec![
        ("action", text(action)),
        ("channel", reference("channels", channel)),
    ];
    if let Some(description) = &job.description {
        operation.push(("summary", text(description)));
    }
    operation.push(("messages", array([message])));
    operation
}

fn described(description: &str) -> Json {
    object([("description", text(description))])
}

/// A [reference](https://www.rfc-editor.org/rfc/rfc6901) to a part of the document.
fn reference(of: &str, key: &str) -> Json {
    object([("$ref", text(&format!("#/{of}/{}", escaped(key))))])
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A key of the document: letters, digits, `.`, `-` and `_`.
fn key(name: &str) -> String {
    let keep = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    name.replace(|c: char| !keep(c), "-")
}

/// The name of the pipeline's bus.
fn address(pipeline: &Pipeline) -> String {
    match &pipeline.bus {
        Bus::Default => DEFAULT_CHANNEL.to_owned(),
        Bus::Custom(name) => format!("{}-{{environment}}", name.value),
        Bus::Existing(name) => with_parameters(name),
    }
}

/// A text whose values are parameters of an address.
fn with_parameters(text: &Text) -> String {
    let Some(parts) = &text.parts else {
        return text.value.clone();
    };
    parts.iter().fold(String::new(), |mut out, part| {
        let _infallible = match part {
            Part::Literal(literal) => write!(out, "{literal}"),
            Part::Reference { reference, .. } => write!(out, "{{{}}}", reference.name()),
        };
        out
    })
}

/// The names in braces.
fn parameters(address: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = address;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        if !found.contains(&name) {
            found.push(name);
        }
        rest = after;
    }
    found
}

fn shown(pattern: &EventPattern) -> String {
    serde_json::Value::Object(pattern.json.clone()).to_string()
}
