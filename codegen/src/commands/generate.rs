//! `codegen generate`: writes the files that follow from the spec.

use serde::Serialize;

use crate::args::Format;
use crate::project::Project;
use crate::render::{self, FileFinding};
use crate::session::{Outcome, Session};
use generated_files::lints::FOREIGN_FILE;
use generated_files::{Changes, Stale};

pub(crate) fn run(session: &mut Session) -> anyhow::Result<Outcome> {
    let mut project = Project::load(&session.spec)?;
    let changes = match super::check::compare(&mut project) {
        Ok(changes) => changes,
        Err(error) => {
            render::findings(session, &project, &[])?;
            return Err(error);
        }
    };
    let in_the_way: Vec<FileFinding> = foreign(&changes).collect();
    render::findings(session, &project, &in_the_way)?;
    if project.parsed.has_errors() || !in_the_way.is_empty() {
        return Ok(Outcome::Findings);
    }
    // Nothing is written before this line: a mistake in the spec leaves every file as it was.
    changes.apply(&project.folder)?;
    summary(session, &changes)?;
    Ok(Outcome::Fine)
}

/// The files of others that are in the way.
pub(super) fn foreign(changes: &Changes) -> impl Iterator<Item = FileFinding> {
    changes.foreign.iter().map(|path| FileFinding {
        lint: &FOREIGN_FILE,
        path: path.clone(),
        message: "a file that was not generated stands where one is to be written",
        help: "move it away, or choose another folder under `output:`",
        diff: None,
    })
}

/// What `--format json` prints after writing.
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
    if !session.format.is_for_people() {
        return Ok(());
    }
    for path in &written {
        session.remark(format_args!("wrote   {path}"))?;
    }
    for path in &removed {
        session.remark(format_args!("removed {path}"))?;
    }
    let (written, removed) = (written.len(), removed.len());
    session.remark(format_args!(
        "{written} written, {removed} removed, {} unchanged",
        changes.fresh
    ))
}
