//! Requests that get no answer.

use lsp_server::{ErrorCode, RequestId, Response};

/// Why a request gets no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: ErrorCodeNumber,
    message: String,
}

type ErrorCodeNumber = i32;

impl Refusal {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code: code as i32,
            message: message.into(),
        }
    }

    /// What a request says does not fit.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidParams, message)
    }

    /// Nothing can be answered about the text as it is.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::RequestFailed, message)
    }

    pub(super) fn to_response(&self, id: RequestId) -> Response {
        Response::new_err(id, self.code, self.message.clone())
    }
}
