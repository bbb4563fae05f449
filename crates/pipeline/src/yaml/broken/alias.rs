//! Aliases without an anchor, and texts that look like one.

use std::collections::HashSet;

use super::{Broken, invalid, quoted, span};
use crate::diagnostic::{Diagnostic, Edit, Fix, nearest_all, one_of};

/// Explains an alias without an anchor.
pub(super) fn explain(broken: &Broken<'_>) -> Option<Diagnostic> {
    if broken.says(&["found unknown anchor"]) {
        return broken.rest().starts_with('*').then(|| unknown(broken));
    }
    let sign = broken.rest().chars().next().filter(|c| "*&".contains(*c))?;
    if !broken.says(&["while scanning an anchor or alias"]) {
        return None;
    }
    let what = if sign == '*' { "an alias" } else { "an anchor" };
    let message = format!("`{sign}` starts {what} in YAML, and no name follows");
    let text = quoted(broken.plain_text(broken.at));
    let finding = invalid(broken.at..broken.at + 1, message);
    Some(finding.with_help(format!("put the text in quotes: `{text}`")))
}

fn unknown(broken: &Broken<'_>) -> Diagnostic {
    let name = name_at(&broken.rest()[1..]);
    let end = broken.at + 1 + name.len();
    let message = format!("`*{name}` is an alias in YAML, and no anchor `&{name}` stands above it");
    let finding = invalid(broken.at..end, message);
    let (above, below): (Vec<_>, Vec<_>) =
        anchors(broken.text).partition(|(at, _)| *at < broken.at);
    if let Some((at, _)) = below.iter().find(|(_, anchor)| *anchor == name) {
        return finding
            .with_related(span(*at..at + 1 + name.len()), "the anchor is here")
            .with_help("move the anchor up to the first place that uses it");
    }
    let names: Vec<&str> = above.iter().map(|(_, anchor)| *anchor).collect();
    let stars = |names: &[&str]| {
        let aliases: Vec<String> = names.iter().map(|name| format!("*{name}")).collect();
        one_of(&aliases.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let quotes = format!(
        "put the text in quotes: `{}`",
        quoted(broken.plain_text(broken.at))
    );
    let near = nearest_all(name, names.iter().copied());
    // `*-test` and `*.png` are patterns of text, whatever anchors there are.
    let is_word = name.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let fix = |near: &&str| Fix {
        title: format!("write `*{near}`"),
        edits: vec![Edit {
            span: finding.span,
            text: format!("*{near}"),
        }],
    };
    let fixes: Vec<Fix> = near.iter().map(fix).collect();
    let finding = fixes.into_iter().fold(finding, Diagnostic::with_fix);
    finding.with_help(match (near.as_slice(), names.as_slice()) {
        (near, _) if !near.is_empty() => format!("did you mean {}?", stars(near)),
        (_, []) => quotes,
        (_, names) if is_word => format!("write {}, or {quotes}", stars(names)),
        _ => quotes,
    })
}

/// Finds what looks like anchors, each once: its place and its name.
fn anchors(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut seen = HashSet::new();
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(move |line| {
        start += line.len();
        (start - line.len(), line)
    });
    let anchors = lines
        .filter(|(_, line)| !line.trim_start().starts_with('#'))
        .flat_map(|(start, line)| {
            line.match_indices('&').filter_map(move |(at, _)| {
                // The name is read only where one can start: a line may be millions of these signs.
                let starts = at == 0 || line[..at].ends_with([' ', '[', '{', ',']);
                let name = starts.then(|| name_at(&line[at + 1..]));
                let name = name.filter(|name| !name.is_empty())?;
                Some((start + at, name))
            })
        });
    anchors.filter(move |(_, name)| seen.insert(*name))
}

/// Returns the name of an anchor or alias at the start of a text.
fn name_at(text: &str) -> &str {
    let end = text.find(|c: char| c.is_whitespace() || ",[]{}".contains(c));
    &text[..end.unwrap_or(text.len())]
}
