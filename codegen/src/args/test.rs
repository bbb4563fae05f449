//! Arguments of `test`.

use std::path::PathBuf;

use super::Values;
use super::here::HereArgs;

/// Arguments of `test`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct TestArgs {
    /// Only cases whose name, `file::case`, has one of these texts in it
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,

    /// A file of cases, or a folder of them, instead of `tests` beside the spec; may be repeated
    #[arg(long, value_name = "PATH")]
    pub(crate) cases: Vec<PathBuf>,

    /// List the cases, and try none
    #[arg(long)]
    pub(crate) list: bool,

    /// Write what happens into the `expect:` of cases, where it is something else
    ///
    /// A case without `expect:` gets one. Everything else in the files stays as it is written.
    #[arg(long, conflicts_with_all = ["list", "watch"])]
    pub(crate) update: bool,

    /// Try the cases again whenever they, the spec or the functions change, until interrupted
    #[arg(long, conflicts_with = "list")]
    pub(crate) watch: bool,

    /// What counts as a failure beside cases that fail: `uncovered`, what no case reaches
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with = "names")]
    pub(crate) deny: Option<Denied>,

    /// Write the results as JUnit XML too, for CI services
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    /// How many cases are tried at a time; as many as the machine has processors without it
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) jobs: Option<u16>,

    /// What ids, jitter and faults are made from, in cases that say no seed of their own
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Show what the functions log, in the trees of cases that fail
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// The Cargo profile that functions are built with
    #[arg(long, value_name = "NAME", default_value = "dev")]
    pub(crate) profile: String,

    #[command(flatten)]
    pub(crate) values: Values,

    #[command(flatten)]
    pub(crate) here: HereArgs,
}

/// What counts as a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Denied {
    /// What no case reaches
    Uncovered,
}
