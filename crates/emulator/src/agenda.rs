//! Things to do at an instant: a schedule, a delivery, an invocation or a look at a queue.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::EventSourceMapping;
use crate::control::{Rule, Target};
use crate::event::BusEvent;
use crate::load::Weight;
use crate::trace::BatchMessage;

/// Something to do at an instant.
#[derive(Clone, Debug)]
pub(crate) enum Due {
    /// A rule's schedule fires.
    Schedule {
        /// The rule's ARN.
        rule: Arc<str>,
        /// The schedule's next runs. This is one of them.
        runs: Arc<[Timestamp]>,
        /// The place of this run among them.
        index: usize,
    },
    /// An event is delivered.
    Delivery(Delivery),
    /// A function runs.
    Run(Invocation),
    /// A function runs for a batch of messages.
    Batch(Batch),
    /// A queue may have messages that nobody could receive before.
    Look {
        /// The queue's name.
        queue: Arc<str>,
    },
}

/// An event on its way to one target.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) number: u64,
    pub(crate) event: Arc<BusEvent>,
    pub(crate) rule: Arc<Rule>,
    /// The target's place among the rule's targets.
    pub(crate) target: usize,
    pub(crate) payload: Arc<str>,
    /// Attempts so far.
    pub(crate) attempts: u32,
    pub(crate) first: Timestamp,
    /// Whether it is its turn to call a destination that has a rate.
    pub(crate) has_turn: bool,
    /// Whether it is kept on the disk.
    pub(crate) is_kept: bool,
    #[expect(dead_code, reason = "it counts for as long as it is there")]
    pub(crate) weight: Weight,
}

/// One event for a function, through all its attempts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Invocation {
    pub(crate) request: Arc<str>,
    pub(crate) function: Arc<str>,
    pub(crate) payload: Arc<str>,
    /// The number of functions that the event has gone through.
    pub(crate) hops: u32,
    /// Runs of the function so far.
    pub(crate) attempts: u32,
    /// Throttles so far.
    pub(crate) throttled: u32,
    pub(crate) first: Timestamp,
    #[serde(skip)]
    pub(crate) weight: Weight,
}

/// Messages of a queue for which a function runs once.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) request: Arc<str>,
    pub(crate) mapping: Arc<EventSourceMapping>,
    pub(crate) messages: Vec<BatchMessage>,
    /// The receipt handle of each message.
    pub(crate) handles: Arc<[Arc<str>]>,
    pub(crate) payload: Arc<str>,
    /// The most functions that one of the events has gone through.
    pub(crate) hops: u32,
    /// The instant from which on others can receive the messages.
    pub(crate) hidden_until: Timestamp,
    /// Throttles so far.
    pub(crate) throttled: u32,
}

impl Delivery {
    pub(crate) fn target(&self) -> &Target {
        &self.rule.targets[self.target]
    }

    /// Returns the instant from which on the event is too old for another attempt.
    pub(crate) fn end(&self) -> Timestamp {
        later(self.first, self.target().retry.max_age)
    }

    /// Returns the key of faults: the event's id, and a number for this attempt of this delivery.
    pub(crate) fn fault_key(&self) -> (&str, u32) {
        // A delivery has at most 186 attempts, so 1,000 numbers for each keep deliveries apart.
        let part = u32::try_from(self.number % u64::from(u32::MAX)).unwrap_or_default();
        (
            &self.event.id,
            part.wrapping_mul(1_000).wrapping_add(self.attempts),
        )
    }
}

/// Adds a wait to an instant. Returns the last instant there is if the sum is beyond it.
pub(crate) fn later(from: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    from.checked_add(wait).unwrap_or(Timestamp::MAX)
}
