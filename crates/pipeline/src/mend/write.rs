//! Edits that keep the text YAML, and everything around them as it is.

use std::fmt::Write;

use super::sites::{Entry, Sites};
use crate::diagnostic::Edit;
use crate::span::Span;

/// Gives the key or text at a place another value.
pub(super) fn value(sites: &Sites<'_>, at: Span, value: &str, plain: bool) -> Option<Edit> {
    let scalar = sites.scalar(at)?;
    // A value keeps its name in the spec: what it is in one environment is not written instead.
    if scalar.value.contains("${") && !value.contains("${") {
        return None;
    }
    let raw = sites.text.get(at.range())?;
    let edit = |text: String| Some(Edit { span: at, text });
    let is_lines = value.contains(['\n', '\r']) || raw.contains(['\n', '\r']);
    if is_lines || is_block(sites.text, at.start as usize) {
        return part(raw, at, scalar.value, value);
    }
    if plain {
        return edit(value.to_owned());
    }
    let quote = raw.chars().next().filter(|c| matches!(c, '"' | '\''));
    match quote {
        None if is_plain(value, scalar.in_flow) => edit(value.to_owned()),
        Some('\'') => edit(format!("'{}'", value.replace('\'', "''"))),
        _ => edit(quoted(value)),
    }
}

/// Whether the text at a place stands below a `|` or `>`, where quotes are letters.
fn is_block(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end_matches(' ');
    if !before.ends_with('\n') {
        return false;
    }
    let header = before.trim_end().lines().next_back().unwrap_or_default();
    let header = header.find(" #").map_or(header, |at| &header[..at]);
    let last = header.split_whitespace().next_back().unwrap_or_default();
    let signs = last.trim_start_matches(['|', '>']);
    last.len() == signs.len() + 1
        && signs
            .chars()
            .all(|c| "+-".contains(c) || c.is_ascii_digit())
}

/// Replaces the one piece of a text over several lines that changes, if it is written there letter by letter.
fn part(raw: &str, at: Span, before: &str, after: &str) -> Option<Edit> {
    let start = before
        .char_indices()
        .zip(after.chars())
        .find(|((_, a), b)| a != b)
        .map_or(before.len().min(after.len()), |((at, _), _)| at);
    let (old, new) = (before.get(start..)?, after.get(start..)?);
    let same = old.chars().rev().zip(new.chars().rev());
    let same: usize = same
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    // Some letters around it tell the place from others.
    let around = |text: &str| {
        let from = text[..start].rfind(|c: char| !is_word(c));
        from.map_or(0, |from| {
            from + text[from..].chars().next().map_or(0, char::len_utf8)
        })
    };
    let from = around(before);
    let tail = &before[before.len() - same..];
    let to = before.len() - same + tail.find(|c: char| !is_word(c)).unwrap_or(tail.len());
    let old = &before[from..to];
    let new = &after[from..after.len() - (before.len() - to)];
    let is_safe = |text: &str| !text.is_empty() && text.chars().all(|c| is_word(c) || c == ' ');
    let mut found = raw.match_indices(old);
    let (place, _) = found.next().filter(|_| is_safe(old) && is_safe(new))?;
    if found.next().is_some() {
        return None;
    }
    let place = at.start + u32::try_from(place).ok()?;
    Some(Edit {
        span: Span {
            start: place,
            end: place + u32::try_from(old.len()).ok()?,
        },
        text: new.to_owned(),
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$' | '{' | '}')
}

/// Whether a text is read as the same text if it is written without quotes; `in_flow` says that it stands within brackets.
pub fn is_plain(text: &str, in_flow: bool) -> bool {
    let starts_well =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '/' | '.' | '(' | '<');
    let means_else = matches!(
        text.to_lowercase().as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    ) || text.parse::<f64>().is_ok()
        || text.starts_with("...");
    let breaks_flow = in_flow && text.contains([',', '[', ']', '{', '}']);
    text.starts_with(starts_well)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(|c: char| c.is_control() || c == '\u{feff}')
        && !means_else
        && !breaks_flow
}

/// A text in double quotes.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || c == '\u{feff}' => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The text of an entry with what joins it to the others: its comma, or its lines. `None` if it cannot be taken out alone.
pub(super) fn extent(sites: &Sites<'_>, entry: &Entry) -> Option<Span> {
    let collection = sites.collection(entry);
    let before = entry
        .place
        .1
        .checked_sub(1)
        .map(|at| &collection.entries[at]);
    let after = collection.entries.get(entry.place.1 + 1);
    let span = if collection.has_brackets {
        match (before, after) {
            (_, Some(after)) => Span {
                start: entry.start,
                end: after.start,
            },
            (Some(before), None) => Span {
                start: before.end,
                end: entry.end,
            },
            (None, None) => return None,
        }
    } else {
        let (start, end) = (entry.start as usize, entry.end as usize);
        let line = sites.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let lead = &sites.text[line..start];
        let is_own_line = |lead: &str| lead.chars().all(|c| c == ' ');
        let is_item = entry.name.is_none() && is_own_line(&lead.replacen('-', " ", 1));
        if is_own_line(lead) || is_item {
            let to = end_of_line(sites.text, end);
            // The last line may have no end of its own: then the line end before it goes.
            let from = if sites.text[..to].ends_with('\n') {
                line
            } else {
                sites.text[..line].trim_end_matches(['\r', '\n']).len()
            };
            Span {
                start: u32::try_from(from).ok()?,
                end: u32::try_from(to).ok()?,
            }
        } else {
            // The first key beside a `-`: the next one takes its place.
            Span {
                start: entry.start,
                end: after?.start,
            }
        }
    };
    (span.start < span.end).then_some(span)
}

/// Adds an entry behind the last one of the mapping that an entry stands in.
pub(super) fn entry(sites: &Sites<'_>, beside: &Entry, key: &str, yaml: &str) -> Option<Edit> {
    beside.name.as_ref()?;
    let collection = sites.collection(beside);
    let (first, last) = (collection.entries.first()?, collection.entries.last()?);
    if collection.has_brackets {
        let at = Span {
            start: last.end,
            end: last.end,
        };
        let text = format!(", {key}: {yaml}");
        return Some(Edit { span: at, text });
    }
    let start = first.start as usize;
    let line = sites.text[..start].rfind('\n').map_or(0, |at| at + 1);
    let lead = &sites.text[line..start];
    if !lead.chars().all(|c| matches!(c, ' ' | '-')) {
        return None;
    }
    let to = end_of_line(sites.text, last.end as usize);
    let behind = sites.text[..to].trim_end_matches(['\r', '\n']).len();
    let line_end = if sites.text.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let indent = " ".repeat(lead.len());
    let at = u32::try_from(behind).ok()?;
    Some(Edit {
        span: Span { start: at, end: at },
        text: format!("{line_end}{indent}{key}: {yaml}"),
    })
}

/// Behind the line end of the line that a place stands in.
fn end_of_line(text: &str, from: usize) -> usize {
    text[from..]
        .find('\n')
        .map_or(text.len(), |at| from + at + 1)
}
