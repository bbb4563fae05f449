//! Findings as
//! [workflow commands](https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions),
//! which GitHub shows beside the changed lines.

use pipeline::Severity;

use super::finding::{FileFinding, Finding, all};
use crate::project::Project;
use crate::session::Session;

pub(super) fn render(
    session: &mut Session,
    project: &Project,
    files: &[FileFinding],
) -> anyhow::Result<()> {
    for found in all(project, files) {
        session.say(command(&found))?;
    }
    Ok(())
}

fn command(found: &Finding<'_>) -> String {
    let command = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let (line, column) = found.start;
    let (end_line, end_column) = found.end;
    // GitHub takes columns only if a finding is in one line.
    let columns = if line == end_line {
        format!(",col={column},endColumn={end_column}")
    } else {
        String::new()
    };
    let help = found.help.map(|help| format!("\nhelp: {help}"));
    let message = format!("{}{}", found.message, help.unwrap_or_default());
    format!(
        "::{command} file={},line={line},endLine={end_line}{columns},title={}::{}",
        property(&found.file),
        property(found.lint.id),
        data(&message)
    )
}

/// Escapes a message: `%` and line ends.
fn data(text: &str) -> String {
    // `%` comes first: later it would escape the escapes of the others.
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property: colons and commas as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
