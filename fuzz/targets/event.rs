//! Matches an event against a few patterns with all kinds of values: the compiled set says the same as each
//! pattern alone, and accepts whatever the simple matcher accepts.
#![no_main]

use std::sync::LazyLock;

use eventbridge::pattern::{Event, Pattern, RuleSet};
use libfuzzer_sys::fuzz_target;

const PATTERNS: &[&str] = &[
    r#"{"a": [1, 1.5, "x", null, true, "10.0.0.1", "::1"]}"#,
    r#"{"a": [{"exists": false}], "b": [{"exists": true}]}"#,
    r#"{"a": [{"prefix": "x"}, {"suffix": {"equals-ignore-case": "É"}}, {"wildcard": "*a*b"}]}"#,
    r#"{"a": {"b": [{"numeric": [">", -122.42916360922355, "<=", 3e2]}]}}"#,
    r#"{"a": {"b": [{"anything-but": [1, 2]}], "c": [{"anything-but": {"wildcard": "a*"}}]}}"#,
    r#"{"a": {"b": {"c": [1]}}, "b": [{"cidr": "10.0.0.0/8"}]}"#,
    r#"{"$or": [{"a": [1]}, {"b": [{"equals-ignore-case": "straße"}], "c": [{"exists": false}]}]}"#,
];

static SET: LazyLock<(Vec<Pattern>, RuleSet)> = LazyLock::new(|| {
    let patterns = PATTERNS.iter().map(|text| Pattern::parse(text));
    let patterns: Vec<Pattern> = patterns.collect::<Result<_, _>>().expect("valid patterns");
    let set = RuleSet::new(&patterns);
    (patterns, set)
});

fuzz_target!(|text: &str| {
    let (patterns, set) = &*SET;
    let mut matcher = set.matcher();
    let together = matcher.matches(text);
    match Event::parse(text) {
        Ok(event) => {
            let alone = (0..patterns.len()).filter(|rule| patterns[*rule].matches(&event));
            assert_eq!(together, Ok(alone.collect::<Vec<_>>().as_slice()));
        }
        Err(error) => assert!(text.is_char_boundary(error.offset()), "{error}"),
    }
});
