//! Failures of a function's runs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A failure of one attempt of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Failure {
    /// The handler returned an error.
    Handler {
        /// `errorType`.
        error_type: String,
        /// `errorMessage`.
        message: String,
    },
    /// The handler panicked.
    Panic {
        /// The panic's message.
        message: String,
    },
    /// The process ended during a run.
    Crash {
        /// The process's exit status or error.
        status: String,
    },
    /// The process ended, or reported an error, before it asked for work.
    Init {
        /// The process's exit status or error.
        status: String,
    },
    /// The run took longer than the function's timeout.
    Timeout {
        /// The function's timeout.
        seconds: u64,
    },
    /// The process could not be started.
    Start {
        /// Says why.
        message: String,
    },
    /// The function did its work, and its response was lost on the way.
    Lost,
}

impl Failure {
    /// Returns what Lambda sends instead of the function's response:
    /// [errors](https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html) as `errorType` and `errorMessage`.
    pub(crate) fn payload(&self, request: &str) -> Value {
        let (kind, message) = match self {
            Self::Handler {
                error_type,
                message,
            } => (error_type.as_str(), message.clone()),
            Self::Panic { message } => ("panic", message.clone()),
            Self::Timeout { seconds } => {
                let message = format!("{request} Task timed out after {seconds}.00 seconds");
                return json!({ "errorMessage": message });
            }
            Self::Crash { status } | Self::Init { status } => (
                "Runtime.ExitError",
                format!("RequestId: {request} Error: Runtime exited with error: {status}"),
            ),
            Self::Start { message } => ("Runtime.InvalidEntrypoint", message.clone()),
            Self::Lost => (
                "Sandbox.Failure",
                "the answer of the function was lost".to_owned(),
            ),
        };
        json!({ "errorType": kind, "errorMessage": message })
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Handler {
                error_type,
                message,
            } => write!(f, "{error_type}: {message}"),
            Self::Panic { message } => write!(f, "panicked: {message}"),
            Self::Crash { status } => write!(f, "the function ended during the run ({status})"),
            Self::Init { status } => write!(f, "the function ended before it took work ({status})"),
            Self::Timeout { seconds } => write!(f, "timed out after {seconds} s"),
            Self::Start { message } => write!(f, "could not be started: {message}"),
            Self::Lost => write!(f, "did its work, and its answer was lost"),
        }
    }
}
