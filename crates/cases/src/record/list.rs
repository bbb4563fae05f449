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
                let span = list.items[*place].span;
                text.get(span.range()).unwrap_or_default().trim_end()
            }
            New::Text(text) => text,
        })
        .collect();
    let old = text.get(list.value.range()).unwrap_or_default();
    let is_block = old.starts_with('-') && !list.items.is_empty();
    if !is_block || texts.is_empty() {
        let joined = format!("[{}]", texts.join(", "));
        return Some(behind_key(text, list.key, list.value, &joined));
    }
    let line = text[..list.value.start as usize]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let indent = " ".repeat(list.value.start as usize - line);
    let start = match same.checked_sub(1) {
        // Behind the comment of the last item that stays.
        Some(place) => end_of_line(text, list.items[place].span.end),
        None => list.value.start,
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
    let end = list
        .items
        .last()
        .map_or(list.value.end, |item| item.span.end);
    Some(Edit {
        span: Span {
            start,
            end: end_of_line(text, end).max(start),
        },
        text: written,
    })
}

fn end_of_line(text: &str, at: u32) -> u32 {
    let at = at as usize;
    let rest = text.get(at..).unwrap_or_default();
    let length = rest.find('\n').unwrap_or(rest.len());
    u32::try_from(at + length).unwrap_or(u32::MAX)
}
