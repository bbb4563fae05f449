//! One message of a queue of failures, as it was received.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};
use eventbridge::kept::{Kept, UnknownMessage};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A message of a queue of failures.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Letter {
    /// The id of the message.
    pub(crate) id: String,
    /// What it is deleted with.
    pub(crate) receipt: String,
    pub(crate) body: String,
    pub(crate) attributes: BTreeMap<String, MessageAttributeValue>,
    /// When it came to the queue; nothing if the response does not say.
    pub(crate) sent: Option<Timestamp>,
    /// The message group, in a FIFO queue.
    pub(crate) group: Option<String>,
    /// The ARN of the queue that gave it up.
    pub(crate) given_up_by: Option<String>,
}

/// The parts of an event that tell people which one it is.
#[derive(Deserialize)]
struct Event<'e> {
    #[serde(borrow)]
    id: Option<&'e str>,
    #[serde(borrow)]
    detail: Option<&'e RawValue>,
}

impl Letter {
    pub(crate) fn new(message: Message) -> Self {
        let system = message.attributes.unwrap_or_default();
        let sent = system.get(&MessageSystemAttributeName::SentTimestamp);
        let sent = sent.and_then(|text| text.parse().ok());
        let text = |name| system.get(&name).cloned();
        Self {
            sent: sent.and_then(|sent| Timestamp::from_millisecond(sent).ok()),
            group: text(MessageSystemAttributeName::MessageGroupId),
            given_up_by: text(MessageSystemAttributeName::DeadLetterQueueSourceArn),
            id: message.message_id.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
            attributes: message
                .message_attributes
                .unwrap_or_default()
                .into_iter()
                .collect(),
        }
    }

    /// Says what it is, and where it belongs.
    pub(crate) fn kept(&self) -> Result<Kept<'_>, UnknownMessage> {
        Kept::read(&self.body, self.given_up_by.as_deref(), |name| {
            self.attribute(name)
        })
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.string_value()
    }

    /// The event that it is about, or what was sent instead of one: JSON text.
    pub(crate) fn event(&self) -> Cow<'_, str> {
        match self.kept() {
            Ok(Kept::FailedRun { payload, .. }) => Cow::Borrowed(payload),
            Ok(Kept::Scheduled { payload, .. }) => payload,
            _ => Cow::Borrowed(&self.body),
        }
    }

    /// The id of the event that it is about.
    pub(crate) fn event_id(&self) -> Option<String> {
        let event = self.event();
        let event: Event<'_> = serde_json::from_str(&event).ok()?;
        event.id.map(str::to_owned)
    }

    /// Whom or what its event is about: the value at a dotted path of the detail.
    pub(crate) fn subject(&self, path: &str) -> Option<String> {
        let event = self.event();
        let event: Event<'_> = serde_json::from_str(&event).ok()?;
        let mut found = event.detail?;
        for name in path.split('.') {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(found.get()).ok()?;
            found = members.get(name).copied()?;
        }
        match found.get() {
            text if text.starts_with('"') => serde_json::from_str(text).ok(),
            number => Some(number.to_owned()),
        }
    }

    /// What went wrong, in the words of the service that wrote it: a code, then a text.
    pub(crate) fn error(&self) -> String {
        let text = |name: &str| self.attribute(name).unwrap_or_default();
        let (code, message) = match self.kept() {
            Ok(Kept::DeadLetter { .. } | Kept::Scheduled { .. }) => (
                text("ERROR_CODE").to_owned(),
                text("ERROR_MESSAGE").to_owned(),
            ),
            Ok(Kept::FailedRun { .. }) => failed_run(&self.body),
            Ok(Kept::GivenUp { .. }) => ("received too often".to_owned(), String::new()),
            _ => (String::new(), text("ErrorMessage").to_owned()),
        };
        let parts = [code, message].into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(": ")
    }
}

/// The error in the record of a failed run. Its response need not have one: the function may have timed out.
fn failed_run(record: &str) -> (String, String) {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Record {
        request_context: Value,
        #[serde(default)]
        response_payload: Option<Box<RawValue>>,
    }
    let Ok(record) = serde_json::from_str::<Record>(record) else {
        return Default::default();
    };
    let condition = &record.request_context["condition"];
    let response = record.response_payload.as_ref().map_or("", |it| it.get());
    let response: Value = serde_json::from_str(response).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let error = [
        text(&response["errorType"]),
        text(&response["errorMessage"]),
    ];
    let error = error.into_iter().filter(|part| !part.is_empty());
    (text(condition), error.collect::<Vec<_>>().join(": "))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A message with a body and attributes.
    pub(crate) fn letter(id: &str, body: &str, attributes: &[(&str, &str)]) -> Letter {
        let attributes = attributes.iter().map(|(name, value)| {
            let value = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(*value)
                .build()
                .unwrap();
            ((*name).to_owned(), value)
        });
        Letter {
            id: id.to_owned(),
            receipt: format!("receipt of {id}"),
            body: body.to_owned(),
            attributes: attributes.collect(),
            ..Letter::default()
        }
    }

    const RECORD: &str = r#"{"requestContext":{"functionArn":"arn:aws:lambda:r:1:function:f","condition":"RetriesExhausted"},"requestPayload":{"id":"e-1","detail":{"customer":{"id":17}}},"responsePayload":{"errorType":"Broken","errorMessage":"no way"}}"#;

    #[test]
    fn an_error_is_told_in_the_words_of_who_wrote_it() {
        let dead = [
            ("RULE_ARN", "r"),
            ("TARGET_ARN", "t"),
            ("ERROR_CODE", "NO_RESOURCE"),
            ("ERROR_MESSAGE", "there is no function"),
        ];
        let put_away = [("MessageId", "m"), ("ErrorMessage", "bad order")];
        for (letter, error) in [
            (
                letter("1", "{}", &dead),
                "NO_RESOURCE: there is no function",
            ),
            (letter("2", RECORD, &[]), "RetriesExhausted: Broken: no way"),
            (letter("3", "{}", &put_away), "bad order"),
            (letter("4", "text", &[]), ""),
            (
                letter("5", &RECORD.replace("\"errorType\"", "\"other\""), &[]),
                "RetriesExhausted: no way",
            ),
        ] {
            assert_eq!(letter.error(), error, "{}", letter.id);
        }
    }

    #[test]
    fn a_letter_knows_its_event_and_whom_it_is_about() {
        let run = letter("1", RECORD, &[]);
        assert_eq!(run.event_id().as_deref(), Some("e-1"));
        assert_eq!(run.subject("customer.id").as_deref(), Some("17"));
        assert_eq!(run.subject("customer.name"), None);
        let dead = letter(
            "2",
            r#"{"id":"e-2","detail":{"user":"u\u00e9","odd":"\ud83d"}}"#,
            &[("RULE_ARN", "r"), ("TARGET_ARN", "t")],
        );
        assert_eq!(dead.event_id().as_deref(), Some("e-2"));
        assert_eq!(dead.subject("user").as_deref(), Some("ué"));
        assert_eq!(letter("3", "text", &[]).event_id(), None);
    }
}
