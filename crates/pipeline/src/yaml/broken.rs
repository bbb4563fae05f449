//! Says why a text is not YAML, in the words of the text.
//!
//! The parser's own texts speak of tokens and contexts. Each file here knows one kind of mistake: where it really is,
//! which may be lines above the place where reading stops, and what to write.

mod alias;
mod bracket;
mod colon;
mod indentation;
mod quote;
mod start;

use super::offset;
use crate::diagnostic::Diagnostic;
use crate::lints::INVALID_YAML;
use crate::span::Span;
pub(super) use bracket::scan;

/// The place where reading stops.
pub(super) struct Broken<'t> {
    /// The whole spec.
    pub(super) text: &'t str,
    /// Where the parser stops, in bytes.
    pub(super) at: usize,
    /// The end of the last thing that could be read.
    pub(super) read: usize,
    /// The parser's words.
    pub(super) info: &'t str,
    /// Places of `[` and `{` that are open here, the innermost last.
    pub(super) brackets: Vec<usize>,
}

/// A line of the text.
#[derive(Clone, Copy)]
struct Line<'t> {
    /// Where it starts, in bytes.
    start: usize,
    /// All of it, without the line end.
    text: &'t str,
}

impl Broken<'_> {
    /// Makes the finding.
    pub(super) fn explain(&self) -> Diagnostic {
        let kinds = [
            start::explain_foreign,
            alias::explain,
            indentation::explain_tab,
            quote::explain,
            bracket::explain,
            start::explain,
            colon::explain,
            indentation::explain,
        ];
        if let Some(finding) = kinds.into_iter().find_map(|kind| kind(self)) {
            return self.on_characters(finding);
        }
        invalid(self.at..self.at, format!("not YAML: {}", self.info))
            .with_help("check the indentation, quotes and brackets here and in the line above")
    }

    /// Moves the ends of a finding's place to the bounds of characters.
    fn on_characters(&self, mut finding: Diagnostic) -> Diagnostic {
        let bound = |at: u32| {
            let at = self.text.floor_char_boundary(at as usize);
            u32::try_from(at).unwrap_or(u32::MAX)
        };
        finding.span.start = bound(finding.span.start);
        finding.span.end = bound(finding.span.end).max(finding.span.start);
        finding
    }

    /// Whether the parser's words have one of these in them.
    fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|words| self.info.contains(words))
    }

    /// Returns the text from the place where reading stops.
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Finds the first line that starts with a text.
    fn find_line(&self, start: &str) -> Option<(usize, &str)> {
        let mut at = 0;
        self.text.split_inclusive('\n').find_map(|line| {
            at += line.len();
            line.starts_with(start)
                .then(|| (at - line.len(), line.trim_end()))
        })
    }

    /// Returns the line of a place.
    fn line_of(&self, at: usize) -> Line<'_> {
        let before = self.text.get(..at).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let rest = &self.text[start..];
        Line {
            start,
            text: rest.lines().next().unwrap_or_default(),
        }
    }

    /// Returns the lines above a place, the nearest first, without empty lines and comments.
    fn lines_above(&self, at: usize) -> impl Iterator<Item = Line<'_>> {
        let mut start = self.line_of(at).start;
        let lines = std::iter::from_fn(move || {
            let line = self.line_of(start.checked_sub(1)?);
            start = line.start;
            Some(line)
        });
        lines.filter(|line| !matches!(line.content().chars().next(), None | Some('#')))
    }

    /// Returns the unquoted text that starts at a place: up to the end of its line, or inside brackets up to the next
    /// comma or bracket.
    fn plain_text(&self, at: usize) -> &str {
        let line = self.line_of(at);
        let text = line.text.get(at - line.start..).unwrap_or_default();
        let text = &text[..comment(text).unwrap_or(text.len())];
        let end = if self.brackets.is_empty() {
            text.len()
        } else {
            text.find([',', ']', '}']).unwrap_or(text.len())
        };
        text[..end].trim_end()
    }
}

impl<'t> Line<'t> {
    /// Returns the spaces before its content.
    fn indentation(self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }

    /// Returns what it says: no indentation, no comment.
    fn content(self) -> &'t str {
        let text = &self.text[..comment(self.text).unwrap_or(self.text.len())];
        text.trim()
    }

    /// Returns its content behind the dashes of list items, and the column where that starts.
    fn entry(self) -> (usize, &'t str) {
        let mut content = self.content();
        // White space that is no space, a tab for one, is not part of the content either.
        let mut column = self.text.len() - self.text.trim_start().len();
        while let Some(rest) = content
            .strip_prefix('-')
            .filter(|rest| rest.starts_with(' '))
        {
            let item = rest.trim_start();
            column += content.len() - item.len();
            content = item;
        }
        (column, content)
    }
}

/// Finds the start of a comment in a line.
fn comment(line: &str) -> Option<usize> {
    if line.starts_with('#') {
        return Some(0);
    }
    line.find(" #").map(|at| at + 1)
}

/// Splits `key: value`; the value is empty if the line has only the key.
fn split_key(entry: &str) -> Option<(&str, &str)> {
    match entry.split_once(": ") {
        Some((key, value)) => Some((key, value.trim_start())),
        None => entry.strip_suffix(':').map(|key| (key, "")),
    }
}

/// Puts a text in quotes, as a spec writes it.
fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\"{text}\"")
    }
}

fn invalid(place: std::ops::Range<usize>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(&INVALID_YAML, span(place), message)
}

fn span(place: std::ops::Range<usize>) -> Span {
    Span {
        start: offset(place.start),
        end: offset(place.end.max(place.start)),
    }
}
