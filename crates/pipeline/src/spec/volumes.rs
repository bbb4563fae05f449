//! `volumes:`, how much there is.

use indexmap::IndexMap;

use super::quantity::{DELIVERIES_PER_DAY, EVENTS_PER_DAY, RUN_MS};
use super::reader::{Fields, Range, Reader};
use crate::span::Spanned;
use crate::volumes::Volumes;
use crate::yaml::Node;

/// Reads the `volumes:` of a spec, if it has some.
pub(super) fn read(reader: &mut Reader, fields: &mut Fields<'_>) -> Volumes {
    let mut volumes = Volumes::default();
    if let Some((at, node)) = fields.take_entry("volumes")
        && !node.is_null()
        && let Some(mut fields) = reader.fields("`volumes`", node, at)
    {
        volumes = Volumes {
            events_per_day: each(reader, fields.take("events_per_day"), &EVENTS_PER_DAY),
            deliveries_per_day: each(
                reader,
                fields.take("deliveries_per_day"),
                &DELIVERIES_PER_DAY,
            ),
            run_ms: each(reader, fields.take("run_ms"), &RUN_MS),
        };
        fields.finish(reader);
    }
    volumes
}

/// Reads a mapping from names to numbers.
fn each(reader: &mut Reader, node: Option<&Node>, range: &Range) -> IndexMap<String, Spanned<u32>> {
    let Some(node) = node.filter(|node| !node.is_null()) else {
        return IndexMap::new();
    };
    let entries = reader
        .entries("a key of `volumes`", node)
        .unwrap_or_default();
    let read = entries.into_iter().filter_map(|(name, (at, node))| {
        let number = reader.integer(node, range)?;
        Some((name.to_owned(), Spanned::new(number, at)))
    });
    read.collect()
}
