//! `allow:`, at the top, in an event, in a job and in a trigger.

use std::collections::BTreeSet;

use super::reader::{Fields, Reader};
use crate::allow::{Allow, Scope};
use crate::span::{Span, Spanned};
use crate::yaml::{Kind, Node};

/// Reads the `allow:` of a mapping, if it has one.
pub(super) fn read(
    reader: &mut Reader,
    fields: &mut Fields<'_>,
    scope: impl FnOnce() -> Scope,
) -> Vec<Allow> {
    let Some(node) = fields.take("allow").filter(|node| !node.is_null()) else {
        return Vec::new();
    };
    let entries = reader.entries("`allow`", node).unwrap_or_default();
    let scope = scope();
    let read = |(id, (at, node)): (&str, (Span, &Node))| {
        let reason = reader.string(node)?;
        Some(Allow {
            id: Spanned::new(id.to_owned(), at),
            reason,
            scope: scope.clone(),
        })
    };
    entries.into_iter().filter_map(read).collect()
}

/// Returns the text of a value, and of its key if it has one. An alias adds the text of its anchor.
pub(super) fn scope_of(key: Option<Span>, node: &Node) -> Scope {
    let mut pieces: BTreeSet<Span> = key.into_iter().collect();
    pieces.insert(node.span);
    add_pieces(node, node.span, &mut pieces);
    Scope::Pieces(pieces.into_iter().collect())
}

/// Adds the text of every node that does not lie in the text around it.
fn add_pieces(node: &Node, around: Span, pieces: &mut BTreeSet<Span>) {
    let is_alias = !around.contains(node.span);
    if is_alias {
        pieces.insert(node.span);
    }
    let around = if is_alias { node.span } else { around };
    match &node.kind {
        Kind::Scalar { .. } => {}
        Kind::Sequence(items) => items
            .iter()
            .for_each(|item| add_pieces(item, around, pieces)),
        Kind::Mapping(pairs) => {
            for (key, value) in pairs {
                add_pieces(key, around, pieces);
                add_pieces(value, around, pieces);
            }
        }
    }
}
