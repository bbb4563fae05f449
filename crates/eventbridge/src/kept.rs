//! What the queues of failures keep, and where each message belongs.
//!
//! Four services put messages there: EventBridge and EventBridge Scheduler what they could not deliver, Lambda the record of
//! a run that failed for good, and SQS itself what was received too often. Each has a form of its own.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::arn::Arn;

/// A message in a queue of failures, by what put it there.
///
/// ```
/// use eventbridge::kept::Kept;
///
/// let record = r#"{
///     "requestContext": { "functionArn": "arn:aws:lambda:eu-central-1:123456789012:function:mail:$LATEST" },
///     "requestPayload": { "n": 1.50 }
/// }"#;
/// let kept = Kept::read(record, None, |_| None)?;
/// let function = "arn:aws:lambda:eu-central-1:123456789012:function:mail";
/// assert_eq!(kept, Kept::FailedRun { function, qualifier: None, payload: r#"{ "n": 1.50 }"# });
/// # Ok::<(), eventbridge::kept::UnknownMessage>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kept<'m> {
    /// An event that a target did not take. The message is the event as it came to the bus: what the target receives is
    /// still to be made of it.
    /// [Its attributes](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html) name the rule and what
    /// its target reaches, but not the target, of which a rule may have several with one ARN.
    DeadLetter {
        /// The ARN of the rule.
        rule: &'m str,
        /// The ARN of what the target reaches.
        target: &'m str,
    },
    /// What EventBridge Scheduler could not deliver. The message is
    /// [what was sent](https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html).
    Scheduled {
        /// The ARN of the schedule.
        schedule: &'m str,
        /// The ARN of its target.
        target: &'m str,
        /// What the target should have received.
        payload: Cow<'m, str>,
    },
    /// A message that a queue gave up, because it was received too often.
    GivenUp {
        /// The ARN of that queue.
        queue: &'m str,
    },
    /// A message of the queue before a function that the function itself put away, as the crate `job` does.
    PutAway,
    /// The
    /// [record](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html) of a run that failed.
    FailedRun {
        /// The ARN of the function, without a version or an alias.
        function: &'m str,
        /// The version or alias that was invoked, if it was not the latest version.
        qualifier: Option<&'m str>,
        /// What it was invoked with, to the letter.
        payload: &'m str,
    },
}

/// A message of which nothing says where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMessage {
    why: &'static str,
}

/// The version that a function has if nobody names one.
const LATEST: &str = "$LATEST";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<'m> {
    #[serde(borrow)]
    request_context: Context<'m>,
    #[serde(borrow)]
    request_payload: &'m RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context<'m> {
    function_arn: &'m str,
}

/// The requests that EventBridge Scheduler makes of Lambda and of SQS, as far as they have what is sent.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ScheduledRequest {
    payload: Option<String>,
    message_body: Option<String>,
    #[serde(rename = "FunctionName", alias = "QueueUrl")]
    _to: String,
    #[serde(rename = "InvocationType", alias = "MessageGroupId")]
    _how: Option<String>,
}

impl<'m> Kept<'m> {
    /// Reads a message, given its text attributes by name and the ARN of the queue that gave it up: SQS's attribute
    /// `DeadLetterQueueSourceArn`.
    ///
    /// # Errors
    /// A message in none of these forms, or one that AWS has cut.
    pub fn read(
        body: &'m str,
        given_up_by: Option<&'m str>,
        attribute: impl Fn(&str) -> Option<&'m str>,
    ) -> Result<Self, UnknownMessage> {
        if let Some(queue) = given_up_by {
            return Ok(Self::GivenUp { queue });
        }
        if let Some(target) = attribute("TARGET_ARN") {
            if let Some(schedule) = attribute("SCHEDULE_ARN") {
                let is_cut = attribute("IS_PAYLOAD_TRUNCATED")
                    .is_some_and(|said| said.eq_ignore_ascii_case("true"));
                if is_cut {
                    let why = "EventBridge Scheduler has cut its text, so it is not what was sent";
                    return Err(UnknownMessage { why });
                }
                return Ok(Self::Scheduled {
                    schedule,
                    target,
                    payload: scheduled_payload(body),
                });
            }
            if let Some(rule) = attribute("RULE_ARN") {
                return Ok(Self::DeadLetter { rule, target });
            }
        }
        if attribute("MessageId").is_some() && attribute("ErrorMessage").is_some() {
            return Ok(Self::PutAway);
        }
        let record: Record<'m> = serde_json::from_str(body).map_err(|_| UnknownMessage {
            why: "it is neither a dead letter nor the record of a failed run",
        })?;
        let arn = record.request_context.function_arn;
        let named = Arn::parse(arn).ok();
        let qualifier = named.and_then(|arn| arn.function()?.qualifier);
        Ok(Self::FailedRun {
            function: named.map_or(arn, |arn| arn.unqualified()),
            qualifier: qualifier.filter(|qualifier| *qualifier != LATEST),
            payload: record.request_payload.get(),
        })
    }
}

/// Returns what EventBridge Scheduler sends. AWS does not say whether a dead letter has that alone or the whole request, so
/// a request is taken apart; nothing that a pipeline sends is like one.
fn scheduled_payload(body: &str) -> Cow<'_, str> {
    match serde_json::from_str(body) {
        Ok(
            ScheduledRequest {
                payload: Some(sent),
                message_body: None,
                ..
            }
            | ScheduledRequest {
                payload: None,
                message_body: Some(sent),
                ..
            },
        ) => Cow::Owned(sent),
        _ => Cow::Borrowed(body),
    }
}

impl fmt::Display for UnknownMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why)
    }
}

impl std::error::Error for UnknownMessage {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FUNCTION: &str = "arn:aws:lambda:r:1:function:f";
    const QUEUE: &str = "arn:aws:sqs:r:1:q";

    fn read<'m>(body: &'m str, attributes: &[(&str, &'m str)]) -> Result<Kept<'m>, UnknownMessage> {
        Kept::read(body, None, |name| {
            let found = attributes.iter().find(|(found, _)| *found == name);
            found.map(|(_, value)| *value)
        })
    }

    #[test]
    fn attributes_tell_a_dead_letter_and_who_wrote_it() {
        let attributes = [("TARGET_ARN", FUNCTION), ("RULE_ARN", "rule")];
        let letter = Kept::DeadLetter {
            rule: "rule",
            target: FUNCTION,
        };
        assert_eq!(read("{}", &attributes), Ok(letter));
        let scheduled = |body: &'static str, payload: &'static str| {
            let attributes = [
                ("TARGET_ARN", FUNCTION),
                ("SCHEDULE_ARN", "schedule"),
                ("IS_PAYLOAD_TRUNCATED", "false"),
            ];
            let letter = Kept::Scheduled {
                schedule: "schedule",
                target: FUNCTION,
                payload: payload.into(),
            };
            assert_eq!(read(body, &attributes), Ok(letter), "{body}");
        };
        scheduled(r#"{"detail": 1.0}"#, r#"{"detail": 1.0}"#);
        scheduled("no JSON", "no JSON");
        scheduled(
            r#"{"FunctionName":"f","InvocationType":"Event","Payload":"{\"n\": 1.0}"}"#,
            r#"{"n": 1.0}"#,
        );
        scheduled(r#"{"QueueUrl":"u","MessageBody":"m"}"#, "m");
        // It only looks like a request.
        let own = r#"{"FunctionName":"f","Payload":"p","other":1}"#;
        scheduled(own, own);
    }

    #[test]
    fn what_aws_has_cut_is_not_what_was_sent() {
        let attributes = [
            ("TARGET_ARN", FUNCTION),
            ("SCHEDULE_ARN", "schedule"),
            ("IS_PAYLOAD_TRUNCATED", "true"),
        ];
        let error = read("{}", &attributes).unwrap_err();
        assert!(error.to_string().contains("has cut"), "{error}");
    }

    #[test]
    fn what_a_queue_gave_up_belongs_there_whatever_it_looks_like() {
        let read = Kept::read("{}", Some(QUEUE), |_| Some("x"));
        assert_eq!(read, Ok(Kept::GivenUp { queue: QUEUE }));
        let attributes = [("MessageId", "m"), ("ErrorMessage", "e")];
        assert_eq!(self::read("{}", &attributes), Ok(Kept::PutAway));
    }

    #[test]
    fn the_payload_of_a_failed_run_stays_as_it_was_written() {
        let record = |arn: &str| {
            format!(
                r#"{{"version":"1.0","requestContext":{{"requestId":"r","functionArn":"{arn}","condition":"RetriesExhausted"}},"requestPayload":{{"b": 1e400, "a":"\ud83d"}},"responsePayload":null}}"#
            )
        };
        for (arn, function, qualifier) in [
            (FUNCTION, FUNCTION, None),
            ("arn:aws:lambda:r:1:function:f:$LATEST", FUNCTION, None),
            ("arn:aws:lambda:r:1:function:f:live", FUNCTION, Some("live")),
            ("f", "f", None),
        ] {
            let expected = Kept::FailedRun {
                function,
                qualifier,
                payload: r#"{"b": 1e400, "a":"\ud83d"}"#,
            };
            assert_eq!(read(&record(arn), &[]), Ok(expected), "{arn}");
        }
    }

    #[test]
    fn anything_else_is_unknown() {
        for body in [
            "",
            "text",
            "{}",
            r#"{"requestContext":{}}"#,
            r#"{"requestPayload":{}}"#,
        ] {
            assert!(read(body, &[("TARGET_ARN", FUNCTION)]).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(body in "\\PC{0,80}", name in prop::option::of("\\PC{0,8}")) {
            let _ = Kept::read(&body, None, |_| name.as_deref());
        }
    }
}
