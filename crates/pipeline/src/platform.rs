//! What platforms ask of a function beside the code: where it runs, with which keys, how it is rolled back.
//!
//! ARNs and ids differ from one environment to the next, so the spec has names for them, and Terraform
//! variables have what they stand for.

use crate::span::Spanned;

/// The alias that rules invoke where a function has versions.
pub const ALIAS: &str = "live";

/// Settings of a function that few need.
#[derive(Clone, Debug, Default)]
pub struct Platform {
    /// The name of its subnets and security groups in the variable `networks`; without it, it is in no VPC.
    pub network: Option<Spanned<String>>,
    /// The names of its layers in the variable `layers`, in their order.
    pub layers: Vec<Spanned<String>>,
    /// How many runs there may be at one time; nothing shares what the account has.
    pub reserved_concurrency: Option<u32>,
    /// `/tmp` in MB, 512–10,240; Lambda's own 512 without it.
    pub ephemeral_storage_mb: Option<u32>,
    /// The name of its key in the variable `kms_keys`, for its environment and its secrets.
    pub kms_key: Option<Spanned<String>>,
    /// The least level of its log.
    pub log_level: Option<LogLevel>,
    /// Whether every change is published as a version, and rules invoke the alias [`ALIAS`].
    pub versions: bool,
}

/// The least level of the lines that a log takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// What helps to find a mistake.
    Debug,
    /// What happened.
    Info,
    /// What may be wrong.
    Warn,
    /// What is wrong.
    Error,
    /// What ends the process.
    Fatal,
}

impl LogLevel {
    /// Lambda's word for it, of the function's own lines.
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

    /// The nearest of those that Lambda has for its own lines.
    pub fn system(self) -> &'static str {
        match self {
            Self::Trace | Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn | Self::Error | Self::Fatal => "WARN",
        }
    }
}
