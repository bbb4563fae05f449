//! Steps: what can happen on the bus.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::failure::Failure;

/// The code of a delivery that has no input: one of those that EventBridge has for dead letters.
pub(crate) const INVALID_INPUT: &str = "INVALID_JSON";
/// The code of a delivery to a third bus. It is ours: EventBridge has no word for it, as it says nothing.
pub(crate) const THIRD_BUS: &str = "THIRD_BUS";

/// One thing that happened. An `event` is EventBridge's id of an event. A `delivery` is a number: each event sent to a
/// target has its own. A `request` is Lambda's id, which all attempts of an invocation share.
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
        /// The event's subject, if its detail has a value at the pipeline's path.
        subject: Option<String>,
        /// The whole event.
        #[serde(serialize_with = "raw")]
        envelope: Arc<str>,
    },
    /// An entry was refused. Or it was accepted and dropped, with the code `Dropped`: EventBridge does that if a source
    /// or detail type is too long.
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
    /// A rule's schedule fired, and made this event.
    ScheduleFired {
        /// The event's id.
        event: Arc<str>,
        /// The rule.
        rule: Arc<str>,
        /// The whole event.
        #[serde(serialize_with = "raw")]
        envelope: Arc<str>,
    },
    /// A rule matched an event.
    RuleMatch {
        /// The event's id.
        event: Arc<str>,
        /// The rule.
        rule: Arc<str>,
    },
    /// Whether a rule matches took too much work to find out, so that it counts as no match: its fields lie in many
    /// arrays of the event, whose elements would have to agree.
    RuleUndecided {
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
        /// Why no rule could match: the bus is not there. AWS takes an event for it, and loses it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        no_bus: Option<String>,
    },
    /// A chain of events was longer than it may be, and ends here.
    LoopStopped {
        /// The event's id.
        event: Arc<str>,
        /// The number of functions that it has gone through.
        hops: u32,
    },
    /// The delivery of an event to a target begins.
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
        /// The text that the target receives, if that is not the event.
        #[serde(serialize_with = "raw_or_nothing")]
        payload: Option<Arc<str>>,
    },
    /// A delivery is tried.
    InvocationAttemptStart {
        /// The delivery.
        delivery: u64,
        /// The attempt's number, from 1.
        attempt: u32,
    },
    /// The target took the event.
    InvocationAttemptSuccess {
        /// The delivery.
        delivery: u64,
    },
    /// The target has too much to do.
    InvocationAttemptThrottle {
        /// The delivery.
        delivery: u64,
        /// The instant of the next attempt, if there is one.
        retry_at: Option<Timestamp>,
    },
    /// The target failed, and may take the event later.
    InvocationAttemptRetryableFailure {
        /// The delivery.
        delivery: u64,
        /// The code that a dead letter would have.
        error_code: String,
        /// Says why.
        message: String,
        /// The instant of the next attempt, if there is one.
        retry_at: Option<Timestamp>,
    },
    /// The target will never take the event. Or its input cannot be made of the event, and nothing is tried: the code
    /// is `INVALID_JSON`, and there is no dead letter. Neither is there one of an event that would go on to a third bus,
    /// `THIRD_BUS`.
    InvocationAttemptPermanentFailure {
        /// The delivery.
        delivery: u64,
        /// The code that a dead letter has.
        error_code: String,
        /// Says why.
        message: String,
    },
    /// The event was delivered.
    InvocationSuccess {
        /// The delivery.
        delivery: u64,
        /// The request, if the target is a function.
        request: Option<Arc<str>>,
        /// The message's id, if the target is a queue that a function gets its events from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Arc<str>>,
        /// Whether the target is not on this machine, so that nothing runs.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_elsewhere: bool,
    },
    /// The delivery is given up.
    InvocationFailure {
        /// The delivery.
        delivery: u64,
        /// The code that a dead letter has.
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
        /// The JSON that the function receives.
        #[serde(serialize_with = "raw")]
        payload: Arc<str>,
    },
    /// A function began an attempt.
    FunctionStart {
        /// The request.
        request: Arc<str>,
        /// The function.
        function: Arc<str>,
        /// The attempt's number, from 1.
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
        /// The part of the duration that the process took to start.
        init_us: u64,
    },
    /// The attempt failed.
    FunctionError {
        /// The request.
        request: Arc<str>,
        /// Measured.
        duration_us: u64,
        /// The failure.
        failure: Failure,
        /// The instant of the next attempt, if there is one.
        retry_at: Option<Timestamp>,
    },
    /// The function already has as many runs as it may.
    FunctionThrottle {
        /// The request.
        request: Arc<str>,
        /// The instant of the next attempt, if there is one.
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
    /// Lambda took messages from a queue, and runs a function for all of them at once.
    BatchStart {
        /// The request of the run.
        request: Arc<str>,
        /// The queue's ARN.
        queue: Arc<str>,
        /// The function.
        function: Arc<str>,
        /// The messages, in the queue's order.
        messages: Vec<BatchMessage>,
    },
    /// The run for a batch is over. What is done has been deleted from the queue.
    BatchEnd {
        /// The request of the run.
        request: Arc<str>,
        /// The ids of the messages that are not done.
        failed: Vec<Arc<str>>,
        /// Says why the whole batch failed, if it did.
        reason: Option<String>,
        /// The instant at which the messages that are not done come back.
        retry_at: Option<Timestamp>,
    },
    /// A message left its queue without being done: it was received too often, or is too old.
    MessageGivenUp {
        /// The message's id.
        message: Arc<str>,
        /// The ARN of the queue that it was in.
        queue: Arc<str>,
        /// The ARN of the queue that keeps it, unless it is lost.
        to: Option<String>,
    },
    /// The filter of an event source mapping did not let a message through, so that it was deleted.
    MessageFiltered {
        /// The message's id.
        message: Arc<str>,
        /// The ARN of the queue that it was in.
        queue: Arc<str>,
        /// The function that it is not meant for.
        function: Arc<str>,
    },
    /// A line that a function wrote.
    FunctionLog {
        /// The request during which it was written, if there was one.
        request: Option<Arc<str>>,
        /// The function.
        function: Arc<str>,
        /// The line.
        line: String,
    },
    /// A fault was put in on purpose.
    Fault {
        /// The kind of fault.
        fault: FaultKind,
        /// The delivery that it befell, if it was one.
        delivery: Option<u64>,
        /// The request that it befell, if it was one.
        request: Option<Arc<str>>,
    },
}

impl Step {
    /// Returns about how many bytes it takes in memory. Texts that several steps share count for each.
    pub(crate) fn bytes(&self) -> usize {
        /// What a record takes beside its long texts.
        const FIXED: usize = 300;
        let texts = match self {
            Self::EventReceipt { envelope, .. } | Self::ScheduleFired { envelope, .. } => {
                envelope.len()
            }
            Self::InvocationStart { payload, .. } => payload.as_ref().map_or(0, |text| text.len()),
            Self::FunctionInvoked { payload, .. } => payload.len(),
            Self::FunctionLog { line, .. } => line.len(),
            Self::EntryRefused { message, .. }
            | Self::InvocationAttemptRetryableFailure { message, .. }
            | Self::InvocationAttemptPermanentFailure { message, .. } => message.len(),
            Self::FunctionError { failure, .. } => failure.to_string().len(),
            Self::BatchStart { messages, .. } => messages.len() * 64,
            Self::BatchEnd { failed, .. } => failed.len() * 64,
            _ => 0,
        };
        FIXED + texts
    }
}

/// A message of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchMessage {
    /// The message's id.
    pub message: Arc<str>,
    /// How often it has been received, this time included.
    pub receive: u32,
}

/// A fault that can be put in on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// An event is delivered to a target a second time.
    Duplicate,
    /// A delivery is held back.
    Delay,
    /// A function does its work, and its response is lost. The run counts as failed, and is retried.
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
    /// Returns the name that a file of faults has for it.
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
    /// The path of the field that decided, such as `detail.plan`.
    pub field: String,
    /// Says in words what the rule wanted and what was there.
    pub reason: String,
}

/// The members of a record that are written as JSON, and are texts in a [`Step`].
pub(super) const RAW: [&str; 2] = ["envelope", "payload"];

/// Writes JSON as it is, on one line. A text that is not JSON becomes a string.
fn raw<S: Serializer>(json: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    // Line breaks stand only between JSON's tokens: in strings they are escaped. So this changes no value.
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
