//! What holds for any input.

use eventbridge::pattern::{Event, Pattern, RuleSet};
use eventbridge::schedule::{Schedule, time_zone};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;

/// JSON as it is often broken: its own characters, and a few more.
fn nearly_json() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "\"a\"",
        "\"b\":",
        "1",
        "-0",
        "1.5e3",
        "true",
        "false",
        "null",
        " ",
        "\\",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\ud83d",
        "é",
        "\n",
        "\"$or\":",
        "[1]",
        "{\"exists\":false}",
        "{\"prefix\":\"x\"}",
    ];
    let piece = prop::sample::select(PIECES).prop_map(str::to_owned);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn key() -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(&["a", "b", "c", "a.b", "b.c", ""][..])
}

/// An event over few keys and values, so that patterns often match.
fn event() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(
        &[
            "1",
            "2",
            "1.0",
            "\"x\"",
            "\"xy\"",
            "\"X\"",
            "\"10.0.0.1\"",
            "null",
            "true",
            "1e400",
        ][..],
    );
    let value = scalar
        .prop_map(str::to_owned)
        .prop_recursive(4, 24, 4, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..4);
            prop_oneof![
                list.prop_map(|items| format!("[{}]", items.join(","))),
                object(inner),
            ]
        });
    object(value)
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let entries = prop::collection::vec((key(), value), 0..4);
    entries.prop_map(|entries| braced(&entries))
}

fn pattern() -> impl Strategy<Value = String> {
    let test = prop::sample::select(
        &[
            "1",
            "\"x\"",
            "\"10.0.0.1\"",
            "null",
            "true",
            "1e400",
            r#"{"exists":true}"#,
            r#"{"exists":false}"#,
            r#"{"prefix":"x"}"#,
            r#"{"suffix":"y"}"#,
            r#"{"equals-ignore-case":"x"}"#,
            r#"{"wildcard":"*y"}"#,
            r#"{"anything-but":"x"}"#,
            r#"{"anything-but":[1,2]}"#,
            r#"{"anything-but":{"prefix":"x"}}"#,
            r#"{"numeric":[">",1]}"#,
            r#"{"cidr":"10.0.0.0/8"}"#,
        ][..],
    );
    let leaf = prop::collection::vec(test, 1..3).prop_map(|tests| format!("[{}]", tests.join(",")));
    let tree = leaf.prop_recursive(3, 12, 3, |inner| {
        prop::collection::vec((key(), inner), 1..4).prop_map(|fields| braced(&fields))
    });
    let fields = || prop::collection::vec((key(), tree.clone()), 1..4);
    let alternatives = prop::collection::vec(fields(), 0..3);
    (fields(), alternatives).prop_map(|(mut fields, alternatives)| {
        if alternatives.len() > 1 {
            let or: Vec<String> = alternatives.iter().map(|fields| braced(fields)).collect();
            fields.push(("$or", format!("[{}]", or.join(","))));
        }
        braced(&fields)
    })
}

/// Text of few letters, so that starts, ends and cases often meet.
fn word() -> impl Strategy<Value = String> {
    let piece =
        prop::sample::select(&["a", "A", "b", "Ab", "ß", "SS", "ss", "é", "É", "İ", "😀"][..]);
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// Numbers around the same few values, with few and with many places.
fn number() -> impl Strategy<Value = String> {
    let whole = prop::sample::select(&["0", "-0", "1", "-122", "122", "12345678"][..]);
    let places = prop_oneof![
        "",
        "\\.[05]",
        "\\.[0-9]{7,9}",
        "\\.4291636(09|10)[0-9]{4,9}"
    ];
    let exponent = prop::sample::select(&["", "", "", "e2", "E-3", "e400"][..]);
    (whole, places, exponent)
        .prop_map(|(whole, places, exponent)| format!("{whole}{places}{exponent}"))
}

fn ip_address() -> impl Strategy<Value = String> {
    let addresses = &[
        "10.0.0.1",
        "010.0.0.1",
        "10.1.0.0",
        "::1",
        "0::1",
        "::ffff:10.0.0.1",
        "2001:db8::",
        "10.0.0",
    ];
    prop::sample::select(&addresses[..]).prop_map(str::to_owned)
}

fn scalar() -> impl Strategy<Value = String> {
    let text = prop_oneof![word(), ip_address()].prop_map(|text| Value::from(text).to_string());
    let literal = prop::sample::select(&["null", "true", "false"][..]).prop_map(str::to_owned);
    prop_oneof![4 => text, 3 => number(), 1 => literal]
}

/// One element of a leaf list, of any operator.
fn leaf_test() -> impl Strategy<Value = String> {
    let quoted = || word().prop_map(|text| Value::from(text).to_string());
    let wildcard = || {
        let pieces = prop::collection::vec(word(), 1..5);
        pieces.prop_map(|pieces| Value::from(pieces.join("*").replace("**", "*")).to_string())
    };
    let operators = &["prefix", "suffix", "equals-ignore-case", "exactly"];
    let on_text = move || {
        let plain = (prop::sample::select(&operators[..]), quoted());
        let plain = plain.prop_map(|(operator, text)| format!("{{\"{operator}\":{text}}}"));
        let wild = wildcard().prop_map(|text| format!("{{\"wildcard\":{text}}}"));
        prop_oneof![3 => plain, 2 => wild]
    };
    let ignoring = (prop::sample::select(&["prefix", "suffix"][..]), quoted());
    let ignoring =
        ignoring.prop_map(|(end, text)| format!("{{\"{end}\":{{\"equals-ignore-case\":{text}}}}}"));
    let comparison = prop::sample::select(&["=", "<", "<=", ">", ">="][..]);
    let numeric = (comparison, number())
        .prop_map(|(comparison, number)| format!("{{\"numeric\":[\"{comparison}\",{number}]}}"));
    let between = (number(), number())
        .prop_map(|(low, high)| format!("{{\"numeric\":[\">=\",{low},\"<\",{high}]}}"));
    let cidr = (ip_address(), 0..40).prop_map(|(ip, mask)| format!("{{\"cidr\":\"{ip}/{mask}\"}}"));
    let excluded = prop_oneof![
        prop::collection::vec(quoted(), 1..3).prop_map(|list| format!("[{}]", list.join(","))),
        prop::collection::vec(number(), 1..3).prop_map(|list| format!("[{}]", list.join(","))),
        on_text(),
    ];
    let anything_but = excluded.prop_map(|excluded| format!("{{\"anything-but\":{excluded}}}"));
    let exists = Just(r#"{"exists":true}"#.to_owned());
    prop_oneof![
        scalar(),
        on_text(),
        ignoring,
        numeric,
        between,
        cidr,
        anything_but,
        exists
    ]
}

fn braced(fields: &[(&str, String)]) -> String {
    let fields = fields
        .iter()
        .map(|(key, value)| format!("\"{key}\":{value}"));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_is_read_as_serde_json_reads_it(text in nearly_json()) {
        // As raw text, as a value tree refuses halves of surrogate pairs.
        let mut values = serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>();
        let is_object = matches!(values.next(), Some(Ok(value)) if value.get().starts_with('{'));
        prop_assert_eq!(Event::parse(&text).is_ok(), is_object, "{}", text);
    }

    #[test]
    fn no_pattern_panics_and_every_error_has_its_place(text in nearly_json()) {
        if let Err(error) = Pattern::parse(&text) {
            prop_assert!(text.get(error.span()).is_some(), "{:?} in {}", error.span(), text);
        }
    }

    #[test]
    fn every_field_has_its_places(text in pattern()) {
        if let Ok(pattern) = Pattern::parse(&text) {
            for field in pattern.fields() {
                let key: String = serde_json::from_str(&text[field.key.clone()]).expect("a key");
                prop_assert!(field.path.ends_with(&key), "{} at {:?}", field.path, field.key);
                let values: Vec<&RawValue> = serde_json::from_str(&text[field.values]).expect("a list");
                prop_assert!(!values.is_empty());
            }
            for warning in pattern.warnings() {
                prop_assert!(text.get(warning.span()).is_some(), "{}", warning);
            }
        }
    }

    #[test]
    fn a_set_agrees_with_its_patterns(
        patterns in prop::collection::vec(pattern(), 1..6),
        events in prop::collection::vec(event(), 1..6),
    ) {
        let patterns: Vec<Pattern> = patterns.iter().filter_map(|text| Pattern::parse(text).ok()).collect();
        let set = RuleSet::new(&patterns);
        let mut matcher = set.matcher();
        for text in &events {
            let event = Event::parse(text).expect("an event");
            let alone = patterns.iter().enumerate().filter(|(_, pattern)| pattern.matches(&event));
            let alone: Vec<usize> = alone.map(|(place, _)| place).collect();
            prop_assert_eq!(matcher.matches(text), Ok(alone.as_slice()), "{}", text);
        }
    }

    #[test]
    fn a_set_agrees_with_its_patterns_on_every_value(
        tests in prop::collection::vec(leaf_test(), 1..12),
        values in prop::collection::vec(prop::collection::vec(scalar(), 1..4), 1..8),
    ) {
        let patterns = tests.iter().map(|test| Pattern::parse(&format!("{{\"v\":[{test}]}}")));
        let patterns: Vec<Pattern> = patterns.filter_map(Result::ok).collect();
        let set = RuleSet::new(&patterns);
        let mut matcher = set.matcher();
        for values in &values {
            let text = format!("{{\"v\":[{}]}}", values.join(","));
            let event = Event::parse(&text).expect("an event");
            let alone = patterns.iter().enumerate().filter(|(_, pattern)| pattern.matches(&event));
            let alone: Vec<usize> = alone.map(|(place, _)| place).collect();
            prop_assert_eq!(matcher.matches(&text), Ok(alone.as_slice()), "{} {:?}", text, tests);
        }
    }

    #[test]
    fn a_set_takes_any_text(text in nearly_json(), pattern in pattern()) {
        if let Ok(pattern) = Pattern::parse(&pattern) {
            let set = RuleSet::new([&pattern]);
            let matched = set.matcher().matches(&text).is_ok();
            // What it passes over is not checked, so it may take more than the simple matcher.
            prop_assert!(matched || Event::parse(&text).is_err(), "{}", text);
        }
    }

    #[test]
    fn no_schedule_panics(
        text in "(cron|rate|at)?\\(?[0-9*?/,#LW A-Z-]{0,24}\\)?",
        from in -100_000_000_000_i64..250_000_000_000,
    ) {
        match text.parse::<Schedule>() {
            Ok(schedule) => {
                let from = Timestamp::from_second(from).expect("in range");
                let zone = time_zone("Europe/Berlin").expect("a zone");
                let runs: Vec<Timestamp> = schedule.runs_after(from, &zone).take(3).collect();
                prop_assert!(runs.first().is_none_or(|run| *run > from));
                prop_assert!(runs.is_sorted(), "{:?}", runs);
            }
            Err(error) => prop_assert!(text.get(error.span()).is_some(), "{}", text),
        }
    }
}
