//! Findings as a list in Markdown, for comments of pull requests.

use std::fmt::Write as _;

use super::finding::{FileFinding, all, clean};
use crate::project::Project;
use crate::session::Session;

pub(super) fn render(
    session: &mut Session,
    project: &Project,
    files: &[FileFinding],
) -> anyhow::Result<()> {
    let list = list(project, files);
    if list.is_empty() {
        return Ok(());
    }
    session.say(list.trim_end())
}

/// Writes an item for each finding, with its notes and its help below.
pub(super) fn list(project: &Project, files: &[FileFinding]) -> String {
    let mut list = String::new();
    for found in all(project, files) {
        let place = format!("{}:{}", found.file, found.start.0);
        let severity = found.severity.as_str();
        let id = found.lint.id;
        let message = in_text(&found.message);
        let _infallible = writeln!(list, "- **{severity}: {id}** ({}) {message}", code(&place));
        for note in found.notes {
            let _infallible = writeln!(list, "  - {}", in_text(note));
        }
        if let Some(help) = found.help {
            let _infallible = writeln!(list, "  - help: {}", in_text(help));
        }
    }
    list
}

/// A sentence in which names are in backticks already.
fn in_text(text: &str) -> String {
    clean(text).replace('<', "&lt;")
}

/// A piece of code in a line: its fence is longer than any in it.
pub(super) fn code(text: &str) -> String {
    let text = clean(text);
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    // A row of a table would end at a bar.
    let text = text.replace('|', "\u{2502}");
    if longest > 0 || text.is_empty() {
        return format!("{fence} {text} {fence}");
    }
    format!("{fence}{text}{fence}")
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn code_keeps_its_backticks() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a `b` c"), "`` a `b` c ``");
        assert_eq!(code("a\nb"), "`a\u{fffd}b`");
    }
}
