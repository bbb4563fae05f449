//! Texts that start with a character that means something else in YAML.

use super::{Broken, Diagnostic, invalid, quoted};

/// Explains what is not YAML at all, wherever the parser stops because of it.
pub(super) fn explain_foreign(broken: &Broken<'_>) -> Option<Diagnostic> {
    if let Some(at) = broken.text.find('\0') {
        let finding = invalid(at..at + 1, "a NUL character, which no YAML text has");
        // An editor that writes UTF-16 puts one beside every letter.
        return Some(finding.with_help("remove it, or save the file as UTF-8"));
    }
    let (at, line, message, help) = FOREIGN.iter().find_map(|(start, message, help)| {
        let (at, line) = broken.find_line(start)?;
        Some((at, line, *message, *help))
    })?;
    Some(invalid(at..at + line.len(), message).with_help(help))
}

/// Starts of lines that other programs write, with what they are and what to do.
const FOREIGN: [(&str, &str, &str); 5] = [
    (
        "<<<<<<< ",
        "a mark of a merge that has a conflict",
        "keep one of the two versions, and remove the marks",
    ),
    (
        "```",
        "a fence of Markdown around the spec",
        "remove the lines with the three backticks",
    ),
    (
        "//",
        "a comment of another language",
        "write `#` instead of `//`",
    ),
    ("{%", NO_TEMPLATE, WRITE_VALUE),
    ("{{-", NO_TEMPLATE, WRITE_VALUE),
];
const NO_TEMPLATE: &str = "a template instead of a spec";
const WRITE_VALUE: &str = "write the value itself: a spec has no templates";

/// Explains a first character, or one that starts a text of several lines.
pub(super) fn explain(broken: &Broken<'_>) -> Option<Diagnostic> {
    let first = broken.rest().chars().next()?;
    let place = broken.at..broken.at + first.len_utf8();
    if broken.says(&["unexpected character"]) {
        let message = match first {
            '`' => "a text cannot start with a backtick in YAML".to_owned(),
            _ => format!("a text cannot start with `{first}` in YAML"),
        };
        let text = quoted(broken.plain_text(broken.at));
        let finding = invalid(place, message);
        return Some(finding.with_help(match first {
            '`' => "put it in quotes".to_owned(),
            _ => format!("put it in quotes: `{text}`"),
        }));
    }
    if "|>".contains(first) && broken.says(&["block scalar"]) {
        let message = format!("`{first}` starts a text of several lines, and text follows it");
        let text = quoted(broken.plain_text(broken.at));
        let help = format!("start the text in the next line, or put it in quotes: `{text}`");
        return Some(invalid(place, message).with_help(help));
    }
    if broken.says(&["mapping keys are not allowed", "cannot start with '-'"]) {
        let text = quoted(broken.plain_text(broken.at));
        let message = format!("a text cannot start with `{first}` here");
        let finding = invalid(place, message);
        return Some(finding.with_help(format!("put it in quotes: `{text}`")));
    }
    explain_root(broken)
}

/// Explains what stands before or behind the one mapping of the spec.
fn explain_root(broken: &Broken<'_>) -> Option<Diagnostic> {
    if !broken.says(&["document start", "document-start", "directive"]) {
        return None;
    }
    let directive = broken.text.lines().next()?;
    if directive.starts_with('%') {
        let message = "a line that starts with `%` is a directive of YAML";
        let finding = invalid(0..directive.len(), message);
        return Some(finding.with_help("remove the `%`, or put the text in quotes"));
    }
    let line = broken.line_of(broken.at);
    let place = broken.at..line.start + line.text.trim_end().len();
    let first = broken.lines_above(broken.at).last().unwrap_or(line);
    if first.indentation() > line.indentation() {
        let finding = invalid(place, "a line that is indented less than the first one");
        return Some(finding.with_help("indent all keys of the spec alike"));
    }
    let finding = invalid(place, "text behind the end of the spec");
    Some(finding.with_help("write a spec as keys and values, with a `:` and a space between them"))
}
