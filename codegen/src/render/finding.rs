//! A finding in the form that every output shows.

use pipeline::{Diagnostic, Elsewhere, Lint, Severity};

use super::place::Lines;
use crate::project::Project;

/// A finding about a whole file.
pub(crate) struct FileFinding {
    pub(crate) lint: &'static Lint,
    /// Relative to the spec's folder.
    pub(crate) path: String,
    pub(crate) message: &'static str,
    pub(crate) help: &'static str,
    /// The lines that differ, if the text changed.
    pub(crate) diff: Option<String>,
}

/// A finding with its place in lines and columns, both from 1, columns in characters.
pub(super) struct Finding<'f> {
    pub(super) lint: &'static Lint,
    /// In this run: `--deny` makes errors of others.
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) file: String,
    pub(super) start: (usize, usize),
    pub(super) end: (usize, usize),
    pub(super) notes: &'f [String],
    pub(super) help: Option<&'f str>,
    pub(super) fixes: Vec<Change<'f>>,
    pub(super) related: Vec<Related<'f>>,
}

/// A fix of a finding.
pub(super) struct Change<'f> {
    pub(super) title: &'f str,
    /// The new texts, each with the place of what it replaces.
    pub(super) edits: Vec<(Place, Place, &'f str)>,
}

/// Line and column, both from 1.
type Place = (usize, usize);

/// Another place that belongs to a finding.
pub(super) struct Related<'f> {
    pub(super) label: &'f str,
    pub(super) start: (usize, usize),
    pub(super) end: (usize, usize),
}

/// Every finding, those of the spec first.
pub(super) fn all<'f>(
    project: &'f Project,
    files: &'f [FileFinding],
) -> impl Iterator<Item = Finding<'f>> {
    let lines = Lines::new(&project.text);
    let spec = project.parsed.diagnostics.iter();
    let spec = spec.map(move |found| of_spec(project, &lines, found));
    spec.chain(files.iter().map(|found| of_file(project, found)))
}

fn of_spec<'f>(project: &Project, lines: &Lines<'_>, found: &'f Diagnostic) -> Finding<'f> {
    let related = found.related.iter().map(|(span, label)| Related {
        label,
        start: lines.place(span.start),
        end: lines.place(span.end),
    });
    let fixes = found.fixes.iter().map(|fix| Change {
        title: &fix.title,
        edits: fix
            .edits
            .iter()
            .map(|edit| {
                let (start, end) = (edit.span.start, edit.span.end);
                (lines.place(start), lines.place(end), edit.text.as_str())
            })
            .collect(),
    });
    let (file, start, end) = match &found.elsewhere {
        None => (
            project.path.display().to_string(),
            lines.place(found.span.start),
            lines.place(found.span.end),
        ),
        Some(Elsewhere {
            file,
            line,
            text,
            piece,
        }) => {
            let column = |at: usize| 1 + text.get(..at).map_or(0, |text| text.chars().count());
            let start = (*line, column(piece.start));
            (file.clone(), start, (*line, column(piece.end)))
        }
    };
    Finding {
        lint: found.lint,
        severity: project.severity(found.lint),
        message: clean(&found.message),
        file,
        start,
        end,
        notes: &found.notes,
        help: found.help.as_deref(),
        fixes: fixes.collect(),
        related: related.collect(),
    }
}

fn of_file<'f>(project: &Project, found: &'f FileFinding) -> Finding<'f> {
    Finding {
        lint: found.lint,
        severity: project.severity(found.lint),
        message: found.message.to_owned(),
        file: project.shown(&found.path),
        start: (1, 1),
        end: (1, 1),
        notes: &[],
        help: Some(found.help),
        fixes: Vec::new(),
        related: Vec::new(),
    }
}

/// Replaces control characters: a message that quotes the spec must not control the terminal.
pub(crate) fn clean(text: &str) -> String {
    let shown = |c: char| {
        if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().map(shown).collect()
}
