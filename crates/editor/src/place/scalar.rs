//! Keys, texts and what stands in front of them.

use pipeline::Span;

use super::span;

/// A key with the place of its colon.
pub(super) struct Key {
    pub(super) text: String,
    pub(super) span: Span,
    pub(super) colon: usize,
}

/// A text in quotes.
pub(super) struct Quoted {
    /// What is within the quotes.
    pub(super) span: Span,
    /// Behind the closing quote, or where the text is given up.
    pub(super) end: usize,
}

/// How many blanks a text begins with.
pub(super) fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// The end of the line that a byte is in, without its line break.
pub(super) fn end_of_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.find(['\n', '\r']).unwrap_or(rest.len())
}

/// Passes over anchors and tags.
pub(super) fn after_properties(text: &str, from: usize, end: usize) -> usize {
    let mut at = from;
    while text[at..end].starts_with(['&', '!']) {
        let rest = &text[at..end];
        let length = rest.find([' ', '\t']).unwrap_or(rest.len());
        at += length + blanks(&rest[length..]);
    }
    at
}

/// The key that a line has at a byte, with a colon behind it.
pub(super) fn key(text: &str, at: usize, end: usize) -> Option<Key> {
    let line = &text[at..end];
    let is_colon = |at: usize| {
        let rest = &line[at..];
        rest.starts_with(':') && (rest.len() == 1 || rest[1..].starts_with([' ', '\t']))
    };
    let first = line.chars().next()?;
    if matches!(first, '"' | '\'') {
        let quoted = quoted(text, at, None);
        let behind = quoted
            .end
            .checked_sub(at)
            .filter(|end| *end <= line.len())?;
        let colon = behind + blanks(&line[behind..]);
        return is_colon(colon).then(|| Key {
            text: text[quoted.span.range()].to_owned(),
            span: quoted.span,
            colon: at + colon,
        });
    }
    if matches!(first, '{' | '[' | '#' | '*' | '|' | '>' | '@' | '`') {
        return None;
    }
    let stop = plain_end(text, at, end) - at;
    let colons = line[..stop].match_indices(':').map(|(at, _)| at);
    let colon = colons.into_iter().find(|at| is_colon(*at))?;
    let written = line[..colon].trim_end();
    Some(Key {
        text: written.to_owned(),
        span: span(at, at + written.len()),
        colon: at + colon,
    })
}

/// The end of a plain text in a line, without a comment and blanks behind it.
pub(super) fn plain_end(text: &str, at: usize, end: usize) -> usize {
    let line = &text[at..end];
    let comment = [" #", "\t#"]
        .iter()
        .filter_map(|mark| line.find(mark))
        .min();
    let line = &line[..comment.unwrap_or(line.len())];
    at + line.trim_end().len()
}

/// A text in quotes that begins at a byte. Without a closing quote it ends at the first line that is not indented more
/// than `column`.
pub(super) fn quoted(text: &str, at: usize, column: Option<usize>) -> Quoted {
    let mut chars = text[at..].char_indices();
    let quote = chars.next().map_or('"', |(_, quote)| quote);
    let start = at + 1;
    let mut chars = chars.peekable();
    let first_line = end_of_line(text, at);
    while let Some((place, c)) = chars.next() {
        let place = at + place;
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            if quote == '\'' && chars.peek().is_some_and(|(_, c)| *c == '\'') {
                chars.next();
                continue;
            }
            return Quoted {
                span: span(start, place),
                end: place + c.len_utf8(),
            };
        } else if c == '\n' && !goes_on(&text[place + 1..], column) {
            break;
        }
    }
    Quoted {
        span: span(start, first_line),
        end: first_line,
    }
}

/// Whether the text behind a line break still belongs to what was opened in a column.
pub(super) fn goes_on(rest: &str, column: Option<usize>) -> bool {
    let lines = rest.split('\n').map(|line| line.trim_end_matches('\r'));
    let mut lines = lines.filter(|line| !line.trim().is_empty());
    lines.next().is_some_and(|line| {
        let indent = blanks(line);
        let is_end = line[indent..].starts_with([']', '}']);
        column.is_none_or(|column| indent > column) || is_end
    })
}
