//! `codegen completions`: what completes the command in a shell.

use clap::CommandFactory;

use crate::args::{Args, CompletionsArgs};
use crate::session::{Outcome, Session};

pub(crate) fn run(session: &mut Session, args: &CompletionsArgs) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "codegen", &mut script);
    session.say(String::from_utf8(script)?.trim_end())?;
    Ok(Outcome::Fine)
}
