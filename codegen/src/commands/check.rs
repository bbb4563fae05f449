//! `codegen check`: the same as `generate`, without writing.

use crate::args::Format;
use crate::output::lints::STALE_FILE;
use crate::output::{Changes, Stale};
use crate::project::Project;
use crate::render;
use crate::session::{Outcome, Session};

/// A longer diff is cut: the first lines say what is going on.
const DIFF_LINES: usize = 40;

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
    super::generate::report_foreign(session, &changes)?;
    for stale in &changes.stale {
        report(session, stale)?;
    }
    if !changes.is_empty() {
        return Ok(Outcome::Findings);
    }
    if session.format != Format::Json {
        let (jobs, files) = (pipeline.jobs.len(), changes.fresh);
        session.note(format_args!(
            "{}: {jobs} jobs, and {files} generated files are fresh",
            project.path.display()
        ))?;
    }
    Ok(Outcome::Fine)
}

fn report(session: &mut Session, stale: &Stale) -> anyhow::Result<()> {
    let message = match (&stale.old, &stale.new) {
        (None, _) => "the file is missing",
        (_, None) => "the file is no longer needed",
        _ => "the file is not what the spec says",
    };
    let help = "run `codegen generate`";
    if session.format == Format::Json {
        return session.say(render::file_finding(
            &STALE_FILE,
            &stale.path,
            message,
            help,
        )?);
    }
    session.note(format_args!(
        "error[{}]: {message}: {}",
        STALE_FILE.id, stale.path
    ))?;
    if session.format == Format::Full && stale.old.is_some() && stale.new.is_some() {
        let diff = stale.diff();
        for line in diff.lines().take(DIFF_LINES) {
            session.note(format_args!("  {line}"))?;
        }
        let more = diff.lines().count().saturating_sub(DIFF_LINES);
        if more > 0 {
            session.note(format_args!("  … {more} more lines"))?;
        }
    }
    session.note(format_args!("  help: {help}\n"))
}
