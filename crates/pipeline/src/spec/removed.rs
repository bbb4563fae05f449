//! `removed:`, what left the spec and is still on AWS.

use indexmap::IndexMap;

use super::allow;
use super::reader::{Fields, Reader};
use crate::removed::{Keep, Removal, Removed};
use crate::span::{Span, Spanned};
use crate::yaml::Node;

/// What may stay on AWS, by the words for it.
pub const KEEPS: [(&str, Keep); 6] = [
    ("archive", Keep::Archive),
    ("buffer", Keep::Buffer),
    ("dead_letter_queue", Keep::DeadLetterQueue),
    ("failure_queue", Keep::FailureQueue),
    ("log_group", Keep::LogGroup),
    ("queue", Keep::Queue),
];

/// Reads `removed:`. `at` is the first byte of the spec.
pub(super) fn read(reader: &mut Reader, fields: &mut Fields<'_>, at: Span) -> Removed {
    let jobs = fields.place("jobs");
    let Some((span, node)) = fields.take_entry("removed") else {
        return Removed {
            span: jobs.unwrap_or(at),
            entries: IndexMap::new(),
        };
    };
    let entries = if node.is_null() {
        IndexMap::new()
    } else {
        reader.entries("`removed`", node).unwrap_or_default()
    };
    let entries = entries.into_iter().map(|(name, (place, node))| {
        let removal = read_removal(reader, node, place);
        (name.to_owned(), removal)
    });
    Removed {
        span,
        entries: entries.collect(),
    }
}

fn read_removal(reader: &mut Reader, node: &Node, at: Span) -> Removal {
    let mut removal = Removal {
        name_span: at,
        keep: Vec::new(),
        allow: Vec::new(),
    };
    if node.is_null() {
        return removal;
    }
    let Some(mut fields) = reader.fields("an entry of `removed`", node, at) else {
        return removal;
    };
    if let Some(node) = fields.take("keep") {
        let items = reader.list("`keep`", node).iter();
        let kept = items.filter_map(|item| {
            let keep = reader.choice(item, &KEEPS)?;
            Some(Spanned::new(keep, item.span))
        });
        removal.keep = kept.collect();
    }
    removal.allow = allow::read(reader, &mut fields, || allow::scope_of(Some(at), node));
    fields.finish(reader);
    removal
}
