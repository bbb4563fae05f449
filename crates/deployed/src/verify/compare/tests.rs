mod aliases;
mod buffers;
mod coverage;
mod existing;
mod given;
mod imported;
mod inputs;
mod names;
mod nothing;
mod schedules;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::aws::deployed::{self, Input, Queue, Schedule, ScheduleBody, Target};
use crate::verify::expected::{self, Reaches, RuleSource, expected};

const SPEC: &str = "
pipeline: p
source: s
bus: own
events: { e: { detail_type: E, external: true } }
jobs:
  one:
    function: { package: one, versions: true }
    triggers:
      - event: e
      - schedule: rate(1 hour)
        shards: 2
  two:
    function: { existing: theirs }
    triggers:
      - { schedule: rate(1 day), timezone: Europe/Berlin, flexible_window: 5m }
  three: { deliver_to: queue, triggers: [ { event: e } ] }
  four: { deliver_to: state_machine, triggers: [ { event: e, enabled: false } ] }
  five: { function: { package: five }, buffer: { window: 5s }, triggers: [ { event: e } ] }
  six: { deliver_to: { queue: { existing: 'six-${environment}.fifo', group: g } }, triggers: [ { event: e } ] }
  seven: { deliver_to: { stream: { existing: 'arn:aws:kinesis:eu-central-1:210987654321:stream/${environment}', partition_key: $.id } }, triggers: [ { event: e } ] }
";

const PLACE: &str = "eu-central-1:123456789012";

fn wanted() -> Expected {
    let parsed = pipeline::parse(SPEC, &pipeline::Surroundings::default());
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    expected(&parsed.pipeline.unwrap(), "dev")
}

fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{PLACE}:function:{name}")
}

fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::123456789012:role/{name}")
}

fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{PLACE}:{name}")
}

fn arn_of_rule(rule: &expected::Rule) -> String {
    match &rule.waits_for {
        RuleSource::Pattern { bus, .. } => {
            format!("arn:aws:events:{PLACE}:rule/{bus}/{}", rule.name)
        }
        _ => format!("arn:aws:events:{PLACE}:rule/{}", rule.name),
    }
}

fn policy(action: &str, sources: &[String]) -> String {
    let statements = sources.iter().map(|source| {
        serde_json::json!({
            "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Action": action,
            "Condition": { "ArnLike": { "AWS:SourceArn": source } },
        })
    });
    serde_json::json!({ "Statement": statements.collect::<Vec<_>>() }).to_string()
}

pub(crate) fn perfect(expected: &Expected) -> Deployed {
    let on_bus = |bus: &String| {
        let rules = expected.rules.iter();
        let rules = rules.filter(|rule| rule.waits_for.bus() == Some(bus));
        (
            bus.clone(),
            Reading::Found(rules.map(|rule| as_rule(bus, rule)).collect()),
        )
    };
    let schedules = expected.rules.iter();
    let schedules = schedules.filter(|rule| rule.waits_for.bus().is_none());
    let sources = |wanted: &dyn Fn(&expected::Rule) -> bool| -> Vec<String> {
        let rules = expected.rules.iter().filter(|rule| wanted(rule));
        rules.map(arn_of_rule).collect()
    };
    let functions = expected.functions.iter().map(|function| {
        let sources = sources(&|rule| function.is_reached(&rule.reaches));
        let failures = function.failures.as_ref();
        let found = deployed::Function {
            arn: Reading::Found(function_arn(&function.name)),
            policy: Reading::Found(policy("lambda:InvokeFunction", &sources)),
            concurrency: Reading::Found(None),
            failures: failures.map_or(Reading::Absent, |failures| {
                Reading::Found(deployed::Failures {
                    max_attempts: failures.max_attempts,
                    max_age_seconds: failures.max_age_seconds,
                    destination: Some(queue_arn(&failures.queue)),
                })
            }),
        };
        (function.asked_for(), found)
    });
    let queues = expected.queues.iter().map(|queue| {
        let sources = queue.senders.iter().map(|index| &expected.rules[*index]);
        let sources: Vec<String> = sources.map(arn_of_rule).collect();
        let found = Queue {
            url: String::new(),
            arn: queue_arn(&queue.name),
            policy: Some(policy("sqs:SendMessage", &sources)),
            kms_key: None,
            messages: Some(0),
            visibility_seconds: buffers::visibility(queue),
            redrive: buffers::redrive(queue),
        };
        (queue.name.clone(), Reading::Found(found))
    });
    Deployed {
        mappings: buffers::mappings(expected),
        rules: expected.buses.iter().map(on_bus).collect(),
        schedules: Reading::Found(schedules.map(as_schedule).collect()),
        functions: functions.collect(),
        queues: queues.collect(),
    }
}

fn reached(reaches: &Reaches) -> String {
    match reaches {
        Reaches::Function { name, alias: None } => function_arn(name),
        Reaches::Function {
            name,
            alias: Some(alias),
        } => format!("{}:{alias}", function_arn(name)),
        Reaches::Made { service, end } => format!("arn:aws:{service}:{PLACE}:{end}"),
        Reaches::Api(name) => format!("arn:aws:events:{PLACE}:api-destination/{name}/1f2e"),
        Reaches::Arn(arn) => arn.clone(),
        Reaches::Said(_) => format!("arn:aws:states:{PLACE}:stateMachine:other"),
    }
}

fn as_rule(bus: &str, rule: &expected::Rule) -> Rule {
    let (pattern, schedule) = match &rule.waits_for {
        // Other spaces than ours: it is the value that counts.
        RuleSource::Pattern { pattern, .. } => (serde_json::to_string_pretty(pattern).ok(), None),
        RuleSource::Schedule(expression) => (None, Some(expression.clone())),
        RuleSource::Scheduler { .. } => (None, None),
    };
    let targets = rule.targets.iter().map(|target| Target {
        id: target.id.clone(),
        arn: reached(&rule.reaches),
        input: target.input.clone(),
        dead_letters: given::dead_letters(rule),
        retry: rule.retry,
        role: rule.way.role.as_deref().map(role_arn),
        group: rule.way.group.clone(),
        partition_key: rule.way.partition_key.clone(),
        starts: rule.way.starts.clone(),
        others: rule.way.settings.into_iter().collect(),
    });
    Rule {
        name: rule.name.clone(),
        bus: bus.to_owned(),
        arn: arn_of_rule(rule),
        enabled: rule.enabled,
        sees_all_calls: false,
        pattern,
        schedule,
        role: None,
        managed_by: None,
        targets: Reading::Found(targets.collect()),
    }
}

fn as_schedule(rule: &expected::Rule) -> Schedule {
    let RuleSource::Scheduler {
        expression,
        timezone,
        lifetime,
        group,
        window_minutes,
        role,
    } = &rule.waits_for
    else {
        panic!("{rule:?}");
    };
    let target = &rule.targets[0];
    let input = match (&target.envelope, &target.input) {
        (Some(envelope), _) => {
            let mut envelope = envelope.clone();
            envelope["region"] = "eu-central-1".into();
            envelope["account"] = "123456789012".into();
            envelope.to_string()
        }
        (None, Input::Constant(text)) => text.clone(),
        (None, other) => panic!("{other:?}"),
    };
    let body = ScheduleBody {
        enabled: rule.enabled,
        expression: expression.clone(),
        timezone: timezone.clone(),
        lifetime: *lifetime,
        window_minutes: *window_minutes,
        target: reached(&rule.reaches),
        input: Some(input),
        kms_key: None,
        others: Vec::new(),
        message_group: rule.way.group.clone(),
        dead_letters: given::dead_letters(rule),
        retry: rule.retry,
        role: Some(role_arn(&role.name)),
    };
    Schedule {
        name: rule.name.clone(),
        group: group.clone(),
        body: Reading::Found(body),
    }
}

thread_local! {
    /// The ids that the tests of this thread have found.
    static REPORTED: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

/// What is found when a deployment as expected is broken.
fn check(break_it: impl FnOnce(&mut Deployed), findings: &[(&'static str, &str)]) {
    let expected = wanted();
    let mut deployed = perfect(&expected);
    break_it(&mut deployed);
    let found = compare(&expected, &deployed);
    let brief: Vec<(&str, &str)> = found
        .iter()
        .map(|finding| (finding.lint.id, finding.resource.as_str()))
        .collect();
    assert_eq!(brief, findings, "{found:#?}");
    assert!(found.iter().all(|finding| !finding.help.is_empty()));
    REPORTED.with_borrow_mut(|reported| reported.extend(findings.iter().map(|(id, _)| *id)));
}

fn rules(deployed: &mut Deployed, bus: usize) -> &mut Vec<Rule> {
    let Reading::Found(rules) = &mut deployed.rules[bus].1 else {
        panic!("there are no rules");
    };
    rules
}

fn named<'r>(rules: &'r mut [Rule], name: &str) -> &'r mut Rule {
    rules.iter_mut().find(|rule| rule.name == name).unwrap()
}

fn target(deployed: &mut Deployed) -> &mut Target {
    first_target(&mut rules(deployed, 0)[0])
}

fn first_target(rule: &mut Rule) -> &mut Target {
    let Reading::Found(targets) = &mut rule.targets else {
        panic!("there are no targets");
    };
    &mut targets[0]
}

fn schedule(deployed: &mut Deployed) -> &mut ScheduleBody {
    let Reading::Found(schedules) = &mut deployed.schedules else {
        panic!("there are no schedules");
    };
    let Reading::Found(body) = &mut schedules[0].body else {
        panic!("the schedule is not read");
    };
    body
}

fn function(deployed: &mut Deployed) -> &mut deployed::Function {
    deployed.functions.get_mut("p-one-dev:live").unwrap()
}

/// Lets messages into a queue, and takes its policy away.
fn break_queue(deployed: &mut Deployed, name: &str) {
    let Reading::Found(queue) = deployed.queues.get_mut(name).unwrap() else {
        panic!("there is no queue");
    };
    queue.messages = Some(2);
    queue.policy = None;
    queue.kms_key = Some("alias/aws/sqs".to_owned());
}

const EVENT: &str = "rule p-one-event-dev";
const EVENT_TARGET: &str = "target one of the rule p-one-event-dev";
const SCHEDULE: &str = "schedule p-two-scheduled-dev";

#[test]
fn what_is_as_the_spec_says_is_no_finding() {
    check(|_| {}, &[]);
}

#[test]
fn rules_are_missed_and_compared() {
    check(
        |found| drop(rules(found, 0).remove(0)),
        &[("missing-rule", EVENT)],
    );
    check(
        |found| rules(found, 0)[0].enabled = false,
        &[("disabled-rule", EVENT)],
    );
    check(
        |found| named(rules(found, 0), "p-four-event-dev").enabled = true,
        &[("enabled-rule", "rule p-four-event-dev")],
    );
    check(
        |found| rules(found, 0)[0].pattern = Some("{\"source\":[\"s\"]}".to_owned()),
        &[("other-pattern", EVENT)],
    );
    check(
        |found| rules(found, 0)[0].schedule = Some("rate(1 day)".to_owned()),
        &[("other-pattern", EVENT)],
    );
    check(
        |found| rules(found, 1)[0].schedule = Some("rate(2 hours)".to_owned()),
        &[("other-schedule", "rule p-one-scheduled-dev")],
    );
    check(
        |found| found.rules[0].1 = Reading::Absent,
        &[("missing-bus", "bus own-dev")],
    );
}

#[test]
fn targets_are_missed_and_compared() {
    check(
        |found| rules(found, 0)[0].targets = Reading::Found(Vec::new()),
        &[("missing-target", EVENT_TARGET)],
    );
    check(
        |found| target(found).arn = function_arn("other"),
        &[("foreign-target", EVENT_TARGET)],
    );
    check(
        |found| {
            let mut second = target(found).clone();
            second.id = "by-hand".to_owned();
            rules(found, 0)[0].targets = Reading::Found(vec![target(found).clone(), second]);
        },
        &[(
            "foreign-target",
            "target by-hand of the rule p-one-event-dev",
        )],
    );
    check(
        |found| target(found).input = Input::Path("$.detail".to_owned()),
        &[("other-input", EVENT_TARGET)],
    );
    check(
        |found| target(found).dead_letters = None,
        &[("other-dead-letter-queue", EVENT_TARGET)],
    );
    check(
        |found| target(found).retry.max_attempts = 0,
        &[("other-retries", EVENT_TARGET)],
    );
}

#[test]
fn functions_have_to_be_there_permitted_and_able_to_run() {
    let one = "function p-one-dev:live";
    check(
        |found| function(found).policy = Reading::Absent,
        &[("missing-permission", one), ("missing-permission", one)],
    );
    check(
        |found| function(found).concurrency = Reading::Found(Some(0)),
        &[("no-concurrency", "function p-one-dev")],
    );
    check(
        |found| function(found).concurrency = Reading::Found(Some(1)),
        &[],
    );
    check(
        |found| function(found).arn = Reading::Absent,
        &[("missing-function", one)],
    );
    check(
        |found| function(found).failures = Reading::Absent,
        &[("other-execution", one)],
    );
}

#[test]
fn a_wildcard_permits_all_rules_of_a_job() {
    let folded = format!("arn:aws:events:{PLACE}:rule/own-dev/p-one-*-dev");
    let schedules = format!("arn:aws:events:{PLACE}:rule/p-one-*-dev");
    check(
        |found| {
            let statements = policy("lambda:InvokeFunction", &[folded, schedules]);
            function(found).policy = Reading::Found(statements);
        },
        &[],
    );
}

#[test]
fn queues_have_to_take_what_fails_and_to_be_empty() {
    let dlq = "queue p-one-dlq-dev";
    let failures = "queue p-one-on-failure-dev";
    check(
        |found| break_queue(found, "p-one-dlq-dev"),
        &[
            ("missing-queue-policy", dlq),
            ("other-queue-key", dlq),
            ("dead-letters", dlq),
        ],
    );
    check(
        |found| break_queue(found, "p-one-on-failure-dev"),
        &[("other-queue-key", failures), ("failed-runs", failures)],
    );
    check(
        |found| {
            let name = "p-one-dlq-dev".to_owned();
            found.queues.insert(name, Reading::Absent);
        },
        &[("missing-queue", dlq)],
    );
}

#[test]
fn what_the_spec_does_not_know_is_found_by_prefix_and_environment() {
    let named = |name: &str| {
        let name = name.to_owned();
        move |found: &mut Deployed| {
            let mut other = rules(found, 1)[0].clone();
            other.name = name;
            rules(found, 1).push(other);
        }
    };
    check(
        named("p-old-event-dev"),
        &[("unknown-rule", "rule p-old-event-dev")],
    );
    check(named("p-one-event-prod"), &[]);
    check(named("other-one-event-dev"), &[]);
    // Of its own name, but on the other bus.
    check(named("p-one-event-dev"), &[("unknown-rule", EVENT)]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let why = || "lambda:GetPolicy: AccessDeniedException: no".to_owned();
    let unreadable = |resource| [("unreadable", resource)];
    check(
        |found| function(found).policy = Reading::Refused(why()),
        &unreadable("permissions of the function p-one-dev:live"),
    );
    check(
        |found| function(found).concurrency = Reading::Refused(why()),
        &unreadable("concurrency of the function p-one-dev"),
    );
    check(
        |found| function(found).failures = Reading::Refused(why()),
        &unreadable("failed runs of the function p-one-dev:live"),
    );
    check(
        |found| function(found).arn = Reading::Refused(why()),
        &unreadable("function p-one-dev:live"),
    );
    check(
        |found| found.rules[1].1 = Reading::Refused(why()),
        &unreadable("rules of the bus default"),
    );
    check(
        |found| found.schedules = Reading::Refused(why()),
        &unreadable("schedules of EventBridge Scheduler"),
    );
    check(
        |found| rules(found, 0)[0].targets = Reading::Refused(why()),
        &unreadable("targets of the rule p-one-event-dev"),
    );
    check(
        |found| {
            let refused = Reading::Refused(why());
            found.queues = BTreeMap::from([
                ("p-one-dlq-dev".to_owned(), refused.clone()),
                ("p-two-dlq-dev".to_owned(), refused),
            ]);
        },
        &[
            ("unreadable", "queue p-one-dlq-dev"),
            ("unreadable", "queue p-two-dlq-dev"),
        ],
    );
}
