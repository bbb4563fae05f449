//! Brackets that are not closed, close nothing, or miss a comma.

use super::{Broken, Diagnostic, comment, invalid, quoted, span, split_key};

/// Explains a mistake about brackets.
pub(super) fn explain(broken: &Broken<'_>) -> Option<Diagnostic> {
    let next = broken.rest().chars().next();
    let Some(&opened) = broken.brackets.last() else {
        let closing = next.filter(|c| "]}".contains(*c))?;
        let message = format!("a `{closing}` that closes nothing");
        let finding = invalid(broken.at..broken.at + 1, message);
        return Some(
            finding.with_help("remove it; if it belongs to a text, put the text in quotes"),
        );
    };
    let bracket = char::from(broken.text.as_bytes()[opened]);
    let closing = closing(bracket);
    if let Some(other) = next.filter(|c| "]}".contains(*c) && *c != closing) {
        let message = format!("a `{bracket}` that a `{other}` would close");
        return Some(
            invalid(opened..opened + 1, message)
                .with_related(span(broken.at..broken.at + 1), "this one")
                .with_help(format!("write `{closing}` before the `{other}`")),
        );
    }
    if !closes(broken.text, opened) {
        return Some(unclosed(broken, opened, closing));
    }
    inside(broken, opened, closing)
}

/// Returns the bracket that closes another.
fn closing(bracket: char) -> char {
    if bracket == '{' { '}' } else { ']' }
}

fn unclosed(broken: &Broken<'_>, opened: usize, closing: char) -> Diagnostic {
    let bracket = char::from(broken.text.as_bytes()[opened]);
    let message = format!("a `{bracket}` that is not closed");
    let mut finding = invalid(opened..opened + 1, message);
    let line = broken.line_of(opened);
    let hidden = comment(line.text).filter(|at| line.text[*at..].contains(closing));
    let is_elsewhere = broken.line_of(broken.at).start != line.start;
    if is_elsewhere && !broken.rest().trim().is_empty() {
        finding = finding.with_related(span(broken.at..broken.at), "reading stops here");
    }
    finding.with_help(match hidden {
        Some(_) => format!("write the `{closing}` before the `#`: behind it all is a comment"),
        None => format!("write `{closing}` at its end"),
    })
}

/// Explains a mistake between brackets that are closed.
fn inside(broken: &Broken<'_>, opened: usize, closing: char) -> Option<Diagnostic> {
    if broken.says(&["invalid indentation"]) {
        let line = broken.line_of(broken.at);
        let place = line.start + line.indentation()..line.start + line.text.trim_end().len();
        let message =
            "a line inside brackets that is not indented further than the line in which they open";
        let help = "indent it by two more spaces, or write all in one line";
        return Some(invalid(place, message).with_help(help));
    }
    let start = broken.text[..broken.at]
        .rfind([',', '[', '{'])
        .map_or(opened, |at| at + 1);
    let entry = &broken.text[start..broken.at];
    if broken.rest().starts_with(':') {
        let (_, value) = split_key(entry.trim())?;
        let end = start + entry.trim_end().len();
        let text = quoted(broken.plain_text(end - value.len()));
        let help = match value.rsplit_once(char::is_whitespace) {
            // `a: b c: d` misses a comma, or its colon belongs to the text.
            Some((_, key)) => {
                format!(
                    "put a comma before `{key}`; if the `:` belongs to the text, put it in quotes: `{text}`"
                )
            }
            None => format!("put the text in quotes: `{text}`"),
        };
        let message = "a second `:` in one entry, as only a text in quotes can have it";
        let finding = invalid(broken.at..broken.at + 1, message);
        return Some(finding.with_help(help));
    }
    if broken.says(&["expected node content"]) && broken.rest().starts_with(',') {
        let finding = invalid(broken.at..broken.at + 1, "a comma with nothing before it");
        return Some(finding.with_help("remove the comma, or write what is missing"));
    }
    if !broken.says(&["',' or", "invalid trailing content"]) {
        return None;
    }
    let message = "two entries without a comma between them";
    // The comma is missing where the entry before ends, perhaps a line above.
    let entry = entry.trim_end();
    let last = entry.chars().last().map_or(0, char::len_utf8);
    let end = start + entry.len();
    let finding = invalid(end - last..end, message);
    Some(finding.with_help(format!(
        "write `,` here, or `{closing}` if the brackets end here"
    )))
}

/// Adds the brackets that open between two places, and removes those that close.
pub(in crate::yaml) fn scan(text: &str, range: std::ops::Range<usize>, open: &mut Vec<usize>) {
    let from = range.start;
    let text = text.get(range).unwrap_or_default();
    // Quotes and brackets count only where a value can start: `don't` and `a[1]` are plain texts.
    let (mut starts, mut before) = (true, ' ');
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' | '"' if starts => skip(&mut chars, c),
            '#' if before.is_whitespace() => skip(&mut chars, '\n'),
            '[' | '{' if starts || !open.is_empty() => open.push(from + at),
            ']' | '}' => {
                open.pop();
            }
            _ => {}
        }
        // `a:b` is one text, so only the space behind the colon starts a value.
        starts = match c {
            ' ' | '\t' => starts || matches!(before, ':' | '-' | ',' | '?'),
            _ => matches!(c, '\n' | '[' | '{' | ','),
        };
        before = c;
    }
}

fn skip(chars: &mut std::str::CharIndices<'_>, end: char) {
    let mut is_escaped = false;
    for (_, c) in chars {
        if c == end && !is_escaped {
            return;
        }
        is_escaped = end == '"' && c == '\\' && !is_escaped;
    }
}

/// Whether a bracket is closed somewhere.
fn closes(text: &str, opened: usize) -> bool {
    let mut open = Vec::new();
    scan(text, opened..text.len(), &mut open);
    open.first() != Some(&opened)
}
