//! Edits of lists: what stays keeps its text, with the comments around it.

use pipeline::{Edit, Span};

use super::behind_key;
use crate::case::Listed;

/// An item of the list as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum New {
    /// The item that stands at this place now.
    Keep(usize),
    /// YAML that is safe within brackets.
    Text(String),
}

/// Returns the edit after which a list has other items; nothing if it has them already.
pub(super) fn replaced<T>(text: &str, list: &Listed<T>, new: &[New]) -> Option<Edit> {
    let in_place = |(place, new): (usize, &New)| *new == New::Keep(place);
    let same = new
        .iter()
        .enumerate()
        .take_while(|one| in_place(*one))
        .count();
    if same == new.len() && same == list.items.len() {
        return None;
    }
    let texts: Vec<&str> = new
        .iter()
        .map(|new| match new {
            New::Keep(place) => {
                let span = content(text, list.items[*place].span);
                text.get(span.range()).unwrap_or_default()
            }
            New::Text(text) => text,
        })
        .collect();
    let Some(dash) = first_dash(text, list).filter(|_| !texts.is_empty()) else {
        let joined = format!("[{}]", texts.join(", "));
        return Some(behind_key(text, list.key, list.value, &joined));
    };
    let line = text[..dash].rfind('\n').map_or(0, |at| at + 1);
    let indent = " ".repeat(dash - line);
    let start = match same.checked_sub(1) {
        // Behind the comment of the last item that stays.
        Some(place) => end_of_line(text, content(text, list.items[place].span).end),
        None => u32::try_from(dash).ok()?,
    };
    let mut written = String::new();
    for (place, text) in texts.iter().enumerate().skip(same) {
        if place > 0 {
            written.push('\n');
            written.push_str(&indent);
        }
        written.push_str("- ");
        written.push_str(text);
    }
    let end = content(text, list.value).end;
    Some(Edit {
        span: Span {
            start,
            end: end_of_line(text, end).max(start),
        },
        text: written,
    })
}

/// Returns the place of the `-` of the first item, if the list has no brackets.
fn first_dash<T>(text: &str, list: &Listed<T>) -> Option<usize> {
    let before = text.get(..list.items.first()?.span.start as usize)?;
    let before = before.trim_end_matches(' ');
    before.ends_with('-').then(|| before.len() - 1)
}

/// The end of the line that a byte is in.
pub(super) fn end_of_line(text: &str, at: u32) -> u32 {
    let at = at as usize;
    let rest = text.get(at..).unwrap_or_default();
    let length = rest.find('\n').unwrap_or(rest.len());
    u32::try_from(at + length).unwrap_or(u32::MAX)
}

/// What is written at a place, without the white space and the comments that the parser counts as a part of what is in
/// brackets.
pub(super) fn content(text: &str, at: Span) -> Span {
    let written = text.get(at.range()).unwrap_or_default();
    let mut end = 0;
    let mut before = None;
    let mut quote: Option<char> = None;
    let mut is_comment = false;
    let mut is_escaped = false;
    for (place, c) in written.char_indices() {
        // An apostrophe within a word is no quote, and a `#` in one is no comment.
        let starts = before.is_none_or(|c: char| c.is_whitespace() || "[{,:".contains(c));
        if is_comment {
            is_comment = c != '\n';
        } else if let Some(open) = quote {
            end = place + c.len_utf8();
            if is_escaped {
                is_escaped = false;
            } else if c == '\\' && open == '"' {
                is_escaped = true;
            } else if c == open {
                quote = None;
            }
        } else if c == '#' && before.is_none_or(char::is_whitespace) {
            is_comment = true;
        } else if !c.is_whitespace() {
            end = place + c.len_utf8();
            quote = Some(c).filter(|c| starts && matches!(c, '"' | '\''));
        }
        before = Some(c);
    }
    Span {
        start: at.start,
        end: at.start + u32::try_from(end).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use pipeline::syntax::{Document, Kind};

    use super::*;
    use crate::case::Item;

    /// Replaces the items of the list behind `l`.
    fn replace(text: &str, new: &[New]) -> String {
        let document = Document::read(text).unwrap();
        let Kind::Mapping(entries) = &document.root.kind else {
            panic!("{text}");
        };
        let (key, value) = &entries[0];
        let Kind::Sequence(items) = &value.kind else {
            panic!("{text}");
        };
        let items = items.iter().map(|item| Item {
            span: item.span,
            of: (),
        });
        let list = Listed {
            key: key.span,
            value: value.span,
            items: items.collect(),
        };
        let mut text = text.to_owned();
        if let Some(edit) = replaced(&text, &list, new) {
            text.replace_range(edit.span.range(), &edit.text);
        }
        Document::read(&text).unwrap();
        text
    }

    #[test]
    fn comments_stay_where_they_are() {
        let keep = New::Keep;
        let text = |text: &str| New::Text(text.to_owned());
        let block = "l:\n  - { a: b } # 1\n  # 2\n  - c: { d: e } # 3\n    f: '#' # 4\n  - g: { h: i } # 5\n# 6\nm: n\n";
        for (before, new, after) in [
            (block, vec![keep(0), keep(1), keep(2)], block),
            (
                block,
                vec![keep(0), text("x")],
                "l:\n  - { a: b } # 1\n  - x\n# 6\nm: n\n",
            ),
            (
                block,
                vec![keep(0), keep(1), text("x")],
                "l:\n  - { a: b } # 1\n  # 2\n  - c: { d: e } # 3\n    f: '#' # 4\n  - x\n# 6\nm: n\n",
            ),
            (
                block,
                vec![keep(0), keep(1), keep(2), text("x")],
                "l:\n  - { a: b } # 1\n  # 2\n  - c: { d: e } # 3\n    f: '#' # 4\n  - g: { h: i } # 5\n  - x\n# 6\nm: n\n",
            ),
            (block, vec![keep(0)], "l:\n  - { a: b } # 1\n# 6\nm: n\n"),
            (block, vec![], "l: [] # 5\n# 6\nm: n\n"),
            (
                "l: [{ a: b }, # 1\n  { c: 'd, #]' } # 2\n  ] # 3\nm: n\n",
                vec![keep(1), text("x")],
                "l: [{ c: 'd, #]' }, x] # 3\nm: n\n",
            ),
            ("l: [ don't, a#b ] # 1\n", vec![keep(1)], "l: [a#b] # 1\n"),
            (
                "l: [\"\\\"#\", é] # 1\n",
                vec![keep(0)],
                "l: [\"\\\"#\"] # 1\n",
            ),
        ] {
            assert_eq!(replace(before, &new), after);
        }
    }
}
