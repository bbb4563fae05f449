//! Messages that wait.

use std::collections::VecDeque;

use crossbeam_channel::Receiver;
use lsp_server::{Message, RequestId};
use serde_json::Value;

/// The most messages that are taken before others get their turn.
const MOST: usize = 1024;

/// The messages that have come, with those requests that the editor no longer wants answered.
#[derive(Default)]
pub(super) struct Inbox {
    waiting: VecDeque<Message>,
    cancelled: Vec<RequestId>,
}

impl Inbox {
    /// Takes a message, and all that have come behind it.
    pub(super) fn take(&mut self, first: Message, from: &Receiver<Message>) {
        self.put(first);
        while self.waiting.len() < MOST {
            match from.try_recv() {
                Ok(message) => self.put(message),
                Err(_) => break,
            }
        }
    }

    /// The next message.
    pub(super) fn next(&mut self) -> Option<Message> {
        let next = self.waiting.pop_front();
        if next.is_none() {
            // What was cancelled after it was answered.
            self.cancelled.clear();
        }
        next
    }

    /// Whether a request was cancelled before its turn.
    pub(super) fn is_cancelled(&self, id: &RequestId) -> bool {
        self.cancelled.contains(id)
    }

    fn put(&mut self, message: Message) {
        match &message {
            Message::Notification(notification) if notification.method == "$/cancelRequest" => {
                self.cancelled.extend(id(&notification.params["id"]));
            }
            _ => self.waiting.push_back(message),
        }
    }
}

fn id(id: &Value) -> Option<RequestId> {
    serde_json::from_value(id.clone()).ok()
}
