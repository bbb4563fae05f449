//! Hostile input is refused with one finding, and never panics.

use pipeline::{Surroundings, parse};
use proptest::prelude::*;
use std::fmt::Write as _;

fn ids(spec: &str) -> Vec<&'static str> {
    let found = parse(spec, &Surroundings::default()).diagnostics;
    found.iter().map(|found| found.lint.id).collect()
}

#[test]
fn a_file_beyond_the_bound_is_refused_unread() {
    let spec = "#".repeat(10 << 20);
    assert_eq!(ids(&spec), ["spec-too-large"]);
}

#[test]
fn deep_nesting_is_refused() {
    assert_eq!(ids(&"[".repeat(200)), ["spec-too-large"]);
    let lines: Vec<String> = (0..200)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    let block = lines.concat();
    assert_eq!(ids(&block), ["spec-too-large"]);
    assert_eq!(ids(&"- ".repeat(200)), ["spec-too-large"]);
}

#[test]
fn aliases_of_aliases_are_refused() {
    let mut spec = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = level - 1;
        let aliases = vec![format!("*a{before}"); 10].join(", ");
        writeln!(spec, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    assert_eq!(ids(&spec), ["alias-bomb"]);
}

#[test]
fn an_alias_to_itself_is_refused() {
    assert_eq!(ids("a: &a [*a]\n"), ["invalid-yaml"]);
}

#[test]
fn tags_are_never_acted_upon() {
    assert_eq!(
        ids("pipeline: !!python/object:os.system p\n"),
        ["unknown-tag"]
    );
    assert_eq!(ids("pipeline: !Ref p\n"), ["unknown-tag"]);
}

#[test]
fn a_second_document_is_refused() {
    assert_eq!(
        ids("pipeline: p\nsource: s\n---\npipeline: q\n"),
        ["invalid-yaml"]
    );
}

#[test]
fn nothing_at_all_lacks_everything() {
    assert_eq!(ids(""), ["wrong-type"]);
    assert_eq!(ids("{}"), ["missing-key", "missing-key"]);
}

/// Pieces that a spec is made of, in any order: most texts get past the YAML parser.
fn pieces() -> impl Strategy<Value = String> {
    let words = [
        "pipeline: p\n",
        "source: s\n",
        "events:\n",
        "  e: { detail_type: E }\n",
        "jobs:\n",
        "  j:\n",
        "    function: { package: j, timeout: 5m }\n",
        "    triggers:\n",
        "      - event: e\n",
        "      - schedule: cron(0 1 * * ? *)\n",
        "        shards: 7\n",
        "        where: { a: [1] }\n",
        "    emits: [e]\n",
        "<<: *a\n",
        "&a ",
        "*a",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "\n",
        "é",
        "\u{1f600}",
        "'",
        "\"",
        "!t ",
        "? ",
        "| \n",
        "\t",
        "#",
        "~",
        "-1",
        "99999999999999999999",
        "${a}",
        "%{b}",
        "\0",
        "\u{feff}",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..40)
        .prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in pieces()) {
        for found in parse(&text, &Surroundings::default()).diagnostics {
            prop_assert!(text.get(found.span.range()).is_some(), "{found:?}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic(text in "\\PC{0,200}") {
        for found in parse(&text, &Surroundings::default()).diagnostics {
            prop_assert!(text.get(found.span.range()).is_some(), "{found:?}");
        }
    }
}
