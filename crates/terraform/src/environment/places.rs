//! Where an environment's file of variables says each value. The parser of HCL keeps no places.

use std::collections::BTreeMap;
use std::ops::Range;

use pipeline::Elsewhere;

/// The longest line that a finding shows, in bytes.
const LINE_MAX: usize = 2_000;

/// Finds the names within `values = { … }`, each with its line.
pub(super) fn places(file: &str, text: &str) -> BTreeMap<String, Elsewhere> {
    let mut places = BTreeMap::new();
    let mut depth = 0_usize;
    let mut is_within = false;
    let mut last: Option<(String, Range<usize>)> = None;
    let mut at = 0;
    while let Some(piece) = next_piece(text, at) {
        at = piece.range.end;
        match piece.kind {
            Kind::Name => {
                let name = text[piece.range.clone()].trim_matches('"').to_owned();
                last = Some((name, piece.range));
                continue;
            }
            Kind::Other('=' | ':') => match last.take() {
                Some((name, _)) if depth == 0 => is_within = name == "values",
                Some((name, range)) if depth == 1 && is_within => {
                    places
                        .entry(name)
                        .or_insert_with(|| place(file, text, range));
                }
                _ => {}
            },
            Kind::Other('{' | '[' | '(') => depth += 1,
            Kind::Other('}' | ']' | ')') => depth = depth.saturating_sub(1),
            Kind::Other(_) => {}
        }
        last = None;
    }
    places.retain(|_, place| place.text.len() <= LINE_MAX);
    places
}

fn place(file: &str, text: &str, range: Range<usize>) -> Elsewhere {
    let start = text[..range.start].rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    Elsewhere {
        file: file.to_owned(),
        line: 1 + text[..start].matches('\n').count(),
        text: line.to_owned(),
        piece: range.start - start..range.end - start,
    }
}

enum Kind {
    /// A name, or a text in quotes.
    Name,
    Other(char),
}

struct Piece {
    kind: Kind,
    range: Range<usize>,
}

/// The next piece that is neither white space nor a comment.
fn next_piece(text: &str, at: usize) -> Option<Piece> {
    let start = skip_comments(text, at);
    let rest = &text[start..];
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let (kind, length) = match rest.chars().next()? {
        '"' => (Kind::Name, quoted(rest)),
        c if is_name(c) => {
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            (Kind::Name, end)
        }
        c => (Kind::Other(c), c.len_utf8()),
    };
    Some(Piece {
        kind,
        range: start..start + length,
    })
}

/// The place of the next byte that is neither white space nor in a comment.
fn skip_comments(text: &str, mut at: usize) -> usize {
    loop {
        let rest = text[at..].trim_start();
        at = text.len() - rest.len();
        let length = if rest.starts_with('#') || rest.starts_with("//") {
            rest.find('\n')
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|end| end + 2)
        } else {
            return at;
        };
        at += length.unwrap_or(rest.len());
    }
}

/// The length of a text in quotes, both quotes included.
fn quoted(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !is_escaped => return at + 1,
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_where_it_stands() {
        let text = "environment = \"dev\"\nsecrets = { bucket = \"x\" }\n# bucket = 1\nvalues = {\n  /* bucket = 2 */ größe = \"bucket = {\\\"\"\n  \"bucket\": 3, last = { bucket = 4 }\n}\nother = { late = 1 }\n";
        let found = places("dev.tfvars", text);
        let found: Vec<_> = found
            .iter()
            .map(|(name, place)| (name.as_str(), place.line, &place.text[place.piece.clone()]))
            .collect();
        assert_eq!(
            found,
            [
                ("bucket", 6, "\"bucket\""),
                ("größe", 5, "größe"),
                ("last", 6, "last")
            ]
        );
    }

    #[test]
    fn any_text_is_read_to_its_end() {
        for text in [
            "",
            "\"",
            "values = {",
            "values = { a = \"\\",
            "/*",
            "#",
            "}}} values = { é",
            "values={a=1",
        ] {
            let found = places("f", text);
            assert_eq!(
                found.len(),
                usize::from(text.ends_with("a=1") || text.contains("a =")),
                "{text}"
            );
        }
        let long = format!("values = {{ a = \"{}\" }}", "x".repeat(LINE_MAX));
        assert!(places("f", &long).is_empty());
    }
}
