//! Keys without their colon, and texts with a colon in them.

use super::{Broken, Diagnostic, Line, invalid, quoted, split_key};

/// Explains a colon that is one too many, or one that is missing above.
pub(super) fn explain(broken: &Broken<'_>) -> Option<Diagnostic> {
    let expects_key = broken.says(&["simple key expect"]);
    if !expects_key && !broken.says(&["mapping values are not allowed"]) {
        return None;
    }
    let line = broken.line_of(broken.at);
    let before = line.text.get(..broken.at - line.start)?;
    if !expects_key && let Some(at) = before.find(": ") {
        let value = at + 2 + before[at + 2..].len() - before[at + 2..].trim_start().len();
        let text = quoted(broken.plain_text(line.start + value));
        let finding = invalid(
            broken.at..broken.at + 1,
            "a text with `: ` in it that is not in quotes",
        );
        return Some(finding.with_help(format!("put the text in quotes: `{text}`")));
    }
    let above = broken.lines_above(broken.at).next()?;
    missing(above).or_else(|| too_deep(line, above))
}

/// Explains a line that should be a key.
fn missing(line: Line<'_>) -> Option<Diagnostic> {
    let (column, entry) = line.entry();
    if split_key(entry).is_some() {
        return None;
    }
    let start = line.start + column;
    let Some((key, value)) = entry.split_once(':') else {
        let finding = invalid(start..start + entry.len(), "a key without a `:` behind it");
        return Some(finding.with_help(format!("write `{entry}:`")));
    };
    let at = start + key.len();
    let finding = invalid(at..at + 1, "a `:` without a space behind it");
    // Behind a space, `#` would start a comment.
    let value = if value.starts_with('#') {
        quoted(value)
    } else {
        value.to_owned()
    };
    Some(finding.with_help(format!("write `{key}: {value}`")))
}

/// Explains a line that is indented further than the line above it, which has its value already.
fn too_deep(line: Line<'_>, above: Line<'_>) -> Option<Diagnostic> {
    let (column, entry) = above.entry();
    let (key, value) = split_key(entry)?;
    let start = line.start + line.indentation();
    if value.is_empty() || line.indentation() <= column {
        return None;
    }
    let message = format!(
        "a line that is indented as if it belonged to `{key}`, which has its value already"
    );
    let finding = invalid(start..line.start + line.text.trim_end().len(), message);
    Some(finding.with_help(match column {
        0 => format!("do not indent it: `{key}` is not indented either"),
        _ => format!("indent it by {column} spaces, as `{key}`"),
    }))
}
