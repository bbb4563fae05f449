//! Values of a flow mapping that were cut: in `{ channel: enum(web, shop) }` YAML ends the value at the comma, and takes
//! `shop)` for a key.

use std::sync::Arc;

use super::{Kind, Node};
use crate::diagnostic::Diagnostic;
use crate::lints::INVALID_VALUE;
use crate::span::Span;
use crate::suggestion::Suggestion;

type Entry = (Arc<Node>, Arc<Node>);

/// Joins what belongs together, with a finding for each value: read on with the pieces, it would be several mistakes.
pub(super) fn join(source: &str, entries: &[Entry], found: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let mut joined = Vec::with_capacity(entries.len());
    let mut rest = entries;
    while let [(key, value), after @ ..] = rest {
        rest = after;
        let Some((whole, taken)) = whole(source, value, after) else {
            joined.push((Arc::clone(key), Arc::clone(value)));
            continue;
        };
        let Kind::Scalar { text, .. } = &whole.kind else {
            continue;
        };
        let message = format!("a comma cuts the value `{text}`");
        let help =
            format!("put it in quotes, as in `\"{text}\"`: within braces a comma ends a value");
        let diagnostic = Diagnostic::new(&INVALID_VALUE, whole.span, message);
        found.push(diagnostic.with_suggestion(whole.span, Suggestion::one_of(help, [text])));
        joined.push((Arc::clone(key), Arc::new(whole)));
        rest = &after[taken..];
    }
    joined
}

/// Puts a value together with the keys without a value behind it, up to its closing bracket. Returns it with their number,
/// or `None` if it is whole, or no bracket closes it.
fn whole(source: &str, value: &Node, after: &[Entry]) -> Option<(Node, usize)> {
    let mut pieces = vec![plain(value)?];
    let mut open = open_brackets(pieces[0]);
    if open <= 0 {
        return None;
    }
    for (place, (key, nothing)) in after.iter().enumerate() {
        if plain(nothing) != Some("") {
            return None;
        }
        let piece = plain(key)?;
        pieces.push(piece);
        open += open_brackets(piece);
        if open == 0 {
            let span = Span {
                start: value.span.start,
                end: key.span.end,
            };
            // As it is written, unless line ends or comments stand in between.
            let text = match source.get(span.range()) {
                Some(written) if !written.contains(['\n', '\r', '#']) => written.to_owned(),
                _ => pieces.join(", "),
            };
            return Some((Node::plain(&text, span), place + 1));
        }
    }
    None
}

/// The text of a scalar without quotes.
fn plain(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar { text, plain: true } => Some(text),
        _ => None,
    }
}

fn open_brackets(text: &str) -> isize {
    let change = |c| match c {
        '(' => 1,
        ')' => -1,
        _ => 0,
    };
    text.chars().map(change).sum()
}

#[cfg(test)]
mod tests {
    use crate::{Surroundings, parse, read_yaml};

    #[test]
    fn a_value_that_a_comma_cut_is_one_mistake_wherever_it_stands() {
        let spec = "pipeline: p\nsource: s\nevents: { e: { detail_type: E, external: true, detail: { channel: enum(web, shop, both), order: string } } }\njobs: { j: { function: { package: j }, triggers: [ { event: e }, { schedule: cron(0 8 ? * MON,FRI *), timezone: Europe/Berlin } ] } }\n";
        let found = parse(spec, &Surroundings::default()).diagnostics;
        let at: Vec<&str> = found.iter().map(|one| &spec[one.span.range()]).collect();
        assert_eq!(at, ["enum(web, shop, both)", "cron(0 8 ? * MON,FRI *)"]);
        assert!(found.iter().all(|one| one.lint.id == "invalid-value"));
        assert_eq!(
            found[0].help.as_deref(),
            Some(
                "put it in quotes, as in `\"enum(web, shop, both)\"`: within braces a comma ends a value"
            )
        );
    }

    #[test]
    fn a_value_over_several_lines_is_joined() {
        let [found] = read_yaml("{ a: f(x, # one\n y,\n z), b: c }")
            .unwrap_err()
            .try_into()
            .unwrap();
        assert_eq!(found.message, "a comma cuts the value `f(x, y, z)`");
    }

    #[test]
    fn what_no_bracket_closes_stays_as_it_is() {
        for text in [
            "{ a: f(x, y: z }",
            "{ a: f(x, y: z) }",
            "{ a: \"f(x\", y): null }",
            "{ a: (, b: c }",
            "a: f(x, y)",
        ] {
            assert!(read_yaml(text).is_ok(), "{text}");
        }
        assert!(read_yaml("{ a: f(x, y) }").is_err());
    }
}
