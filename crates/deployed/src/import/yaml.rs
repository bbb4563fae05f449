//! YAML text, quoted so that every reader reads the same in it.

use std::fmt::Write as _;

/// Words that some reader of YAML takes for a boolean or for nothing.
const WORDS: [&str; 11] = [
    "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf",
];

/// A string as a key or a value, plain if no reader could take it for anything else.
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_unprintable(c) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A JSON value in one line.
pub(super) fn flow(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => scalar(text),
        serde_json::Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        serde_json::Value::Object(entries) if entries.is_empty() => "{}".to_owned(),
        serde_json::Value::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", scalar(key), flow(value)));
            let entries: Vec<String> = entries.collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// JSON text in one line, with its numbers digit for digit and its keys in their order.
pub(super) fn flow_of_json(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 16);
    let mut rest = text.trim();
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' => string_length(rest),
            _ => c.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        match c {
            // YAML has no pairs of escapes for one character, and no `\/`.
            '"' => match serde_json::from_str::<String>(token) {
                Ok(text) => written.push_str(&scalar(&text)),
                Err(_) => written.push_str(token),
            },
            // Readers of YAML want the space.
            ':' | ',' => {
                written.push(c);
                written.push(' ');
            }
            '{' => written.push_str("{ "),
            '}' if written.ends_with("{ ") => {
                written.pop();
                written.push(c);
            }
            '}' => written.push_str(" }"),
            c if c.is_ascii_whitespace() => {}
            c => written.push(c),
        }
        rest = behind;
    }
    written
}

/// The length of the JSON string that a text begins with, with its quotes.
pub(super) fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// A text for a key that takes values, where `${` would begin one.
pub(super) fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

/// A JSON value with its texts for a key that takes values.
pub(super) fn escaped_texts(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => Value::String(escaped(text)),
        Value::Array(items) => items.iter().map(escaped_texts).collect(),
        Value::Object(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, value)| (key.clone(), escaped_texts(value)));
            Value::Object(entries.collect())
        }
        other => other.clone(),
    }
}

/// Words of letters, digits and a few marks, the first a letter, with single spaces in between.
fn is_plain(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphanumeric())
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/'))
    };
    // What begins with a digit is a number or a date for some reader.
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.split(' ').all(is_word)
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// What YAML allows only as an escape, or readers treat as a line's end.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
        || (u32::from(c) & 0xfffe) == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// What the spec's own reader, and another one, make of a string.
    fn check(text: &str) {
        let quoted = scalar(text);
        let spec = format!(
            "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true, description: {quoted} }} }}\n"
        );
        let parsed = pipeline::parse(&spec, &pipeline::Surroundings::default());
        let read = parsed
            .pipeline
            .and_then(|p| p.events["e"].description.clone());
        assert_eq!(
            read.as_deref(),
            Some(text),
            "{quoted} {:?}",
            parsed.diagnostics
        );
        let document = format!("{{ {quoted}: {quoted} }}\n");
        let read: BTreeMap<String, String> = serde_saphyr::from_str(&document).unwrap();
        assert_eq!(read.get(text).map(String::as_str), Some(text), "{quoted}");
    }

    #[test]
    fn what_could_be_something_else_is_quoted() {
        for text in [
            "",
            "~",
            "null",
            "NULL",
            "true",
            "No",
            "on",
            "y",
            "1",
            "1.5",
            "1e3",
            "0x1f",
            "010",
            "1_000",
            ".inf",
            ".nan",
            "-",
            "- a",
            "a: b",
            "a #b",
            "#",
            "[a]",
            "{a}",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "%",
            "@",
            "`",
            "'",
            "\"",
            "\\",
            " a",
            "a ",
            "a  b",
            "a\nb",
            "\t",
            "\u{0}",
            "\u{7f}",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "2026-01-01",
            "12:30",
            "cron(0 1 * * ? *)",
            "?",
            ":",
            ",",
            "=",
            "<<",
            "é",
            "😀",
            "---",
            "...",
            "${a}",
        ] {
            check(text);
        }
        assert_eq!(scalar("User Signup"), "User Signup");
        assert_eq!(scalar("shop.orders"), "shop.orders");
        assert_eq!(scalar("yes"), "\"yes\"");
    }

    /// What the spec's own reader makes of JSON text as a constant input.
    fn constant(text: &str) -> String {
        let written = flow_of_json(text);
        let spec = format!(
            "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true }} }}\njobs:\n  j:\n    function: {{ existing: f }}\n    triggers:\n      - event: e\n        input: {{ value: {written} }}\n"
        );
        let parsed = pipeline::parse(&spec, &pipeline::Surroundings::default());
        assert!(!parsed.has_errors(), "{written} {:?}", parsed.diagnostics);
        let pipeline = parsed.pipeline.unwrap();
        match pipeline.jobs["j"].triggers[0].input.as_ref() {
            Some(pipeline::model::TriggerInput::Value(text)) => text.value.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn constants_keep_their_digits_and_the_order_of_their_keys() {
        for text in [
            r#"{"z":12345678901234567890123,"a":[1.50,1e30,-0.0],"yes":null}"#,
            "[]",
            "\"on\"",
            "true",
            "7",
            r##"{"<b>":"<b>hi</b>","a: b":"# c"}"##,
        ] {
            assert_eq!(constant(text), text);
        }
        let escapes = r#" { "a" : "\u00e9\ud83d\ude00\/\n" } "#;
        assert_eq!(constant(escapes), "{\"a\":\"é😀/\\n\"}");
    }

    #[test]
    fn what_would_be_a_value_is_a_text() {
        assert_eq!(escaped("a-${b}-$c"), "a-$${b}-$c");
        let value = serde_json::json!({ "${k}": ["${v}", { "prefix": "${" }, 1] });
        let expected = serde_json::json!({ "${k}": ["$${v}", { "prefix": "$${" }, 1] });
        assert_eq!(escaped_texts(&value), expected);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_text_is_read_as_itself(text in any::<String>()) {
            check(&text);
        }

        #[test]
        fn every_text_of_marks_is_read_as_itself(text in "[-\\[\\]{}:,#&*!|>'\"%@`?~=.0-9a-z \\\\\n]{0,12}") {
            check(&text);
        }
    }
}
