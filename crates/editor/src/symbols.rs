//! The outline of a spec: its events, jobs with their triggers, and values.

use pipeline::Span;
use pipeline::syntax::{Document, Kind, Node};

use crate::names::{entries, get, scalar};

/// A piece of a spec in its outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// What people call it: a name, or `event order.placed` of a trigger.
    pub name: String,
    /// More about it in a few words: the detail type of an event, what a job runs.
    pub detail: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// The whole of it, from its key to the end of its value.
    pub span: Span,
    /// The place of its name, within `span`.
    pub name_span: Span,
    /// What is in it.
    pub children: Vec<Symbol>,
}

/// What a piece of a spec is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// `events`, `jobs` or `values`.
    Group,
    /// A declared event.
    Event,
    /// A job.
    Job,
    /// A trigger of a job.
    Trigger,
    /// A declared value.
    Value,
}

/// Returns the outline of a spec: a group for `events`, `jobs` and `values` each, in the order of the text. A spec with
/// mistakes has what can be read of it.
pub fn symbols(document: &Document) -> Vec<Symbol> {
    let groups = [
        ("events", SymbolKind::Event),
        ("jobs", SymbolKind::Job),
        ("values", SymbolKind::Value),
    ];
    let Kind::Mapping(pairs) = &document.root.kind else {
        return Vec::new();
    };
    let found = pairs.iter().filter_map(|(key, value)| {
        let name = scalar(key)?;
        let (_, kind) = groups.iter().find(|(group, _)| *group == name)?;
        let Kind::Mapping(things) = &value.kind else {
            return Some(symbol(key, value, name, SymbolKind::Group));
        };
        let things = things.iter();
        let things = things.filter_map(|(key, value)| thing(key, value, *kind));
        Some(Symbol {
            children: things.collect(),
            ..symbol(key, value, name, SymbolKind::Group)
        })
    });
    found.collect()
}

fn thing(key: &Node, value: &Node, kind: SymbolKind) -> Option<Symbol> {
    let name = scalar(key).filter(|name| *name != "<<")?;
    let own = |key: &str| get(value, key).and_then(scalar).map(str::to_owned);
    let detail = match kind {
        SymbolKind::Event => own("detail_type").or_else(|| own("aws")),
        SymbolKind::Value => own("type"),
        _ => own("description"),
    };
    let triggers = match get(value, "triggers").map(|triggers| &triggers.kind) {
        // Those of an alias stand elsewhere.
        Some(Kind::Sequence(items)) if kind == SymbolKind::Job => items
            .iter()
            .filter(|item| item.span.start >= key.span.end)
            .filter_map(|item| trigger(item))
            .collect(),
        _ => Vec::new(),
    };
    Some(Symbol {
        detail,
        children: triggers,
        ..symbol(key, value, name, kind)
    })
}

fn trigger(node: &Node) -> Option<Symbol> {
    let found = entries(node).into_iter().find_map(|(key, value)| {
        let word = scalar(key)?;
        let is_kind = matches!(word, "event" | "schedule" | "pattern");
        is_kind.then_some((word, key, scalar(value)))
    });
    let (word, key, what) = found?;
    let is_inside = node.span.start <= key.span.start && key.span.end <= node.span.end;
    Some(Symbol {
        name: what.map_or_else(|| word.to_owned(), |what| format!("{word} {what}")),
        detail: get(node, "id").and_then(scalar).map(str::to_owned),
        kind: SymbolKind::Trigger,
        span: node.span,
        name_span: if is_inside { key.span } else { node.span },
        children: Vec::new(),
    })
}

fn symbol(key: &Node, value: &Node, name: &str, kind: SymbolKind) -> Symbol {
    Symbol {
        name: name.to_owned(),
        detail: None,
        kind,
        span: Span {
            start: key.span.start,
            end: value.span.end.max(key.span.end),
        },
        name_span: key.span,
        children: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn shown(symbols: &[Symbol], text: &str, depth: usize, into: &mut String) {
        for one in symbols {
            assert!(one.span.start <= one.name_span.start && one.name_span.end <= one.span.end);
            let detail = one.detail.as_deref().unwrap_or("-");
            let name = &text[one.name_span.range()];
            writeln!(
                into,
                "{}{} | {detail} | {name}",
                "  ".repeat(depth),
                one.name
            )
            .unwrap();
            shown(&one.children, text, depth + 1, into);
        }
    }

    #[test]
    fn the_outline_has_what_can_be_read() {
        let text = "pipeline: p\nvalues: { on: { type: boolean, local: true } }\nevents:\n  order.placed: { detail_type: Order Placed }\n  broken: [\n    ]\njobs:\n  bill:\n    description: Bills\n    triggers:\n      - event: order.placed\n        id: placed\n      - { schedule: rate(1 day) }\n      - nothing\n  none:\nnonsense: 1\n";
        let document = Document::read(text).unwrap();
        let mut outline = String::new();
        shown(&symbols(&document), text, 0, &mut outline);
        assert_eq!(
            outline,
            "values | - | values
  on | boolean | on
events | - | events
  order.placed | Order Placed | order.placed
  broken | - | broken
jobs | - | jobs
  bill | Bills | bill
    event order.placed | placed | event
    schedule rate(1 day) | - | schedule
  none | - | none
"
        );
    }

    #[test]
    fn what_is_no_spec_has_no_outline() {
        for text in ["", "[]", "x", "jobs: 1\n"] {
            let document = Document::read(text).unwrap();
            let found = symbols(&document);
            assert!(
                found.iter().all(|group| group.children.is_empty()),
                "{text}"
            );
        }
    }
}
