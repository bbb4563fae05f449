//! How an API says no: with a code and a message, whichever service it is.

use eventbridge::put_events::Rejection;

/// An API says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The exception's name, or the code of an error.
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

pub(crate) type Answer<T> = Result<T, Refusal>;

/// The code of a refusal that a later try may not meet.
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

    /// SQS has no queue of that name.
    pub(crate) fn no_queue() -> Self {
        Self::new("QueueDoesNotExist", "The specified queue does not exist.")
    }

    /// A target has too much to do.
    pub(crate) fn throttled() -> Self {
        Self::new(THROTTLED, "Rate Exceeded.")
    }

    /// Whether a later try may succeed.
    pub(crate) fn is_throttling(&self) -> bool {
        self.code == THROTTLED
    }
}

impl From<Rejection> for Refusal {
    fn from(Rejection { code, message }: Rejection) -> Self {
        Self { code, message }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
