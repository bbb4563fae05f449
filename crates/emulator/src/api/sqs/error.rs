//! Why SQS refuses a request.

use crate::queue::NoSuchQueue;

/// Why SQS refuses a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SqsError {
    /// The exception's name in the JSON protocol, without the namespace.
    pub(super) kind: &'static str,
    /// Its name in the older one.
    pub(super) code: &'static str,
    pub(super) message: String,
}

pub(super) type Answer<T> = Result<T, SqsError>;

impl SqsError {
    pub(super) fn no_queue() -> Self {
        Self {
            kind: "QueueDoesNotExist",
            code: "AWS.SimpleQueueService.NonExistentQueue",
            message: "The specified queue does not exist.".to_owned(),
        }
    }

    pub(super) fn invalid(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: kind,
            message: message.into(),
        }
    }
}

impl From<NoSuchQueue> for SqsError {
    fn from(_: NoSuchQueue) -> Self {
        Self::no_queue()
    }
}
