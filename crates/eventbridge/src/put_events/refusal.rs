//! Why an entry or a request is refused.

use std::fmt;

use super::Entry;

/// Why one entry was refused while the request was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejection {
    /// The kind, which `ErrorCode` names.
    pub kind: RejectionKind,
    /// `ErrorMessage`.
    pub message: String,
}

/// A kind of [`Rejection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// A member is missing, or has the wrong type.
    InvalidArgument,
    /// The detail is not the text of a JSON object.
    MalformedDetail,
    /// The source belongs to AWS.
    NotAuthorizedForSource,
    /// The service failed; a later try may succeed.
    InternalFailure,
    /// Too much at once; a later try may succeed.
    Throttling,
}

impl RejectionKind {
    /// Returns the service's word for it, as `ErrorCode` has it.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidArgument => "InvalidArgument",
            Self::MalformedDetail => "MalformedDetail",
            Self::NotAuthorizedForSource => "NotAuthorizedForSourceException",
            Self::InternalFailure => "InternalFailure",
            Self::Throttling => "ThrottlingException",
        }
    }
}

impl Rejection {
    /// Makes a rejection with the service's message.
    pub fn new(kind: RejectionKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// Makes the rejection of one member of an entry.
    pub(super) fn of_member(name: &str, reason: &str) -> Self {
        Self::new(
            RejectionKind::InvalidArgument,
            format!("Parameter {name} is not valid. Reason: {name} {reason}."),
        )
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.code(), self.message)
    }
}

impl std::error::Error for Rejection {}

/// Why a request was refused as a whole, with a `ValidationException`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestError {
    /// The kind.
    pub kind: RequestErrorKind,
    /// The exception's message.
    pub message: String,
}

/// A kind of [`RequestError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestErrorKind {
    /// No entry, or more than ten.
    EntryCount,
    /// A trace header that is empty or has more than 500 characters.
    TraceHeader,
    /// A megabyte or more.
    Size,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RequestError {}

impl RequestError {
    pub(super) fn new(kind: RequestErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

/// An entry of which a member has a wrong type. The other entries of the request are not concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The members that could be read; they count for the size of the request.
    pub entry: Entry,
    /// The answer for this entry.
    pub rejection: Rejection,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rejection.fmt(f)
    }
}

impl std::error::Error for Malformed {}
