//! Specs with an `input:`, each with what is right about it, and why, in its first lines.

use pipeline::{Surroundings, parse};

/// The name of a spec in `tests/data/inputs`, its text, and the finding that it has in line 15.
type Case = (&'static str, &'static str, Option<&'static str>);

macro_rules! case {
    ($name:literal, $finding:expr) => {
        (
            $name,
            include_str!(concat!("../data/inputs/", $name, ".yaml")),
            $finding,
        )
    };
}

const CASES: [Case; 8] = [
    case!("template-colon-behind-a-variable", None),
    case!("template-object-in-quotes", Some("object-in-quotes")),
    case!("template-path-slash", Some("unknown-field")),
    case!("template-plain-text", Some("invalid-input")),
    case!("template-unknown-field", Some("unknown-field")),
    case!("template-unquoted-concat", Some("invalid-input")),
    case!("template-unterminated", Some("invalid-input")),
    case!("typed-function-constant", Some("unreadable-input")),
];

#[test]
fn every_case_is_right() {
    for (name, spec, finding) in CASES {
        let found = parse(spec, &Surroundings::default()).diagnostics;
        let lines = found.iter().map(|found| {
            let before = &spec[..found.span.start as usize];
            (before.lines().count(), found.lint.id)
        });
        let expected: Vec<_> = finding.map(|id| (15, id)).into_iter().collect();
        assert_eq!(lines.collect::<Vec<_>>(), expected, "{name}");
    }
}
