//! Findings on a terminal and for programs.

mod concise;
mod full;
mod json;
mod place;

use pipeline::Severity;

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
    let of = |severity| {
        let found = found.iter().filter(|found| found.lint.severity == severity);
        (found.count(), Severity::as_str(severity))
    };
    let counts = [Severity::Error, Severity::Warning, Severity::Note].map(of);
    if session.format != Format::Json && !found.is_empty() {
        session.note(format_args!("{}", count(&counts)))?;
    }
    Ok(())
}

/// `2 errors and 1 warning found`.
fn count(counts: &[(usize, &str)]) -> String {
    let parts = counts.iter().filter_map(|(count, word)| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        n => Some(format!("{n} {word}s")),
    });
    let parts: Vec<String> = parts.collect();
    match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last} found", rest.join(", ")),
        _ => format!("{} found", parts.concat()),
    }
}

pub(crate) use json::file_finding;
