//! Refusals: an API says no, with a code and a message. All services share the type.

use eventbridge::put_events::Rejection;

/// A refusal by one of AWS's APIs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The name of the exception, or the code of the error.
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

pub(crate) type Answer<T> = Result<T, Refusal>;

/// The code of a refusal after which a later try may succeed.
const THROTTLED: &str = "THROTTLING";

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new("ResourceNotFoundException", message)
    }

    pub(crate) fn exists(message: impl Into<String>) -> Self {
        Self::new("ResourceAlreadyExistsException", message)
    }

    /// Makes SQS's refusal for a queue that does not exist.
    pub(crate) fn no_queue() -> Self {
        Self::new("QueueDoesNotExist", "The specified queue does not exist.")
    }

    /// Makes the refusal of a target that has too much to do.
    pub(crate) fn throttled() -> Self {
        Self::new(THROTTLED, "Rate Exceeded.")
    }

    /// Makes the refusal of a target that has no room, and says why.
    pub(crate) fn throttled_because(message: impl Into<String>) -> Self {
        Self::new(THROTTLED, message)
    }

    /// Returns whether a later try may succeed.
    pub(crate) fn is_throttling(&self) -> bool {
        self.code == THROTTLED
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::new(rejection.kind.code(), rejection.message)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
