//! Schedules, and the shards of one.

use super::*;

#[test]
pub(super) fn the_shards_of_a_schedule_are_told_apart() {
    let swap = |found: &mut Deployed| {
        let Reading::Found(targets) = &mut rules(found, 1)[0].targets else {
            panic!("there are no targets");
        };
        let first = targets[0].input.clone();
        targets[1].input = first;
    };
    let second = "target one-1 of the rule p-one-scheduled-dev";
    check(swap, &[("other-input", second)]);
}

#[test]
pub(super) fn schedules_of_eventbridge_scheduler_are_compared() {
    check(
        |found| schedule(found).enabled = false,
        &[("disabled-rule", SCHEDULE)],
    );
    check(
        |found| schedule(found).lifetime.start = "2030-01-01T00:00:00Z".parse().ok(),
        &[("other-schedule", SCHEDULE)],
    );
    check(
        |found| schedule(found).role = Some(role_arn("other")),
        &[("other-target-settings", SCHEDULE)],
    );
    check(
        |found| schedule(found).timezone = "UTC".to_owned(),
        &[("other-schedule", SCHEDULE)],
    );
    check(
        |found| schedule(found).lifetime.end = "2030-01-01T00:00:00Z".parse().ok(),
        &[("other-schedule", SCHEDULE)],
    );
    check(
        |found| schedule(found).window_minutes = None,
        &[("other-schedule", SCHEDULE)],
    );
    check(
        |found| schedule(found).input = None,
        &[("other-input", SCHEDULE)],
    );
    check(
        |found| schedule(found).target = function_arn("other"),
        &[("foreign-target", SCHEDULE)],
    );
    // Another one of this name.
    check(
        |found| {
            let Reading::Found(schedules) = &mut found.schedules else {
                panic!("schedules");
            };
            schedules[0].group = "nightly".to_owned();
        },
        &[("missing-rule", SCHEDULE)],
    );
    check(
        |found| found.schedules = Reading::Found(Vec::new()),
        &[("missing-rule", SCHEDULE)],
    );
}
