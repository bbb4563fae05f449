//! `jobs:`.

use pipeline::language::{DESCRIPTION_MAX, DESTINATIONS, EVENT_NAME, RENAMES_MAX, RESOURCE_NAME};

use super::text::{name, text};
use super::{Schema, alarms};

pub(super) fn job() -> Schema {
    Schema::mapping()
        .describe("A job: a function, what triggers it, what it emits.")
        .key(
            "description",
            text()
                .describe(format!(
                    "What the job does, for people; the function's description on AWS. Up to {DESCRIPTION_MAX} characters."
                ))
                .characters(0, Some(DESCRIPTION_MAX)),
        )
        .key("function", Schema::reference("function"))
        .key(
            "deliver_to",
            Schema::choice(DESTINATIONS.map(|(word, _)| word))
                .describe("Where the events go instead of to a function: a `queue`, `topic` or `log_group` that is made, or a `state_machine` or `bus` whose ARN the Terraform variable `destinations` has by the job's name."),
        )
        .key(
            "triggers",
            Schema::list(Schema::reference("trigger"))
                .or_nothing()
                .describe("What starts the job."),
        )
        .key(
            "emits",
            Schema::list(name(&EVENT_NAME))
                .or_nothing()
                .describe("The events that the job may emit, by the names that `events` declares.")
                .example(vec!["features.computed"]),
        )
        .key("execution", Schema::reference("execution"))
        .key("alarms", alarms::of_job())
        .key(
            "loop_guard",
            text()
                .describe("What ends a loop of events that goes through the job, in words. The check for loops then does not follow the job's events.")
                .example("emits the event only while pages are left"),
        )
        .key(
            "renamed_from",
            names_before().describe("The name that the job had before, or its names, the oldest first. It keeps the first on AWS, and nothing is replaced."),
        )
        .and_one_of([
            Schema::default().requiring("function"),
            Schema::default().requiring("deliver_to"),
        ])
}

/// What a job or a trigger was called before.
pub(super) fn names_before() -> Schema {
    let old = || name(&RESOURCE_NAME);
    Schema::any_of([
        old(),
        Schema::list(old()).items_between(0, Some(RENAMES_MAX)),
    ])
}
