//! Names on AWS that a spec gives.

use super::Schema;

/// A name on AWS, which may name values.
pub(super) fn kept(
    sentence: &str,
    kind: &'static str,
    example: &str,
    on_aws: &'static str,
) -> Schema {
    Schema::string()
        .describe(sentence)
        .kind(kind)
        .with_values()
        .characters(1, None)
        .example(example)
        .on_aws(on_aws)
}

/// `name` of a job.
pub(super) fn name_of_job() -> Schema {
    kept(
        "The name on AWS of what the job makes, instead of one that is made: of its function, or of the queue, topic or log group that `deliver_to` makes. A function's log group follows it, as Lambda logs to `/aws/lambda/<function>`; role and queues have made names unless `names` says theirs. Not for what exists already. It wins over `renamed_from`.",
        "name of a function (letters, digits, `-` and `_`, up to 64), a queue (the same, up to 80), a topic (the same, up to 256), or a log group (`.`, `/` and `#` too, up to 512, `/aws/events/` first)",
        "acme-mail-${environment}",
        "The whole name of the function, queue, topic or log group.",
    )
}

/// `names` of a job.
pub(super) fn names_of_job() -> Schema {
    let queue = "name of a queue: letters, digits, `-` and `_`, up to 80 in all; `.fifo` at the end of a FIFO queue";
    Schema::mapping()
        .describe("The names on AWS of what belongs to the job, instead of those that are made.")
        .kind("mapping")
        .example(serde_json::json!({ "role": "acme-mail-role-${environment}" }))
        .on_aws("Each is the whole name of its resource.")
        .key(
            "role",
            kept(
                "The name of the role that the function runs with, or that EventBridge takes on to deliver to a state machine or a bus. It is one in all regions of an account.",
                "name of a role: letters, digits and `_+=,.@-`, up to 64 in all",
                "acme-mail-role-${environment}",
                "The whole name of the role.",
            ),
        )
        .key(
            "log_group",
            kept(
                "The name of the log group of the function. Without it, it is `/aws/lambda/` and the function's name.",
                "name of a log group: letters, digits, `.`, `-`, `_`, `/` and `#`, up to 512 in all, without `aws/` at its beginning",
                "/acme/mail/${environment}",
                "The whole name of the log group, and the function's setting to log there.",
            ),
        )
        .key(
            "dead_letter_queue",
            kept(
                "The name of the queue for events that could not be delivered.",
                queue,
                "acme-mail-dead-${environment}",
                "The whole name of the queue.",
            ),
        )
        .key(
            "failure_queue",
            kept(
                "The name of the queue for runs that failed, or for what a `buffer` gave up.",
                queue,
                "acme-mail-failed-${environment}",
                "The whole name of the queue.",
            ),
        )
}

/// `names` of a trigger.
pub(super) fn names_of_trigger() -> Schema {
    Schema::mapping()
        .describe("Ids on AWS of what belongs to the rule, instead of those that are made. A schedule of EventBridge Scheduler has neither.")
        .kind("mapping")
        .example(serde_json::json!({ "target": "Mail" }))
        .on_aws("The ids of the statement and of the target.")
        .key(
            "statement",
            kept(
                "The id of the statement in the function's policy that lets the rule in. A rule with such an id always has a statement of its own. A trigger with several rules adds `-2` and so on.",
                "id of a statement: letters, digits, `-` and `_`, up to 100 in all",
                "AllowMail",
                "The `StatementId` of the permission.",
            ),
        )
        .key(
            "target",
            kept(
                "The id of the rule's target. A trigger with `shards` adds `-0`, `-1` and so on.",
                "id of a target: letters, digits, `.`, `-` and `_`, up to 64 in all",
                "Mail",
                "The `Id` of the target.",
            ),
        )
}
