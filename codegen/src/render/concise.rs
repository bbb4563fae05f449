//! Findings in a line each, for editors and `grep`.

use super::finding::{FileFinding, all};
use crate::project::Project;
use crate::session::Session;

pub(super) fn render(
    session: &mut Session,
    project: &Project,
    files: &[FileFinding],
) -> anyhow::Result<()> {
    for found in all(project, files) {
        let (line, column) = found.start;
        let severity = found.severity.as_str();
        let help = found
            .help
            .map(|help| format!(" ({})", super::finding::clean(help)));
        session.note(format_args!(
            "{}:{line}:{column}: {severity}[{}] {}{}",
            found.file,
            found.lint.id,
            found.message,
            help.unwrap_or_default()
        ))?;
    }
    Ok(())
}
