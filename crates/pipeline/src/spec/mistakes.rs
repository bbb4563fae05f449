//! Says what to write instead of a value of a wrong type, if the mistake is a usual one.

use super::reader::Range;
use crate::diagnostic::{meant, suggest};
use crate::mend::is_plain;
use crate::suggestion::Suggestion;
use crate::yaml::{Kind, Node};

/// Things that people write as one text, each with the key that the text most likely belongs to.
const SHORT_FORMS: [(&str, &str); 5] = [
    ("a function", "package"),
    ("an event", "detail_type"),
    ("`archive`", "days"),
    ("`cloud`", "organization"),
    ("`workspaces`", "name"),
];

/// Says how a mapping is written where something else stands.
pub(super) fn mapping_help(what: &str, node: &Node) -> Option<Suggestion> {
    let text = match &node.kind {
        Kind::Scalar { .. } if node.is_null() && what != "the spec" => {
            return Some("write its keys in the lines below, indented further".into());
        }
        Kind::Scalar { text, .. } => text,
        Kind::Sequence(_) => {
            return Some(
                "write each name with a `:`, and what belongs to it below, without `-`".into(),
            );
        }
        Kind::Mapping(_) => return None,
    };
    if what == "the spec" {
        return Some("start with `pipeline:` and the name of the pipeline".into());
    }
    // `a:{ b: c }` is a key `a:{ b` and the rest of a mapping.
    if text.contains(['{', '}', '[', ']']) {
        return None;
    }
    if what == "a trigger" {
        let entry = format!("{}: {text}", trigger_key(text));
        let yaml = is_plain(text, true).then(|| format!("{{ {entry} }}"));
        return Some(Suggestion::yaml(format!("write `{entry}`"), yaml));
    }
    let (_, key) = SHORT_FORMS.iter().find(|(short, _)| *short == what)?;
    let yaml = format!("{{ {key}: {text} }}");
    let help = format!("write `{yaml}`");
    Some(Suggestion::yaml(help, is_plain(text, true).then_some(yaml)))
}

/// Says how a list is written where something else stands.
pub(super) fn list_help(what: &str, node: &Node) -> Suggestion {
    let items = match &node.kind {
        // Items that are indented further than the first one become a part of its text.
        Kind::Scalar { text, .. } => text.replace(" - ", ", "),
        Kind::Mapping(pairs) if pairs.iter().any(|(key, _)| starts_with_dash(key)) => {
            return "put a space behind each `-`".into();
        }
        Kind::Mapping(pairs) if what != TRIGGERS => {
            let keys: Vec<&str> = pairs.iter().filter_map(|(key, _)| scalar(key)).collect();
            keys.join(", ")
        }
        _ => return "write a `-` and a space before it, or square brackets around it".into(),
    };
    if what == TRIGGERS {
        let yaml = format!("[{{ {}: {items} }}]", trigger_key(&items));
        let help = format!("write `{yaml}`");
        return Suggestion::yaml(help, is_plain(&items, true).then_some(yaml));
    }
    let yaml = format!("[{items}]");
    let is_safe = items.split(", ").all(|item| is_plain(item, true));
    Suggestion::yaml(format!("write `{yaml}`"), is_safe.then_some(yaml))
}

const TRIGGERS: &str = "`triggers`";

/// Guesses what kind of trigger a text is: only schedules have brackets.
fn trigger_key(text: &str) -> &'static str {
    if text.contains('(') {
        "schedule"
    } else {
        "event"
    }
}

fn starts_with_dash(key: &Node) -> bool {
    matches!(&key.kind, Kind::Scalar { text, plain: true } if text.starts_with('-'))
}

/// Says how a text is written where a collection stands.
pub(super) fn string_help(node: &Node) -> Option<Suggestion> {
    let written = |node| {
        let text = scalar(node)?;
        let yaml = is_plain(text, true).then(|| text.to_owned());
        Some(Suggestion::yaml(format!("write `{text}`"), yaml))
    };
    match &node.kind {
        // `{{ env }}` is a mapping whose one key is a mapping.
        Kind::Mapping(pairs) => match pairs.as_slice() {
            [(key, value)] if value.is_null() => Some(match &key.kind {
                Kind::Scalar { text, .. } => {
                    format!("put the text in quotes: `\"{{{text}}}\"`").into()
                }
                _ => "write the value itself: a spec has no templates".into(),
            }),
            [(_, value)] => written(value),
            _ => None,
        },
        Kind::Sequence(items) => match items.as_slice() {
            [item] => written(item),
            _ => None,
        },
        Kind::Scalar { .. } => Some("write `\"\"` for an empty text".into()),
    }
}

fn scalar(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar { text, .. } if !node.is_null() => Some(text),
        _ => None,
    }
}

/// Says which of `true` and `false` another word means.
pub(super) fn boolean_help(node: &Node) -> Option<Suggestion> {
    let text = scalar(node)?.to_lowercase();
    let value = match text.as_str() {
        "true" | "yes" | "on" | "y" | "1" | "enabled" | "active" => "true",
        "false" | "no" | "off" | "n" | "0" | "disabled" => "false",
        _ => return None,
    };
    let is_quoted = matches!(node.kind, Kind::Scalar { plain: false, .. });
    let quotes = if is_quoted { ", without quotes" } else { "" };
    Some(Suggestion::one_of(format!("write `{value}`{quotes}"), [value]).without_quotes())
}

/// Says which number a text such as `512MB` means.
pub(super) fn number_help(node: &Node, range: &Range) -> Option<Suggestion> {
    let text = scalar(node)?;
    let number = whole_number(text, range.what)?;
    let is_quoted = matches!(node.kind, Kind::Scalar { plain: false, .. });
    let quotes = if is_quoted { ", without quotes" } else { "" };
    let help = format!("write `{number}`{quotes}");
    Some(Suggestion::one_of(help, [number.to_string()]).without_quotes())
}

/// Reads a number with a unit, in the unit of what is counted.
pub(super) fn whole_number(text: &str, what: &str) -> Option<u64> {
    let text: String = text.replace(['_', ','], "");
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = (text[..end].parse::<f64>().ok()?, text[end..].trim());
    let unit = unit.to_lowercase();
    let factor = match unit.as_str() {
        "" => 1.0,
        "m" | "mb" | "mib" if what.contains("in MB") => 1.0,
        "g" | "gb" | "gib" if what.contains("in MB") => 1_024.0,
        "d" | "day" | "days" if what.contains("days") => 1.0,
        "w" | "week" | "weeks" if what.contains("days") => 7.0,
        "y" | "year" | "years" if what.contains("days") => 365.0,
        "%" | "percent" if what.contains("percent") => 1.0,
        _ => return None,
    };
    let number = number * factor;
    // Beyond this the nearest number would not be the one that is written.
    let is_whole = number.fract() == 0.0 && number < 1e9;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole, not negative and below a billion"
    )]
    is_whole.then_some(number as u64)
}

/// Finds the keys that an unknown key may stand for.
pub(super) fn meant_keys<'k>(key: &str, known: &[&'k str]) -> Vec<&'k str> {
    match split(key) {
        Some((name, _)) => known
            .iter()
            .filter(|known| **known == name)
            .copied()
            .collect(),
        None => meant(key.trim(), known),
    }
}

/// Says which key an unknown one stands for.
pub(super) fn key_help(key: &str, known: &[&str]) -> Suggestion {
    match split(key) {
        // A no-break space looks like an indentation.
        _ if key.starts_with(|c: char| c.is_whitespace() && c != ' ') => {
            "indent the line with plain spaces: one of them is another character".into()
        }
        Some((name, sign)) if known.contains(&name) => match sign {
            ':' => format!("put a space behind `{name}:`").into(),
            _ => format!("write `{name}:`, with a colon and a space").into(),
        },
        _ => suggest(key, known),
    }
}

/// Splits a key that has swallowed its value, as in `package:bill` or `memory_mb=512`.
fn split(key: &str) -> Option<(&str, char)> {
    let at = key.find([':', '='])?;
    Some((key[..at].trim(), char::from(key.as_bytes()[at])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_a_unit_is_one_in_the_unit_of_its_key() {
        let memory = "a function's memory in MB";
        for (text, what, expected) in [
            ("512MB", memory, Some(512)),
            ("512 MB", memory, Some(512)),
            ("0.5GB", memory, Some(512)),
            ("2 GiB", memory, Some(2_048)),
            ("1_024", memory, Some(1_024)),
            ("1,024", memory, Some(1_024)),
            ("512.0", memory, Some(512)),
            ("512.5", memory, None),
            ("512kb", memory, None),
            ("half", memory, None),
            ("30d", "an archive's days", Some(30)),
            ("2 weeks", "an archive's days", Some(14)),
            ("30d", memory, None),
            ("80%", "a share of the timeout in percent", Some(80)),
            ("99999999999999999999", memory, None),
            ("", memory, None),
            ("1.2.3", memory, None),
        ] {
            assert_eq!(whole_number(text, what), expected, "{text}");
        }
    }
}
