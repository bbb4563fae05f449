//! What is to be done at an instant: a schedule, a delivery or an invocation.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::control::{Rule, Target};
use crate::event::BusEvent;

/// Something to do at an instant.
#[derive(Clone, Debug)]
pub(crate) enum Due {
    /// A rule's schedule fires.
    Schedule {
        /// The rule's ARN.
        rule: Arc<str>,
        /// The next runs, of which this is one.
        runs: Arc<[Timestamp]>,
        /// Which.
        index: usize,
    },
    /// An event is delivered.
    Delivery(Delivery),
    /// A function runs.
    Run(Invocation),
}

/// An event on its way to one target.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) number: u64,
    pub(crate) event: Arc<BusEvent>,
    pub(crate) rule: Arc<Rule>,
    /// The place among the rule's targets.
    pub(crate) target: usize,
    pub(crate) payload: Arc<str>,
    /// How often it was tried.
    pub(crate) attempts: u32,
    pub(crate) first: Timestamp,
}

/// One event for a function, through all its attempts.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    pub(crate) request: Arc<str>,
    pub(crate) function: Arc<str>,
    pub(crate) payload: Arc<str>,
    /// How many functions the event has gone through.
    pub(crate) hops: u32,
    /// How often the function ran.
    pub(crate) attempts: u32,
    /// How often there was no room for it.
    pub(crate) throttled: u32,
    pub(crate) first: Timestamp,
}

impl Delivery {
    pub(crate) fn target(&self) -> &Target {
        &self.rule.targets[self.target]
    }

    /// When it is too old to be tried again.
    pub(crate) fn end(&self) -> Timestamp {
        later(self.first, self.target().retry.max_age)
    }

    /// What faults are chosen by.
    pub(crate) fn subject(&self) -> (&str, u32) {
        let part = u32::try_from(self.number % u64::from(u32::MAX)).unwrap_or_default();
        (
            &self.event.id,
            part.wrapping_mul(1_000).wrapping_add(self.attempts),
        )
    }
}

/// An instant some time after another, and the last there is if that is beyond it.
pub(crate) fn later(from: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    from.checked_add(wait).unwrap_or(Timestamp::MAX)
}
