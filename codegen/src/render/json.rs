//! Findings as NDJSON on standard output.

use serde::Serialize;

use super::finding::{FileFinding, all};
use crate::project::Project;
use crate::session::Session;

/// The documented shape of a finding. Lines and columns count from 1, columns in characters.
#[derive(Serialize)]
struct Document<'f> {
    id: &'f str,
    severity: &'f str,
    message: &'f str,
    file: &'f str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    help: Option<&'f str>,
}

pub(super) fn render(
    session: &mut Session,
    project: &Project,
    files: &[FileFinding],
) -> anyhow::Result<()> {
    for found in all(project, files) {
        let document = Document {
            id: found.lint.id,
            severity: found.severity.as_str(),
            message: &found.message,
            file: &found.file,
            line: found.start.0,
            column: found.start.1,
            end_line: found.end.0,
            end_column: found.end.1,
            help: found.help,
        };
        session.say(serde_json::to_string(&document)?)?;
    }
    Ok(())
}
