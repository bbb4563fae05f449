//! `pipeline.yaml` in; Terraform, typed events and a local run out.
//!
//! `commands` has one file per verb, and turns arguments into calls of the crates that know how. The other rooms are
//! what verbs share: `render` shows findings, `package` and `publish` make zips and put them in S3, and [`local`] turns
//! a pipeline into what the local bus runs.

mod against;
mod args;
mod cargo;
mod commands;
mod deny;
#[cfg(feature = "aws")]
mod dev_server;
mod entry;
mod faults;
mod input;
mod lints;
pub mod local;
mod package;
mod packages;
mod project;
mod publish;
mod recording;
mod render;
mod session;
mod signals;
mod used;
mod workbench;

pub use args::Args;

use std::process::ExitCode;

use args::Verb;
use session::{Outcome, Session};

/// Runs one verb. Exit status: 0 fine, 1 findings, 2 could not work; 130 or 143 if a signal has ended it.
pub fn run(args: &Args) -> ExitCode {
    let mut session = Session::new(args);
    if let Err(error) = input::refuse_standard_input(args) {
        session.fail(&error);
        return ExitCode::from(2);
    }
    let outcome = match &args.verb {
        Verb::New(new) => commands::new::run(&mut session, new),
        Verb::Generate(args) => commands::generate::run(&mut session, args),
        Verb::Check(args) => commands::check::run(&mut session, args),
        Verb::Cost(cost) => commands::cost::run(&mut session, cost),
        Verb::Diff(diff) => commands::diff::run(&mut session, diff),
        Verb::Explain(explain) => commands::explain::run(&mut session, explain),
        Verb::Dev(dev) => commands::dev::run(&mut session, dev),
        Verb::Run(run) => commands::run::run(&mut session, run),
        Verb::Test(test) => commands::test::run(&mut session, test),
        #[cfg(feature = "aws")]
        Verb::Send(send) => commands::send::run(&mut session, send),
        #[cfg(feature = "aws")]
        Verb::Verify(verify) => commands::verify::run(&mut session, verify),
        #[cfg(feature = "aws")]
        Verb::Import(import) => commands::import::run(&mut session, import),
        #[cfg(feature = "aws")]
        Verb::Redrive(redrive) => commands::redrive::run(&mut session, redrive),
        #[cfg(feature = "aws")]
        Verb::Replay(replay) => commands::replay::run(&mut session, replay),
        #[cfg(feature = "aws")]
        Verb::Trace(trace) => commands::trace::run(&mut session, trace),
        #[cfg(not(feature = "aws"))]
        Verb::Trace(_) => commands::refuse_aws("trace"),
        #[cfg(not(feature = "aws"))]
        Verb::Replay(_) => commands::refuse_aws("replay"),
        #[cfg(not(feature = "aws"))]
        Verb::Redrive(_) => commands::refuse_aws("redrive"),
        #[cfg(not(feature = "aws"))]
        Verb::Send(_) => commands::refuse_aws("send"),
        #[cfg(not(feature = "aws"))]
        Verb::Verify(_) => commands::refuse_aws("verify"),
        #[cfg(not(feature = "aws"))]
        Verb::Import(_) => commands::refuse_aws("import"),
        Verb::Match(matching) => commands::matching::run(&mut session, matching),
        Verb::Schedule(schedule) => commands::schedule::run(&mut session, schedule),
        Verb::Graph(graph) => commands::graph::run(&mut session, graph),
        Verb::Export(export) => commands::export::run(&mut session, export),
        Verb::Lsp { stdio: _ } => commands::lsp::run(),
        Verb::Schema(schema) => commands::schema::run(&mut session, schema),
        Verb::Package(package) => commands::package::run(&mut session, package),
        Verb::Publish(publish) => commands::publish::run(&mut session, publish),
        Verb::Completions(completions) => commands::completions::run(&mut session, completions),
        Verb::Man(man) => commands::man::run(&mut session, man),
    };
    match outcome {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Ok(Outcome::Stopped(status)) => ExitCode::from(status),
        Err(error) if session::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            session.fail(&error);
            ExitCode::from(2)
        }
    }
}
