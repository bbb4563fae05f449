//! Arguments of `replay`.

use jiff::Timestamp;

use super::{Place, Values, environment};

/// Arguments of `replay`.
#[derive(Debug, clap::Args)]
pub(crate) struct ReplayArgs {
    /// The jobs whose rules get the events; all of the pipeline's without a name, and never anybody else's
    #[arg(value_name = "JOB")]
    pub(crate) jobs: Vec<String>,

    /// The environment whose archive is replayed
    #[arg(long, value_name = "NAME", default_value = "dev", value_parser = environment)]
    pub(crate) environment: String,

    #[command(flatten)]
    pub(crate) values: Values,

    #[command(flatten)]
    pub(crate) place: Place,

    /// The first instant of the events, such as `2026-01-31T09:00:00Z`
    #[arg(long, value_name = "RFC3339")]
    pub(crate) from: Timestamp,

    /// The instant at which they end; now without it
    #[arg(long, value_name = "RFC3339")]
    pub(crate) until: Option<Timestamp>,

    /// The archive, by its whole name on AWS; without it that of the pipeline
    #[arg(long, value_name = "NAME")]
    pub(crate) archive: Option<String>,

    /// The name of the replay, which is new for 90 days; made from the pipeline and the time without it
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Start it, and do not wait for its end
    #[arg(long, conflicts_with = "cancel")]
    pub(crate) no_wait: bool,

    /// Cancel the replay if this command is stopped, with Ctrl-C for example; it goes on without this
    #[arg(long)]
    pub(crate) cancel: bool,
}
