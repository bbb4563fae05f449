//! The outcome of reading one thing.

use std::error::Error;

use anyhow::anyhow;
use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};

use super::failure::{is_about_credentials, sentence};

/// The outcome of reading one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading<T> {
    /// It is there.
    Found(T),
    /// It is not there.
    Absent,
    /// It could not be read: the request, and what the service said.
    Refused(String),
}

impl<T> Reading<T> {
    /// What was found.
    pub(crate) fn found(&self) -> Option<&T> {
        match self {
            Self::Found(found) => Some(found),
            _ => None,
        }
    }

    /// Maps what was found.
    pub(crate) fn map<U>(self, map: impl FnOnce(T) -> U) -> Reading<U> {
        match self {
            Self::Found(found) => Reading::Found(map(found)),
            Self::Absent => Reading::Absent,
            Self::Refused(why) => Reading::Refused(why),
        }
    }
}

/// The error codes of services for a thing that is not there.
const ABSENT: [&str; 4] = [
    "ResourceNotFoundException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "com.amazonaws.sqs#QueueDoesNotExist",
];

/// Sorts a response: found, absent or refused.
///
/// # Errors
/// A service that cannot be reached, or credentials that it does not know.
pub(super) fn sort_response<T, E, R>(
    request: &str,
    answer: Result<T, SdkError<E, R>>,
) -> anyhow::Result<Reading<T>>
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let error = match answer {
        Ok(answer) => return Ok(Reading::Found(answer)),
        Err(error) => error,
    };
    let code = error.code().unwrap_or_default().to_owned();
    let answered = matches!(
        error,
        SdkError::ServiceError(_) | SdkError::ResponseError(_)
    );
    // Every other request would fail alike, so there is nothing to compare.
    if !answered || is_about_credentials(&code) {
        return Err(anyhow!(sentence(request, &error)));
    }
    if ABSENT.contains(&code.as_str()) {
        return Ok(Reading::Absent);
    }
    let message = error.message().unwrap_or("no message").to_owned();
    let code = if code.is_empty() {
        "a response that cannot be read"
    } else {
        &code
    };
    Ok(Reading::Refused(format!("{request}: {code}: {message}")))
}
