//! How much is done at once.

/// Returns how many chunks are read, and how many are processed, at once. It is at least two: one chunk is read while
/// another is processed.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2))
}
