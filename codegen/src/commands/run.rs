//! `codegen run`: the whole pipeline on this machine, once.

use anyhow::Context;
use emulator::{Emulator, Record, Step, Tree, TreeOptions};
use eventbridge::put_events::Entry;
use jiff::Timestamp;
use tokio::net::TcpListener;

use crate::args::{Format, Run};
use crate::cargo::{self, Build};
use crate::project::Project;
use crate::session::{Outcome, Session};
use crate::{entry, local};

pub(crate) fn run(session: &mut Session, args: &Run) -> anyhow::Result<Outcome> {
    let project = Project::load(&session.spec)?;
    let pipeline = project.pipeline()?;
    let begin = args.from.unwrap_or_else(Timestamp::now);
    let entry = match args.until {
        Some(_) => None,
        None => Some(Entry {
            event_bus_name: Some(pipeline.bus.name_in(local::ENVIRONMENT)),
            ..entry::build(pipeline, &args.event, begin)?
        }),
    };
    for job in local::elsewhere(pipeline) {
        session.note(format_args!(
            "note: the function of {job} exists elsewhere and does not run here"
        ))?;
    }
    let packages = local::packages(pipeline);
    let binaries = cargo::build(&Build {
        folder: &project.folder,
        packages: &packages,
        profile: &args.profile,
        architecture: None,
    })?;
    let config = local::config(pipeline, &binaries)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let trace = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.context("cannot listen on loopback")?;
        let bus = Emulator::start(config, listener, begin)?;
        if let Some(entry) = entry {
            bus.publish(entry)?;
            bus.settle().await;
        } else {
            bus.run_until(args.until.unwrap_or(begin)).await;
        }
        let trace = bus.trace();
        bus.shutdown().await;
        anyhow::Ok(trace)
    })?;
    show(session, args, &trace)?;
    Ok(Tally::of(&trace).outcome())
}

fn show(session: &mut Session, args: &Run, trace: &[Record]) -> anyhow::Result<()> {
    if session.format == Format::Json {
        for record in trace {
            session.say(serde_json::to_string(record)?)?;
        }
        return Ok(());
    }
    let options = TreeOptions {
        // The stream leaves colours out where they are not wanted.
        color: true,
        logs: args.verbose,
    };
    let tree = Tree::new(trace).draw(options);
    session.say(tree.trim_end())?;
    session.note(Tally::of(trace))
}

/// What a run came to.
#[derive(Debug, Default)]
struct Tally {
    started: usize,
    succeeded: usize,
    failed: usize,
    retried: usize,
}

impl Tally {
    fn of(trace: &[Record]) -> Self {
        let mut tally = Self::default();
        for record in trace {
            match &record.step {
                Step::InvocationStart { .. } => tally.started += 1,
                Step::InvocationAttemptSuccess { .. } => tally.succeeded += 1,
                Step::InvocationAttemptRetryableFailure { .. } => tally.retried += 1,
                Step::InvocationFailure { .. } => tally.failed += 1,
                _ => {}
            }
        }
        tally
    }

    /// A run in which nothing was started did not do what it was asked to.
    fn outcome(&self) -> Outcome {
        if self.started > 0 && self.succeeded == self.started {
            Outcome::Fine
        } else {
            Outcome::Findings
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = if self.started == 1 { "" } else { "s" };
        write!(f, "{} function run{plural}", self.started)?;
        if self.started == 0 {
            return write!(f, ": nothing matched");
        }
        write!(f, ", {} ok, {} failed", self.succeeded, self.failed)?;
        let open = self.started.saturating_sub(self.succeeded + self.failed);
        if open > 0 {
            write!(f, ", {open} waiting for a retry")?;
        }
        match self.retried {
            0 => Ok(()),
            1 => write!(f, " (1 failed attempt)"),
            attempts => write!(f, " ({attempts} failed attempts)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_run_in_which_everything_succeeded_is_fine() {
        let of = |started, succeeded, failed| Tally {
            started,
            succeeded,
            failed,
            retried: 0,
        };
        assert_eq!(of(2, 2, 0).outcome(), Outcome::Fine);
        assert_eq!(of(2, 1, 1).outcome(), Outcome::Findings);
        assert_eq!(of(0, 0, 0).outcome(), Outcome::Findings);
        let waiting = of(1, 0, 0);
        assert_eq!(waiting.outcome(), Outcome::Findings);
        assert_eq!(
            waiting.to_string(),
            "1 function run, 0 ok, 0 failed, 1 waiting for a retry"
        );
    }
}
