//! What lands in queues.

use jiff::Timestamp;
use pipeline::Diagnostic;
use serde_json::{Value, json};

use super::{Fact, Fit, compare, detail, failed, late, told};
use crate::case::{ExpectedMessage, ExpectedQueue, Item};
use crate::happened::{Happened, Landed, Seen};

/// A message with the event that it comes from.
pub(super) struct Message<'h> {
    pub(super) landed: &'h Landed,
    pub(super) event: Option<&'h Seen>,
}

impl Fact for Message<'_> {
    fn name(&self) -> String {
        let name = self.event.map(|event| event.name.clone());
        name.unwrap_or_else(|| "a message".to_owned())
    }

    fn at(&self) -> Timestamp {
        self.landed.at
    }
}

pub(super) fn check(
    queue: &str,
    expected: &ExpectedQueue,
    happened: &Happened,
    found: &mut Vec<Diagnostic>,
) {
    let messages = happened.in_queue(queue).map(|landed| Message {
        landed,
        event: happened.event_of(landed),
    });
    let messages: Vec<Message<'_>> = messages.collect();
    let what = format!("in `{queue}`");
    match expected {
        ExpectedQueue::Count { value, count } => {
            if messages.len() != *count as usize {
                let there = messages.len();
                let s = if there == 1 { "" } else { "s" };
                let message = format!("`{queue}` gets {there} message{s}, and not {count}");
                found.push(told(&what, failed(*value, message), &messages));
            }
        }
        ExpectedQueue::Messages(list) => {
            compare(
                (&what, &format!("does not land in `{queue}`")),
                list,
                &messages,
                false,
                |message| {
                    message
                        .event
                        .clone()
                        .unwrap_or_else(|| "a message".to_owned())
                },
                |item, message| fits(item, message, happened.begin),
                found,
            );
        }
    }
}

pub(super) fn fits(item: &Item<ExpectedMessage>, there: &Message<'_>, begin: Timestamp) -> Fit {
    let ExpectedMessage {
        event,
        detail,
        message,
        within,
    } = &item.of;
    let name = there.name();
    if event.as_ref().is_some_and(|event| *event != name) {
        return Fit::Other;
    }
    let json = there.event.map_or("{}", |event| event.json.as_str());
    let wrong =
        detail::check(&format!("the detail of `{name}`"), detail.as_ref(), json).or_else(|| {
            // The pattern is one of a detail, so the message stands there.
            let text = there.landed.text.as_deref().unwrap_or(json);
            let read: Value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
            let envelope = json!({ "detail": read }).to_string();
            detail::check(
                &format!("the message of `{name}`"),
                message.as_ref(),
                &envelope,
            )
        });
    if let Some(wrong) = wrong {
        return Fit::Wrong(Box::new(wrong));
    }
    late(item.span, there, *within, begin).unwrap_or(Fit::Fine)
}
