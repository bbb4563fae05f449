//! Findings with the piece of the spec that they are about.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use pipeline::{Diagnostic, Severity};

use crate::project::Project;
use crate::session::Session;

pub(super) fn render(session: &mut Session, project: &Project) -> anyhow::Result<()> {
    // The stream removes the styles where there is no terminal.
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    let path = project.path.display().to_string();
    for found in &project.parsed.diagnostics {
        let text = renderer.render(&[report(found, &project.text, &path)]);
        session.note(format_args!("{text}\n"))?;
    }
    Ok(())
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

/// A message that quotes the spec must not steer the terminal.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}
