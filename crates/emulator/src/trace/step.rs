//! The steps of a trace.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::failure::Failure;

/// What may happen. Ids: an `event` has EventBridge's, a `delivery` counts the targets that events were sent to,
/// a `request` is Lambda's, and its attempts share it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Step {
    /// An event arrived on a bus.
    EventReceipt {
        /// The event's id.
        event: Arc<str>,
        /// The bus.
        bus: Arc<str>,
        /// The request of the function that emitted it, if one did.
        emitted_by: Option<Arc<str>>,
        /// `source`.
        source: String,
        /// `detail-type`.
        detail_type: String,
        /// `detail.event_type`, if it has one.
        event_type: Option<String>,
        /// What the event is about, if its detail says so where the pipeline says.
        subject: Option<String>,
        /// The whole event.
        #[serde(serialize_with = "raw", deserialize_with = "text_of")]
        envelope: Arc<str>,
    },
    /// An entry that was put was refused; or it was accepted and dropped, with the code `Dropped`, as EventBridge does
    /// with a source or detail type that is too long.
    EntryRefused {
        /// The request of the function that put it, if one did.
        emitted_by: Option<Arc<str>>,
        /// `source`.
        source: String,
        /// `detail-type`.
        detail_type: String,
        /// `ErrorCode`.
        code: String,
        /// `ErrorMessage`.
        message: String,
    },
    /// A rule's schedule came due; the event is what it sends.
    ScheduleFired {
        /// The event's id.
        event: Arc<str>,
        /// The rule.
        rule: Arc<str>,
        /// The whole event.
        #[serde(serialize_with = "raw", deserialize_with = "text_of")]
        envelope: Arc<str>,
    },
    /// A rule matched an event.
    RuleMatch {
        /// The event's id.
        event: Arc<str>,
        /// The rule.
        rule: Arc<str>,
    },
    /// No rule matched an event.
    NoStandardRulesMatched {
        /// The event's id.
        event: Arc<str>,
        /// The rule that came nearest, with the field that decided.
        nearest: Option<Nearest>,
    },
    /// A chain of events has come further than a pipeline's may, and ends here.
    LoopStopped {
        /// The event's id.
        event: Arc<str>,
        /// How many functions it has gone through.
        hops: u32,
    },
    /// An event is to be delivered to a target.
    InvocationStart {
        /// The event's id.
        event: Arc<str>,
        /// The delivery's number.
        delivery: u64,
        /// The rule.
        rule: Arc<str>,
        /// The target's id.
        target: Arc<str>,
        /// The target's ARN.
        arn: Arc<str>,
        /// What the target receives, if that is not the event.
        #[serde(
            serialize_with = "raw_or_nothing",
            deserialize_with = "text_or_nothing"
        )]
        payload: Option<Arc<str>>,
    },
    /// A delivery is tried.
    InvocationAttemptStart {
        /// The delivery.
        delivery: u64,
        /// From 1.
        attempt: u32,
    },
    /// The target took it.
    InvocationAttemptSuccess {
        /// The delivery.
        delivery: u64,
    },
    /// The target has too much to do.
    InvocationAttemptThrottle {
        /// The delivery.
        delivery: u64,
        /// When it is tried again, if it is.
        retry_at: Option<Timestamp>,
    },
    /// The target will never take it.
    InvocationAttemptPermanentFailure {
        /// The delivery.
        delivery: u64,
        /// As a dead letter has it.
        error_code: String,
        /// In words.
        message: String,
    },
    /// The event was delivered.
    InvocationSuccess {
        /// The delivery.
        delivery: u64,
        /// The request, if the target is a function.
        request: Option<Arc<str>>,
    },
    /// The delivery is given up.
    InvocationFailure {
        /// The delivery.
        delivery: u64,
        /// As a dead letter has it.
        error_code: String,
        /// `MaximumRetryAttempts` or `MaximumEventAgeInSeconds`, if retries were exhausted.
        condition: Option<String>,
    },
    /// An undeliverable event went to its dead-letter queue.
    InvocationDlq {
        /// The delivery.
        delivery: u64,
        /// The queue's ARN.
        queue: String,
        /// The message's id, unless the queue could not take it: then the event is lost.
        message: Option<String>,
    },
    /// Somebody invoked a function over Lambda's API.
    FunctionInvoked {
        /// The request.
        request: Arc<str>,
        /// The function.
        function: Arc<str>,
        /// What it receives.
        #[serde(serialize_with = "raw", deserialize_with = "text_of")]
        payload: Arc<str>,
    },
    /// A function began an attempt.
    FunctionStart {
        /// The request.
        request: Arc<str>,
        /// The function.
        function: Arc<str>,
        /// From 1.
        attempt: u32,
        /// Whether a process was started for it.
        cold: bool,
    },
    /// The attempt succeeded.
    FunctionSuccess {
        /// The request.
        request: Arc<str>,
        /// Measured, from hand-over to answer; a cold start is in it.
        duration_us: u64,
        /// The part of it that the process took to start.
        init_us: u64,
    },
    /// The attempt failed.
    FunctionError {
        /// The request.
        request: Arc<str>,
        /// Measured.
        duration_us: u64,
        /// What went wrong.
        failure: Failure,
        /// When it is tried again, if it is.
        retry_at: Option<Timestamp>,
    },
    /// The function has as much to do as it may.
    FunctionThrottle {
        /// The request.
        request: Arc<str>,
        /// When it is tried again, if it is.
        retry_at: Option<Timestamp>,
    },
    /// The request is given up.
    FunctionFailure {
        /// The request.
        request: Arc<str>,
        /// `RetriesExhausted` or `EventAgeExceeded`.
        condition: String,
        /// The ARN of the failure destination that keeps it, if one does.
        destination: Option<String>,
    },
    /// A line that a function wrote.
    FunctionLog {
        /// The request; nothing outside of one.
        request: Option<Arc<str>>,
        /// The function.
        function: Arc<str>,
        /// The line.
        line: String,
    },
    /// A fault was put in on purpose.
    Fault {
        /// Which.
        fault: FaultKind,
        /// The delivery that it befell, if it was one.
        delivery: Option<u64>,
        /// The request that it befell, if it was one.
        request: Option<Arc<str>>,
    },
}

/// A fault that can be put in on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// An event is delivered to a target a second time.
    Duplicate,
    /// A delivery is held back.
    Delay,
    /// A function does its work, and its answer is lost: it counts as failed, and runs again.
    DropResponse,
    /// A function is killed in the middle: when it first speaks after it was given its event.
    Kill,
    /// A function is stopped at its timeout.
    Timeout,
    /// Lambda refuses a delivery: too many requests.
    Throttle,
    /// A request of `PutEvents` fails as a whole.
    RefuseRequest,
    /// One entry of `PutEvents` fails.
    RefuseEntry,
}

impl FaultKind {
    /// As in a spec of faults.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Delay => "delay",
            Self::DropResponse => "drop_response",
            Self::Kill => "kill",
            Self::Timeout => "timeout",
            Self::Throttle => "throttle",
            Self::RefuseRequest => "refuse_request",
            Self::RefuseEntry => "refuse_entry",
        }
    }
}

/// The rule that came nearest to an event that no rule matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nearest {
    /// The rule.
    pub rule: Arc<str>,
    /// The field that decided, as `detail.plan`.
    pub field: String,
    /// All of it in words.
    pub reason: String,
}

/// JSON as it is, on one line; what is not JSON, as a text.
fn raw<S: Serializer>(json: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    // Within its strings JSON has no line breaks, only what stands for them.
    let line: Cow<'_, str> = if json.contains(['\n', '\r']) {
        json.replace(['\n', '\r'], " ").into()
    } else {
        (&**json).into()
    };
    match serde_json::from_str::<&RawValue>(&line) {
        Ok(value) => value.serialize(serializer),
        Err(_) => json.serialize(serializer),
    }
}

#[expect(clippy::ref_option, reason = "what serde asks for")]
fn raw_or_nothing<S: Serializer>(
    json: &Option<Arc<str>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match json {
        Some(json) => raw(json, serializer),
        None => serializer.serialize_none(),
    }
}

/// JSON as a text, its members in the order of their names: a tagged enum is read through values, which keep no layout.
fn text_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.to_string().into())
}

fn text_or_nothing<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Arc<str>>, D::Error> {
    let value = Option::<Value>::deserialize(deserializer)?;
    Ok(value.map(|value| value.to_string().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_json_stays_json_on_one_line() {
        for (payload, expected) in [
            ("{\n  \"a\": \"b\\n\"\r\n}", "{   \"a\": \"b\\n\"  }"),
            ("not\njson", "\"not\\njson\""),
        ] {
            let step = Step::FunctionInvoked {
                request: "r".into(),
                function: "f".into(),
                payload: payload.into(),
            };
            let text = serde_json::to_string(&step).unwrap();
            assert!(
                text.ends_with(&format!("\"payload\":{expected}}}")),
                "{text}"
            );
        }
    }
}
