//! Arguments of `trace`.

use jiff::SignedDuration;

use super::redrive::time;
use super::{Place, Values, environment};

/// Arguments of `trace`.
#[derive(Debug, clap::Args)]
pub(crate) struct TraceArgs {
    /// The id of an event, or a subject: the value of the field that `subject:` in the spec names
    #[arg(value_name = "ID|SUBJECT")]
    pub(crate) name: String,

    /// The environment whose logs are read
    #[arg(long, value_name = "NAME", default_value = "dev", value_parser = environment)]
    pub(crate) environment: String,

    #[command(flatten)]
    pub(crate) values: Values,

    #[command(flatten)]
    pub(crate) place: Place,

    /// How far back to look, such as `30m`, `6h` or `2d`
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = time)]
    pub(crate) since: SignedDuration,

    /// Draw it again whenever there is more, until interrupted
    #[arg(long)]
    pub(crate) follow: bool,

    /// Show what the functions log
    #[arg(long, short)]
    pub(crate) verbose: bool,
}
