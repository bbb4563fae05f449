//! Whatever an import carries, a drift of it is found: one line for each.

use super::*;

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
";

/// A part of what is carried, what breaks it, and the finding with its place.
type Line = (
    &'static str,
    Box<dyn Fn(&mut Deployed)>,
    &'static str,
    &'static str,
);

fn of_rule(name: &'static str, change: fn(&mut Rule)) -> Box<dyn Fn(&mut Deployed)> {
    Box::new(move |found| {
        let mut all = found.rules.iter_mut().filter_map(|(_, rules)| match rules {
            Reading::Found(rules) => rules.iter_mut().find(|rule| rule.name == name),
            _ => None,
        });
        change(all.next().unwrap());
    })
}

fn of_target(name: &'static str, change: fn(&mut Target)) -> Box<dyn Fn(&mut Deployed)> {
    Box::new(move |found| {
        let mut all = found.rules.iter_mut().filter_map(|(_, rules)| match rules {
            Reading::Found(rules) => rules.iter_mut().find(|rule| rule.name == name),
            _ => None,
        });
        change(first_target(all.next().unwrap()));
    })
}

fn of_schedule(change: fn(&mut ScheduleBody)) -> Box<dyn Fn(&mut Deployed)> {
    Box::new(move |found| change(schedule(found)))
}

fn of_policy(policy: fn() -> Reading<String>) -> Box<dyn Fn(&mut Deployed)> {
    Box::new(move |found| found.functions.get_mut("mail:live").unwrap().policy = policy())
}

fn instant() -> Option<jiff::Timestamp> {
    "2130-06-01T00:00:00Z".parse().ok()
}

fn lines_of_rules() -> Vec<Line> {
    let at = "rule on-e";
    vec![
        (
            "rule",
            of_rule("on-e", |it| it.name = "x".into()),
            "missing-rule",
            at,
        ),
        (
            "state",
            of_rule("on-e", |it| it.enabled = false),
            "disabled-rule",
            at,
        ),
        (
            "state off",
            of_rule("off", |it| it.enabled = true),
            "enabled-rule",
            "rule off",
        ),
        (
            "all calls",
            of_rule("on-e", |it| it.sees_all_calls = true),
            "enabled-rule",
            at,
        ),
        (
            "pattern",
            of_rule("on-e", |it| it.pattern = Some("{}".into())),
            "other-pattern",
            at,
        ),
        (
            "its filter",
            of_rule("on-e", |it| {
                it.pattern = it.pattern.as_ref().map(|it| it.replace('1', "2"))
            }),
            "other-pattern",
            at,
        ),
        (
            "schedule",
            of_rule("hourly", |it| it.schedule = Some("rate(2 hours)".into())),
            "other-schedule",
            "rule hourly",
        ),
        (
            "role of a rule",
            of_rule("on-e", |it| it.role = Some(role_arn("r"))),
            "other-target-settings",
            at,
        ),
    ]
}

fn lines_of_targets() -> Vec<Line> {
    let at = "target Target0 of the rule on-e";
    let to_machine = "target machine of the rule to-m";
    let settings = "other-target-settings";
    vec![
        (
            "id",
            of_target("on-e", |it| it.id = "x".into()),
            "missing-target",
            at,
        ),
        (
            "function",
            of_target("on-e", |it| it.arn = function_arn("x")),
            "foreign-target",
            at,
        ),
        (
            "alias",
            of_target("on-e", |it| it.arn = function_arn("mail")),
            "foreign-target",
            at,
        ),
        (
            "whole event",
            of_target("on-e", |it| it.input = Input::Path("$".into())),
            "other-input",
            at,
        ),
        (
            "part",
            of_target("part", |it| it.input = Input::Event),
            "other-input",
            "target mail of the rule part",
        ),
        (
            "transformer",
            of_target("made", |it| it.input = Input::Event),
            "other-input",
            "target mail of the rule made",
        ),
        (
            "constant",
            of_target("hourly", |it| {
                it.input = Input::Constant("{\"n\":2}".into())
            }),
            "other-input",
            "target mail of the rule hourly",
        ),
        (
            "attempts",
            of_target("on-e", |it| it.retry.max_attempts = 4),
            "other-retries",
            at,
        ),
        (
            "age",
            of_target("on-e", |it| it.retry.max_age_seconds = 61),
            "other-retries",
            at,
        ),
        (
            "dead letters",
            of_target("on-e", |it| it.dead_letters = None),
            "other-dead-letter-queue",
            at,
        ),
        (
            "no dead letters",
            of_target("to-m", |it| it.dead_letters = Some(queue_arn("x"))),
            "other-dead-letter-queue",
            to_machine,
        ),
        (
            "machine",
            of_target("to-m", |it| it.arn = it.arn.replace(":m", ":n")),
            "foreign-target",
            to_machine,
        ),
        (
            "role",
            of_target("to-m", |it| it.role = Some(role_arn("x"))),
            settings,
            to_machine,
        ),
        (
            "no role",
            of_target("to-m", |it| it.role = None),
            settings,
            to_machine,
        ),
        (
            "group",
            of_target("to-q", |it| it.group = None),
            "other-message-group",
            "target fifo of the rule to-q",
        ),
        (
            "partition key",
            of_target("to-s", |it| it.partition_key = None),
            settings,
            "target stream of the rule to-s",
        ),
        (
            "other settings",
            of_target("to-s", |it| it.others.push("HttpParameters")),
            settings,
            "target stream of the rule to-s",
        ),
        (
            "statement",
            of_policy(|| Reading::Absent),
            "missing-permission",
            "function mail:live",
        ),
    ]
}

fn lines_of_schedules() -> Vec<Line> {
    let at = "schedule daily";
    let (other, settings) = ("other-schedule", "other-target-settings");
    vec![
        (
            "schedule's state",
            of_schedule(|it| it.enabled = false),
            "disabled-rule",
            at,
        ),
        (
            "expression",
            of_schedule(|it| it.expression = "rate(2 days)".into()),
            other,
            at,
        ),
        (
            "time zone",
            of_schedule(|it| it.timezone = "UTC".into()),
            other,
            at,
        ),
        (
            "start",
            of_schedule(|it| it.lifetime.start = instant()),
            other,
            at,
        ),
        (
            "no start",
            of_schedule(|it| it.lifetime.start = None),
            other,
            at,
        ),
        (
            "end",
            of_schedule(|it| it.lifetime.end = instant()),
            other,
            at,
        ),
        (
            "window",
            of_schedule(|it| it.window_minutes = Some(16)),
            other,
            at,
        ),
        (
            "target",
            of_schedule(|it| it.target = function_arn("x")),
            "foreign-target",
            at,
        ),
        (
            "schedule's role",
            of_schedule(|it| it.role = Some(role_arn("x"))),
            settings,
            at,
        ),
        (
            "schedule's input",
            of_schedule(|it| it.input = Some("{}".into())),
            "other-input",
            at,
        ),
        (
            "key",
            of_schedule(|it| it.kms_key = Some("arn:aws:kms:k".into())),
            settings,
            at,
        ),
        (
            "schedule's settings",
            of_schedule(|it| it.others.push("EcsParameters")),
            settings,
            at,
        ),
        (
            "schedule's attempts",
            of_schedule(|it| it.retry.max_attempts = 2),
            "other-retries",
            at,
        ),
        (
            "schedule's age",
            of_schedule(|it| it.retry.max_age_seconds = 60),
            "other-retries",
            at,
        ),
        (
            "schedule's dead letters",
            of_schedule(|it| it.dead_letters = None),
            "other-dead-letter-queue",
            at,
        ),
    ]
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
    let lines = [lines_of_rules(), lines_of_targets(), lines_of_schedules()];
    for (part, break_it, id, at) in lines.into_iter().flatten() {
        let mut deployed = perfect.clone();
        break_it(&mut deployed);
        let found = compare(&expected, &deployed);
        let is_it = |one: &Finding| (one.lint.id, one.resource.as_str()) == (id, at);
        assert!(found.iter().any(is_it), "{part}: {found:#?}");
    }
}
