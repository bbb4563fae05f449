//! One queue: which of its messages can be received, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::checksum::hex;
use super::message::{Message, Received, Sent, Stored};
use super::recent::Recent;
use super::settings::Settings;
use super::shelf::Shelf;
use crate::refusal::{Answer, Refusal};

/// A queue with its messages, oldest first.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) settings: Settings,
    pub(super) created: Timestamp,
    pub(super) messages: Shelf,
    /// The instant for which a look at the queue is planned.
    pub(super) look_at: Option<Timestamp>,
    /// Whether something other than its messages has changed since it was kept.
    pub(super) has_changed: bool,
    /// Counts messages and receipts, for their ids.
    pub(super) sequence: u64,
    /// What was sent lately to a FIFO queue, by its deduplication id.
    pub(super) lately: Recent,
    /// The deduplication ids that came since they were kept, and those that went.
    pub(super) remembered: Vec<String>,
    pub(super) forgotten: Vec<String>,
}

/// The most that one receiver takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Most {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
    pub(crate) receiver: Receiver,
}

/// Who receives messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// Somebody who asks for them.
    Client,
    /// A function, through a mapping. A bus that is killed meanwhile has not run it: nothing is kept of this receipt
    /// before the run has ended.
    Function,
}

/// The messages that a receiver gets, and those that were received too often before.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) received: Vec<Received>,
    pub(super) given_up: Vec<Stored>,
    pub(super) expired: Vec<String>,
}

impl Queue {
    pub(super) fn new(
        attributes: BTreeMap<String, String>,
        settings: Settings,
        now: Timestamp,
    ) -> Self {
        Self {
            attributes,
            settings,
            created: now,
            messages: Shelf::default(),
            look_at: None,
            has_changed: true,
            sequence: 0,
            lately: Recent::default(),
            remembered: Vec::new(),
            forgotten: Vec::new(),
        }
    }

    /// Numbers messages on from another queue, so that no receipt handle of that one is good here.
    pub(super) fn count_on_from(&mut self, other: &Self) {
        self.sequence = other.sequence;
    }

    /// Takes a message. Nobody can receive it before the delay is over, which is the queue's if the sender says none.
    pub(super) fn send(
        &mut self,
        name: &str,
        message: Message,
        delay: Option<u32>,
        now: Timestamp,
    ) -> Answer<Sent> {
        let deduplication = self.check(&message, delay)?;
        if let Some(id) = &deduplication {
            self.forgotten.extend(self.lately.take_old(now));
            if let Some((_, sent)) = self.lately.get(id) {
                return Ok(sent.clone());
            }
        }
        self.sequence += 1;
        let sent = Sent {
            id: message_id(name, self.sequence),
            sequence: self.settings.is_fifo.then_some(self.sequence),
        };
        let delay = delay.unwrap_or(self.settings.delay);
        let message = Message {
            deduplication: deduplication.clone(),
            ..message
        };
        self.messages.push(Stored {
            id: sent.id.clone(),
            message,
            sent: now,
            receives: 0,
            first_received: None,
            sequence: sent.sequence,
            given_up_by: None,
            visible_at: seconds_after(now, delay),
            receipt: 0,
            receives_before: 0,
        });
        if let Some(id) = deduplication {
            self.lately.insert(&id, now, sent.clone());
            self.remembered.push(id);
        }
        Ok(sent)
    }

    /// Checks what only one kind of queue takes. Returns the deduplication id of a FIFO queue's message.
    fn check(&self, message: &Message, delay: Option<u32>) -> Answer<Option<String>> {
        let refuse = |code, text: &str| Err(Refusal::new(code, text));
        if !self.settings.is_fifo {
            if message.deduplication.is_some() {
                return refuse(
                    "InvalidParameterValue",
                    "The request includes a parameter that is not valid for this queue type: MessageDeduplicationId.",
                );
            }
            return Ok(None);
        }
        if message.group.is_none() {
            return refuse(
                "MissingParameter",
                "The request must contain the parameter MessageGroupId.",
            );
        }
        if delay.is_some_and(|delay| delay > 0) {
            return refuse(
                "InvalidParameterValue",
                "The request includes a parameter that is not valid for this queue type: DelaySeconds.",
            );
        }
        match &message.deduplication {
            Some(id) => Ok(Some(id.clone())),
            None if self.settings.by_content => {
                Ok(Some(hex(&Sha256::digest(message.body.as_bytes()))))
            }
            None => refuse(
                "InvalidParameterValue",
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            ),
        }
    }

    /// Takes a message that another queue gave up. A FIFO queue counts its age anew, a standard one does not.
    pub(super) fn take_over(&mut self, mut stored: Stored, from: String, now: Timestamp) {
        self.sequence += 1;
        stored.given_up_by = Some(from);
        stored.receives_before = stored.receives;
        stored.visible_at = now;
        if self.settings.is_fifo {
            stored.sent = now;
            stored.sequence = Some(self.sequence);
        }
        self.messages.push(stored);
    }

    /// Returns about how many bytes of memory the queue takes.
    pub(super) fn bytes(&self) -> usize {
        self.messages.bytes() + self.lately.bytes()
    }

    /// Receives messages, and takes out those that were received too often before.
    pub(super) fn receive(
        &mut self,
        most: Most,
        visibility: u32,
        may_give_up: bool,
        now: Timestamp,
    ) -> Taken {
        let redrive = self.settings.redrive.as_ref().filter(|_| may_give_up);
        let max_receives = redrive.map_or(u32::MAX, |redrive| redrive.max_receives);
        let mut taken = Taken {
            expired: self.drop_expired(now),
            ..Taken::default()
        };
        let blocked = self.blocked(now);
        let (mut bytes, mut given_up) = (0, BTreeSet::new());
        for place in 0..self.messages.len() {
            if taken.received.len() == most.messages {
                break;
            }
            let Some(stored) = self.messages.get(place) else {
                break;
            };
            if !is_free(stored, &blocked, now) {
                continue;
            }
            if stored.receives - stored.receives_before >= max_receives {
                given_up.insert(stored.id.clone());
                continue;
            }
            bytes += stored.message.size();
            // One message is always taken, however large it is.
            if bytes > most.bytes && !taken.received.is_empty() {
                break;
            }
            self.sequence += 1;
            let receipt = self.sequence;
            let stored = match most.receiver {
                Receiver::Client => self.messages.change(place),
                Receiver::Function => self.messages.change_for_now(place),
            };
            taken.received.extend(stored.map(|stored| {
                stored.receives += 1;
                stored.first_received.get_or_insert(now);
                stored.visible_at = seconds_after(now, visibility);
                stored.receipt = receipt;
                Received {
                    receipt_handle: format!("{}#{receipt}", stored.id),
                    stored: stored.clone(),
                }
            }));
        }
        if !given_up.is_empty() {
            taken.given_up = self.messages.extract(|one| given_up.contains(&one.id));
        }
        taken
    }

    /// Drops what is older than the queue keeps, and returns the ids.
    fn drop_expired(&mut self, now: Timestamp) -> Vec<String> {
        let retention = self.settings.retention;
        let is_expired = |one: &Stored| seconds_after(one.sent, retention) <= now;
        let expired = self.messages.extract(is_expired).into_iter();
        expired.map(|one| one.id).collect()
    }

    /// Returns the groups of which a message is on its way. No other message of theirs is received meanwhile.
    fn blocked(&self, now: Timestamp) -> BTreeSet<String> {
        if !self.settings.is_fifo {
            return BTreeSet::new();
        }
        let hidden = self.messages.iter().filter(|one| one.visible_at > now);
        hidden.filter_map(|one| one.message.group.clone()).collect()
    }

    /// Returns how many messages a receiver would get.
    pub(super) fn available(&self, now: Timestamp) -> usize {
        let blocked = self.blocked(now);
        let free = self
            .messages
            .iter()
            .filter(|one| is_free(one, &blocked, now));
        free.count()
    }

    /// Returns the instant at which the next hidden message comes back.
    pub(super) fn next_return(&self, now: Timestamp) -> Option<Timestamp> {
        let hidden = self.messages.iter().map(|one| one.visible_at);
        hidden.filter(|at| *at > now).min()
    }

    /// Removes a received message. Returns whether there can have been one with this handle.
    pub(super) fn delete(&mut self, receipt_handle: &str, now: Timestamp) -> Answer<bool> {
        let Some((id, receipt)) = parse_handle(receipt_handle) else {
            return Ok(false);
        };
        let Some(place) = self.messages.iter().position(|one| one.id == id) else {
            // It is no error to delete a message that is already gone.
            return Ok(true);
        };
        let Some(stored) = self.messages.get(place) else {
            return Ok(true);
        };
        // On a standard queue the handle of an earlier receipt is good, too.
        if self.settings.is_fifo && (stored.receipt != receipt || stored.visible_at <= now) {
            return Err(Refusal::new(
                "InvalidParameterValue",
                format!(
                    "Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
                ),
            ));
        }
        self.messages.remove(place);
        Ok(true)
    }

    /// Hides a received message from now on for a time, or shows it at once.
    pub(super) fn change_visibility(
        &mut self,
        receipt_handle: &str,
        seconds: u32,
        now: Timestamp,
    ) -> Answer<()> {
        let handle = parse_handle(receipt_handle).ok_or_else(|| {
            Refusal::new(
                "ReceiptHandleIsInvalid",
                format!(
                    "The input receipt handle \"{receipt_handle}\" is not a valid receipt handle."
                ),
            )
        })?;
        let is_meant = |one: &Stored| (&*one.id, one.receipt) == handle && one.visible_at > now;
        let place = self.messages.iter().position(is_meant);
        let stored = place.and_then(|place| self.messages.change(place));
        let stored = stored.ok_or_else(|| {
            Refusal::new(
                "MessageNotInflight",
                "The specified message isn't in flight.",
            )
        })?;
        stored.visible_at = seconds_after(now, seconds);
        Ok(())
    }
}

fn is_free(stored: &Stored, blocked: &BTreeSet<String>, now: Timestamp) -> bool {
    let group = stored.message.group.as_ref();
    stored.visible_at <= now && !group.is_some_and(|group| blocked.contains(group))
}

fn parse_handle(handle: &str) -> Option<(&str, u64)> {
    let (id, receipt) = handle.split_once('#')?;
    Some((id, receipt.parse().ok()?))
}

pub(super) fn seconds_after(now: Timestamp, seconds: u32) -> Timestamp {
    let wait = SignedDuration::from_secs(seconds.into());
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// Makes a message's id in AWS's form. The same messages get the same ids in each run.
fn message_id(queue: &str, sequence: u64) -> String {
    use std::hash::{Hash, Hasher};
    let mut hasher = rustc_hash::FxHasher::default();
    (queue, sequence).hash(&mut hasher);
    let bits = u128::from(hasher.finish()) << 64 | u128::from(sequence);
    uuid::Builder::from_random_bytes(bits.to_be_bytes())
        .into_uuid()
        .to_string()
}
