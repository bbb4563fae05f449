//! Specs that people get wrong, or that were judged wrongly once: each says in its first line what is right,
//! and in its second line why.

use std::fs;
use std::path::Path;

use pipeline::{Severity, Surroundings, parse};

/// What has to be said of a spec: `error at line 15 (impossible-value), but no invalid-input`.
struct Right<'s> {
    severity: &'s str,
    line: usize,
    id: Option<&'s str>,
    not: Option<&'s str>,
}

/// Reads `# right: …`; none if nothing may be said.
fn right(spec: &str) -> Option<Right<'_>> {
    let right = spec
        .lines()
        .next()?
        .strip_prefix("# right: ")
        .expect("what is right");
    if right == "none" {
        return None;
    }
    let (right, not) = match right.split_once(", but no ") {
        Some((right, not)) => (right, Some(not)),
        None => (right, None),
    };
    let (severity, place) = right.split_once(" at line ").expect("a place");
    let (line, id) = match place.split_once(' ') {
        Some((line, id)) => (line, Some(id.trim_matches(['(', ')']))),
        None => (place, None),
    };
    Some(Right {
        severity,
        line: line.parse().expect("a line"),
        id,
        not,
    })
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the crate is pure, and this test reads its data"
)]
fn every_case_is_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases");
    let now = "2026-03-01T00:00:00Z".parse().expect("a time");
    let surroundings = Surroundings {
        now: Some(now),
        ..Surroundings::default()
    };
    let mut cases = 0;
    for file in fs::read_dir(folder).expect("the cases") {
        let path = file.expect("a case").path();
        let spec = fs::read_to_string(&path).expect("a spec");
        let found = parse(&spec, &surroundings).diagnostics;
        let found: Vec<(usize, &str, Severity)> = found
            .iter()
            .map(|found| {
                let before = &spec[..found.span.start as usize];
                let line = before.matches('\n').count() + 1;
                (line, found.lint.id, found.lint.severity)
            })
            .collect();
        let name = path.display();
        match right(&spec) {
            None => assert_eq!(found, [], "{name}"),
            Some(right) => {
                let is_meant = |(line, id, severity): &(usize, &str, Severity)| {
                    let severity = match severity {
                        Severity::Error => "error",
                        _ => "warning",
                    };
                    *line == right.line
                        && right.id.is_none_or(|meant| meant == *id)
                        && ["finding", severity].contains(&right.severity)
                };
                assert!(found.iter().any(is_meant), "{name}: {found:?}");
                let is_wrong = |id: &str| right.not == Some(id);
                assert!(
                    !found.iter().any(|(_, id, _)| is_wrong(id)),
                    "{name}: {found:?}"
                );
            }
        }
        cases += 1;
    }
    assert_eq!(cases, 20);
}
