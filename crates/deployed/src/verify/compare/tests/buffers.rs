//! The queue of a buffer, and how Lambda reads it.

use super::*;

/// The event source mappings that are as expected.
pub(super) fn mappings(expected: &Expected) -> BTreeMap<String, Reading<Vec<deployed::Mapping>>> {
    let mappings = expected.functions.iter().filter_map(|function| {
        let mapping = function.mapping.as_ref()?;
        let found = deployed::Mapping {
            queue: queue_arn(&mapping.queue),
            is_on: true,
            batch: mapping.batch,
            window_seconds: mapping.window_seconds,
            max_concurrency: mapping.max_concurrency,
            reports_failures: true,
        };
        Some((function.name.clone(), Reading::Found(vec![found])))
    });
    mappings.collect()
}

pub(super) fn visibility(queue: &expected::Queue) -> u32 {
    let redrive = queue.redrive.as_ref();
    redrive.map_or(30, |redrive| redrive.visibility_seconds)
}

pub(super) fn redrive(queue: &expected::Queue) -> Option<(String, u32)> {
    let redrive = queue.redrive.as_ref()?;
    Some((queue_arn(&redrive.queue), redrive.max_receives))
}

#[test]
pub(super) fn a_queue_before_a_function_is_read_as_the_spec_says() {
    let five = "function p-five-dev";
    let mapping = |change: fn(&mut deployed::Mapping)| {
        move |found: &mut Deployed| {
            let Reading::Found(mappings) = found.mappings.get_mut("p-five-dev").unwrap() else {
                panic!("there are no mappings");
            };
            change(&mut mappings[0]);
        }
    };
    check(
        |found| {
            found
                .mappings
                .insert("p-five-dev".to_owned(), Reading::Absent);
        },
        &[("unread-queue", five)],
    );
    check(
        mapping(|found| found.is_on = false),
        &[("unread-queue", five)],
    );
    check(
        mapping(|found| found.queue = queue_arn("other")),
        &[("unread-queue", five)],
    );
    check(mapping(|found| found.batch = 1), &[("other-batches", five)]);
    check(
        mapping(|found| found.max_concurrency = Some(2)),
        &[("other-batches", five)],
    );
    check(
        mapping(|found| found.reports_failures = false),
        &[("other-batches", five)],
    );
    let queue = |change: fn(&mut Queue)| {
        move |found: &mut Deployed| {
            let Reading::Found(queue) = found.queues.get_mut("p-five-buffer-dev").unwrap() else {
                panic!("there is no queue");
            };
            change(queue);
        }
    };
    let resource = "queue p-five-buffer-dev";
    for change in [
        |found: &mut Queue| found.redrive = None,
        |found: &mut Queue| found.redrive = Some((queue_arn("other"), 5)),
        |found: &mut Queue| found.visibility_seconds = 30,
    ] {
        check(queue(change), &[("other-redrive", resource)]);
    }
    // Events wait there, which is no failure.
    check(queue(|found| found.messages = Some(7)), &[]);
}

#[test]
pub(super) fn the_group_of_messages_is_compared() {
    let spec = "
pipeline: p
source: s
events: { e: { detail_type: E, external: true } }
jobs:
  j:
    function: { package: j }
    buffer: { fifo: true }
    triggers: [ { event: e }, { schedule: rate(1 day), timezone: Europe/Berlin } ]
";
    let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
    let expected = expected(&parsed.pipeline.unwrap(), "dev");
    assert!(expected.rules.iter().all(|rule| rule.way.group.is_some()));
    let found = |break_it: fn(&mut Deployed)| {
        let mut deployed = perfect(&expected);
        break_it(&mut deployed);
        let found = compare(&expected, &deployed);
        found.into_iter().map(|one| one.lint.id).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(found(|_| {}), none);
    let other = ["other-message-group"];
    assert_eq!(found(|deployed| target(deployed).group = None), other);
    let renamed = |deployed: &mut Deployed| target(deployed).group = Some("x".to_owned());
    assert_eq!(found(renamed), other);
    assert_eq!(
        found(|deployed| schedule(deployed).message_group = None),
        other
    );
    // A queue that is no FIFO queue has no groups.
    check(
        |deployed| target(deployed).group = Some("x".to_owned()),
        &[(
            "other-message-group",
            "target one of the rule p-one-event-dev",
        )],
    );
}
