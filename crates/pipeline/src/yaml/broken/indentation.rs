//! Lines whose indentation is wrong, and text where a key should be.

use super::{Broken, Diagnostic, Line, invalid, quoted, split_key};

/// Explains a tab, which YAML does not take for a space.
pub(super) fn explain_tab(broken: &Broken<'_>) -> Option<Diagnostic> {
    if broken.says(&["quoted scalar"]) {
        return None;
    }
    let line = broken.line_of(broken.at);
    let indentation = line.text.len() - line.text.trim_start().len();
    if let Some(tab) = line.text[..indentation].find('\t') {
        let at = line.start + tab;
        let finding = invalid(at..at + 1, "a tab in the indentation");
        return Some(finding.with_help("indent with spaces: YAML takes no tabs there"));
    }
    if !broken.says(&["tab", "YAML whitespace"]) {
        return None;
    }
    // Reading stops before the line with the tab, if a text of several lines starts there.
    let lines = broken.text[line.start..].split_inclusive('\n');
    let two_lines: usize = lines.take(2).map(str::len).sum();
    let at = line.start + broken.text[line.start..][..two_lines].find('\t')?;
    let finding = invalid(at..at + 1, "a tab where YAML takes only a space");
    Some(finding.with_help("write a space instead of the tab"))
}

/// Explains a line that is neither a key nor an item of what stands above it.
pub(super) fn explain(broken: &Broken<'_>) -> Option<Diagnostic> {
    let line = broken.line_of(broken.at);
    let before = line.text.get(..broken.at - line.start)?;
    if broken.says(&["block sequence entries are not allowed"]) {
        return item_beside_key(broken, before);
    }
    if !broken.says(&["did not find expected key", "expected '-' indicator"]) {
        return None;
    }
    if before.trim().is_empty() {
        return wrong_level(broken, line, line.start + line.indentation());
    }
    if before.trim() == "-" {
        return wrong_item(broken, line);
    }
    let closing = before
        .trim_end()
        .chars()
        .last()
        .filter(|c| "]}'\"".contains(*c))?;
    let (_, value) = split_key(line.entry().1)?;
    let finding = invalid(
        broken.at..line.start + line.text.trim_end().len(),
        format!("text after the `{closing}` that ends a value"),
    );
    let rest = broken.rest();
    Some(finding.with_help(if value.starts_with("{{") {
        "write the value itself: a spec has no templates".to_owned()
    } else if rest.starts_with(',') && "]}".contains(closing) {
        format!("move it before the `{closing}`")
    } else {
        format!("put the whole text in quotes: `{}`", quoted(value))
    }))
}

/// Explains a `- ` in the line of its key.
fn item_beside_key(broken: &Broken<'_>, before: &str) -> Option<Diagnostic> {
    let (key, _) = split_key(before.trim())?;
    let text = broken.plain_text(broken.at);
    let finding = invalid(broken.at..broken.at + 1, "a `-` in the line of its key");
    let quotes = format!("put the text in quotes: `{}`", quoted(text));
    Some(
        finding.with_help(match text.trim_start_matches('-').trim() {
            "" => quotes,
            item => format!("write `{key}: [{item}]`; if it is no list, {quotes}"),
        }),
    )
}

/// Explains an item where a key should be.
fn wrong_item(broken: &Broken<'_>, line: Line<'_>) -> Option<Diagnostic> {
    let start = line.start + line.indentation();
    let above = broken.lines_above(broken.at).next()?;
    let mut dashes = broken
        .lines_above(broken.at)
        .filter(|line| line.content().starts_with("- "));
    if let Some(dash) = dashes
        .next()
        .filter(|dash| dash.indentation() != line.indentation())
    {
        let finding = invalid(
            start..start + 1,
            "a `-` that is not below the `-` of the item above",
        );
        return Some(finding.with_help(format!("indent it by {}", spaces(dash.indentation()))));
    }
    let finding = invalid(
        start..start + 1,
        "an item of a list where a key is expected",
    );
    Some(finding.with_help(match split_key(above.entry().1) {
        Some((key, value)) if !value.is_empty() && value.starts_with('[') => {
            format!("write it inside the brackets of `{key}`")
        }
        _ => "write the key of the list in a line above its items".to_owned(),
    }))
}

/// Explains an indentation that no line above has.
fn wrong_level(broken: &Broken<'_>, line: Line<'_>, start: usize) -> Option<Diagnostic> {
    let indentation = line.indentation();
    let above = broken.lines_above(broken.at).next()?;
    let place = start..line.start + line.text.trim_end().len();
    let value = split_key(above.entry().1).map_or(above.entry().1, |(_, value)| value);
    if value.starts_with('*') && indentation >= above.indentation() {
        let finding = invalid(place, "a key beside an alias, which is the whole value");
        return Some(finding.with_help(format!("merge the alias into the mapping: `<<: {value}`")));
    }
    if line.content().starts_with("- ") && value.starts_with('[') {
        return wrong_item(broken, line);
    }
    let levels = levels(broken);
    if levels.contains(&indentation) {
        let finding = invalid(place, "a key where an item of a list is expected");
        let help =
            "start the item with `- `, or indent the key as far as the first key of its item";
        return Some(finding.with_help(help));
    }
    let lower = levels.iter().filter(|level| **level < indentation).max();
    let higher = levels.iter().filter(|level| **level > indentation).min();
    let wanted: Vec<String> = [lower, higher]
        .into_iter()
        .flatten()
        .map(usize::to_string)
        .collect();
    let message = format!(
        "an indentation by {} that no line above has",
        spaces(indentation)
    );
    let help = format!("indent it by {} spaces", wanted.join(" or "));
    Some(invalid(place, message).with_help(help))
}

/// Returns the columns at which the mappings and lists around the line start.
fn levels(broken: &Broken<'_>) -> Vec<usize> {
    let mut levels = Vec::new();
    let mut least = usize::MAX;
    for line in broken.lines_above(broken.at) {
        let (own, entry) = (line.indentation(), line.entry().0);
        if own < least {
            levels.extend([own, entry]);
            least = own;
        }
        if least == 0 {
            break;
        }
    }
    levels
}

fn spaces(count: usize) -> String {
    match count {
        1 => "one space".to_owned(),
        _ => format!("{count} spaces"),
    }
}
