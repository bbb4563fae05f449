//! Queues as SQS has them, in memory: visibility timeouts, delays, redrives, and FIFO queues.

pub(crate) mod checksum;
pub(crate) mod kept;
mod message;
mod messages;
mod recent;
mod settings;
mod shelf;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::refusal::{Answer, Refusal};
use crate::state::Store;
use kept::Opened;
pub(crate) use message::{
    Attribute, AttributeValue, Message, Origin, Received, Sent, Stored, sequence_number,
};
pub(crate) use messages::{Most, Receiver};
use messages::{Queue, seconds_after};
pub(crate) use settings::is_fifo;
use settings::{Settings, defaults};

/// The most bytes of messages in all queues, and of the ids by which FIFO queues know what was sent lately.
const BYTES: usize = 112 << 20;

/// The most messages that are looked at at a time.
const PEEK: usize = 500;

/// The code of the refusal of a message for which there is no room.
pub(crate) const OVER_LIMIT: &str = "OverLimit";

/// Every queue of the account.
#[derive(Debug)]
pub(crate) struct Queues {
    region: String,
    account: String,
    by_name: Mutex<BTreeMap<String, Queue>>,
    /// Changes with every message that arrives or comes back, and wakes those who wait for one.
    arrivals: watch::Sender<u64>,
    store: Store,
}

/// What a receiver gets.
#[derive(Debug, Default)]
pub(crate) struct Receipt {
    pub(crate) messages: Vec<Received>,
    /// The instant from which on others can receive them.
    pub(crate) hidden_until: Timestamp,
    /// The ids of the messages that went to another queue, because they were received too often.
    pub(crate) given_up: Vec<String>,
    /// The ARN of that queue.
    pub(crate) to: Option<String>,
    /// The ids of the messages that were too old and are gone.
    pub(crate) expired: Vec<String>,
}

impl Queues {
    pub(crate) fn new(region: &str, account: &str, store: Store) -> Self {
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            by_name: Mutex::default(),
            arrivals: watch::Sender::new(0),
            store,
        }
    }

    pub(crate) fn arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account)
    }

    /// Returns the name in the ARN of a queue. A queue of another account or region is not here, even if one has its name.
    pub(crate) fn name<'a>(&self, arn: &'a str) -> Answer<&'a str> {
        arn.strip_prefix(&self.arn(""))
            .ok_or_else(Refusal::no_queue)
    }

    /// Makes a queue, unless there is one of that name. Returns the attributes of the queue that is there then.
    pub(crate) fn create(
        &self,
        name: &str,
        attributes: BTreeMap<String, String>,
        now: Timestamp,
    ) -> Answer<BTreeMap<String, String>> {
        let settings = Settings::read(name, &attributes)?;
        let mut queues = self.lock();
        let queue = queues
            .entry(name.to_owned())
            .or_insert_with(|| Queue::new(attributes, settings, now));
        Ok(queue.attributes.clone())
    }

    /// Makes a queue, or gives the one of that name these attributes. The messages stay.
    pub(crate) fn put(
        &self,
        name: &str,
        attributes: BTreeMap<String, String>,
        now: Timestamp,
    ) -> Answer<()> {
        let settings = Settings::read(name, &attributes)?;
        let mut queues = self.lock();
        if let Some(queue) = queues.get_mut(name) {
            (queue.attributes, queue.settings) = (attributes, settings);
            queue.has_changed = true;
        } else {
            queues.insert(name.to_owned(), Queue::new(attributes, settings, now));
        }
        Ok(())
    }

    /// Replaces all queues by empty ones with these attributes. No message of theirs has the id of an earlier one.
    pub(crate) fn reset(
        &self,
        wanted: &BTreeMap<String, BTreeMap<String, String>>,
        now: Timestamp,
    ) -> Answer<()> {
        let mut queues = self.lock();
        let mut new = BTreeMap::new();
        for (name, attributes) in wanted {
            let settings = Settings::read(name, attributes)?;
            let mut queue = Queue::new(attributes.clone(), settings, now);
            if let Some(old) = queues.get(name) {
                queue.count_on_from(old);
            }
            new.insert(name.clone(), queue);
        }
        *queues = new;
        Ok(())
    }

    /// Checks the attributes of a queue that is still to be made.
    pub(crate) fn check(name: &str, attributes: &BTreeMap<String, String>) -> Answer<()> {
        Settings::read(name, attributes).map(|_| ())
    }

    /// Sets some attributes of a queue.
    pub(crate) fn set(&self, name: &str, attributes: BTreeMap<String, String>) -> Answer<()> {
        self.with(name, |queue| {
            let mut all = queue.attributes.clone();
            all.extend(attributes);
            queue.settings = Settings::read(name, &all)?;
            queue.attributes = all;
            queue.has_changed = true;
            Ok(())
        })?
    }

    pub(crate) fn delete(&self, name: &str) -> Answer<()> {
        let removed = self.lock().remove(name);
        if removed.is_some() {
            self.store.remove(&[kept::QUEUE, name]);
            self.store.remove_below(&[kept::MESSAGE, name]);
            self.store.remove_below(&[kept::SENT, name]);
        }
        removed.map(|_| ()).ok_or_else(Refusal::no_queue)
    }

    /// Returns the names of the queues whose dead-letter queue this is, sorted.
    pub(crate) fn sources_of(&self, name: &str) -> Vec<String> {
        let arn = self.arn(name);
        let queues = self.lock();
        let sources = queues.iter().filter(|(_, queue)| {
            let redrive = queue.settings.redrive.as_ref();
            redrive.is_some_and(|redrive| redrive.arn == arn)
        });
        sources.map(|(name, _)| name.clone()).collect()
    }

    /// Returns about how many bytes of memory all messages take.
    pub(crate) fn bytes(&self) -> usize {
        let queues = self.by_name.lock();
        let queues = queues.unwrap_or_else(PoisonError::into_inner);
        queues.values().map(Queue::bytes).sum()
    }

    /// Says that there is no room for another message.
    ///
    /// # Errors
    /// SQS's word for too many messages. SQS itself has no such bound, and nothing is dropped here to make room.
    pub(crate) fn check_room(&self) -> Answer<()> {
        if self.bytes() <= BYTES {
            return Ok(());
        }
        let most = BYTES >> 20;
        let message = format!(
            "the local bus keeps {most} MB of messages in all its queues: receive and delete some, or purge a queue; a FIFO \
             queue keeps each deduplication id for 5 minutes"
        );
        Err(Refusal::new(OVER_LIMIT, message))
    }

    /// Returns the names of all queues, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// Returns the number of messages in a queue, the hidden ones included.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.with(name, |queue| queue.messages.len())
            .unwrap_or_default()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }

    /// Sends a message to a queue by its name. Nobody can receive the message before the delay is over, which is the
    /// queue's own if there is none here.
    pub(crate) fn send(
        &self,
        name: &str,
        message: Message,
        delay_seconds: Option<u32>,
        now: Timestamp,
    ) -> Answer<Sent> {
        let sent = self.with(name, |queue| queue.send(name, message, delay_seconds, now))??;
        self.wake();
        Ok(sent)
    }

    /// Receives messages. Nobody else can receive them for as long as the queue says, or the receiver.
    pub(crate) fn receive(
        &self,
        name: &str,
        most: Most,
        visibility_seconds: Option<u32>,
        now: Timestamp,
    ) -> Answer<Receipt> {
        let mut queues = self.lock();
        let queue = queues.get(name).ok_or_else(Refusal::no_queue)?;
        let to = queue
            .settings
            .redrive
            .as_ref()
            .map(|redrive| redrive.arn.clone());
        let kept = to.as_deref().and_then(|arn| self.name(arn).ok());
        // A message stays where it is if there is no other queue for it: nothing is lost.
        let kept = kept.filter(|kept| queues.contains_key(*kept) && *kept != name);
        let queue = queues.get_mut(name).ok_or_else(Refusal::no_queue)?;
        let visibility = visibility_seconds.unwrap_or(queue.settings.visibility);
        let taken = queue.receive(most, visibility, kept.is_some(), now);
        let given_up = taken.given_up.iter().map(|stored| stored.id.clone());
        let receipt = Receipt {
            messages: taken.received,
            hidden_until: seconds_after(now, visibility),
            given_up: given_up.collect(),
            to: to.clone(),
            expired: taken.expired,
        };
        if let Some(kept) = kept.and_then(|kept| queues.get_mut(kept)) {
            for stored in taken.given_up {
                kept.take_over(stored, self.arn(name), now);
            }
        }
        // Told after the lock is free: whoever wakes up takes it at once.
        drop(queues);
        if !receipt.given_up.is_empty() {
            self.wake();
        }
        Ok(receipt)
    }

    /// Returns how many messages a receiver would get now.
    pub(crate) fn available(&self, name: &str, now: Timestamp) -> usize {
        self.with(name, |queue| queue.available(now))
            .unwrap_or_default()
    }

    /// Removes a received message. Returns whether the handle is one.
    pub(crate) fn delete_message(
        &self,
        name: &str,
        receipt_handle: &str,
        now: Timestamp,
    ) -> Answer<bool> {
        let deleted = self.with(name, |queue| queue.delete(receipt_handle, now))??;
        // In a FIFO queue the rest of a group can be received from now on.
        self.wake();
        Ok(deleted)
    }

    /// Removes a message by its id, whether somebody has received it or not.
    pub(crate) fn remove(&self, name: &str, id: &str) {
        // A queue that is gone has no message either.
        let _ = self.with(name, |queue| queue.messages.extract(|one| one.id == id));
    }

    /// Hides a received message for another time, from now on.
    pub(crate) fn change_visibility(
        &self,
        name: &str,
        receipt_handle: &str,
        seconds: u32,
        now: Timestamp,
    ) -> Answer<()> {
        self.with(name, |queue| {
            queue.change_visibility(receipt_handle, seconds, now)
        })??;
        self.wake();
        Ok(())
    }

    pub(crate) fn purge(&self, name: &str) -> Answer<()> {
        self.with(name, |queue| drop(queue.messages.extract(|_| true)))
    }

    /// Returns the first messages in a queue after so many others, without receiving them.
    pub(crate) fn peek(&self, name: &str, after: usize) -> Answer<Vec<Stored>> {
        self.with(name, |queue| {
            let messages = queue.messages.iter().skip(after);
            messages.take(PEEK).cloned().collect()
        })
    }

    /// Returns the last messages in a queue, the last one first, without receiving them.
    pub(crate) fn peek_last(&self, name: &str) -> Answer<Vec<Stored>> {
        self.with(name, |queue| {
            let messages = queue.messages.iter().rev();
            messages.take(PEEK).cloned().collect()
        })
    }

    /// Returns the instant at which the next hidden message comes back.
    pub(crate) fn next_return(&self, name: &str, now: Timestamp) -> Option<Timestamp> {
        self.with(name, |queue| queue.next_return(now)).ok()?
    }

    /// Returns the instant at which the last message comes back, if it is hidden.
    pub(crate) fn last_hidden(&self, name: &str, now: Timestamp) -> Option<Timestamp> {
        let last = self.with(name, |queue| {
            queue
                .messages
                .iter()
                .next_back()
                .map(|last| last.visible_at)
        });
        last.ok()?.filter(|at| *at > now)
    }

    /// Notes that somebody looks at a queue at an instant. Returns whether nobody looks as early as that.
    pub(crate) fn plan_look(&self, name: &str, at: Timestamp) -> bool {
        let is_new = self.with(name, |queue| {
            let is_new = queue.look_at.is_none_or(|planned| at < planned);
            if is_new {
                queue.look_at = Some(at);
            }
            is_new
        });
        is_new.unwrap_or(false)
    }

    /// Notes that a look has come. Returns whether it is the one that is planned: an earlier one may have taken its place,
    /// and has been.
    pub(crate) fn looked(&self, name: &str, now: Timestamp) -> bool {
        let is_planned = self.with(name, |queue| {
            let planned = queue.look_at.take_if(|planned| *planned <= now);
            planned.is_some()
        });
        // A queue that is gone has no plan either.
        is_planned.unwrap_or(false)
    }

    /// Returns the attributes of a queue, including those that count its messages.
    pub(crate) fn attributes(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Answer<BTreeMap<String, String>> {
        let queues = self.lock();
        let queue = queues.get(name).ok_or_else(Refusal::no_queue)?;
        let mut attributes = defaults();
        // An empty text takes an attribute away.
        let set = queue.attributes.iter().filter(|(_, text)| !text.is_empty());
        attributes.extend(set.map(|(name, text)| (name.clone(), text.clone())));
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
                of(&|stored| hidden(stored) && stored.receives > stored.receives_before),
            ),
            (
                "ApproximateNumberOfMessagesDelayed".to_owned(),
                of(&|stored| hidden(stored) && stored.receives == stored.receives_before),
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

    /// Wakes those who wait for a message.
    pub(crate) fn wake(&self) {
        self.arrivals.send_modify(|count| *count += 1);
    }

    fn with<T>(&self, name: &str, act: impl FnOnce(&mut Queue) -> T) -> Answer<T> {
        let mut queues = self.lock();
        queues.get_mut(name).map(act).ok_or_else(Refusal::no_queue)
    }

    /// Locks the queues. What changes in them is kept when the lock is free again.
    fn lock(&self) -> Opened<'_> {
        let queues = self.by_name.lock();
        Opened::new(queues.unwrap_or_else(PoisonError::into_inner), &self.store)
    }
}

#[cfg(test)]
mod tests;
