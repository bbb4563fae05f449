//! `codegen generate`: the spec becomes files.

use serde::Serialize;

use crate::args::Format;
use crate::output::lints::FOREIGN_FILE;
use crate::output::{Changes, Stale};
use crate::project::Project;
use crate::render;
use crate::session::{Outcome, Session};

pub(crate) fn run(session: &mut Session) -> anyhow::Result<Outcome> {
    let project = Project::load(&session.spec)?;
    render::findings(session, &project)?;
    let Some(pipeline) = project
        .parsed
        .pipeline
        .as_ref()
        .filter(|_| !project.parsed.has_errors())
    else {
        return Ok(Outcome::Findings);
    };
    let files = project.render(pipeline)?;
    let changes = Changes::find(&project.folder, files, &[&pipeline.output.terraform.value])?;
    if !changes.foreign.is_empty() {
        report_foreign(session, &changes)?;
        return Ok(Outcome::Findings);
    }
    changes.apply(&project.folder)?;
    summary(session, &changes)?;
    Ok(Outcome::Fine)
}

/// Says which files stand in the way.
pub(super) fn report_foreign(session: &mut Session, changes: &Changes) -> anyhow::Result<()> {
    for path in &changes.foreign {
        let message = "a file that was not generated stands where one is to be written";
        let help = "move it away, or choose another folder under `output:`";
        if session.format == Format::Json {
            session.say(render::file_finding(&FOREIGN_FILE, path, message, help)?)?;
        } else {
            session.note(format_args!(
                "error[{}]: {message}: {path}\n  help: {help}",
                FOREIGN_FILE.id
            ))?;
        }
    }
    Ok(())
}

/// What `--format json` prints when files were written.
#[derive(Serialize)]
struct Summary<'s> {
    written: Vec<&'s str>,
    removed: Vec<&'s str>,
    unchanged: usize,
}

fn summary(session: &mut Session, changes: &Changes) -> anyhow::Result<()> {
    let paths = |is_written: bool| {
        let chosen = changes
            .stale
            .iter()
            .filter(move |stale| stale.new.is_some() == is_written);
        chosen
            .map(|stale: &Stale| stale.path.as_str())
            .collect::<Vec<_>>()
    };
    let (written, removed) = (paths(true), paths(false));
    if session.format == Format::Json {
        let summary = Summary {
            written,
            removed,
            unchanged: changes.fresh,
        };
        return session.say(serde_json::to_string(&summary)?);
    }
    for path in &written {
        session.note(format_args!("wrote   {path}"))?;
    }
    for path in &removed {
        session.note(format_args!("removed {path}"))?;
    }
    let (written, removed) = (written.len(), removed.len());
    session.note(format_args!(
        "{written} written, {removed} removed, {} unchanged",
        changes.fresh
    ))
}
