//! Rules and schedules whose names the spec gives.

use super::*;
use crate::verify::read::prefix_on;

const SPEC: &str = "
pipeline: p
source: s
bus: own
events: { e: { detail_type: E, external: true } }
jobs:
  j:
    function: { package: j }
    triggers:
      - { event: e, name: 'acme-mail-${environment}' }
      - { schedule: rate(1 hour), shards: 7, name: 'acme-${environment}-hourly' }
      - { schedule: rate(1 day), id: made, timezone: Europe/Berlin }
";

fn wanted() -> Expected {
    let surroundings = pipeline::Surroundings {
        setting: pipeline::Setting::environment("dev"),
        ..Default::default()
    };
    let parsed = pipeline::parse(SPEC, &surroundings);
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    expected(&parsed.pipeline.unwrap(), "dev")
}

#[test]
fn a_rule_is_compared_under_the_name_that_the_spec_gives() {
    let expected = wanted();
    let names: Vec<&str> = expected
        .rules
        .iter()
        .map(|rule| rule.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "acme-mail-dev",
            "acme-dev-hourly",
            "acme-dev-hourly-2",
            "p-j-made-dev"
        ]
    );
    let ids = |break_it: &dyn Fn(&mut Deployed)| -> Vec<(&'static str, String)> {
        let mut deployed = perfect(&expected);
        break_it(&mut deployed);
        let found = compare(&expected, &deployed).into_iter();
        found.map(|one| (one.lint.id, one.resource)).collect()
    };
    assert_eq!(ids(&|_| {}), []);
    // Without the rule of its name it is missed, and the one of the made name is nobody's.
    let renamed = ids(&|deployed| {
        named(rules(deployed, 0), "acme-mail-dev").name = "p-j-event-dev".to_owned();
    });
    assert!(
        renamed.contains(&("missing-rule", "rule acme-mail-dev".to_owned())),
        "{renamed:?}"
    );
    assert!(
        renamed.contains(&("unknown-rule", "rule p-j-event-dev".to_owned())),
        "{renamed:?}"
    );
    // What others have named is theirs.
    let others = ids(&|deployed| {
        named(rules(deployed, 0), "acme-mail-dev").name = "acme-other-dev".to_owned();
    });
    assert!(
        !others.iter().any(|(id, _)| *id == "unknown-rule"),
        "{others:?}"
    );
}

#[test]
fn everything_is_listed_where_a_rule_has_a_name_of_its_own() {
    let expected = wanted();
    let buses = expected.buses.iter().map(String::as_str);
    let prefixes: Vec<&str> = buses.map(|bus| prefix_on(&expected, Some(bus))).collect();
    assert_eq!(prefixes, ["", ""]);
    // Its one schedule has a made name.
    assert_eq!(prefix_on(&expected, None), "p-");
}
