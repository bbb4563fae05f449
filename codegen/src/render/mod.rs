//! Findings on a terminal and for programs.

mod concise;
mod finding;
mod full;
mod github;
mod json;
mod markdown;
mod place;
mod sarif;

pub(crate) use finding::{FileFinding, clean};
use pipeline::{Lint, Severity};

use crate::args::Format;
use crate::project::Project;
use crate::session::Session;

/// Shows every finding of a spec and of generated files, and how many there are.
pub(crate) fn findings(
    session: &mut Session,
    project: &Project,
    files: &[FileFinding],
) -> anyhow::Result<()> {
    match session.format {
        Format::Full => full::render(session, project, files)?,
        Format::Concise => concise::render(session, project, files)?,
        Format::Json => return json::render(session, project, files),
        Format::Markdown => return markdown::render(session, project, files),
        Format::Github => return github::render(session, project, files),
        Format::Sarif => return sarif::render(session, project, files),
    }
    let of_spec = project.parsed.diagnostics.iter().map(|found| found.lint);
    let lints: Vec<&Lint> = of_spec
        .chain(files.iter().map(|found| found.lint))
        .collect();
    let of = |severity| {
        let found = lints
            .iter()
            .filter(|lint| project.severity(lint) == severity);
        (found.count(), Severity::as_str(severity))
    };
    let counts = [Severity::Error, Severity::Warning, Severity::Note].map(of);
    if lints.is_empty() {
        return Ok(());
    }
    let is_denied = |lint: &&&Lint| project.severity(lint) != lint.severity;
    let denied = match lints.iter().filter(is_denied).count() {
        0 => String::new(),
        n => format!("; {n} by `--deny`"),
    };
    session.remark(format_args!("{}{denied}", count(&counts)))
}

/// Shows what was found in a file, and nothing else.
///
/// # Errors
/// A format that has one document for all files.
pub(crate) fn findings_of_file(session: &mut Session, file: &Project) -> anyhow::Result<()> {
    match session.format {
        Format::Full => full::render(session, file, &[]),
        Format::Concise => concise::render(session, file, &[]),
        Format::Json => json::render(session, file, &[]),
        Format::Markdown => markdown::render(session, file, &[]),
        Format::Github => github::render(session, file, &[]),
        Format::Sarif => anyhow::bail!(
            "`--format sarif` is one document about one spec: use `json` or `github`, or `--junit FILE`"
        ),
    }
}

/// The findings of a spec, each as a document of `--format json`.
///
/// # Errors
/// None that is known: JSON can hold each of them.
pub(crate) fn as_json(project: &Project) -> anyhow::Result<Vec<serde_json::Value>> {
    json::documents(project, &[], |document| Ok(serde_json::to_value(document)?))
}

/// The findings of a spec as a list in Markdown.
pub(crate) fn as_markdown(project: &Project) -> String {
    markdown::list(project, &[])
}

/// A piece of code in a line of Markdown.
pub(crate) fn code(text: &str) -> String {
    markdown::code(text)
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
