//! Arguments of `codegen schedule`.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Deserialize;

/// Arguments of `schedule`.
#[derive(Debug, clap::Args)]
pub(crate) struct ScheduleArgs {
    /// An expression such as `cron(0 1 * * ? *)`; every trigger of the spec without it
    pub(crate) expression: Option<String>,

    /// Runs after this instant; now without it
    #[arg(long, value_name = "RFC3339")]
    pub(crate) from: Option<jiff::Timestamp>,

    /// How many runs, at most 100,000
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) count: usize,

    /// An IANA time zone such as `Europe/Berlin`
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,

    /// The service that runs it; without it EventBridge Scheduler if a time zone is named or the expression is `at(…)`,
    /// and a rule otherwise
    #[arg(long, value_enum, requires = "expression")]
    pub(crate) kind: Option<ScheduleKind>,

    /// Cases `{"id","expression","timezone","kind","from","count"}`, one a line; prints
    /// `{"id","valid","error","next"}` for each
    #[arg(long, value_name = "FILE", conflicts_with = "expression")]
    pub(crate) cases: Option<PathBuf>,
}

/// The service that runs a schedule.
#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ScheduleKind {
    /// A rule of EventBridge, in UTC
    Rule,
    /// A schedule of EventBridge Scheduler
    Scheduler,
}
