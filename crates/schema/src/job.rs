//! `jobs:`.

use pipeline::language::{DESCRIPTION_MAX, EVENT_NAME, NONE, RENAMES_MAX, RESOURCE_NAME};

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
        .key("dead_letter_queue", dead_letter_queue())
        .key("delivery_role", delivery_role())
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

fn dead_letter_queue() -> Schema {
    let there = Schema::mapping().required_key(
        "existing",
        names::kept(
            "The name of the queue, in the account and the region that Terraform deploys to, or its ARN. It is a standard queue.",
            "name or ARN",
            "acme-dead-${environment}",
            "`DeadLetterConfig` of the targets and schedules.",
        ),
    );
    Schema::any_of([Schema::choice([NONE]), there.kind("mapping")])
        .describe("Where events go that could not be delivered to this job, if the pipeline makes no queue for them: to a queue that is there already, whose own policy has to let EventBridge in, or nowhere (`none`), so that they are lost. An import writes it for what was so before.")
        .example(json!({ "existing": "acme-dead-${environment}" }))
        .example(NONE)
        .on_aws("No queue `<pipeline>-<job>-dlq-<environment>`, and no alarm on it.")
}

fn delivery_role() -> Schema {
    let there = Schema::mapping().required_key(
        "existing",
        names::kept(
            "The ARN of the role. Its policy has to allow the delivery, and to send to the dead-letter queue if a schedule delivers.",
            "ARN",
            "arn:aws:iam::${account}:role/acme-events-${environment}",
            "`RoleArn` of the targets and schedules.",
        ),
    );
    Schema::any_of([Schema::choice([NONE]), there.kind("mapping")])
        .describe("The role that EventBridge or its Scheduler takes on to deliver to this job, if the pipeline makes none: one that is there already, or `none` for an existing queue or topic whose own policy lets EventBridge in. For what exists already and is no function, and for schedules of EventBridge Scheduler.")
        .example(json!({ "existing": "arn:aws:iam::${account}:role/acme-events" }))
        .example(NONE)
        .on_aws("No role `<pipeline>-<job>-<environment>` or `<pipeline>-<job>-scheduler-<environment>`.")
}

/// The earlier names of a job or a trigger.
pub(super) fn names_before() -> Schema {
    let old = || name(&RESOURCE_NAME);
    Schema::any_of([
        old(),
        Schema::list(old()).items_between(0, Some(RENAMES_MAX)),
    ])
}
