//! Keys that encrypt what AWS keeps for a pipeline.

use crate::span::Spanned;

/// Keys of KMS, each by its name in the Terraform variable `kms_keys`; without one, AWS encrypts with a key of its own.
#[derive(Clone, Debug, Default)]
pub struct Encryption {
    /// The key of every queue: for dead letters, for failed runs, and for events that are delivered to one.
    pub queues: Option<Spanned<String>>,
    /// The key of every topic: those that events are delivered to, and the one that alarms tell.
    pub topics: Option<Spanned<String>>,
    /// The key of the pipeline's own bus.
    pub bus: Option<Spanned<String>>,
    /// The key of every log group.
    pub logs: Option<Spanned<String>>,
}

impl Encryption {
    /// Lists the names of the keys.
    pub fn keys(&self) -> impl Iterator<Item = &Spanned<String>> {
        let Self {
            queues,
            topics,
            bus,
            logs,
        } = self;
        [queues, topics, bus, logs].into_iter().flatten()
    }
}
