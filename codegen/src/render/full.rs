//! Findings with the piece of the spec that they are about.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use pipeline::{Diagnostic, Severity};

use super::finding::{FileFinding, clean};
use super::place::Lines;
use crate::project::Project;
use crate::session::Session;

/// The most lines of a diff: the first ones say enough.
const DIFF_LINES: usize = 40;

/// The longest line that is shown, in bytes: the place of a longer one is easier to find without it.
const LINE_LENGTH: usize = 20_000;

pub(super) fn render(
    session: &mut Session,
    project: &Project,
    files: &[FileFinding],
) -> anyhow::Result<()> {
    // The stream removes the styles if it is not a terminal.
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    let path = project.path.display().to_string();
    let lines = Lines::new(&project.text);
    for found in &project.parsed.diagnostics {
        let text = renderer.render(&[report(found, project.severity(found.lint), &lines, &path)]);
        session.note(format_args!("{text}\n"))?;
    }
    for found in files {
        render_file(session, project, found)?;
    }
    Ok(())
}

fn render_file(
    session: &mut Session,
    project: &Project,
    found: &FileFinding,
) -> anyhow::Result<()> {
    let (severity, id) = (project.severity(found.lint).as_str(), found.lint.id);
    let path = project.shown(&found.path);
    session.note(format_args!("{severity}[{id}]: {}: {path}", found.message))?;
    let diff = found.diff.as_deref().unwrap_or_default();
    for line in diff.lines().take(DIFF_LINES) {
        session.note(format_args!("  {line}"))?;
    }
    let more = diff.lines().count().saturating_sub(DIFF_LINES);
    if more > 0 {
        session.note(format_args!("  … {more} more lines"))?;
    }
    session.note(format_args!("  help: {}\n", found.help))
}

fn report<'r>(
    found: &'r Diagnostic,
    severity: Severity,
    lines: &Lines<'r>,
    path: &'r str,
) -> Group<'r> {
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(clean(&found.message)).id(found.lint.id);
    let mut group = match snippet(found, lines, path) {
        Some(snippet) => title.element(snippet),
        None => title.element(origin(found, lines, path)),
    };
    for note in &found.notes {
        group = group.element(Level::NOTE.message(clean(note)));
    }
    if let Some(help) = &found.help {
        group = group.element(Level::HELP.message(clean(help)));
    }
    group
}

/// The lines that a finding is about, and no more: a spec may have many findings, and be long. None if they are too
/// long to be read.
fn snippet<'r>(
    found: &'r Diagnostic,
    lines: &Lines<'r>,
    path: &'r str,
) -> Option<Snippet<'r, Annotation<'r>>> {
    if let Some(place) = &found.elsewhere {
        let primary = AnnotationKind::Primary.span(place.piece.clone());
        let snippet = Snippet::source(place.text.as_str()).line_start(place.line);
        return Some(snippet.path(place.file.as_str()).annotation(primary));
    }
    let related = found.related.iter().map(|(span, _)| *span);
    let spans = || std::iter::once(found.span).chain(related.clone());
    let first = spans().map(|span| span.start).min()?;
    let last = spans().map(|span| span.end).max()?;
    let (line, offset, text) = lines.around(first, last);
    // The renderer prints whole lines: one line of megabytes would hide every other finding.
    let mut shown = spans().flat_map(|span| [span.start, span.end]);
    if shown.any(|at| lines.length_at(at) > LINE_LENGTH) {
        return None;
    }
    let within = |range: std::ops::Range<usize>| {
        range.start.saturating_sub(offset)..range.end.saturating_sub(offset)
    };
    let primary = AnnotationKind::Primary
        .span(within(found.span.range()))
        .label(found.label.as_deref());
    let related = found.related.iter().map(|(span, label)| {
        AnnotationKind::Context
            .span(within(span.range()))
            .label(label.as_str())
    });
    let snippet = Snippet::source(text).line_start(line).path(path);
    Some(snippet.annotation(primary).annotations(related))
}

fn origin<'r>(found: &Diagnostic, lines: &Lines<'_>, path: &'r str) -> Origin<'r> {
    let (line, column) = lines.place(found.span.start);
    Origin::path(path).line(line).char_column(column)
}
