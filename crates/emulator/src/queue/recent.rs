//! What was sent to a FIFO queue lately: a message with the same deduplication id is not taken again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::message::Sent;

/// The time for which a FIFO queue takes no second message with the same deduplication id:
/// [deduplication](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html).
const DEDUPLICATION: SignedDuration = SignedDuration::from_mins(5);

/// About the bytes that an id takes beside its text.
const FRAME: usize = 300;

/// The deduplication ids of the last minutes, with the answers to their senders.
#[derive(Debug, Default)]
pub(super) struct Recent {
    by_id: HashMap<Arc<str>, (Timestamp, Sent)>,
    /// The ids in the order in which they came, so that only those are looked at that are over.
    in_order: VecDeque<(Timestamp, Arc<str>)>,
    bytes: usize,
}

impl Recent {
    /// Returns what was sent with an id, if it still counts.
    pub(super) fn get(&self, id: &str) -> Option<&(Timestamp, Sent)> {
        self.by_id.get(id)
    }

    pub(super) fn insert(&mut self, id: &str, at: Timestamp, sent: Sent) {
        let id: Arc<str> = id.into();
        self.in_order.push_back((at, Arc::clone(&id)));
        if self.by_id.insert(Arc::clone(&id), (at, sent)).is_none() {
            self.bytes += id.len() + FRAME;
        }
    }

    /// Takes out the ids that no longer count.
    pub(super) fn take_old(&mut self, now: Timestamp) -> Vec<String> {
        let mut old = Vec::new();
        while let Some((at, id)) = self.in_order.front() {
            if now.duration_since(*at) < DEDUPLICATION {
                break;
            }
            // An id that came again since then still counts.
            if self.by_id.get(id).is_some_and(|(of, _)| of == at) {
                self.by_id.remove(id);
                self.bytes -= id.len() + FRAME;
                old.push(id.to_string());
            }
            self.in_order.pop_front();
        }
        old
    }

    /// Returns about how many bytes of memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_counts_for_five_minutes_and_takes_memory_as_long() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let sent = |id: &str| Sent {
            id: id.to_owned(),
            sequence: None,
        };
        let mut recent = Recent::default();
        recent.insert("a", at(0), sent("1"));
        recent.insert("b", at(10), sent("2"));
        assert_eq!(recent.bytes(), 2 * (1 + FRAME));
        assert!(recent.take_old(at(299)).is_empty());
        assert_eq!(recent.take_old(at(300)), ["a"]);
        assert!(recent.get("a").is_none());
        assert_eq!(recent.get("b").unwrap().1, sent("2"));
        recent.insert("a", at(300), sent("3"));
        assert_eq!(recent.take_old(at(900)), ["b", "a"]);
        assert_eq!(recent.bytes(), 0);
    }
}
