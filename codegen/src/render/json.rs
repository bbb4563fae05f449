//! Findings as NDJSON on standard output.

use pipeline::Lint;
use serde::Serialize;

use super::place::Lines;
use crate::project::Project;
use crate::session::Session;

/// The documented shape of a finding. Lines and columns count from 1, columns in characters.
#[derive(Serialize)]
struct Finding<'f> {
    id: &'f str,
    severity: &'f str,
    message: &'f str,
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    help: Option<&'f str>,
}

pub(super) fn render(session: &mut Session, project: &Project) -> anyhow::Result<()> {
    let lines = Lines::new(&project.text);
    for found in &project.parsed.diagnostics {
        let (line, column) = lines.place(found.span.start);
        let (end_line, end_column) = lines.place(found.span.end);
        let finding = Finding {
            id: found.lint.id,
            severity: found.lint.severity.as_str(),
            message: &found.message,
            file: project.path.display().to_string(),
            line,
            column,
            end_line,
            end_column,
            help: found.help.as_deref(),
        };
        session.say(serde_json::to_string(&finding)?)?;
    }
    Ok(())
}

/// A finding about a whole file, in the same shape.
pub(crate) fn file_finding(
    lint: &Lint,
    file: &str,
    message: &str,
    help: &str,
) -> anyhow::Result<String> {
    let finding = Finding {
        id: lint.id,
        severity: lint.severity.as_str(),
        message,
        file: file.to_owned(),
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
        help: Some(help),
    };
    Ok(serde_json::to_string(&finding)?)
}
