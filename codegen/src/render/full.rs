//! Findings with the piece of the spec that they are about.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use pipeline::{Diagnostic, Severity};

use super::finding::{FileFinding, clean};
use crate::project::Project;
use crate::session::Session;

/// A longer diff is cut: the first lines say what is going on.
const DIFF_LINES: usize = 40;

pub(super) fn render(
    session: &mut Session,
    project: &Project,
    files: &[FileFinding],
) -> anyhow::Result<()> {
    // The stream removes the styles where there is no terminal.
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    let path = project.path.display().to_string();
    for found in &project.parsed.diagnostics {
        let text = renderer.render(&[report(found, &project.text, &path)]);
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
    let (severity, id) = (found.lint.severity.as_str(), found.lint.id);
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

fn report<'r>(found: &'r Diagnostic, text: &'r str, path: &'r str) -> annotate_snippets::Group<'r> {
    let level = match found.lint.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let primary = AnnotationKind::Primary
        .span(found.span.range())
        .label(found.label.as_deref());
    let related = found.related.iter().map(|(span, label)| {
        AnnotationKind::Context
            .span(span.range())
            .label(label.as_str())
    });
    let snippet = Snippet::source(text)
        .path(path)
        .annotation(primary)
        .annotations(related);
    let title = level.primary_title(clean(&found.message)).id(found.lint.id);
    let mut group = title.element(snippet);
    for note in &found.notes {
        group = group.element(Level::NOTE.message(clean(note)));
    }
    if let Some(help) = &found.help {
        group = group.element(Level::HELP.message(clean(help)));
    }
    group
}
