//! The messages of one queue, in order. Whatever changes one of them notes that it has changed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::message::Stored;

/// Messages, oldest first.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    messages: VecDeque<Stored>,
    /// The bytes that the messages take.
    bytes: usize,
    /// The ids of the messages that came or changed since the last look, with the places that they had then.
    changed: BTreeMap<String, usize>,
    /// The ids of those that went.
    gone: BTreeSet<String>,
}

impl Shelf {
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Stored> {
        self.messages.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn get(&self, place: usize) -> Option<&Stored> {
        self.messages.get(place)
    }

    /// Returns a message to be changed in what does not change its size.
    pub(super) fn change(&mut self, place: usize) -> Option<&mut Stored> {
        let stored = self.messages.get_mut(place)?;
        self.changed.insert(stored.id.clone(), place);
        Some(stored)
    }

    /// Returns a message to be changed without a note of it.
    pub(super) fn change_for_now(&mut self, place: usize) -> Option<&mut Stored> {
        self.messages.get_mut(place)
    }

    /// Notes that a message has changed, if it is there.
    pub(super) fn note(&mut self, id: &str) {
        if let Some(place) = self.messages.iter().position(|stored| stored.id == id) {
            self.changed.insert(id.to_owned(), place);
        }
    }

    pub(super) fn push(&mut self, stored: Stored) {
        self.gone.remove(&stored.id);
        self.changed.insert(stored.id.clone(), self.messages.len());
        self.bytes += stored.bytes();
        self.messages.push_back(stored);
    }

    pub(super) fn remove(&mut self, place: usize) {
        if let Some(stored) = self.messages.remove(place) {
            self.left(&stored);
        }
    }

    /// Takes out the messages that are meant.
    pub(super) fn extract(&mut self, is_meant: impl Fn(&Stored) -> bool) -> Vec<Stored> {
        if !self.messages.iter().any(&is_meant) {
            return Vec::new();
        }
        let all = std::mem::take(&mut self.messages).into_iter();
        let (left, kept): (Vec<_>, VecDeque<_>) = all.fold(
            (Vec::new(), VecDeque::new()),
            |(mut left, mut kept), stored| {
                if is_meant(&stored) {
                    left.push(stored);
                } else {
                    kept.push_back(stored);
                }
                (left, kept)
            },
        );
        self.messages = kept;
        for stored in &left {
            self.left(stored);
        }
        left
    }

    fn left(&mut self, stored: &Stored) {
        self.bytes -= stored.bytes();
        self.changed.remove(&stored.id);
        self.gone.insert(stored.id.clone());
    }

    /// Whether anything came, changed or went since the last look.
    pub(super) fn has_changed(&self) -> bool {
        !self.changed.is_empty() || !self.gone.is_empty()
    }

    /// Returns the messages that came or changed since the last look.
    pub(super) fn take_changed(&mut self) -> Vec<&Stored> {
        let changed = std::mem::take(&mut self.changed).into_iter();
        let changed = changed.filter_map(|(id, place)| {
            let has_id = |stored: &&Stored| stored.id == id;
            // Others before it may have gone since then.
            let found = self.messages.get(place).filter(has_id);
            found.or_else(|| self.messages.iter().find(has_id))
        });
        changed.collect()
    }

    /// Returns the ids of the messages that went since the last look.
    pub(super) fn take_gone(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.gone)
    }

    /// Forgets what has changed.
    pub(super) fn settle(&mut self) {
        self.changed.clear();
        self.gone.clear();
    }
}
