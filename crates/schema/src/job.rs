//! `jobs:`.

use pipeline::language::{DESCRIPTION_MAX, EVENT_NAME, RENAMES_MAX, RESOURCE_NAME};

use serde_json::json;

use super::text::{name, text};
use super::{Schema, alarms, buffer, delivery, names};

pub(super) fn job() -> Schema {
    Schema::mapping()
        .describe("A job: a function, what triggers it, what it emits.")
        .key(
            "description",
            text()
                .describe(format!(
                    "What the job does, for people; the function's description on AWS. Up to {DESCRIPTION_MAX} characters."
                ))
                .characters(0, Some(DESCRIPTION_MAX))
                .example("Charges the customer")
                .on_aws("The description of the function."),
        )
        .key("function", Schema::reference("function"))
        .key("deliver_to", delivery::deliver_to())
        .key(
            "triggers",
            Schema::list(Schema::reference("trigger"))
                .or_nothing()
                .describe("What starts the job.")
                .example(json!([{ "event": "order.placed" }]))
                .on_aws("A rule or a schedule for each trigger, its target, and the permission to invoke the function. A job with triggers has the dead-letter queue `<pipeline>-<job>-dlq-<environment>`."),
        )
        .key(
            "emits",
            Schema::list(name(&EVENT_NAME))
                .or_nothing()
                .describe("The events that the job may emit when an event has started it, by the names that `events` declares. What a scheduled run may emit is said by the `emits` of its schedule.")
                .example(vec!["order.billed"])
                .on_aws("A statement in the policy of the function's role: it may put these events on the pipeline's bus, and no others."),
        )
        .key("execution", Schema::reference("execution"))
        .key("buffer", buffer::buffer())
        .key("alarms", alarms::of_job())
        .key(
            "loop_guard",
            text()
                .describe("What ends a loop of events that goes through the job, in words. `check` then does not follow the events that the job emits.")
                .example("emits the event only while pages are left")
                .not_on_aws(),
        )
        .key("name", names::name_of_job())
        .key("names", names::names_of_job())
        .key(
            "renamed_from",
            names_before()
                .describe("The name that the job had before, or all of its names, the oldest first. The job keeps the first name on AWS, and nothing is replaced.")
                .example("invoice")
                .on_aws("The old names stay; Terraform moves the addresses in its state."),
        )
        .key("allow", Schema::reference("allow"))
        .and_one_of([
            Schema::default().requiring("function"),
            Schema::default().requiring("deliver_to"),
        ])
}

/// The earlier names of a job or a trigger.
pub(super) fn names_before() -> Schema {
    let old = || name(&RESOURCE_NAME);
    Schema::any_of([
        old(),
        Schema::list(old()).items_between(0, Some(RENAMES_MAX)),
    ])
}
