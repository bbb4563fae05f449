//! What is said of the mistakes that people make: the place, the message and the help.

use std::fmt::Write as _;

use pipeline::{Surroundings, parse};
use proptest::prelude::*;

/// Specs with a mistake each, as the file says.
const CASES: &str = include_str!("mistakes.txt");

#[test]
fn mistakes_are_answered_as_recorded() {
    let cases = CASES.split("\n=== ").skip(1);
    let mut count = 0;
    for case in cases {
        let (name, case) = case.split_once('\n').unwrap();
        let (spec, expected) = case.rsplit_once("\n---\n").unwrap();
        assert_eq!(answers(&format!("{spec}\n")), expected.trim_end(), "{name}");
        count += 1;
    }
    assert!(count > 100, "{count}");
}

/// Writes all findings for a spec, a line for each.
fn answers(spec: &str) -> String {
    let mut written = String::new();
    for found in parse(spec, &Surroundings::default()).diagnostics {
        let before = &spec[..found.span.range().start];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let (id, message) = (found.lint.id, &found.message);
        write!(written, "{line}:{column} [{id}] {message}").unwrap();
        if let Some(help) = &found.help {
            write!(written, " => {help}").unwrap();
        }
        written.push('\n');
    }
    written.trim_end().to_owned()
}

#[test]
fn a_related_place_shows_the_other_end_of_the_mistake() {
    let unclosed = "pipeline: p\nevents: { e: { detail_type: E }\njobs: {}\n";
    let late = "pipeline: *name\nsource: &name s\n";
    let crossed = "pipeline: p\njobs: { j: [ } \n";
    for (spec, piece, at) in [
        (
            unclosed,
            "reading stops here",
            unclosed.find("jobs").unwrap(),
        ),
        (late, "the anchor is here", late.find('&').unwrap()),
        (crossed, "this one", crossed.find('}').unwrap()),
    ] {
        let found = parse(spec, &Surroundings::default()).diagnostics;
        let (span, label) = &found[0].related[0];
        assert_eq!((label.as_str(), span.range().start), (piece, at), "{spec}");
    }
}

#[test]
fn a_hostile_line_is_explained_in_time_that_grows_with_it() {
    // Every `&` and every bracket of one long line is looked at once.
    for piece in ["&a ", "&", "[{", "\"", "- ", "a: ", "'"] {
        let spec = format!("a: *b {}\n", piece.repeat(100_000));
        assert!(parse(&spec, &Surroundings::default()).has_errors());
    }
    let mut anchors = String::new();
    for number in 0..20_000 {
        writeln!(anchors, "a{number}: &a{number} x").unwrap();
    }
    let found = parse(&format!("{anchors}b: *c\n"), &Surroundings::default()).diagnostics;
    assert_eq!(found[0].lint.id, "invalid-yaml");
}

const SPEC: &str = "\
# größe
pipeline: shop
source: \"sh\\u00f6p\"
events:
  order.placed: &placed { detail_type: 'Order ''Placed', external: true, detail: { id: string, at: [date] } }
jobs:
  bill:
    description: |
      bills
    function: { package: bill, memory_mb: 512, environment: { A1: \"b\", C2: '*' } }
    triggers:
      - event: order.placed
        where: { id: [{ wildcard: '*-test' }] } # every test
    emits:
      - order.placed
";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    #[test]
    fn findings_of_a_broken_spec_point_at_whole_characters(
        changes in prop::collection::vec((0..SPEC.chars().count(), 0..3_usize, "[\\[\\]{}:,#&*!|>'\"%@`\\\\\t \r\nxéu\u{0}-]{0,3}"), 1..4),
    ) {
        let mut spec: Vec<char> = SPEC.chars().collect();
        for (at, removed, added) in changes {
            let at = at.min(spec.len());
            let end = (at + removed).min(spec.len());
            spec.splice(at..end, added.chars());
        }
        let spec: String = spec.into_iter().collect();
        for found in parse(&spec, &Surroundings::default()).diagnostics {
            let places = found.related.iter().map(|(span, _)| *span).chain([found.span]);
            for span in places {
                prop_assert!(spec.get(span.range()).is_some(), "{span:?} of {found:?} in {spec}");
            }
        }
    }
}

/// White space that is no space, and letters of several bytes, on a line that YAML cannot read.
#[test]
fn places_are_whole_characters() {
    for spec in [
        "\tcafé\njobs: x\n",
        "\u{2028}😀\njobs: x\n",
        "a: b\n\u{a0}\u{a0}café\n  x: y\n",
    ] {
        for found in parse(spec, &Surroundings::default()).diagnostics {
            let place = found.span.start as usize..found.span.end as usize;
            assert!(spec.get(place).is_some(), "{spec:?}: {found:?}");
        }
    }
}
