//! Findings as NDJSON on standard output.

use serde::Serialize;

use super::finding::{Change, FileFinding, all};
use crate::project::Project;
use crate::session::Session;

/// The documented shape of a finding. Lines and columns count from 1, columns in characters.
#[derive(Serialize)]
pub(super) struct Document<'f> {
    id: &'f str,
    severity: &'f str,
    message: &'f str,
    file: &'f str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    help: Option<&'f str>,
    /// Changes of the spec, each of which mends it.
    fixes: Vec<Fix<'f>>,
}

#[derive(Serialize)]
struct Fix<'f> {
    title: &'f str,
    edits: Vec<Edit<'f>>,
}

/// What is replaced, and what stands there then. An edit that ends where it begins inserts.
#[derive(Serialize)]
struct Edit<'f> {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    text: &'f str,
}

impl<'f> From<&Change<'f>> for Fix<'f> {
    fn from(change: &Change<'f>) -> Self {
        let edits = change.edits.iter().map(|(start, end, text)| Edit {
            line: start.0,
            column: start.1,
            end_line: end.0,
            end_column: end.1,
            text,
        });
        Self {
            title: change.title,
            edits: edits.collect(),
        }
    }
}

pub(super) fn render(
    session: &mut Session,
    project: &Project,
    files: &[FileFinding],
) -> anyhow::Result<()> {
    for line in documents(project, files, |document| {
        Ok(serde_json::to_string(document)?)
    })? {
        session.say(line)?;
    }
    Ok(())
}

/// Makes something of each finding.
pub(super) fn documents<T>(
    project: &Project,
    files: &[FileFinding],
    write: impl Fn(&Document<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<Vec<T>> {
    let mut written = Vec::new();
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
            fixes: found.fixes.iter().map(Fix::from).collect(),
        };
        written.push(write(&document)?);
    }
    Ok(written)
}
