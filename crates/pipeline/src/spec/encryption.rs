//! `encryption:`, with the names of keys.

use super::reader::{Fields, Reader};
use crate::encryption::Encryption;

/// Reads the `encryption:` of a spec, if it has one.
pub(super) fn read(reader: &mut Reader, fields: &mut Fields<'_>) -> Encryption {
    let mut encryption = Encryption::default();
    if let Some((at, node)) = fields.take_entry("encryption")
        && let Some(mut fields) = reader.fields("`encryption`", node, at)
    {
        let mut key = |name| fields.take(name).and_then(|node| reader.string(node));
        encryption = Encryption {
            queues: key("queues"),
            topics: key("topics"),
            bus: key("bus"),
            logs: key("logs"),
        };
        fields.finish(reader);
    }
    encryption
}
