//! Arguments of `completions` and `man`, which packagers call.

use std::path::PathBuf;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// A verb, such as `check`; the page of the command itself without it
    pub(crate) verb: Option<String>,

    /// Write every page into this folder instead: `codegen.1`, and `codegen-<verb>.1` for each verb
    #[arg(long, value_name = "FOLDER", conflicts_with = "verb")]
    pub(crate) out: Option<PathBuf>,
}
