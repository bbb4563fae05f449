//! Whatever an import carries, a drift of it is found: one line for each.

use super::*;
use crate::aws::deployed::Starts;

/// As an import writes it: everything is there already, and keeps its name.
const SPEC: &str = "
pipeline: p
source: s
bus: { existing: orders }
discriminator: none
alarms: false
events: { e: { detail_type: E, external: true } }
jobs:
  mail:
    function: { existing: 'mail:live' }
    dead_letter_queue: { existing: dead }
    triggers:
      - { event: e, where: { n: [1] }, name: on-e, names: { target: Target0, statement: LetIn }, delivery: { max_attempts: 3, max_age: 60s } }
      - { event: e, id: part, name: part, input: { path: $.detail } }
      - { event: e, id: made, name: made, input: { paths: { a: $.detail.a }, template: '{\"a\": <a>}' } }
      - { event: e, id: off, name: off, enabled: false }
      - { schedule: rate(1 hour), id: hourly, name: hourly, input: { value: { n: 1 } } }
  report:
    function: { existing: report }
    dead_letter_queue: { existing: dead }
    delivery_role: { existing: 'arn:aws:iam::123456789012:role/invoker' }
    triggers:
      - schedule: rate(1 day)
        name: daily
        group: nightly
        timezone: Europe/Berlin
        start: 2130-01-01T00:00:00Z
        end: 2131-01-01T00:00:00Z
        flexible_window: 15m
        input: { value: { kind: daily } }
        delivery: { max_attempts: 1, max_age: 120s }
  machine:
    deliver_to: { state_machine: { existing: m } }
    dead_letter_queue: none
    delivery_role: { existing: 'arn:aws:iam::123456789012:role/events' }
    triggers: [ { event: e, name: to-m } ]
  fifo:
    deliver_to: { queue: { existing: q.fifo, group: g } }
    dead_letter_queue: none
    delivery_role: none
    triggers: [ { event: e, name: to-q } ]
  stream:
    deliver_to: { stream: { existing: st, partition_key: $.detail.id } }
    dead_letter_queue: none
    delivery_role: { existing: 'arn:aws:iam::123456789012:role/events' }
    triggers: [ { event: e, name: to-s } ]
  task:
    deliver_to: { task: { cluster: c, definition: 't:1', launch_type: ec2, count: 2 } }
    dead_letter_queue: none
    delivery_role: { existing: 'arn:aws:iam::123456789012:role/events' }
    triggers: [ { event: e, name: to-t } ]
  batch:
    deliver_to: { batch: { queue: b, definition: 'd:1', job_name: n, attempts: 3 } }
    dead_letter_queue: none
    delivery_role: { existing: 'arn:aws:iam::123456789012:role/events' }
    triggers: [ { event: e, name: to-b } ]
";

/// Each part that is carried, the finding of a drift, and the drift.
type Lines<T> = &'static [(&'static str, &'static str, fn(&mut T))];

const ROLE_OR_KEY: &str = "other-target-settings";
const QUEUE: &str = "other-dead-letter-queue";
const WHEN: &str = "other-schedule";

/// Lines by the names of rules.
const OF_RULES: &[(&str, Lines<Rule>)] = &[
    (
        "on-e",
        &[
            ("rule", "missing-rule", |it| it.name = "x".into()),
            ("state", "disabled-rule", |it| it.enabled = false),
            ("all calls", "enabled-rule", |it| it.sees_all_calls = true),
            ("pattern", "other-pattern", |it| it.pattern = None),
            ("filter", "other-pattern", |it| it.pattern = other(it)),
            ("role", ROLE_OR_KEY, |it| it.role = Some(role_arn("r"))),
        ],
    ),
    ("off", &[("off", "enabled-rule", |it| it.enabled = true)]),
    ("hourly", &[("time", WHEN, |it| it.schedule = None)]),
];

/// Lines by the names of rules and the ids of their targets.
const OF_TARGETS: &[(&str, &str, Lines<Target>)] = &[
    (
        "on-e",
        "Target0",
        &[
            ("id", "missing-target", |it| it.id = "x".into()),
            ("function", "foreign-target", |it| {
                it.arn = function_arn("x");
            }),
            ("alias", "foreign-target", |it| {
                it.arn = function_arn("mail");
            }),
            ("whole event", "other-input", |it| it.input = part()),
            ("attempts", "other-retries", |it| it.retry.max_attempts = 4),
            ("age", "other-retries", |it| it.retry.max_age_seconds = 61),
            ("dead letters", QUEUE, |it| it.dead_letters = None),
        ],
    ),
    (
        "part",
        "mail",
        &[("part", "other-input", |it| it.input = Input::Event)],
    ),
    (
        "made",
        "mail",
        &[("transformer", "other-input", |it| it.input = part())],
    ),
    (
        "hourly",
        "mail",
        &[("constant", "other-input", |it| it.input = part())],
    ),
    (
        "to-m",
        "machine",
        &[
            ("no dead letters", QUEUE, |it| {
                it.dead_letters = Some(queue_arn("x"));
            }),
            ("machine", "foreign-target", |it| it.arn.push('n')),
            ("role of a target", ROLE_OR_KEY, |it| {
                it.role = Some(role_arn("x"));
            }),
            ("no role", ROLE_OR_KEY, |it| it.role = None),
        ],
    ),
    (
        "to-q",
        "fifo",
        &[("group", "other-message-group", |it| it.group = None)],
    ),
    (
        "to-s",
        "stream",
        &[
            ("partition key", ROLE_OR_KEY, |it| it.partition_key = None),
            ("settings", ROLE_OR_KEY, |it| {
                it.others.push("HttpParameters");
            }),
        ],
    ),
];

type Drift = fn(&mut Starts);

/// What rules start, and another one of it.
const STARTED: &[(&str, &str, Drift)] = &[
    ("to-t", "task", |it| *it = it.defined_by("t:2")),
    ("to-t", "task", |it| {
        let Starts::Task { count, .. } = it else {
            panic!("{it:?}");
        };
        *count = 1;
    }),
    ("to-b", "batch", |it| *it = it.defined_by("other")),
    ("to-b", "batch", |it| {
        let Starts::Job { attempts, .. } = it else {
            panic!("{it:?}");
        };
        *attempts = None;
    }),
];

const OF_SCHEDULE: Lines<ScheduleBody> = &[
    ("state", "disabled-rule", |it| it.enabled = false),
    ("expression", WHEN, |it| {
        it.expression = "rate(2 days)".into();
    }),
    ("time zone", WHEN, |it| it.timezone = "UTC".into()),
    ("start", WHEN, |it| it.lifetime.start = instant()),
    ("no start", WHEN, |it| it.lifetime.start = None),
    ("end", WHEN, |it| it.lifetime.end = instant()),
    ("no end", WHEN, |it| it.lifetime.end = None),
    ("window", WHEN, |it| it.window_minutes = Some(16)),
    ("target", "foreign-target", |it| {
        it.target = function_arn("x");
    }),
    ("role", ROLE_OR_KEY, |it| it.role = Some(role_arn("x"))),
    ("key", ROLE_OR_KEY, |it| it.kms_key = Some("arn".into())),
    ("settings", ROLE_OR_KEY, |it| {
        it.others.push("EcsParameters");
    }),
    ("input", "other-input", |it| it.input = Some("{}".into())),
    ("no input", "other-input", |it| it.input = None),
    ("attempts", "other-retries", |it| it.retry.max_attempts = 2),
    ("age", "other-retries", |it| it.retry.max_age_seconds = 60),
    ("dead letters", QUEUE, |it| it.dead_letters = None),
];

fn instant() -> Option<jiff::Timestamp> {
    "2130-06-01T00:00:00Z".parse().ok()
}

fn part() -> Input {
    Input::Path("$.other".to_owned())
}

/// Another number in a rule's pattern.
fn other(rule: &Rule) -> Option<String> {
    let pattern = rule.pattern.as_ref();
    pattern.map(|pattern| pattern.replace('1', "2"))
}

fn rule_of<'d>(deployed: &'d mut Deployed, name: &str) -> &'d mut Rule {
    let buses = deployed.rules.iter_mut();
    let mut rules = buses.flat_map(|(_, rules)| match rules {
        Reading::Found(rules) => rules.iter_mut(),
        _ => panic!("there are no rules"),
    });
    rules.find(|rule| rule.name == name).unwrap()
}

#[test]
fn a_drift_of_whatever_an_import_carries_is_found() {
    let surroundings = pipeline::Surroundings {
        setting: pipeline::Setting::environment("dev"),
        ..Default::default()
    };
    let parsed = pipeline::parse(SPEC, &surroundings);
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    let expected = expected(&parsed.pipeline.unwrap(), "dev");
    let perfect = perfect(&expected);
    assert_eq!(compare(&expected, &perfect).len(), 0);
    let check = |part: &str, deployed: &Deployed, id: &str, at: &str| {
        let found = compare(&expected, deployed);
        let is_it = |one: &Finding| one.lint.id == id && one.resource == at;
        assert!(found.iter().any(is_it), "{part} of {at}: {found:#?}");
    };
    for (name, lines) in OF_RULES {
        for (part, id, drift) in *lines {
            let mut deployed = perfect.clone();
            drift(rule_of(&mut deployed, name));
            check(part, &deployed, id, &format!("rule {name}"));
        }
    }
    for (name, target, lines) in OF_TARGETS {
        for (part, id, drift) in *lines {
            let mut deployed = perfect.clone();
            drift(first_target(rule_of(&mut deployed, name)));
            let at = format!("target {target} of the rule {name}");
            check(part, &deployed, id, &at);
        }
    }
    for (name, target, drift) in STARTED {
        let mut deployed = perfect.clone();
        let found = first_target(rule_of(&mut deployed, name));
        let starts = found.starts.as_mut().unwrap();
        // By its ARN it is the same.
        let arn = format!("arn:aws:x:{PLACE}:definition/{}", starts.definition());
        *starts = starts.defined_by(&arn);
        assert_eq!(compare(&expected, &deployed).len(), 0, "{name}");
        let found = first_target(rule_of(&mut deployed, name));
        drift(found.starts.as_mut().unwrap());
        let at = format!("target {target} of the rule {name}");
        check("what starts", &deployed, ROLE_OR_KEY, &at);
    }
    for (part, id, drift) in OF_SCHEDULE {
        let mut deployed = perfect.clone();
        drift(schedule(&mut deployed));
        check(part, &deployed, id, "schedule daily");
    }
    let mut deployed = perfect.clone();
    deployed.functions.get_mut("mail:live").unwrap().policy = Reading::Absent;
    check(
        "statement",
        &deployed,
        "missing-permission",
        "function mail:live",
    );
}
