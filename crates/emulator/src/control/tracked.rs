//! A map that knows which of its keys have changed, so that what is kept of a large one costs as much as the change.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

/// A map, read as any other, and the keys under which something may have changed since that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Tracked<K, V> {
    map: BTreeMap<K, V>,
    changed: BTreeSet<K>,
}

impl<K, V> Default for Tracked<K, V> {
    fn default() -> Self {
        Self {
            map: BTreeMap::new(),
            changed: BTreeSet::new(),
        }
    }
}

impl<K, V> Deref for Tracked<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &BTreeMap<K, V> {
        &self.map
    }
}

impl<K: Ord + Clone, V> Tracked<K, V> {
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.changed.insert(key.clone());
        self.map.insert(key, value);
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (key, value) = self.map.remove_entry(key)?;
        self.changed.insert(key);
        Some(value)
    }

    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (key, _) = self.map.get_key_value(key)?;
        self.changed.insert(key.clone());
        self.get_mut_in_passing(key.clone().borrow())
    }

    /// Gets at a value for what is not kept, or is kept by itself.
    pub(crate) fn get_mut_in_passing<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.map.get_mut(key)
    }

    /// Gets at every value for what is not kept, or is kept by itself.
    pub(crate) fn values_mut_in_passing(&mut self) -> impl Iterator<Item = &mut V> {
        self.map.values_mut()
    }

    pub(crate) fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.changed.insert(key.clone());
        self.map.entry(key).or_default()
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let gone = self.map.extract_if(.., |key, value| !keep(key, value));
        self.changed.extend(gone.map(|(key, _)| key));
    }

    pub(crate) fn clear(&mut self) {
        self.retain(|_, _| false);
    }

    /// Returns what may have changed since the last time: each key, and its value unless it has gone.
    pub(crate) fn take_changed(&mut self) -> impl Iterator<Item = (K, Option<&V>)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|key| {
            let value = self.map.get(&key);
            (key, value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_changed_is_told_once() {
        let mut map: Tracked<&str, u32> = Tracked::default();
        let changed = |map: &mut Tracked<&'static str, u32>| -> Vec<(&str, Option<u32>)> {
            let changed = map.take_changed();
            changed.map(|(key, value)| (key, value.copied())).collect()
        };
        for (key, value) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
            map.insert(key, value);
        }
        assert_eq!(changed(&mut map).len(), 4);
        assert!(changed(&mut map).is_empty());
        *map.get_mut("a").unwrap() += 10;
        *map.get_mut_in_passing("b").unwrap() += 10;
        assert_eq!(map.remove("c"), Some(3));
        assert_eq!(map.remove("none"), None);
        assert!(map.get_mut("none").is_none());
        map.retain(|_, value| *value != 4);
        *map.get_or_default("e") += 1;
        let expected = [("a", Some(11)), ("c", None), ("d", None), ("e", Some(1))];
        assert_eq!(changed(&mut map), expected);
        map.clear();
        let expected = [("a", None), ("b", None), ("e", None)];
        assert_eq!(changed(&mut map), expected);
    }
}
