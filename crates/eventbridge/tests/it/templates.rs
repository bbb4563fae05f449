//! Inputs of targets: the cases of `templates.ndjson`, and what holds for any event.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use eventbridge::transformer::{InputPath, InputTransformer, RuleFacts, TransformerErrorKind};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Case {
    id: String,
    paths: BTreeMap<String, String>,
    template: String,
    event: Box<RawValue>,
    right: Right,
}

#[derive(Deserialize)]
struct Right {
    /// Whether the transformer is valid; `None` if both are right.
    valid: Option<bool>,
    /// What the target receives; `None` if only its arrival matters.
    output: Option<String>,
    delivered: bool,
}

#[test]
fn every_case_is_right() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/templates.ndjson");
    let text = fs::read_to_string(path).expect("the cases are in this repository");
    let cases = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a case"));
    let cases: Vec<Case> = cases.collect();
    assert_eq!(cases.len(), 11);
    for case in cases {
        let transformer = InputTransformer::new(case.paths, &case.template);
        if let Some(valid) = case.right.valid {
            assert_eq!(transformer.is_ok(), valid, "{}: {transformer:?}", case.id);
        }
        let input =
            transformer.and_then(|read| read.apply(case.event.get(), &RuleFacts::default()));
        assert_eq!(
            input.is_ok(),
            case.right.delivered,
            "{}: {input:?}",
            case.id
        );
        if let (Ok(input), Some(expected)) = (input, case.right.output) {
            let (input, expected) = (comparable(input), comparable(expected));
            assert_eq!(input, expected, "{}", case.id);
        }
    }
}

/// A value if the text is JSON, otherwise the text.
fn comparable(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

/// JSON as it is written, and without its white space.
#[derive(Clone, Debug)]
struct Json {
    written: String,
    minified: String,
}

impl Json {
    fn join(items: &[Self], space: &str) -> Self {
        let pieces = |piece: fn(&Self) -> &str| items.iter().map(piece).collect::<Vec<_>>();
        Self {
            written: pieces(|item| &item.written).join(&format!("{space},{space}")),
            minified: pieces(|item| &item.minified).join(","),
        }
    }

    fn within(self, space: &str, [open, close]: [char; 2]) -> Self {
        Self {
            written: format!("{open}{space}{}{space}{close}", self.written),
            minified: format!("{open}{}{close}", self.minified),
        }
    }
}

fn space() -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(&["", " ", "\n\t", "\r\n  "][..])
}

fn scalar() -> impl Strategy<Value = String> {
    let string = prop::collection::vec(
        prop::sample::select(
            &[
                "a", " ", "é", "<", ">", "{", "}", "[", ",", ":", "\\\"", "\\\\", "\\/", "\\n",
                "\\u0022", "\\ud83d", "\\ude00", "\\u2028",
            ][..],
        ),
        0..6,
    );
    prop_oneof![
        string.prop_map(|pieces| format!("\"{}\"", pieces.concat())),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?",
        prop::sample::select(&["true", "false", "null"][..]).prop_map(str::to_owned),
    ]
}

fn object(value: impl Strategy<Value = Json>) -> impl Strategy<Value = Json> {
    let key = prop::sample::select(&["b", "a", "x", "\\ud83d", "a b", "", "\\u0078"][..]);
    let member = (key, space(), value).prop_map(|(key, space, value)| Json {
        written: format!("\"{key}\"{space}:{space}{}", value.written),
        minified: format!("\"{key}\":{}", value.minified),
    });
    (prop::collection::vec(member, 0..5), space())
        .prop_map(|(members, space)| Json::join(&members, space).within(space, ['{', '}']))
}

fn value() -> impl Strategy<Value = Json> {
    let scalar = scalar().prop_map(|text| Json {
        written: text.clone(),
        minified: text,
    });
    scalar.prop_recursive(5, 40, 5, |inner| {
        let list = (prop::collection::vec(inner.clone(), 0..5), space());
        let list =
            list.prop_map(|(items, space)| Json::join(&items, space).within(space, ['[', ']']));
        prop_oneof![list, object(inner)]
    })
}

fn detail() -> impl Strategy<Value = Json> {
    object(value())
}

fn event_with(detail: &str) -> String {
    format!("{{\"id\": \"i\", \"detail-type\": \"D\", \"detail\": {detail} , \"region\": \"r\"}}")
}

fn transformer(template: &str) -> InputTransformer {
    let paths = ["x", "b"].map(|name| (name.to_owned(), format!("$.detail.{name}")));
    InputTransformer::new(paths.into(), template).expect("a valid template")
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_part_of_an_event_keeps_its_text(detail in detail()) {
        let event = event_with(&detail.written);
        let path = InputPath::parse("$.detail").expect("a path");
        prop_assert_eq!(path.apply(&event), Ok(Some(detail.minified.clone())));
        let whole = transformer("{\"e\": <aws.events.event.json>}");
        let expected = format!(
            r#"{{"e":{{"id":"i","detail-type":"D","detail":{},"region":"r"}}}}"#,
            detail.minified
        );
        prop_assert_eq!(whole.apply(&event, &RuleFacts::default()), Ok(expected));
    }

    #[test]
    fn input_that_is_made_of_json_is_json(detail in detail()) {
        let event = event_with(&detail.written);
        for (template, always) in [("{\"x\": <x>}", true), ("[<x>,<b> ]", true), ("{\"x\": \"<x> <b>\"}", false)] {
            match transformer(template).apply(&event, &RuleFacts::default()) {
                Ok(input) => prop_assert!(is_json(&input), "{}", input),
                Err(error) => {
                    prop_assert!(!always, "{}", error);
                    prop_assert_eq!(error.kind(), TransformerErrorKind::InvalidOutput);
                }
            }
        }
    }

    #[test]
    fn input_that_is_text_is_made_of_strings(detail in detail()) {
        let event = event_with(&detail.written);
        let input = transformer("\"<x>\"\n\"of <b>\"").apply(&event, &RuleFacts::default());
        let input = input.expect("nothing in a text breaks it");
        let (first, second) = input.split_once('\n').expect("two lines");
        prop_assert!(is_json(first) && is_json(second), "{}", input);
    }

    #[test]
    fn no_template_panics(template in "[<>a-z.{}\"\\\\:, ]{0,40}", event in "[a-z{}\"\\\\:\\[\\]0-9, ]{0,40}") {
        let paths = BTreeMap::from([("a".to_owned(), "$.a[0].b".to_owned())]);
        match InputTransformer::new(paths, &template) {
            Ok(transformer) => {
                let input = transformer.apply(&event, &RuleFacts::default());
                prop_assert!(!transformer.is_json() || input.is_err() || is_json(&input.unwrap_or_default()));
            }
            Err(error) => {
                let span = error.span().expect("a place in the template");
                prop_assert!(template.get(span).is_some(), "{} {}", template, error);
            }
        }
    }

    #[test]
    fn no_path_panics(path in "\\$?[.a-zé\\[\\]0-9*/_ -]{0,20}", detail in detail()) {
        match InputPath::parse(&path) {
            Ok(read) => {
                prop_assert_eq!(read.to_string(), path);
                let part = read.apply(&detail.written).expect("JSON");
                prop_assert!(part.is_none_or(|part| is_json(&part)));
            }
            Err(error) => {
                let span = error.span().expect("a place in the path");
                prop_assert!(path.get(span).is_some(), "{} {}", path, error);
            }
        }
    }
}
