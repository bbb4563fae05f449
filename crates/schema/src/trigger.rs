//! `triggers:` of a job.

use eventbridge::limits::{SCHEDULE_CHARACTERS_MAX, TEMPLATE_CHARACTERS_MAX};
use pipeline::language::{EVENT_NAME, FLEXIBLE_WINDOW, RESOURCE_NAME, SHARDS};
use pipeline::scheduled::RESERVED_FIELDS;
use serde_json::json;

use super::Schema;
use super::job::names_before;
use super::quantity::{duration, integer};
use super::text::{name, with_charset};

/// One of three kinds, which have keys of their own.
pub(super) fn trigger() -> Schema {
    Schema::one_of([
        Schema::reference("schedule-trigger"),
        Schema::reference("event-trigger"),
        Schema::reference("pattern-trigger"),
    ])
}

pub(super) fn schedule() -> Schema {
    let schedule = Schema::mapping()
        .describe("Starts the job at a time. With a `timezone` or a `flexible_window` it becomes a schedule of EventBridge Scheduler, otherwise a rule.")
        .required_key("schedule", expression())
        .key(
            "timezone",
            Schema::string()
                .describe("The IANA time zone of the schedule; UTC without it.")
                .example("Europe/Berlin"),
        )
        .key(
            "flexible_window",
            duration(&FLEXIBLE_WINDOW, "The time within which the run may start.").example("15m"),
        )
        .key(
            "shards",
            integer(&SHARDS, "Into how many deliveries a run is split, each with its own `shard`.")
                .default_value(1),
        )
        .key("detail", Schema::reference("scheduled-detail"));
    with_common(schedule, "scheduled")
}

pub(super) fn scheduled_detail() -> Schema {
    Schema::each(Schema::default())
        .describe("The scheduled event's own fields: any JSON values. They stand between `event_type`, which is `scheduled`, and `timestamp`. A trigger's `detail` replaces the one in `defaults.schedule`; nothing is merged.")
        .example(json!({ "kind": "weekly" }))
        .names(Schema::default().except(Schema::choice(RESERVED_FIELDS)))
}

fn expression() -> Schema {
    const CRON: &str = r"cron\( *[^ ]+( +[^ ]+){5} *\)";
    const RATE: &str = r"rate\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minute|hour|day)s)\)";
    const AT: &str = r"at\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\)";
    Schema::string()
        .describe("When it runs: `cron(minutes hours day-of-month month day-of-week year)` with `?` for one of the two days, `rate(…)`, or, with a `timezone`, `at(…)`.")
        .example("cron(0 1 * * ? *)")
        .example("rate(5 minutes)")
        .example("at(2030-01-31T09:00:00)")
        .characters(0, Some(SCHEDULE_CHARACTERS_MAX))
        .matching(format!("^({CRON}|{RATE}|{AT})$"))
}

pub(super) fn event() -> Schema {
    let filter = super::pattern::fields()
        .describe("Narrows the event by its detail, in the event pattern language. `event_type` is matched without being written.")
        .example(json!({ "plan": ["premium"] }))
        .names(Schema::default().except(Schema::choice(["event_type"])));
    let event = Schema::mapping()
        .describe("Starts the job when an event of the pipeline arrives.")
        .required_key(
            "event",
            name(&EVENT_NAME)
                .describe("The name of an event that `events` declares.")
                .example("user.signup"),
        )
        .key("where", filter)
        .key("input", Schema::reference("input"));
    with_common(event, "event")
}

pub(super) fn pattern() -> Schema {
    let pattern = Schema::mapping()
        .describe(
            "Starts the job when an event that matches a pattern arrives: for events of others.",
        )
        .required_key("pattern", Schema::reference("pattern"))
        .key("input", Schema::reference("input"));
    with_common(pattern, "pattern")
}

pub(super) fn input() -> Schema {
    let path = Schema::string()
        .describe("A JSON path into the event.")
        .example("$.detail.order_id")
        .matching(r"^\$");
    Schema::mapping()
        .describe("Sends a text made from the event instead of the event, by an input transformer: for functions that do not take events.")
        .key(
            "paths",
            Schema::each(path)
                .describe("The names of the template, each with the part of the event that it stands for.")
                .example(json!({ "order": "$.detail.order_id" })),
        )
        .required_key(
            "template",
            Schema::string()
                .describe("The text, in which `<name>` stands for a value.")
                .example("{ \"order\": <order> }")
                .characters(0, Some(TEMPLATE_CHARACTERS_MAX)),
        )
}

/// Adds the keys that every trigger may have.
fn with_common(trigger: Schema, id: &str) -> Schema {
    let sentence = "The trigger's name, unique in its job, and the last part of its rule's name.";
    trigger
        .key(
            "id",
            name(&RESOURCE_NAME)
                .describe(with_charset(sentence, &RESOURCE_NAME))
                .default_value(id),
        )
        .key(
            "enabled",
            Schema::boolean()
                .describe("Whether the trigger is on.")
                .default_value(true),
        )
        .key("delivery", Schema::reference("delivery"))
        .key(
            "renamed_from",
            names_before().describe("The id that the trigger had before, or its ids, the oldest first. Its rule keeps the first in its name, and is not replaced."),
        )
}
