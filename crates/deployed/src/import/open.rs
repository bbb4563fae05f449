//! What each environment says for itself: texts in what was found, and values of the spec.

use std::collections::BTreeMap;

use pipeline::values::Setting;
use pipeline::{Pipeline, Surroundings};

use super::note::Note;

/// In front of the name of a value, inside of what was found. Unicode has no such character, so no other text has it,
/// and `${` can stay what it is.
const OPEN: char = '\u{10FFFE}';
/// Behind the name.
const CLOSE: char = '\u{10FFFF}';

/// A text that each environment says for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OpenValue {
    /// The name in the spec.
    pub(super) name: String,
    /// What it is, for people.
    pub(super) about: String,
}

/// Whether a character may stand for something else in what is found.
pub(super) fn is_reserved(c: char) -> bool {
    matches!(c, OPEN | CLOSE)
}

/// A value inside of a text of what was found.
pub(super) fn reference(name: &str) -> String {
    format!("{OPEN}{name}{CLOSE}")
}

/// Whether a text of what was found has a value in it.
pub(super) fn has_reference(text: &str) -> bool {
    text.contains(OPEN)
}

/// A text in which values are written as a spec and people have them: `${name}`.
pub(super) fn written(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find([OPEN, CLOSE, '\\']) {
        let (before, found) = rest.split_at(place);
        out.push_str(before);
        // Inside of quotes YAML has an escape for each of them; `\\` there is one character, and no beginning of another.
        let forms = [
            ("\\\\", "\\\\"),
            ("\\U0010FFFE", "${"),
            ("\\U0010FFFF", "}"),
            ("\u{10FFFE}", "${"),
            ("\u{10FFFF}", "}"),
            ("\\", "\\"),
        ];
        for (form, becomes) in forms {
            if let Some(behind) = found.strip_prefix(form) {
                out.push_str(becomes);
                rest = behind;
                break;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A note in which values are written as people have them.
pub(super) fn written_note(note: Note) -> Note {
    let Note {
        id,
        kind,
        place,
        message,
        help,
    } = note;
    Note {
        id,
        kind,
        place: written(&place),
        message: written(&message),
        help: help.as_deref().map(written),
    }
}

/// What the language reads in a spec, with values as they are in what was found, to compare the two.
pub(super) fn pipeline_as_found(
    text: &str,
    environment: &str,
    values: &[OpenValue],
) -> Option<Pipeline> {
    let values = values
        .iter()
        .map(|value| (value.name.clone(), reference(&value.name)));
    let setting = Setting {
        region: reference("region"),
        account: reference("account"),
        values: values.collect::<BTreeMap<_, _>>(),
        is_local: true,
        ..Setting::environment(environment)
    };
    let surroundings = Surroundings {
        setting,
        ..Surroundings::default()
    };
    pipeline::parse(text, &surroundings).pipeline
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::yaml::scalar;

    #[test]
    fn values_are_written_whether_they_are_quoted_or_not() {
        let text = format!("a-{}-b", reference("stage"));
        assert_eq!(written(&text), "a-${stage}-b");
        assert_eq!(written(&scalar(&text)), "\"a-${stage}-b\"");
    }

    #[test]
    fn what_only_looks_like_a_value_stays() {
        for text in ["\\U0010FFFE", "\\\\U0010FFFF", "${a}", "a\\"] {
            let quoted = scalar(text);
            assert_eq!(written(&quoted), quoted);
        }
    }
}
