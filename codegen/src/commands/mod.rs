//! One file per verb.

pub(crate) mod check;
pub(crate) mod dev;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod graph;
#[cfg(feature = "aws")]
pub(crate) mod import;
pub(crate) mod matching;
pub(crate) mod package;
pub(crate) mod publish;
pub(crate) mod run;
pub(crate) mod schedule;
pub(crate) mod schema;
#[cfg(feature = "aws")]
pub(crate) mod send;
#[cfg(feature = "aws")]
pub(crate) mod verify;
mod watch;

/// Refuses what needs AWS, in a command that was built without it.
#[cfg(not(feature = "aws"))]
pub(crate) fn refuse_aws(verb: &str) -> anyhow::Result<crate::session::Outcome> {
    anyhow::bail!(
        "`codegen {verb}` needs AWS, and this command was built without it, as `make demo` does: \
         build it with `cargo build --package codegen`"
    )
}
