//! What stands in front of a node, of which the parser does not tell the places: an anchor and a tag, `&base !!str`.

use super::offset;
use crate::span::Span;

/// What stands in front of a node.
pub(super) struct Properties {
    /// The place of the anchor, if there is one.
    pub(super) anchor: Option<Span>,
    /// Where the anchor and the tag end.
    pub(super) end: u32,
    /// Where the node itself begins.
    pub(super) content: u32,
}

/// Finds what stands in front of a node that begins at `start`, as the parser says, in the text from `before` on: what
/// was read ended there. For the parser, a node begins at its anchor, at its tag, or behind them.
pub(super) fn properties(text: &str, before: u32, start: u32) -> Properties {
    let mut anchor = None;
    let mut at = before as usize;
    let mut end = start as usize;
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = &text[at..];
        let is_over = |c: char| c.is_whitespace() || ",[]{}".contains(c);
        let length = match first {
            '&' => {
                let length = rest.find(is_over).unwrap_or(rest.len());
                anchor = Some(Span {
                    start: offset(at),
                    end: offset(at + length),
                });
                length
            }
            '!' => rest.find(is_over).unwrap_or(rest.len()),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            first if at < start as usize || first.is_whitespace() => first.len_utf8(),
            _ => break,
        };
        at += length;
        if "&!".contains(first) {
            end = at;
        }
    }
    Properties {
        anchor,
        end: offset(end),
        content: offset(at).max(start),
    }
}

#[cfg(test)]
mod tests {
    use crate::syntax::Document;

    /// The anchors of a text with what they name, and the aliases with the names that they mean.
    #[track_caller]
    fn check(text: &str, anchors: &[(&str, &str)], aliases: &[(&str, &str)]) {
        let document = Document::read(text).unwrap();
        let found: Vec<(&str, &str)> = document
            .anchors
            .iter()
            .map(|one| (&text[one.span.range()], &text[one.node.span.range()]))
            .collect();
        assert_eq!(found, anchors, "{text}");
        let found: Vec<(&str, &str)> = document
            .aliases
            .iter()
            .map(|alias| {
                let anchor = &document.anchors[alias.anchor];
                (&text[alias.span.range()], &text[anchor.span.range()])
            })
            .collect();
        assert_eq!(found, aliases, "{text}");
    }

    #[test]
    fn an_anchor_is_found_wherever_it_stands() {
        check("a: &x 1\nb: *x", &[("&x", "1")], &[("*x", "&x")]);
        check(
            "a: &x # & no\n  b: 1\nc: *x\n",
            &[("&x", "b: 1")],
            &[("*x", "&x")],
        );
        check(
            "a: &x { b: &y [1], c: *y }\nd: [*x, *y]\n",
            &[("&y", "[1]"), ("&x", "{ b: &y [1], c: *y }")],
            &[("*y", "&y"), ("*x", "&x"), ("*y", "&y")],
        );
        check("a: !!str &x 'é & b'\n", &[("&x", "'é & b'")], &[]);
        check(
            "é:\n  - &x\n    b: 1\n  - <<: *x\n",
            &[("&x", "b: 1")],
            &[("*x", "&x")],
        );
        check("a: &x\nb: *x\n", &[("&x", "")], &[("*x", "&x")]);
        check("- &x a: 1\n- *x\n", &[("&x", "a")], &[("*x", "&x")]);
    }

    #[test]
    fn an_alias_means_the_last_anchor_of_its_name_before_it() {
        let text = "- &x 1\n- *x\n- &x 2\n- *x\n";
        let document = Document::read(text).unwrap();
        let meant: Vec<usize> = document.aliases.iter().map(|alias| alias.anchor).collect();
        assert_eq!(meant, [0, 1]);
    }
}
