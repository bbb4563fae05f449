//! What is kept of queues, and how it comes back.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, MutexGuard};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::message::{Sent, Stored};
use super::messages::Queue;
use super::settings::Settings;
use super::{Queues, Refusal};
use crate::refusal::Answer;
use crate::state::{Key, Store};

/// The kinds of keys.
pub(crate) const QUEUE: &str = "queue";
pub(crate) const MESSAGE: &str = "message";
pub(crate) const SENT: &str = "sent";

/// A queue without its messages.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptQueue {
    attributes: BTreeMap<String, String>,
    created: Timestamp,
}

/// The queues under their lock. When it is free again, what has changed is kept.
pub(super) struct Opened<'q> {
    queues: MutexGuard<'q, BTreeMap<String, Queue>>,
    store: &'q Store,
}

impl<'q> Opened<'q> {
    pub(super) fn new(queues: MutexGuard<'q, BTreeMap<String, Queue>>, store: &'q Store) -> Self {
        Self { queues, store }
    }
}

impl Deref for Opened<'_> {
    type Target = BTreeMap<String, Queue>;

    fn deref(&self) -> &Self::Target {
        &self.queues
    }
}

impl DerefMut for Opened<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.queues
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        let changed = self.queues.iter_mut();
        let changed: Vec<_> = changed.filter(|(_, queue)| queue.has_news()).collect();
        // Before the state of an earlier bus is adopted, everything is new: it stays noted until then.
        if changed.is_empty() || self.store.will_open() {
            return;
        }
        let is_kept = self.store.is_open();
        let mut gone = Vec::new();
        for (name, queue) in changed {
            if is_kept {
                queue.tell(name, self.store, &mut gone);
            }
            queue.settle();
        }
        // Last: a message that went from one queue to another is in both meanwhile, not in none.
        for key in gone {
            self.store.remove_key(key);
        }
    }
}

impl Queue {
    fn has_news(&self) -> bool {
        self.has_changed || self.messages.has_changed() || !self.forgotten.is_empty()
    }

    fn settle(&mut self) {
        self.has_changed = false;
        self.messages.settle();
        self.remembered.clear();
        self.forgotten.clear();
    }

    /// Puts what has changed, and notes the keys of what is gone.
    fn tell(&mut self, name: &str, store: &Store, gone: &mut Vec<Key>) {
        let Self {
            attributes,
            settings: _,
            created,
            messages,
            look_at: _,
            has_changed,
            sequence: _,
            lately,
            remembered,
            forgotten,
        } = self;
        if *has_changed {
            let kept = KeptQueue {
                attributes: attributes.clone(),
                created: *created,
            };
            store.put(&[QUEUE, name], &kept);
        }
        for stored in messages.take_changed() {
            store.put(&[MESSAGE, name, &stored.id], stored);
        }
        for id in remembered.iter() {
            if let Some(sent) = lately.get(id) {
                store.put(&[SENT, name, id], sent);
            }
        }
        let went = messages.take_gone().into_iter();
        gone.extend(went.map(|id| Key::new(&[MESSAGE, name, &id])));
        let forgotten = forgotten.iter();
        gone.extend(forgotten.map(|id| Key::new(&[SENT, name, id])));
    }
}

impl Queues {
    /// Adopts a queue of an earlier bus. Its messages come after it.
    pub(crate) fn adopt(&self, name: &str, kept: KeptQueue) -> Answer<()> {
        let KeptQueue {
            attributes,
            created,
        } = kept;
        let settings = Settings::read(name, &attributes)?;
        let queue = Queue::new(attributes, settings, created);
        self.lock().insert(name.to_owned(), queue);
        Ok(())
    }

    /// Adopts a message of an earlier bus, if its queue is there.
    pub(crate) fn adopt_message(&self, name: &str, stored: Stored) -> Answer<()> {
        self.with(name, |queue| queue.messages.push(stored))
    }

    /// Adopts what was sent to a FIFO queue, by its deduplication id.
    pub(crate) fn adopt_sent(&self, name: &str, id: &str, sent: (Timestamp, Sent)) -> Answer<()> {
        self.with(name, |queue| {
            let (at, sent) = sent;
            queue.lately.insert(id, at, sent);
        })
    }

    /// Numbers the messages and receipts of every queue from a number on that is larger than all of earlier buses, so
    /// that no id and no receipt handle of them comes again.
    pub(crate) fn count_from(&self, sequence: u64) {
        for queue in self.lock().values_mut() {
            queue.sequence = sequence;
        }
    }

    /// Forgets what has changed, as all of it is kept already.
    pub(crate) fn settle(&self) {
        for queue in self.lock().values_mut() {
            queue.settle();
        }
    }

    /// Keeps messages as they are now: their receipt by a function has ended without success.
    pub(crate) fn keep(&self, name: &str, ids: &[Arc<str>]) {
        // A queue that is gone has no messages either.
        let _: Result<(), Refusal> = self.with(name, |queue| {
            for id in ids {
                queue.messages.note(id);
            }
        });
    }
}
