//! Arguments of `codegen cost`.

use std::path::PathBuf;

use super::Values;

/// Arguments of `cost`.
#[derive(Debug, clap::Args)]
pub(crate) struct CostArgs {
    /// A file of prices instead of those that the command brings: of another region, or of another day
    #[arg(long, value_name = "FILE")]
    pub(crate) rates: Option<PathBuf>,

    /// Print the prices that the command brings, as a file to change
    #[arg(long, conflicts_with_all = ["rates", "recording"])]
    pub(crate) print_rates: bool,

    /// Recorded events, one a line, to count instead of the spec's `volumes`; may be repeated
    ///
    /// Each is an event as rules get it, or a line of a trace that `codegen run --trace` has written. Files may be
    /// compressed with gzip; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) recording: Vec<PathBuf>,

    /// How long the recordings took, `24h`; without it, from the time of the first event to that of the last
    #[arg(long, value_name = "DURATION", value_parser = super::redrive::time, requires = "recording")]
    pub(crate) over: Option<jiff::SignedDuration>,

    /// Take off what AWS gives every account for nothing in each month
    #[arg(long)]
    pub(crate) free_tier: bool,

    /// The time at which the month of 30 days begins, for schedules; now without it
    #[arg(long, value_name = "RFC3339")]
    pub(crate) now: Option<jiff::Timestamp>,

    #[command(flatten)]
    pub(crate) values: Values,
}
