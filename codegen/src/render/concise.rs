//! One line a finding, for editors and `grep`.

use super::place::Lines;
use crate::project::Project;
use crate::session::Session;

pub(super) fn render(session: &mut Session, project: &Project) -> anyhow::Result<()> {
    let lines = Lines::new(&project.text);
    let path = project.path.display();
    for found in &project.parsed.diagnostics {
        let (line, column) = lines.place(found.span.start);
        let severity = found.lint.severity.as_str();
        let help = found
            .help
            .as_ref()
            .map_or_else(String::new, |help| format!(" ({help})"));
        let message = super::full::clean(&found.message);
        session.note(format_args!(
            "{path}:{line}:{column}: {severity}[{}] {message}{help}",
            found.lint.id
        ))?;
    }
    Ok(())
}
