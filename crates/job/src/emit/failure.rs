//! Why an emission failed, and whether it may work the next time.

use std::time::Duration;

use aws_sdk_eventbridge::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::operation::put_events::PutEventsError;
use aws_sdk_eventbridge::types::PutEventsResultEntry;

use super::Undelivered;
use crate::outgoing::Outgoing;

/// The codes that EventBridge gives an entry which may be sent again:
/// [`PutEventsResultEntry`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html).
const RETRYABLE_CODES: [&str; 2] = ["InternalFailure", "ThrottlingException"];

/// A failed attempt to emit an event.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) is_retryable: bool,
    pub(super) code: String,
    reason: String,
}

impl Failure {
    /// An entry that the response refuses, or does not mention.
    pub(super) fn of_entry(entry: Option<&PutEventsResultEntry>) -> Self {
        let code = entry.and_then(PutEventsResultEntry::error_code);
        let message = entry.and_then(PutEventsResultEntry::error_message);
        Self {
            is_retryable: code.is_none_or(|code| RETRYABLE_CODES.contains(&code)),
            code: code.unwrap_or("NoAnswer").to_owned(),
            reason: message
                .unwrap_or("EventBridge did not answer for the entry")
                .to_owned(),
        }
    }

    /// A request that failed as a whole.
    pub(super) fn of_request(error: &SdkError<PutEventsError>) -> Self {
        let status = error
            .raw_response()
            .map(|response| response.status().as_u16());
        let is_retryable = match error {
            // The request was never sent, and the next one would fail in the same way.
            SdkError::ConstructionFailure(_) => false,
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
            SdkError::DispatchFailure(failure) => !failure.is_user(),
            _ => {
                // A successful response that cannot be read has no code.
                status.is_some_and(|status| status < 300 || status == 429 || status >= 500)
                    || error
                        .code()
                        .is_some_and(|code| RETRYABLE_CODES.contains(&code))
            }
        };
        let answered = || status.map(|status| format!("HTTP {status}"));
        let code = error.code().map(str::to_owned).or_else(answered);
        Self {
            is_retryable,
            code: code.unwrap_or_else(|| "RequestFailed".to_owned()),
            reason: DisplayErrorContext(error).to_string(),
        }
    }

    /// A request that took longer than there was time for.
    pub(super) fn timeout(limit: Duration) -> Self {
        Self {
            is_retryable: true,
            code: "Timeout".to_owned(),
            reason: format!("no answer within {limit:?}"),
        }
    }

    /// The event is not tried again.
    pub(super) fn give_up(self, event: &Outgoing, attempts: u32) -> Undelivered<'_> {
        Undelivered {
            event,
            code: self.code,
            reason: self.reason,
            attempts,
        }
    }
}
