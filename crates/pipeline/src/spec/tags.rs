//! `tags:`.

use indexmap::IndexMap;

use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::lints::INVALID_VALUE;
use crate::values::Text;
use crate::yaml::Node;

/// The most tags of a resource, the longest key and the longest value:
/// [tagging](https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html).
pub const TAGS_MAX: usize = 50;
/// The longest key.
pub const TAG_KEY_MAX: usize = 128;
/// The longest value.
pub const TAG_VALUE_MAX: usize = 256;

/// Reads tags that every service takes. IAM is the strictest of them.
pub(super) fn read(reader: &mut Reader, node: &Node) -> IndexMap<String, Text> {
    let entries = reader.entries("`tags`", node).unwrap_or_default();
    if entries.len() > TAGS_MAX {
        let message = format!(
            "{} tags, and a resource has at most {TAGS_MAX}",
            entries.len()
        );
        let help = "leave out some of them";
        reader.report(Diagnostic::new(&INVALID_VALUE, node.span, message).with_help(help));
    }
    let mut tags = IndexMap::new();
    for (key, (span, value)) in entries {
        let Some(value) = reader.text(value) else {
            continue;
        };
        // AWS reserves the prefix in any case: `AWS:` and `Aws:` too.
        let is_reserved = key
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        let mistake = if is_reserved {
            Some((
                span,
                format!("the tag `{key}` begins with `aws:`, which is AWS's own"),
            ))
        } else if !is_fine(key, 1, TAG_KEY_MAX) {
            Some((span, format!("`{key}` cannot be the key of a tag")))
        } else if !is_fine(&value.value, 0, TAG_VALUE_MAX) {
            Some((
                value.span,
                format!("`{}` cannot be the value of a tag", value.value),
            ))
        } else {
            None
        };
        match mistake {
            Some((span, message)) => reader.report(
                Diagnostic::new(&INVALID_VALUE, span, message)
                    .with_note(format!("a key has up to {TAG_KEY_MAX}, a value up to {TAG_VALUE_MAX} letters, digits, spaces and `_.:/=+-@`"))
                    .with_help("use only these characters"),
            ),
            None => {
                tags.insert(key.to_owned(), value);
            }
        }
    }
    tags
}

fn is_fine(text: &str, least: usize, most: usize) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    let length = text.chars().count();
    (least..=most).contains(&length) && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;

    #[test]
    fn only_what_every_service_takes() {
        let long = "x".repeat(129);
        for (tags, ids) in [
            (
                "{ Team: growth, 'cost:centre': '12/7', Größe: m }",
                &[] as &[&str],
            ),
            ("{ 'aws:team': growth }", &["invalid-value"]),
            ("{ 'Team!': growth }", &["invalid-value"]),
            ("{ Team: 'a;b' }", &["invalid-value"]),
            ("{ '': x }", &["invalid-value"]),
            (&format!("{{ {long}: x }}"), &["invalid-value"]),
            ("{ Team: [a] }", &["wrong-type"]),
            ("[a]", &["wrong-type"]),
        ] {
            let spec = format!("pipeline: p\nsource: s\ntags: {tags}\n");
            assert_eq!(ids_of(&spec), ids, "{tags}");
        }
    }
}
