//! What a process is given to do.

use std::sync::Arc;

/// A run for a function to do.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    /// The request id, which the attempts of one invocation share.
    pub(crate) request: Arc<str>,
    /// The event.
    pub(crate) payload: Arc<str>,
    /// From 1.
    pub(crate) attempt: u32,
    /// How many functions the event has gone through.
    pub(crate) hops: u32,
    /// Whether the process is killed when it first speaks.
    pub(crate) is_doomed: bool,
}
