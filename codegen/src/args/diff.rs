//! Arguments of `codegen diff`.

use std::path::PathBuf;

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct DiffArgs {
    /// The git revision to compare with, or the file of another spec
    ///
    /// Reads the spec of that revision, with what its environments say: `origin/main`, `HEAD~1`, a tag.
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    pub(crate) against: String,

    /// Say what Terraform wants to do instead of what the two specs come to: the JSON of `terraform show -json PLAN`
    ///
    /// What is destroyed, replaced or left unserved on AWS is then read in the plan. `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,

    /// Recorded events, one a line, of which to say how many go elsewhere; may be repeated
    ///
    /// Each is an event as rules get it, or a line of a trace that `codegen run --trace` has written. Files may be
    /// compressed with gzip; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) recording: Vec<PathBuf>,

    /// The spec or the contract of a pipeline that uses this one's events; may be repeated
    ///
    /// The findings then name its jobs that a change breaks. Pipelines that the spec itself uses count without it.
    #[arg(long, value_name = "FILE")]
    pub(crate) consumers: Vec<PathBuf>,

    /// The time after which the next runs of schedules are listed; now without it
    #[arg(long, value_name = "RFC3339")]
    pub(crate) now: Option<jiff::Timestamp>,
}
