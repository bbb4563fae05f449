//! What is there already.

use super::*;

/// Changes what was found.
type Break = fn(&mut Target);

#[test]
pub(super) fn what_is_there_already_is_reached_as_the_spec_says() {
    let (six, seven) = (
        "target six of the rule p-six-event-dev",
        "target seven of the rule p-seven-event-dev",
    );
    let breaks: [(&str, &'static str, &str, Break); 7] = [
        ("six", "other-message-group", six, |it| it.group = None),
        ("six", "other-target-settings", six, |it| it.role = None),
        ("six", "other-target-settings", six, |it| {
            it.role = Some(role_arn("p-five-dev"));
        }),
        ("six", "foreign-target", six, |it| {
            it.arn = queue_arn("six-prod.fifo");
        }),
        ("seven", "other-target-settings", seven, |it| {
            it.partition_key = Some("$.source".to_owned());
        }),
        ("seven", "other-target-settings", seven, |it| {
            it.partition_key = None;
        }),
        ("seven", "foreign-target", seven, |it| {
            it.arn = format!("arn:aws:kinesis:{PLACE}:stream/dev");
        }),
    ];
    for (job, id, resource, break_it) in breaks {
        check(
            |found| {
                let rule = format!("p-{job}-event-dev");
                break_it(first_target(named(rules(found, 0), &rule)));
            },
            &[(id, resource)],
        );
    }
    // A policy lets EventBridge in, so a role by hand changes nothing that is looked for.
    check(|found| target(found).role = Some(role_arn("other")), &[]);
    check(
        |found| target(found).group = Some("g".to_owned()),
        &[("other-message-group", EVENT_TARGET)],
    );
}
