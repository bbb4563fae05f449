//! Settings of a function that a platform team asks for: network, keys, concurrency, versions.
//!
//! ARNs and ids differ from one environment to the next, so the spec only names them. Terraform
//! variables hold the values.

use crate::span::Spanned;
use crate::values::Valued;

/// The alias that rules invoke if a function has versions.
pub const ALIAS: &str = "live";

/// The variable of a function's environment that says what its log has of events.
pub const LOG_EVENTS: &str = "LOG_EVENTS";

/// Settings of a function that few need.
#[derive(Clone, Debug, Default)]
pub struct Platform {
    /// The name of its subnets and security groups in the variable `networks`; without it, it is in no VPC.
    pub network: Option<Spanned<String>>,
    /// The names of its layers in the variable `layers`, in their order.
    pub layers: Vec<Spanned<String>>,
    /// The most runs at one time. `None` shares the concurrency of the account.
    pub reserved_concurrency: Option<Valued<u32>>,
    /// `/tmp` in MB, 512–10,240; Lambda's own 512 without it.
    pub ephemeral_storage_mb: Option<u32>,
    /// The name of its key in the variable `kms_keys`, for its environment and its secrets.
    pub kms_key: Option<Spanned<String>>,
    /// The least level of its log.
    pub log_level: Option<LogLevel>,
    /// What its log has of events that could not be emitted; the whole ones without it.
    pub log_events: Option<LogEvents>,
    /// The class of its log group; CloudWatch Logs takes the standard one without it.
    pub log_class: Option<Spanned<LogClass>>,
    /// Whether its log group outlives the pipeline.
    pub keep_log: bool,
    /// Whether every change is published as a version, and rules invoke the alias [`ALIAS`].
    pub versions: bool,
}

/// What the log of a function has of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogEvents {
    /// The whole event, from which it can be emitted by hand.
    All,
    /// The names of its fields.
    Keys,
    /// Nothing but its name.
    Nothing,
}

impl LogEvents {
    /// The value of the variable `LOG_EVENTS`, which the functions' crate reads; nothing where that is what it does anyway.
    pub fn variable(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Keys => Some("keys"),
            Self::Nothing => Some("none"),
        }
    }
}

/// What a log group can do, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogClass {
    /// Everything.
    Standard,
    /// Queries alone: no metrics, no filters, at half the price.
    InfrequentAccess,
}

impl LogClass {
    /// The word in CloudWatch Logs' API.
    pub fn on_aws(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::InfrequentAccess => "INFREQUENT_ACCESS",
        }
    }
}

/// The least level of the lines that a log takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Every line.
    Trace,
    /// Lines that help to find a mistake.
    Debug,
    /// Lines that say what happened.
    Info,
    /// Lines about what may be wrong.
    Warn,
    /// Lines about what is wrong.
    Error,
    /// Lines about what ends the process.
    Fatal,
}

impl LogLevel {
    /// The word in Lambda's API for lines that the function writes.
    pub fn application(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }

    /// The nearest level that Lambda has for lines of its own: it knows only three.
    pub fn system(self) -> &'static str {
        match self {
            Self::Trace | Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn | Self::Error | Self::Fatal => "WARN",
        }
    }
}
