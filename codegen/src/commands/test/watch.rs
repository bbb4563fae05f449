//! `codegen test --watch`: tries the cases again whenever something changes.

use std::time::Instant;

use anyhow::Context;

use super::files;
use super::stop::Stop;
use crate::args::TestArgs;
use crate::commands::dev::sources::Sources;
use crate::local;
use crate::project::{Chosen, Project};
use crate::session::{Outcome, Session};

/// Moves the cursor to the upper left corner, and clears the screen from there on.
const CLEAR: &str = "\x1b[H\x1b[J";

pub(super) fn run(session: &mut Session, args: &TestArgs) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot watch files")?;
    let stop = Stop::start()?;
    let mut sources = Sources::new([&session.spec]);
    loop {
        // Before the cases are tried: otherwise a change during that would be lost.
        look(session, args, &mut sources);
        session.clear(CLEAR)?;
        match super::once(session, args, &stop) {
            Ok(Outcome::Stopped(status)) => return Ok(Outcome::Stopped(status)),
            Ok(_) => {}
            Err(error) => session.fail(&error),
        }
        sources.started(Instant::now());
        session.remark("again when the cases, the spec or the functions change")?;
        let stopped = runtime.block_on(async {
            tokio::select! {
                _ = sources.changed() => None,
                status = stop.wait() => Some(status),
            }
        });
        if let Some(status) = stopped {
            return Ok(Outcome::Stopped(status));
        }
    }
}

/// Lists the files to watch. What cannot be read is reported when the cases are tried.
fn look(session: &Session, args: &TestArgs, sources: &mut Sources) {
    let here = args.here.here();
    let Ok(project) = Project::load_for(&session.spec, &Chosen::here(&args.values, &here)) else {
        return;
    };
    let programs = match &project.parsed.pipeline {
        Some(pipeline) => local::programs(pipeline, &project.folder).0,
        None => Vec::new(),
    };
    sources.look_at(&[&project.folder], &programs);
    sources.add(files::find(&project.folder, &args.cases).unwrap_or_default());
    // A folder changes when a file comes or goes.
    let folder = files::folder(&project.folder);
    sources.add(args.cases.iter().cloned().chain([folder]));
}
