//! An event as it arrives: an EventBridge envelope, or a bare detail.

use std::fmt;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::event::Event;
use crate::metric::ENVIRONMENT_VARIABLE;
use crate::rule_name;

/// The longest part of a value that an error message repeats, in characters.
const MAX_FOUND: usize = 80;

/// The event that a function was invoked with.
///
/// EventBridge sends an
/// [envelope](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html). A
/// person who invokes a function by hand may send the detail alone; its `event_type` then says which event it is.
#[derive(Clone, Debug)]
pub struct Arrival<'a> {
    envelope: Option<Envelope<'a>>,
    detail: &'a Map<String, Value>,
    /// The path of the field that says whom or what the event is about.
    subject: Option<&'static str>,
}

/// The part of an envelope that a job needs.
#[derive(Clone, Copy, Debug)]
struct Envelope<'a> {
    id: Option<&'a str>,
    source: &'a str,
    detail_type: &'a str,
    time: Option<Timestamp>,
    resources: Option<&'a Value>,
}

impl<'a> Arrival<'a> {
    /// Reads the payload of an invocation. `subject` is [`Job::SUBJECT`](crate::Job::SUBJECT).
    ///
    /// # Errors
    ///
    /// It is neither an envelope nor a bare detail.
    pub fn read(payload: &'a Value, subject: Option<&'static str>) -> Result<Self, Malformed> {
        let Value::Object(fields) = payload else {
            return Err(Malformed::expected("event", "an object", Some(payload)));
        };
        let has = |name| fields.contains_key(name);
        // A bare detail may have a field `detail` of its own, but an envelope has no `event_type` at its top.
        if has("detail-type") || has("detail") && !has("event_type") {
            return Self::read_envelope(fields, subject);
        }
        let bare = Self {
            envelope: None,
            detail: fields,
            subject,
        };
        // Lambda's console sends a sample object as a test. It must not start a run for everybody.
        if has("event_type") || bare.subject().is_some() {
            return Ok(bare);
        }
        Err(Malformed::expected(
            "detail-type",
            "an EventBridge envelope, or a detail with `event_type`",
            None,
        ))
    }

    fn read_envelope(
        fields: &'a Map<String, Value>,
        subject: Option<&'static str>,
    ) -> Result<Self, Malformed> {
        let envelope = Envelope {
            id: fields.get("id").and_then(Value::as_str),
            source: text(fields, "source")?,
            detail_type: text(fields, "detail-type")?,
            time: fields.get("time").map(timestamp("time")).transpose()?,
            resources: fields.get("resources"),
        };
        match fields.get("detail") {
            Some(Value::Object(detail)) => Ok(Self {
                envelope: Some(envelope),
                detail,
                subject,
            }),
            other => Err(Malformed::expected("detail", "an object", other)),
        }
    }

    /// Returns whether it is the event `E`, by the fields that its rule matches. A bare detail has only
    /// `event_type`.
    pub fn is<E: Event>(&self) -> bool {
        let is_named = self.field("event_type").and_then(Value::as_str) == Some(E::NAME);
        match self.envelope {
            None => is_named,
            Some(envelope) => {
                envelope.source == E::SOURCE
                    && envelope.detail_type == E::DETAIL_TYPE
                    // Without a discriminator, rules do not look at `event_type`, so it need not be there.
                    && (is_named || !E::DISCRIMINATED)
            }
        }
    }

    /// The detail as a declared event, or any other type that serde reads.
    ///
    /// # Errors
    ///
    /// A field is missing or not of its type: the message names it.
    pub fn detail<T: DeserializeOwned>(&self) -> Result<T, Malformed> {
        serde_path_to_error::deserialize(self.detail).map_err(|error| {
            let path = error.path().to_string();
            self.undecodable(&path, &error.into_inner())
        })
    }

    /// The event as it is, for triggers that match events of others; `None` for a bare detail,
    /// which does not say where it comes from.
    pub fn other(&self) -> Option<OtherEvent> {
        self.envelope.map(|envelope| OtherEvent {
            source: envelope.source.to_owned(),
            detail_type: envelope.detail_type.to_owned(),
            detail: Value::Object(self.detail.clone()),
        })
    }

    /// `id` of the envelope.
    pub fn id(&self) -> Option<&'a str> {
        self.envelope.and_then(|envelope| envelope.id)
    }

    /// `source` of the envelope.
    pub fn source(&self) -> Option<&'a str> {
        self.envelope.map(|envelope| envelope.source)
    }

    /// `detail-type` of the envelope.
    pub fn detail_type(&self) -> Option<&'a str> {
        self.envelope.map(|envelope| envelope.detail_type)
    }

    /// `time` of the envelope.
    pub fn time(&self) -> Option<Timestamp> {
        self.envelope.and_then(|envelope| envelope.time)
    }

    /// Returns whether the rule or schedule that sent a scheduled event has a name of this form. Generated code asks it.
    ///
    /// In the form, `{environment}` stands for the environment, `*` for any text, and `{rule}` for nothing, or for a
    /// hyphen and a number.
    pub fn is_by(&self, form: &str) -> bool {
        // In any form, if the function does not know its environment.
        let environment = std::env::var(ENVIRONMENT_VARIABLE).ok();
        let name = self.rule_name();
        name.is_some_and(|name| rule_name::fits(form, name, environment.as_deref()))
    }

    /// The name of the rule or schedule that sent a scheduled event: the end of its ARN.
    fn rule_name(&self) -> Option<&'a str> {
        let arn = self.envelope?.resources?.get(0)?.as_str()?;
        arn.rsplit('/').next()
    }

    /// An error about a scheduled event that none of the job's schedules has sent.
    pub(crate) fn unknown_schedule(&self) -> Malformed {
        let resources = self.envelope.and_then(|envelope| envelope.resources);
        let expected = "the ARN of the rule of one of the job's schedules";
        Malformed::expected("resources", expected, resources)
    }

    /// A field of the detail.
    pub fn field(&self, name: &str) -> Option<&'a Value> {
        self.detail.get(name)
    }

    /// Returns what the event is about: the field of the detail that the spec names as `subject`.
    pub fn subject(&self) -> Option<&'a Value> {
        let mut names = self.subject?.split('.');
        let first = self.detail.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    }

    /// The fields of the detail.
    pub(crate) fn fields(&self) -> &'a Map<String, Value> {
        self.detail
    }

    /// The path of a detail's field in the payload.
    pub(crate) fn path(&self, name: &str) -> String {
        match self.envelope {
            Some(_) => format!("detail.{name}"),
            None => name.to_owned(),
        }
    }

    /// An error about a field of the detail that is not what it should be.
    pub(crate) fn unexpected(&self, name: &str, expected: &str) -> Malformed {
        Malformed::expected(self.path(name), expected, self.field(name))
    }

    fn undecodable(&self, path: &str, error: &serde_json::Error) -> Malformed {
        let message = error.to_string();
        // serde reports a missing field with the path of the object that lacks it.
        let missing = message
            .strip_prefix("missing field `")
            .and_then(|rest| rest.strip_suffix('`'));
        let within = if path == "." { "" } else { path };
        match missing {
            Some(field) if within.is_empty() => self.unexpected(field, "a value"),
            Some(field) => {
                Malformed::expected(self.path(&format!("{within}.{field}")), "a value", None)
            }
            None => Malformed {
                path: self.path(within),
                problem: format!("{message}, found {}", found(self.at(within))),
            },
        }
    }

    /// The value at a path as `serde_path_to_error` writes it: `lines[2].price`.
    fn at(&self, path: &str) -> Option<&'a Value> {
        let mut steps = path.split(['.', '[']);
        let first = self.detail.get(steps.next()?)?;
        steps.try_fold(first, |value, step| match step.strip_suffix(']') {
            Some(index) => value.get(index.parse::<usize>().ok()?),
            None => value.get(step),
        })
    }
}

/// An event of others that a `pattern` trigger let through.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherEvent {
    /// `source` of the envelope.
    pub source: String,
    /// `detail-type` of the envelope.
    pub detail_type: String,
    /// The detail as it is.
    pub detail: Value,
}

/// An event that cannot be read. Its text names the field, what was expected there, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    path: String,
    problem: String,
}

impl Malformed {
    pub(crate) fn expected(path: impl Into<String>, expected: &str, value: Option<&Value>) -> Self {
        Self {
            path: path.into(),
            problem: format!("expected {expected}, found {}", found(value)),
        }
    }

    /// The field, from the top of the payload: `detail.order_id`.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed event: `{}`: {}", self.path, self.problem)
    }
}

impl std::error::Error for Malformed {}

/// Reads a timestamp, for the field at `path`.
pub(crate) fn timestamp(path: &str) -> impl Fn(&Value) -> Result<Timestamp, Malformed> {
    move |value| {
        let parsed = value.as_str().and_then(|text| text.parse().ok());
        parsed.ok_or_else(|| Malformed::expected(path, "an RFC 3339 timestamp", Some(value)))
    }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, Malformed> {
    let value = fields.get(name);
    let text = value.and_then(Value::as_str);
    text.ok_or_else(|| Malformed::expected(name, "a string", value))
}

/// A value as an error message shows it.
fn found(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let text = value.to_string();
    // Cut at a character: a slice that ends inside one would panic.
    match text.char_indices().nth(MAX_FOUND) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
