//! Findings on a terminal and for programs.

mod concise;
mod full;
mod json;
mod place;

use crate::args::Format;
use crate::project::Project;
use crate::session::Session;

/// Shows every finding of a spec, and how many there are.
pub(crate) fn findings(session: &mut Session, project: &Project) -> anyhow::Result<()> {
    let found = &project.parsed.diagnostics;
    match session.format {
        Format::Full => full::render(session, project)?,
        Format::Concise => concise::render(session, project)?,
        Format::Json => json::render(session, project)?,
    }
    let errors = found.iter().filter(|found| found.is_error()).count();
    let warnings = found.len() - errors;
    if session.format != Format::Json && !found.is_empty() {
        session.note(format_args!("{}", count(errors, warnings)))?;
    }
    Ok(())
}

fn count(errors: usize, warnings: usize) -> String {
    let plural = |n: usize, word: &str| match n {
        0 => None,
        1 => Some(format!("1 {word}")),
        n => Some(format!("{n} {word}s")),
    };
    let parts: Vec<String> = [plural(errors, "error"), plural(warnings, "warning")]
        .into_iter()
        .flatten()
        .collect();
    format!("{} found", parts.join(" and "))
}

pub(crate) use json::file_finding;
