//! How much memory is taken by what is on its way: each thing has a weight for as long as it is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// About the bytes that a delivery or a run takes beside its texts: most of it is the task that waits for its turn.
const FRAME: usize = 6 << 10;

/// The weight of everything that is on its way, in bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Load(Arc<AtomicUsize>);

/// The weight of one thing. It counts until it is dropped, and a copy counts by itself.
#[derive(Debug, Default)]
pub(crate) struct Weight {
    bytes: usize,
    load: Load,
}

impl Load {
    /// Adds a thing with texts of this many bytes.
    pub(crate) fn add(&self, texts: usize) -> Weight {
        let bytes = texts + FRAME;
        self.0.fetch_add(bytes, Ordering::Relaxed);
        Weight {
            bytes,
            load: self.clone(),
        }
    }

    /// Returns the weight of `things`, whose texts have `texts` bytes in all.
    pub(crate) fn of(things: usize, texts: usize) -> usize {
        things.saturating_mul(FRAME).saturating_add(texts)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Clone for Weight {
    fn clone(&self) -> Self {
        self.load.0.fetch_add(self.bytes, Ordering::Relaxed);
        Self {
            bytes: self.bytes,
            load: self.load.clone(),
        }
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.load.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_weighs_nothing() {
        let load = Load::default();
        let one = load.add(1_000);
        let other = one.clone();
        assert_eq!(load.bytes(), 2 * (1_000 + FRAME));
        drop(one);
        assert_eq!(load.bytes(), 1_000 + FRAME);
        drop((other, Weight::default()));
        assert_eq!(load.bytes(), 0);
    }
}
