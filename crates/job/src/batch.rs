//! Messages of a queue that stands between the rules and the function. The handler still gets one event at a time.
//!
//! Lambda takes several messages at once, and asks which of them
//! [failed](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting):
//! those come again, and the others are done.

use std::any::Any;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use serde::Serialize;
use serde_json::Value;

use crate::arrival::Malformed;
use crate::trace::Trace;

/// A message of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    pub(crate) id: &'a str,
    pub(crate) body: Option<&'a str>,
    /// The message group, in a FIFO queue.
    pub(crate) group: Option<&'a str>,
    record: &'a Value,
}

/// The messages that failed, as Lambda asks for them.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Failures {
    #[serde(rename = "batchItemFailures")]
    items: Vec<Item>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Item {
    #[serde(rename = "itemIdentifier")]
    id: String,
}

/// Returns the messages of a batch, if the payload is one.
pub(crate) fn messages(payload: &Value) -> Option<Vec<Message<'_>>> {
    let records = payload.get("Records")?.as_array()?;
    let messages = records.iter().map(|record| {
        let is_message = record["eventSource"] == "aws:sqs";
        Some(Message {
            id: record["messageId"].as_str().filter(|_| is_message)?,
            body: record["body"].as_str(),
            group: record["attributes"]["MessageGroupId"]
                .as_str()
                .filter(|_| is_fifo(record)),
            record,
        })
    });
    // Events of other services have `Records`, too.
    messages
        .collect::<Option<Vec<_>>>()
        .filter(|messages| !messages.is_empty())
}

/// Returns whether a message comes from a FIFO queue. Messages of other queues may have a group, too, and have no order.
fn is_fifo(record: &Value) -> bool {
    let arn = record["eventSourceARN"].as_str().unwrap_or_default();
    arn.rsplit('.').next() == Some("fifo")
}

impl Message<'_> {
    /// The trace of the message's event.
    pub(crate) fn trace(&self) -> Option<Trace> {
        Trace::of_message(self.record)
    }

    /// Reads the event of a message.
    ///
    /// # Errors
    ///
    /// The body is not JSON.
    pub(crate) fn event(&self) -> Result<Value, Malformed> {
        let body = self.body.unwrap_or_default();
        serde_json::from_str(body)
            .map_err(|_| Malformed::expected("body", "JSON", self.body.map(Value::from).as_ref()))
    }
}

/// Works on the messages one after the other, and returns those that failed. In a FIFO queue the rest of a group is left
/// out after a failure, so that its order holds. `work` says whether a message is done, or ends the batch with `None`.
pub(crate) async fn each<'a, F: Future<Output = Option<bool>>>(
    messages: &[Message<'a>],
    work: impl Fn(Message<'a>) -> F,
) -> Failures {
    let (mut failures, mut stopped, mut is_over) = (Failures::default(), HashSet::new(), false);
    for message in messages {
        let waits = message.group.is_some_and(|group| stopped.contains(group));
        let mut is_done = false;
        if !waits && !is_over {
            let worked = work(*message).await;
            is_over = worked.is_none();
            is_done = worked == Some(true);
        }
        if !is_done {
            stopped.extend(message.group);
            failures.items.push(Item {
                id: message.id.to_owned(),
            });
        }
    }
    failures
}

/// Runs a future, and returns the message of its panic, if it panics: one event must not end the others.
pub(crate) async fn without_panic<T>(
    mut future: Pin<Box<impl Future<Output = T>>>,
) -> Result<T, String> {
    std::future::poll_fn(move |context| {
        // After a panic the future is dropped without being polled again.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(panic) => Poll::Ready(Err(text(&*panic))),
        }
    })
    .await
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests;
