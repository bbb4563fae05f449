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
    expected_of(SPEC)
}

fn expected_of(spec: &str) -> Expected {
    let surroundings = pipeline::Surroundings {
        setting: pipeline::Setting::environment("dev"),
        ..Default::default()
    };
    let parsed = pipeline::parse(spec, &surroundings);
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

#[test]
fn what_belongs_to_a_job_is_expected_under_the_names_that_the_spec_gives() {
    let expected = expected_of(
        "
pipeline: p
source: s
bus: own
events: { e: { detail_type: E, external: true } }
jobs:
  j:
    function: { package: j }
    name: 'acme-${environment}'
    names: { dead_letter_queue: 'dead-${environment}', failure_queue: 'failed-${environment}' }
    triggers: [ { event: e, names: { statement: AllowMail, target: Mail } } ]
  b:
    function: { package: b }
    name: 'buffered-${environment}'
    names: { failure_queue: 'given-up-${environment}.fifo' }
    buffer: { fifo: true }
    triggers: [ { event: e } ]
  q: { deliver_to: queue, name: 'queue-${environment}', triggers: [ { event: e } ] }
  t: { deliver_to: topic, name: 'topic-${environment}', triggers: [ { event: e } ] }
  l: { deliver_to: log_group, name: '/aws/events/log-${environment}', triggers: [ { event: e } ] }
",
    );
    let functions: Vec<&str> = expected.functions.iter().map(|one| &*one.name).collect();
    assert_eq!(functions, ["acme-dev", "buffered-dev"]);
    let [own, buffered] = &expected.functions[..] else {
        panic!("{:?}", expected.functions);
    };
    assert_eq!(own.permissions[0].name, "AllowMail");
    assert_eq!(own.failures.as_ref().unwrap().queue, "failed-dev");
    assert_eq!(
        buffered.mapping.as_ref().unwrap().queue,
        "p-b-buffer-dev.fifo"
    );
    let queues: Vec<&str> = expected.queues.iter().map(|queue| &*queue.name).collect();
    assert_eq!(
        queues,
        [
            "dead-dev",
            "failed-dev",
            "p-b-dlq-dev",
            "p-b-buffer-dev.fifo",
            "given-up-dev.fifo",
            "p-q-dlq-dev",
            "queue-dev",
            "p-t-dlq-dev",
            "p-l-dlq-dev"
        ]
    );
    let rules = &expected.rules;
    assert_eq!(
        (&*rules[0].targets[0].id, &*rules[0].queue),
        ("Mail", "dead-dev")
    );
    let reached: Vec<String> = rules.iter().map(|rule| rule.reaches.in_words()).collect();
    assert_eq!(
        reached,
        [
            "acme-dev",
            "p-b-buffer-dev.fifo",
            "queue-dev",
            "topic-dev",
            "log-group:/aws/events/log-dev"
        ]
    );
    let given_up = expected.queues[3].redrive.as_ref().unwrap();
    assert_eq!(given_up.queue, "given-up-dev.fifo");
    assert!(compare(&expected, &perfect(&expected)).is_empty());
}
