//! No kind of finding is without a test.

use super::*;
use crate::verify::LINTS;

#[test]
fn every_kind_of_finding_is_reported_by_one_of_these_tests() {
    REPORTED.take();
    for test in [
        what_is_as_the_spec_says_is_no_finding,
        nothing::of_what_is_not_deployed_one_finding_tells,
        rules_are_missed_and_compared,
        targets_are_missed_and_compared,
        existing::what_is_there_already_is_reached_as_the_spec_says,
        schedules::the_shards_of_a_schedule_are_told_apart,
        schedules::schedules_of_eventbridge_scheduler_are_compared,
        functions_have_to_be_there_permitted_and_able_to_run,
        buffers::a_queue_before_a_function_is_read_as_the_spec_says,
        buffers::the_group_of_messages_is_compared,
        a_wildcard_permits_all_rules_of_a_job,
        queues_have_to_take_what_fails_and_to_be_empty,
        what_the_spec_does_not_know_is_found_by_prefix_and_environment,
        what_cannot_be_read_is_said,
    ] {
        test();
    }
    let registered: BTreeSet<&str> = LINTS.iter().map(|lint| lint.id).collect();
    assert_eq!(REPORTED.take(), registered);
}
