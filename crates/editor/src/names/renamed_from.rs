//! The names that a job or trigger had before, which keep what is on AWS.

use pipeline::language::RENAMES_MAX;
use pipeline::syntax::{Document, Kind, Node, is_plain, quoted};
use pipeline::{Edit, Span};

use super::Refusal;
use super::find::{get, scalar};

/// Adds the old name of a job or trigger to its `renamed_from`, or takes the new one away from there if that is the last.
pub(super) fn keep(
    text: &str,
    document: &Document,
    mapping: &Node,
    (old, new): (&str, &str),
) -> Result<Edit, Refusal> {
    let Kind::Mapping(pairs) = &mapping.kind else {
        return Err("what it names is no mapping, and can have no `renamed_from`".into());
    };
    let mut own = pairs.iter();
    let own = own.find(|(key, _)| scalar(key) == Some("renamed_from"));
    let Some((key, before)) = own else {
        if get(mapping, "renamed_from").is_some() {
            return Err("its `renamed_from` is merged from elsewhere: write it out first".into());
        }
        let first = pairs.first().map(|(first, _)| first.span);
        let edit = first.and_then(|at| document.with_entry(at, "renamed_from", &written(old)));
        return edit.ok_or_else(|| "no `renamed_from` can be added to it: write it first".into());
    };
    if before.span.start < key.span.end {
        return Err("its `renamed_from` stands elsewhere: write it out first".into());
    }
    let names: Vec<&str> = match &before.kind {
        Kind::Sequence(items) => items.iter().filter_map(|item| scalar(item)).collect(),
        _ => scalar(before).into_iter().collect(),
    };
    if names.last() == Some(&new) {
        let at = match &before.kind {
            Kind::Sequence(items) if items.len() > 1 => items[items.len() - 1].span,
            _ => key.span,
        };
        let edit = document.without_entry(at);
        return edit.ok_or_else(|| {
            "its `renamed_from` cannot be changed: take the name away first".into()
        });
    }
    if names.contains(&new) {
        return Err(format!(
            "`{new}` is a name that it had before the last one, and keeps on AWS: `renamed_from` has it"
        )
        .into());
    }
    if names.len() >= RENAMES_MAX {
        return Err(format!(
            "it has had {RENAMES_MAX} names, which is as many as `renamed_from` may have"
        )
        .into());
    }
    append(text, before, &names, old)
}

/// Adds a name behind those of a `renamed_from`.
fn append(text: &str, before: &Node, names: &[&str], old: &str) -> Result<Edit, Refusal> {
    let now = text.get(before.span.range()).unwrap_or_default().trim_end();
    if let Kind::Sequence(items) = &before.kind
        && !now.starts_with('[')
        && let Some(last) = items.last()
    {
        let start = last.span.start as usize;
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let lead = &text[line..start];
        if lead.trim() != "-" {
            return Err("its `renamed_from` is written in a way that cannot be added to".into());
        }
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let end = last.span.end;
        return Ok(Edit {
            span: Span { start: end, end },
            text: format!("{line_end}{lead}{}", written(old)),
        });
    }
    if now.is_empty() || now.contains(['\n', '#']) {
        return Err("its `renamed_from` is written over several lines: write it on one".into());
    }
    let list = names.iter().chain([&old]);
    let list: Vec<String> = list.map(|name| written(name)).collect();
    let length = u32::try_from(now.len()).unwrap_or_default();
    Ok(Edit {
        span: Span {
            start: before.span.start,
            end: before.span.start + length,
        },
        text: format!("[{}]", list.join(", ")),
    })
}

fn written(name: &str) -> String {
    if is_plain(name, true) {
        name.to_owned()
    } else {
        quoted(name)
    }
}
