//! Work for a process.

use std::sync::Arc;

/// One attempt that a process has to make.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    /// The request id, which the attempts of one invocation share.
    pub(crate) request: Arc<str>,
    /// The JSON that the function receives.
    pub(crate) payload: Arc<str>,
    /// The attempt's number, from 1. 0 if somebody waits for the only attempt.
    pub(crate) attempt: u32,
    /// The number of functions that the event has gone through.
    pub(crate) hops: u32,
    /// Whether the process is killed when it first speaks.
    pub(crate) is_doomed: bool,
}
