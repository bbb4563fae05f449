//! The attributes of a queue that decide what it does:
//! [SetQueueAttributes](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::Value;

use crate::refusal::{Answer, Refusal};

/// The end of a FIFO queue's name.
const FIFO: &str = ".fifo";

/// Returns whether a name is that of a FIFO queue.
pub(crate) fn is_fifo(name: &str) -> bool {
    name.ends_with(FIFO)
}

/// The settings of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// The time for which a received message is hidden, in seconds.
    pub(super) visibility: u32,
    /// The time for which a new message is hidden, in seconds.
    pub(super) delay: u32,
    /// The time after which a message is gone, in seconds.
    pub(super) retention: u32,
    pub(super) is_fifo: bool,
    /// Whether equal bodies count as one message, in a FIFO queue.
    pub(super) by_content: bool,
    pub(super) redrive: Option<Redrive>,
}

/// The queue for messages that were received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redrive {
    pub(super) arn: String,
    pub(super) max_receives: u32,
}

impl Settings {
    /// Reads the attributes of the queue with this name.
    ///
    /// # Errors
    /// A value that SQS would refuse.
    pub(super) fn read(name: &str, attributes: &BTreeMap<String, String>) -> Answer<Self> {
        let is_fifo = switch(attributes, "FifoQueue")?;
        if is_fifo != self::is_fifo(name) {
            return Err(Refusal::new(
                "InvalidParameterValue",
                "The name of a FIFO queue ends with .fifo, and its attribute FifoQueue is true.",
            ));
        }
        let by_content = switch(attributes, "ContentBasedDeduplication")?;
        if by_content && !is_fifo {
            return Err(Refusal::new(
                "InvalidAttributeName",
                "Unknown Attribute ContentBasedDeduplication.",
            ));
        }
        Ok(Self {
            visibility: number(attributes, "VisibilityTimeout", 0..=43_200, 30)?,
            delay: number(attributes, "DelaySeconds", 0..=900, 0)?,
            retention: number(
                attributes,
                "MessageRetentionPeriod",
                60..=1_209_600,
                345_600,
            )?,
            is_fifo,
            by_content,
            redrive: redrive(attributes, is_fifo)?,
        })
    }
}

fn switch(attributes: &BTreeMap<String, String>, name: &str) -> Answer<bool> {
    match attributes.get(name).map(String::as_str) {
        None | Some("" | "false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(invalid(name)),
    }
}

fn number(
    attributes: &BTreeMap<String, String>,
    name: &str,
    range: RangeInclusive<u32>,
    default: u32,
) -> Answer<u32> {
    let Some(value) = attributes.get(name) else {
        return Ok(default);
    };
    let number = value.parse().ok();
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| invalid(name))
}

/// Reads the [policy](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html)
/// for messages that were received too often. The other queue is of the same kind.
fn redrive(attributes: &BTreeMap<String, String>, is_fifo: bool) -> Answer<Option<Redrive>> {
    let Some(policy) = attributes
        .get("RedrivePolicy")
        .filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    let invalid = || invalid("RedrivePolicy");
    let policy: Value = serde_json::from_str(policy).map_err(|_| invalid())?;
    let arn = policy["deadLetterTargetArn"].as_str().ok_or_else(invalid)?;
    let max_receives = match &policy["maxReceiveCount"] {
        Value::String(text) => text.parse().ok(),
        number => number.as_u64().and_then(|count| u32::try_from(count).ok()),
    };
    let max_receives = max_receives.filter(|count| (1..=1_000).contains(count));
    if self::is_fifo(arn) != is_fifo {
        return Err(invalid());
    }
    Ok(Some(Redrive {
        arn: arn.to_owned(),
        max_receives: max_receives.ok_or_else(invalid)?,
    }))
}

fn invalid(name: &str) -> Refusal {
    Refusal::new(
        "InvalidAttributeValue",
        format!("Invalid value for the parameter {name}."),
    )
}

/// Returns SQS's values for attributes that nobody has set.
pub(super) fn defaults() -> BTreeMap<String, String> {
    let defaults = [
        ("DelaySeconds", "0"),
        ("MaximumMessageSize", "1048576"),
        ("MessageRetentionPeriod", "345600"),
        ("ReceiveMessageWaitTimeSeconds", "0"),
        ("SqsManagedSseEnabled", "true"),
        ("VisibilityTimeout", "30"),
    ];
    let defaults = defaults.map(|(name, value)| (name.to_owned(), value.to_owned()));
    defaults.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(name: &str, attributes: &[(&str, &str)]) -> Result<Settings, &'static str> {
        let attributes = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::read(name, &attributes.collect()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn settings_are_read_and_what_sqs_refuses_is_refused() {
        let plain = settings("q", &[]).unwrap();
        assert_eq!((plain.visibility, plain.delay), (30, 0));
        let policy = |count: &str| {
            format!(r#"{{"deadLetterTargetArn":"arn:aws:sqs:r:1:d","maxReceiveCount":{count}}}"#)
        };
        for count in ["3", "\"3\""] {
            let read = settings("q", &[("RedrivePolicy", &policy(count))]).unwrap();
            assert_eq!(read.redrive.unwrap().max_receives, 3, "{count}");
        }
        for (name, attribute, value) in [
            ("q", "VisibilityTimeout", "43201"),
            ("q", "DelaySeconds", "901"),
            ("q", "RedrivePolicy", "{}"),
            ("q", "RedrivePolicy", &policy("0")),
            ("q", "RedrivePolicy", &policy("1001")),
            ("q", "FifoQueue", "true"),
            ("q.fifo", "VisibilityTimeout", "1"),
            ("q", "ContentBasedDeduplication", "true"),
            ("q", "FifoQueue", "yes"),
        ] {
            let refused = settings(name, &[(attribute, value)]);
            assert!(refused.is_err(), "{name} {attribute} {value}");
        }
        let of_another_kind = policy("3");
        let fifo = [("FifoQueue", "true"), ("RedrivePolicy", &*of_another_kind)];
        assert_eq!(settings("q.fifo", &fifo), Err("InvalidAttributeValue"));
    }
}
