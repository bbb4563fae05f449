//! Every finding about events, held against the matcher: what is said never to match does not match, and what is not
//! said to start a job twice does not.
//!
//! `FINDINGS_CASES=100000 FINDINGS_SEED=20 cargo test -p pipeline findings -- --nocapture` tries more than the usual
//! cases, and prints what was said how often.

mod case;
mod events;
mod tape;

use std::collections::BTreeMap;

use case::{Case, Spot};
use eventbridge::pattern::{Event, Pattern};
use pipeline::resources::{RuleSource, rules};
use pipeline::{Diagnostic, Pipeline};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use serde_json::{Value, json};
use tape::Tape;

const CASES: u32 = 600;
/// Events of each name in a case.
const EVENTS: usize = 12;
/// Enough for most cases: beyond them every choice is the first.
const DRAWS: usize = 1_200;

/// What was said of how many cases, to see that the cases are not all alike.
type Tally = BTreeMap<String, usize>;

#[test]
fn no_finding_contradicts_the_matcher() {
    let cases = setting("FINDINGS_CASES").unwrap_or(CASES);
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&setting("FINDINGS_SEED").unwrap_or(1).to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 3_000,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let tally = std::cell::RefCell::new(Tally::new());
    let run = runner.run(&vec(any::<u32>(), DRAWS), |draws| {
        check(&mut Tape::new(draws), &mut tally.borrow_mut());
        Ok(())
    });
    // The numbers of a case tell nothing, and the reason has its spec.
    if let Err(TestError::Fail(why, _) | TestError::Abort(why)) = run {
        panic!("{why}");
    }
    for (said, times) in tally.borrow().iter() {
        println!("{times:7} {said}");
    }
    for id in [
        "impossible-value",
        "unknown-field",
        "double-trigger",
        "event-loop",
        "wide-pattern",
        "unmatched-pattern",
    ] {
        assert!(
            tally.borrow().contains_key(id),
            "no case has a finding {id}"
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the crate is pure, but whoever runs its tests says how many cases there are"
)]
fn setting(name: &str) -> Option<u32> {
    let number = std::env::var(name).ok()?;
    Some(number.parse().unwrap())
}

/// A spec with its findings, and events that fit it.
struct World<'c> {
    case: &'c Case,
    found: &'c [Diagnostic],
    /// The patterns of the job's two rules; `None` if one is not valid.
    rules: Vec<Option<Pattern>>,
    /// Events by name; `other` has events of other sources.
    events: BTreeMap<&'static str, Vec<(String, Event)>>,
}

fn check(tape: &mut Tape, tally: &mut Tally) {
    let case = case::case(tape);
    let parsed = case.parse();
    let pipeline = parsed.pipeline.as_ref().unwrap();
    let patterns = rules(pipeline).map(|rule| match rule.source {
        RuleSource::Pattern(pattern) => {
            Pattern::parse(&Value::Object(pattern.json).to_string()).ok()
        }
        _ => None,
    });
    let world = World {
        case: &case,
        found: &parsed.diagnostics,
        rules: patterns.collect(),
        events: make_events(tape, &case, pipeline),
    };
    assert_eq!(world.rules.len(), 2, "{}", case.spec);
    for found in world.found {
        *tally.entry(found.lint.id.to_owned()).or_default() += 1;
        world.check_finding(found);
    }
    world.check_double_trigger(tally);
    world.check_loop();
    world.count_silence(tally);
}

fn make_events(
    tape: &mut Tape,
    case: &Case,
    pipeline: &Pipeline,
) -> BTreeMap<&'static str, Vec<(String, Event)>> {
    let operands = case.operands();
    let mut events = BTreeMap::new();
    for name in ["e", "f", "other"] {
        let declared = pipeline.events.get(name);
        let detail_type = declared.map_or("E", |event| &event.detail_type.value);
        let of_name = (0..EVENTS).map(|_| {
            let text = events::event(tape, case, &operands, name, detail_type);
            if let (Some(declared), true) = (declared, case.is_discriminated) {
                let event: Value = serde_json::from_str(&text).unwrap();
                let problems =
                    pipeline::detail::problems(declared, event["detail"].as_object().unwrap());
                assert_eq!(problems, [], "{text}");
            }
            let event = Event::parse(&text).unwrap();
            (text, event)
        });
        events.insert(name, of_name.collect());
    }
    events
}

impl World<'_> {
    fn check_finding(&self, found: &Diagnostic) {
        let spot = || {
            let mut spots = self.case.spots.iter();
            let spot = spots.find(|spot| spot.start == found.span.range().start);
            spot.unwrap_or_else(|| panic!("{found:?}\n{}", self.case.spec))
        };
        match found.lint.id {
            "impossible-value" => {
                assert!(!spot().is_key);
                self.never_passes(spot(), found);
            }
            "unknown-field" => {
                assert!(spot().is_key);
                self.never_passes(spot(), found);
            }
            "unmatched-pattern" => {
                let rule = self.rule_at(found);
                for (text, event) in self.events["e"].iter().chain(&self.events["f"]) {
                    assert!(
                        !rule.matches(event),
                        "{found:?}\n{text}\n{}",
                        self.case.spec
                    );
                }
            }
            "wide-pattern" if found.message.contains("also matches") => {
                let rule = self.rule_at(found);
                let names: &[&str] = match found.message.contains("and 1 more") {
                    true => &["e", "f"],
                    false if found.message.contains("`e`") => &["e"],
                    false => &["f"],
                };
                for (text, event) in names.iter().flat_map(|name| &self.events[name]) {
                    assert!(rule.matches(event), "{found:?}\n{text}\n{}", self.case.spec);
                }
            }
            // What may be so is not contradicted; the other two are checked with the events that they leave out.
            _ => {}
        }
    }

    /// The rule of the trigger that a finding points at.
    fn rule_at(&self, found: &Diagnostic) -> &Pattern {
        let before = &self.case.spec[..=found.span.range().start];
        let place = before.matches("\n      - ").count() - 1;
        self.rules[place].as_ref().unwrap()
    }

    /// Holds each test below a place, alone, against the events.
    fn never_passes(&self, spot: &Spot, found: &Diagnostic) {
        for (path, tests) in &spot.leaves {
            for test in tests {
                // A field that is not there passes just this test, and is still a mistake.
                if spot.is_key && *test == json!({ "exists": false }) {
                    continue;
                }
                if let Some((event, _)) = self.passing(path, test) {
                    panic!("{found:?}\n{path}: {test}\n{event}\n{}", self.case.spec);
                }
            }
        }
    }

    /// An event that passes a test alone. Nothing is declared of the detail of other events than `e`.
    fn passing(&self, path: &str, test: &Value) -> Option<&(String, Event)> {
        let alone = Pattern::parse(&json!({ path: [test] }).to_string()).ok()?;
        let names: &[&str] = if path.starts_with("detail.") {
            &["e"]
        } else {
            &["e", "f", "other"]
        };
        let mut events = names.iter().flat_map(|name| &self.events[name]);
        events.find(|(_, event)| alone.matches(event))
    }

    fn check_double_trigger(&self, tally: &mut Tally) {
        let [Some(one), Some(two)] = &self.rules[..] else {
            return;
        };
        for name in ["e", "f"] {
            let start = format!("the event `{name}` ");
            let mut found = self
                .found
                .iter()
                .filter(|found| found.lint.id == "double-trigger");
            let found = found.find(|found| found.message.starts_with(&start));
            let mut events = self.events[name].iter();
            let (said, right) = match found {
                None => (
                    "nothing",
                    !events.any(|(_, event)| one.matches(event) && two.matches(event)),
                ),
                Some(found) if found.message.contains("may start") => {
                    let seen = events.any(|(_, event)| one.matches(event) && two.matches(event));
                    (
                        if seen {
                            "may, and does"
                        } else {
                            "may, and is not seen"
                        },
                        true,
                    )
                }
                Some(_) => (
                    "does",
                    events.all(|(_, event)| one.matches(event) && two.matches(event)),
                ),
            };
            *tally.entry(format!("  starts twice: {said}")).or_default() += 1;
            let events: Vec<&str> = self.events[name]
                .iter()
                .map(|(text, _)| text.as_str())
                .collect();
            assert!(
                right,
                "{name} {said}\n{}\n{}",
                self.case.spec,
                events.join("\n")
            );
        }
    }

    fn check_loop(&self) {
        if !self.case.emits || self.rules.iter().any(Option::is_none) {
            return;
        }
        let found = self
            .found
            .iter()
            .find(|found| found.lint.id == "event-loop");
        let mut rules = self.rules.iter().flatten();
        let events = || self.events["e"].iter().map(|(_, event)| event);
        let right = match found {
            None => !rules.any(|rule| events().any(|event| rule.matches(event))),
            Some(found) if found.message.contains("may start") => true,
            Some(_) => rules.any(|rule| events().all(|event| rule.matches(event))),
        };
        assert!(right, "{found:?}\n{}", self.case.spec);
    }

    /// Counts tests of the declared detail that no event passed, and of which nothing is said.
    fn count_silence(&self, tally: &mut Tally) {
        let said = |spot: &Spot| {
            let mut found = self.found.iter();
            found.any(|found| found.span.range().start == spot.start)
        };
        for spot in self
            .case
            .spots
            .iter()
            .filter(|spot| spot.is_about_e && !spot.is_key && !said(spot))
        {
            let (path, tests) = &spot.leaves[0];
            let declared = path
                .strip_prefix("detail.")
                .and_then(|path| self.case.detail.get(path));
            let Some(word) = declared.and_then(Value::as_str) else {
                continue;
            };
            let seen = if self.passing(path, &tests[0]).is_some() {
                "is"
            } else {
                "is not"
            };
            let operator = tests[0].as_object().and_then(|test| test.keys().next());
            let operator = operator.map_or("value", String::as_str);
            *tally
                .entry(format!("  possible for {word}: {operator} {seen} passed"))
                .or_default() += 1;
        }
    }
}
