//! Verdicts on patterns and events, one case a line: `open_cases.ndjson` is in this repository;
//! other collections are read from the folder that `CONFORMANCE_DATA` names.

use std::fs;
use std::path::{Path, PathBuf};

use eventbridge::pattern::{Event, Pattern, RuleSet};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Case {
    id: String,
    pattern: Box<RawValue>,
    event: Option<Box<RawValue>>,
    valid: Option<bool>,
    r#match: Option<bool>,
    /// The complexity of its wildcards, in the measure of the engine.
    complexity: Option<usize>,
    /// The verdict of the service, which refuses more than its engine does.
    service_valid: Option<bool>,
}

/// A pattern or an event, letter by letter. A JSON string holds raw text.
fn raw_text(value: &RawValue) -> String {
    serde_json::from_str::<String>(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

impl Case {
    /// What we say and they do not.
    fn disagreement(&self) -> Option<String> {
        let pattern = Pattern::parse(&raw_text(&self.pattern));
        let valid = self.service_valid.or(self.valid);
        if valid.is_some_and(|valid| valid != pattern.is_ok()) {
            let verdict = pattern.map_or_else(|error| error.to_string(), |_| "valid".to_owned());
            return Some(format!("{}: {} {verdict}", self.id, self.pattern));
        }
        if let (Ok(pattern), Some(wanted)) = (&pattern, self.complexity)
            && pattern.wildcard_complexity() != wanted
        {
            let ours = pattern.wildcard_complexity();
            return Some(format!("{}: {} complexity {ours}", self.id, self.pattern));
        }
        let (pattern, event, expected) = (pattern.ok()?, self.event.as_ref()?, self.r#match?);
        let event = match Event::parse(&raw_text(event)) {
            Ok(event) => event,
            Err(error) => return Some(format!("{}: {event} {error}", self.id)),
        };
        let matched = pattern.matches(&event);
        assert_eq!(pattern.explain(&event).matched, matched, "{}", self.id);
        let event = self.event.as_ref()?;
        let set = RuleSet::new([&pattern]);
        let in_set = set.matcher().matches(&raw_text(event)).map(<[usize]>::len);
        assert_eq!(in_set, Ok(usize::from(matched)), "{} as a set", self.id);
        (matched != expected).then(|| format!("{}: {} {event} {matched}", self.id, self.pattern))
    }
}

/// Runs every case of a file. `accidents` are the cases in which the engine's verdict is an accident
/// of how it is built, with the reason: there ours must differ.
#[track_caller]
fn check(path: &Path, cases: usize, accidents: &[(&str, &str)]) {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), cases, "cases in {}", path.display());
    let mut disagreements = Vec::new();
    for line in lines {
        let case: Case = serde_json::from_str(line).expect(line);
        let accident = accidents.iter().find(|(id, _)| *id == case.id);
        match (case.disagreement(), accident) {
            (Some(disagreement), None) => disagreements.push(disagreement),
            (None, Some((id, reason))) => disagreements.push(format!("{id} agrees now: {reason}")),
            _ => {}
        }
    }
    let count = disagreements.len();
    assert!(
        disagreements.is_empty(),
        "{count} of {cases}:\n{}",
        disagreements.join("\n")
    );
}

#[test]
fn open_cases() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/open_cases.ndjson");
    let surrogates = "the engine compares halves of a surrogate pair as `?`";
    let complex = "the engine takes wildcards of any complexity, and the service does not";
    let empty = "the engine loses the place of an empty name, and what lies behind it";
    let families = "the engine compares IPv4 and IPv6 ranges by their hexadecimal digits";
    check(
        &path,
        2400,
        &[
            ("o0018", surrogates),
            ("o0023", surrogates),
            ("o0062", surrogates),
            ("o0864", surrogates),
            ("o0925", surrogates),
            ("o2163", surrogates),
            ("o0334", families),
            ("o1270", families),
            ("o1284", families),
            ("o1609", families),
            ("o2180", families),
            ("o2200", families),
            ("o0003", empty),
            ("o0230", empty),
            ("o0414", empty),
            ("o0492", empty),
            ("o0024", complex),
            ("o0165", complex),
            ("o0406", complex),
            ("o0476", complex),
            ("o0920", complex),
            ("o1130", complex),
            ("o1182", complex),
            ("o1408", complex),
            ("o1543", complex),
            ("o1695", complex),
            ("o2177", complex),
        ],
    );
}

/// All patterns as one set say of an event what each says alone.
#[test]
fn a_set_of_all_patterns_agrees_with_each() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/open_cases.ndjson");
    let text = fs::read_to_string(path).expect("the open cases");
    let cases = text
        .lines()
        .map(|line| serde_json::from_str::<Case>(line).expect(line));
    let cases: Vec<Case> = cases.collect();
    let patterns = cases
        .iter()
        .map(|case| Pattern::parse(&raw_text(&case.pattern)));
    let patterns: Vec<Pattern> = patterns.filter_map(Result::ok).collect();
    assert!(patterns.len() > 1500);
    let set = RuleSet::new(&patterns);
    let mut matcher = set.matcher();
    for case in cases.iter().step_by(11) {
        let text = case
            .event
            .as_ref()
            .map(|event| raw_text(event))
            .expect("an event");
        let Ok(event) = Event::parse(&text) else {
            continue;
        };
        let alone = patterns
            .iter()
            .enumerate()
            .filter(|(_, pattern)| pattern.matches(&event));
        let alone: Vec<usize> = alone.map(|(place, _)| place).collect();
        assert_eq!(matcher.matches(&text), Ok(alone.as_slice()), "{}", case.id);
    }
}

/// The folder of the collections that are not ours to copy. `none` says that they are out of reach;
/// in CI one of the two has to be said.
fn others() -> Option<PathBuf> {
    let said = std::env::var_os("CONFORMANCE_DATA");
    assert!(
        said.is_some() || std::env::var_os("CI").is_none(),
        "CONFORMANCE_DATA must name a folder, or be `none`"
    );
    let folder = said.filter(|folder| folder != "none").map(PathBuf::from);
    if folder.is_none() {
        eprintln!(
            "NOT RUN: set CONFORMANCE_DATA to the folder with the other collections of cases"
        );
    }
    folder
}

#[test]
fn ruler_suite() {
    if let Some(folder) = others() {
        check(&folder.join("ruler_suite.ndjson"), 1333, &[]);
    }
}

#[test]
fn aws_validated() {
    if let Some(folder) = others() {
        check(&folder.join("aws_validated.ndjson"), 161, &[]);
    }
}

/// A pattern with what is right, and what has to be said of it.
#[derive(Deserialize)]
struct Situation {
    id: String,
    pattern: Box<RawValue>,
    event: Box<RawValue>,
    right: Right,
}

#[derive(Deserialize)]
struct Right {
    valid: bool,
    r#match: Option<bool>,
    warning: Option<String>,
}

#[test]
fn situations() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pattern_cases.ndjson");
    let text = fs::read_to_string(path).expect("the cases");
    let mut cases = 0;
    for line in text.lines() {
        let case: Situation = serde_json::from_str(line).expect(line);
        let pattern = Pattern::parse(case.pattern.get());
        assert_eq!(pattern.is_ok(), case.right.valid, "{}", case.id);
        if let (Ok(pattern), Some(wanted)) = (pattern, case.right.r#match) {
            let event = Event::parse(case.event.get()).expect("an event");
            assert_eq!(pattern.matches(&event), wanted, "{}", case.id);
            let warned = !pattern.warnings().is_empty();
            assert_eq!(warned, case.right.warning.is_some(), "{}", case.id);
        }
        cases += 1;
    }
    assert_eq!(cases, 8);
}
