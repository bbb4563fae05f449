//! Arguments of the verbs that run a pipeline on this machine.

use std::path::PathBuf;

use super::here::HereArgs;
use super::{EventArgs, Values};

/// The faults that the local bus puts in on purpose.
#[derive(Debug, clap::Args)]
pub(crate) struct FaultArgs {
    /// A YAML file with the rates of faults to cause, such as `kill: 0.05`
    ///
    /// Rates are from 0 to 1: `duplicate`, `delay` (with `delay_up_to_seconds`) and `throttle` are faults of
    /// deliveries, `kill`, `timeout` and `drop_response` of invocations, `refuse_request` and `refuse_entry` of what
    /// functions put on the bus.
    #[arg(long, value_name = "FILE", conflicts_with = "fault_rate")]
    pub(crate) faults: Option<PathBuf>,

    /// Cause faults of every kind, together at this rate, from 0 to 1
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(crate) fault_rate: Option<f64>,
}

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) event: EventArgs,

    #[command(flatten)]
    pub(crate) values: Values,

    #[command(flatten)]
    pub(crate) here: HereArgs,

    /// Where virtual time begins; now without it
    #[arg(long, value_name = "RFC3339")]
    pub(crate) from: Option<jiff::Timestamp>,

    /// Fire the schedules up to here; what is due at this instant still runs
    #[arg(long, value_name = "RFC3339", requires = "from", conflicts_with_all = ["event", "file"])]
    pub(crate) until: Option<jiff::Timestamp>,

    /// Show what the functions log
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// How many times to publish the event; if several, a number is added to its subject each time
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "until", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) times: u32,

    #[command(flatten)]
    pub(crate) faults: FaultArgs,

    /// What ids, jitter and faults are made from: the same seed gives the same run
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// Write every step to this file too, as one line of JSON each
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,

    /// The Cargo profile that functions are built with
    #[arg(long, value_name = "NAME", default_value = "dev")]
    pub(crate) profile: String,
}

/// Arguments of `dev`.
#[derive(Debug, clap::Args)]
pub(crate) struct Dev {
    #[command(flatten)]
    pub(crate) values: Values,

    #[command(flatten)]
    pub(crate) here: HereArgs,

    /// The port on 127.0.0.1; 0 picks a free one
    #[arg(long, value_name = "PORT", default_value_t = 9010)]
    pub(crate) port: u16,

    /// A file to write when events can be published: where, as JSON. It is removed at the start and at the end
    ///
    /// Until then requests wait. `GET /_/ready?wait=30` tells the same.
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,

    /// Show what the functions log
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// A folder where the bus keeps what it has accepted, for the next time; without it all is gone with the bus
    ///
    /// Queues, archives, what was made over the API, schedules, and deliveries and runs on their way: each answer waits
    /// until what it accepts is on the disk.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) state: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) faults: FaultArgs,

    /// The Cargo profile that functions are built with
    #[arg(long, value_name = "NAME", default_value = "dev")]
    pub(crate) profile: String,

    /// Write every step to this file too, as one line of JSON each
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err("a rate is a number from 0 to 1".to_owned()),
    }
}
