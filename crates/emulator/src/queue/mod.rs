//! Queues: the part of SQS that dead letters and targets need. Standard queues only, in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::refusal::Refusal;

/// The most messages in a queue. Beyond that the oldest are dropped, as SQS does after the retention period.
const MESSAGES: usize = 100_000;

/// Every queue of the account.
#[derive(Debug)]
pub(crate) struct Queues {
    region: String,
    account: String,
    by_name: Mutex<BTreeMap<String, Queue>>,
    /// Changes with every message, and wakes those who wait for one.
    arrivals: watch::Sender<u64>,
}

#[derive(Debug)]
struct Queue {
    attributes: BTreeMap<String, String>,
    created: Timestamp,
    messages: VecDeque<Stored>,
    /// Counts messages and receipts, for their ids.
    sequence: u64,
}

/// A message as a sender makes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) body: String,
    pub(crate) attributes: BTreeMap<String, Attribute>,
}

/// A message attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// `String`, `Number` or `Binary`, with or without a suffix.
    pub(crate) data_type: String,
    pub(crate) value: AttributeValue,
}

/// The value of a message attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AttributeValue {
    Text(String),
    Bytes(Vec<u8>),
}

/// A message in a queue.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) message: Message,
    pub(crate) sent: Timestamp,
    pub(crate) receives: u32,
    pub(crate) first_received: Option<Timestamp>,
    visible_at: Timestamp,
    receipt: u64,
}

/// A message as a receiver gets it.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) stored: Stored,
    pub(crate) receipt_handle: String,
}

impl Message {
    /// Makes a message whose attributes are texts.
    pub(crate) fn text(body: &str, attributes: Vec<(&str, String)>) -> Self {
        let attributes = attributes.into_iter().map(|(name, value)| {
            let attribute = Attribute {
                data_type: "String".to_owned(),
                value: AttributeValue::Text(value),
            };
            (name.to_owned(), attribute)
        });
        Self {
            body: body.to_owned(),
            attributes: attributes.collect(),
        }
    }
}

impl Queues {
    pub(crate) fn new(region: &str, account: &str) -> Self {
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            by_name: Mutex::default(),
            arrivals: watch::Sender::new(0),
        }
    }

    pub(crate) fn arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account)
    }

    /// Makes a queue, unless there is one of that name. Returns the attributes of the queue that is there then.
    pub(crate) fn create(
        &self,
        name: &str,
        attributes: BTreeMap<String, String>,
        now: Timestamp,
    ) -> BTreeMap<String, String> {
        let mut queues = self.lock();
        let queue = queues.entry(name.to_owned()).or_insert_with(|| Queue {
            attributes,
            created: now,
            messages: VecDeque::new(),
            sequence: 0,
        });
        queue.attributes.clone()
    }

    pub(crate) fn delete(&self, name: &str) -> Result<(), Refusal> {
        self.lock()
            .remove(name)
            .map(|_| ())
            .ok_or_else(Refusal::no_queue)
    }

    /// Returns the names of all queues, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }

    /// Sends a message to a queue by its ARN, and returns the message's id.
    pub(crate) fn send(
        &self,
        arn: &str,
        message: Message,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        // A queue of another account or region is not here, even if one has its name.
        let name = arn
            .strip_prefix(&self.arn(""))
            .ok_or_else(Refusal::no_queue)?;
        self.send_to(name, message, 0, now)
    }

    /// Sends a message to a queue by its name. Nobody can receive the message before the delay is over.
    pub(crate) fn send_to(
        &self,
        name: &str,
        message: Message,
        delay_seconds: u32,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let mut queues = self.lock();
        let queue = queues.get_mut(name).ok_or_else(Refusal::no_queue)?;
        queue.sequence += 1;
        let id = message_id(name, queue.sequence);
        if queue.messages.len() == MESSAGES {
            queue.messages.pop_front();
        }
        queue.messages.push_back(Stored {
            id: id.clone(),
            message,
            sent: now,
            receives: 0,
            first_received: None,
            visible_at: seconds_after(now, delay_seconds),
            receipt: 0,
        });
        // Told after the lock is free: whoever wakes up takes it at once.
        drop(queues);
        self.arrivals.send_modify(|count| *count += 1);
        Ok(id)
    }

    /// Receives at most `most` messages. Nobody else can receive them for `visibility_seconds`.
    pub(crate) fn receive(
        &self,
        name: &str,
        most: usize,
        visibility_seconds: u32,
        now: Timestamp,
    ) -> Result<Vec<Received>, Refusal> {
        let mut queues = self.lock();
        let queue = queues.get_mut(name).ok_or_else(Refusal::no_queue)?;
        let sequence = &mut queue.sequence;
        let visible = queue
            .messages
            .iter_mut()
            .filter(|stored| stored.visible_at <= now);
        let received = visible.take(most).map(|stored| {
            *sequence += 1;
            stored.receives += 1;
            stored.first_received.get_or_insert(now);
            stored.visible_at = seconds_after(now, visibility_seconds);
            stored.receipt = *sequence;
            Received {
                receipt_handle: format!("{}#{}", stored.id, stored.receipt),
                stored: stored.clone(),
            }
        });
        Ok(received.collect())
    }

    /// Removes a received message. The handle of an earlier receipt is good too, as on SQS's standard queues.
    pub(crate) fn delete_message(&self, name: &str, receipt_handle: &str) -> Result<bool, Refusal> {
        let mut queues = self.lock();
        let queue = queues.get_mut(name).ok_or_else(Refusal::no_queue)?;
        let id = receipt_handle.split('#').next().unwrap_or_default();
        let before = queue.messages.len();
        queue.messages.retain(|stored| stored.id != id);
        // As on AWS, it is no error to delete a message that is already gone.
        Ok(queue.messages.len() < before || receipt_handle.contains('#'))
    }

    pub(crate) fn purge(&self, name: &str) -> Result<(), Refusal> {
        let mut queues = self.lock();
        queues
            .get_mut(name)
            .ok_or_else(Refusal::no_queue)?
            .messages
            .clear();
        Ok(())
    }

    /// Returns the messages in a queue, without receiving them.
    pub(crate) fn peek(&self, name: &str) -> Result<Vec<Stored>, Refusal> {
        let queues = self.lock();
        let queue = queues.get(name).ok_or_else(Refusal::no_queue)?;
        Ok(queue.messages.iter().cloned().collect())
    }

    /// Returns the attributes of a queue, including those that count its messages.
    pub(crate) fn attributes(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<BTreeMap<String, String>, Refusal> {
        let queues = self.lock();
        let queue = queues.get(name).ok_or_else(Refusal::no_queue)?;
        let mut attributes = defaults();
        attributes.extend(queue.attributes.clone());
        let of = |is: &dyn Fn(&Stored) -> bool| {
            let messages = queue.messages.iter().filter(|stored| is(stored));
            messages.count().to_string()
        };
        // Its delay hides a message before its first receipt, its visibility timeout after that.
        let hidden = |stored: &Stored| stored.visible_at > now;
        let created = queue.created.as_second().to_string();
        attributes.extend([
            ("QueueArn".to_owned(), self.arn(name)),
            (
                "ApproximateNumberOfMessages".to_owned(),
                of(&|stored| !hidden(stored)),
            ),
            (
                "ApproximateNumberOfMessagesNotVisible".to_owned(),
                of(&|stored| hidden(stored) && stored.receives > 0),
            ),
            (
                "ApproximateNumberOfMessagesDelayed".to_owned(),
                of(&|stored| hidden(stored) && stored.receives == 0),
            ),
            ("CreatedTimestamp".to_owned(), created.clone()),
            ("LastModifiedTimestamp".to_owned(), created),
        ]);
        Ok(attributes)
    }

    /// Returns a receiver that waits for the next message of any queue.
    pub(crate) fn arrivals(&self) -> watch::Receiver<u64> {
        self.arrivals.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Queue>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns SQS's values for attributes that nobody has set.
fn defaults() -> BTreeMap<String, String> {
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

fn seconds_after(now: Timestamp, seconds: u32) -> Timestamp {
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
