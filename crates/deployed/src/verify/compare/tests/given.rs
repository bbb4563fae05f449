//! Queues of dead letters and roles that are there already, or not at all.

use super::*;

const SPEC: &str = "
pipeline: p
source: s
bus: { existing: orders }
events: { e: { detail_type: E, external: true } }
jobs:
  none: { function: { existing: f }, dead_letter_queue: none, triggers: [ { event: e } ] }
  named: { function: { existing: g }, dead_letter_queue: { existing: 'dead-${environment}' }, triggers: [ { event: e } ] }
  far:
    deliver_to: { topic: { existing: t } }
    dead_letter_queue: { existing: 'arn:aws:sqs:eu-west-1:${account}:dead' }
    delivery_role: none
    triggers: [ { event: e } ]
  role:
    function: { existing: h }
    delivery_role: { existing: 'arn:aws:iam::${account}:role/service-role/invoker' }
    triggers: [ { event: e }, { schedule: rate(1 day), timezone: UTC } ]
  machine:
    deliver_to: { state_machine: { existing: m } }
    dead_letter_queue: none
    delivery_role: { existing: 'arn:aws:iam::${account}:role/events' }
    triggers: [ { event: e } ]
";

/// The ARN of the queue that a rule's dead letters go to.
pub(super) fn dead_letters(rule: &expected::Rule) -> Option<String> {
    let queue = rule.queue.as_str();
    if queue.starts_with("arn:") {
        return Some(queue.to_owned());
    }
    (!queue.is_empty()).then(|| queue_arn(queue))
}

/// What is found if a target of a rule, or the schedule, is otherwise.
fn found(break_it: impl FnOnce(&mut Deployed)) -> Vec<(&'static str, String)> {
    let surroundings = pipeline::Surroundings {
        setting: pipeline::Setting::environment("dev"),
        ..Default::default()
    };
    let parsed = pipeline::parse(SPEC, &surroundings);
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    let expected = expected(&parsed.pipeline.unwrap(), "dev");
    let mut deployed = perfect(&expected);
    break_it(&mut deployed);
    let found = compare(&expected, &deployed).into_iter();
    found.map(|one| (one.lint.id, one.resource)).collect()
}

fn of_target(job: &str, break_it: impl FnOnce(&mut Target)) -> Vec<&'static str> {
    let rule = format!("p-{job}-event-dev");
    let found = found(|deployed| break_it(first_target(named(rules(deployed, 0), &rule))));
    let is_of = |resource: &String| resource.ends_with(&rule);
    assert!(found.iter().all(|(_, at)| is_of(at)), "{found:?}");
    found.into_iter().map(|(id, _)| id).collect()
}

#[test]
fn what_the_spec_does_not_make_is_compared_all_the_same() {
    assert_eq!(found(|_| {}), []);
    let other = || Some(queue_arn("other"));
    let queue = ["other-dead-letter-queue"];
    assert_eq!(of_target("none", |it| it.dead_letters = other()), queue);
    assert_eq!(of_target("named", |it| it.dead_letters = other()), queue);
    assert_eq!(of_target("named", |it| it.dead_letters = None), queue);
    // A queue of this name, and in another region.
    let near = || Some(queue_arn("dead"));
    assert_eq!(of_target("far", |it| it.dead_letters = near()), queue);
    let role = ["other-target-settings"];
    assert_eq!(of_target("machine", |it| it.role = None), role);
    assert_eq!(
        of_target("machine", |it| it.role = Some(role_arn("x"))),
        role
    );
    let other = found(|found| schedule(found).role = Some(role_arn("x")));
    assert_eq!(
        other,
        [(role[0], "schedule p-role-scheduled-dev".to_owned())]
    );
    // A rule that is enabled for more than the spec says.
    let all = found(|found| named(rules(found, 0), "p-none-event-dev").sees_all_calls = true);
    assert_eq!(all, [("enabled-rule", "rule p-none-event-dev".to_owned())]);
}
