//! Stubs: what runs instead of a function's program, within this process.

use std::fmt;
use std::sync::Arc;

use eventbridge::put_events::Entry;
use jiff::Timestamp;

type Answer = dyn Fn(&StubRun<'_>) -> StubAnswer + Send + Sync;

/// Runs instead of a function's program. It has no process, takes no time, and otherwise does as a function does: it
/// emits events, fails, and is run again.
#[derive(Clone)]
pub struct Stub {
    answer: Arc<Answer>,
}

/// One attempt that a stub has to make.
#[derive(Clone, Copy, Debug)]
pub struct StubRun<'r> {
    /// The JSON that the function receives: an event, or a batch of messages.
    pub payload: &'r str,
    /// The attempt's number, from 1.
    pub attempt: u32,
    /// The bus's time.
    pub now: Timestamp,
}

/// What a stub does in an attempt.
#[derive(Clone, Debug, Default)]
pub struct StubAnswer {
    /// What it puts on buses first, in this order.
    pub emits: Vec<Entry>,
    /// Says why it fails then, if it does.
    pub failure: Option<String>,
}

impl Stub {
    /// Makes a stub of what it does in each attempt.
    pub fn new(answer: impl Fn(&StubRun<'_>) -> StubAnswer + Send + Sync + 'static) -> Self {
        Self {
            answer: Arc::new(answer),
        }
    }

    pub(crate) fn answer(&self, run: &StubRun<'_>) -> StubAnswer {
        (self.answer)(run)
    }
}

impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stub").finish_non_exhaustive()
    }
}
