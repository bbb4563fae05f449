//! `triggers:` of a job.

use eventbridge::limits::{
    SCHEDULE_CHARACTERS_MAX, TEMPLATE_CHARACTERS_MAX, TEMPLATE_PATH_CHARACTERS_MAX,
};
use pipeline::language::{EVENT_NAME, FLEXIBLE_WINDOW, GROUP_NAME_MAX, RESOURCE_NAME, SHARDS};
use pipeline::scheduled::RESERVED_FIELDS;
use serde_json::json;

use super::Schema;
use super::job::names_before;
use super::quantity::{duration, integer};
use super::spec::existing_bus;
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
        .describe("Starts the job at a time. With a `timezone`, a `flexible_window`, a `start` or an `end` it becomes a schedule of EventBridge Scheduler, otherwise a rule.")
        .required_key("schedule", expression())
        .key(
            "timezone",
            Schema::string()
                .describe("The IANA time zone of the schedule; UTC without it.")
                .example("Europe/Berlin")
                .on_aws("An EventBridge Scheduler schedule in this time zone instead of a rule, and a role with which it invokes the function."),
        )
        .key("start", instant("Nothing runs before this instant, and a `rate` counts from it.", "An EventBridge Scheduler schedule with this `start_date`, in UTC, instead of a rule."))
        .key("end", instant("Nothing runs from this instant on.", "An EventBridge Scheduler schedule with this `end_date`, in UTC, instead of a rule."))
        .key(
            "group",
            Schema::string()
                .with_values()
                .characters(1, Some(GROUP_NAME_MAX))
                .describe("The name of the group of schedules that it is in, which is there already. Without one it is in the account's `default` group.")
                .example("nightly-${environment}")
                .on_aws("An EventBridge Scheduler schedule with this `group_name` instead of a rule."),
        )
        .key(
            "flexible_window",
            duration(&FLEXIBLE_WINDOW, "The time within which the run may start.")
                .example("15m")
                .on_aws("An EventBridge Scheduler schedule with this window instead of a rule."),
        )
        .key(
            "shards",
            integer(&SHARDS, "Into how many deliveries a run is split, each with its own `shard`.")
                .default_value(1)
                .example(4)
                .on_aws("As many targets, spread over rules of up to five each, or as many schedules."),
        )
        .key("detail", Schema::reference("scheduled-detail"))
        .key("input", Schema::reference("input"))
        .key(
            "emits",
            Schema::list(name(&EVENT_NAME))
                .or_nothing()
                .describe("The events that a run of this schedule may emit, by the names that `events` declares. A run that an event starts has the job's `emits`. In Rust, a run of this schedule then has a type of its own, and returns these events and no others.")
                .default_value(json!([]))
                .example(vec!["order.billed"])
                .on_aws("The statement of the job's `emits` in the policy of the function's role, which has both."),
        );
    with_common(schedule, "scheduled")
}

/// An instant with its offset from UTC.
fn instant(means: &str, on_aws: &'static str) -> Schema {
    Schema::string()
        .describe(format!(
            "{means} With any offset from UTC; not with `at(…)`."
        ))
        .kind("date and time of RFC 3339, in whole seconds")
        .example("2030-01-31T09:00:00Z")
        .on_aws(on_aws)
        .matching(
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](Z|[+-][0-9]{2}:[0-9]{2})$",
        )
}

pub(super) fn scheduled_detail() -> Schema {
    // The empty schema fits any value.
    Schema::each(Schema::default())
        .describe("The scheduled event's own fields: any JSON values. They stand between `event_type`, which is `scheduled`, and `timestamp`. A trigger's `detail` replaces the one in `defaults.schedule`; nothing is merged.")
        .kind("mapping from names to JSON values")
        .example(json!({ "kind": "weekly" }))
        .on_aws("The fields of `detail` in what the rule or the schedule sends.")
        .names(Schema::default().except(Schema::choice(RESERVED_FIELDS)))
}

fn expression() -> Schema {
    // Only the number of fields: `check` knows the values that each may have.
    const CRON: &str = r"cron\( *[^ ]+( +[^ ]+){5} *\)";
    // A rule wants the singular after 1, and the plural after any other number. EventBridge Scheduler takes both.
    const RATE: &str = r"rate\([1-9][0-9]* (minute|hour|day)s?\)";
    // No zone: EventBridge Scheduler takes the one of the schedule.
    const AT: &str = r"at\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\)";
    Schema::string()
        .describe("When it runs: `cron(minutes hours day-of-month month day-of-week year)` with `?` for one of the two days, `rate(…)`, or, with a `timezone`, `at(…)`.")
        .kind("schedule expression")
        .on_aws("A rule with this schedule on the account's default bus. Its target sends an event whose `event_type` is `scheduled`.")
        .example("cron(0 1 * * ? *)")
        .example("rate(5 minutes)")
        .example("at(2030-01-31T09:00:00)")
        .characters(0, Some(SCHEDULE_CHARACTERS_MAX))
        .matching(format!("^({CRON}|{RATE}|{AT})$"))
}

pub(super) fn event() -> Schema {
    let filter = super::pattern::fields()
        .describe("Narrows the event by its detail, in the event pattern language. `event_type` is set by itself.")
        .kind("event pattern of the detail, see [Patterns](#patterns)")
        .with_values()
        .example(json!({ "country": ["DE", "AT"] }))
        .on_aws("These fields in `detail` of the rule's event pattern.")
        .names(Schema::default().except(Schema::choice(["event_type"])));
    let event = Schema::mapping()
        .describe("Starts the job when an event of the pipeline arrives.")
        .required_key(
            "event",
            name(&EVENT_NAME)
                .describe("The name of an event that `events` declares.")
                .example("order.placed")
                .on_aws("A rule on the pipeline's bus that matches `source`, `detail-type` and `detail.event_type`."),
        )
        .key("where", filter)
        .key("bus", bus())
        .key("input", Schema::reference("input"));
    with_common(event, "event")
}

pub(super) fn pattern() -> Schema {
    let pattern = Schema::mapping()
        .describe(
            "Starts the job when an event that matches a pattern arrives: for events of others.",
        )
        .required_key("pattern", Schema::reference("pattern"))
        .key("bus", bus())
        .key("input", Schema::reference("input"));
    with_common(pattern, "pattern")
}

fn bus() -> Schema {
    existing_bus()
        .describe("The bus on which the trigger waits, if it is not the pipeline's: `default`, where AWS's services send their events, or another bus of the account that exists already. Events on different buses do not meet.")
        .example("default")
        .on_aws("The rule is on this bus, which is never created or changed.")
}

pub(super) fn input() -> Schema {
    let path = Schema::string()
        .describe("A JSON path into the event: keys, elements of a list as `[0]`, and `[*]` for all of them. A key may have slashes.")
        .example("$.detail.order_id")
        .matching(r"^\$");
    Schema::mapping()
        .describe("Sends something else instead of the event: what a `template` makes of it, a part of it by its `path`, or always the same `value`. A function with a `package` reads an envelope or a declared detail, and nothing else. A schedule with a `timezone` has no event, and takes a `value` only; beside `input` a schedule has no `detail` and no `shards`.")
        .example(json!({ "value": { "event_type": "scheduled" } }))
        .on_aws("The input transformer, the input path or the constant input of the target.")
        .key(
            "paths",
            Schema::each(path)
                .describe("The names that the template uses, each with the part of the event that it stands for.")
                .kind("mapping from names to JSON paths into the event")
                .example(json!({ "order": "$.detail.order_id" }))
                .on_aws("`InputPathsMap` of the input transformer."),
        )
        .key(
            "template",
            Schema::string()
                .describe("JSON, in which `<name>` stands for a value or for a part of a string, or one or several strings in double quotes.")
                .example("{ \"order\": <order> }")
                .on_aws("`InputTemplate` of the input transformer.")
                .characters(1, Some(TEMPLATE_CHARACTERS_MAX)),
        )
        .key(
            "value",
            Schema::default()
                .describe(format!("What arrives, whatever the event is: any JSON value, of up to {TEMPLATE_CHARACTERS_MAX} characters on a rule. It is the same in every environment."))
                .kind("JSON value")
                .example(json!({ "kind": "daily" }))
                .on_aws("`Input` of the target."),
        )
        .key(
            "path",
            Schema::string()
                .describe("The part of the event that arrives, by its JSON path, as in `paths`.")
                .example("$.detail")
                .on_aws("`InputPath` of the target.")
                .characters(1, Some(TEMPLATE_PATH_CHARACTERS_MAX))
                .matching(r"^\$"),
        )
        .and_one_of([
            Schema::default().requiring("template"),
            Schema::default().requiring("value"),
            Schema::default().requiring("path"),
        ])
}

/// Adds the keys that every trigger may have.
fn with_common(trigger: Schema, id: &str) -> Schema {
    let sentence = "The trigger's name, unique in its job, and the last part of its rule's name.";
    trigger
        .key(
            "id",
            name(&RESOURCE_NAME)
                .describe(with_charset(sentence, &RESOURCE_NAME))
                .default_value(id)
                .example("express")
                .on_aws("The name `<pipeline>-<job>-<id>-<environment>` of the rule or schedule."),
        )
        .key(
            "enabled",
            Schema::boolean()
                .describe("Whether the trigger is on.")
                .or_value()
                .default_value(true)
                .example(false)
                .on_aws("The state of the rule or schedule, `ENABLED` or `DISABLED`."),
        )
        .key("delivery", Schema::reference("delivery"))
        .key(
            "name",
            Schema::string()
                .describe("The name of the rule or schedule on AWS, instead of one that is made. A trigger with several rules adds `-2` and so on. It wins over `renamed_from`.")
                .kind("name of a rule: letters, digits, `.`, `-` and `_`, up to 64 in all")
                .with_values()
                .characters(1, None)
                .example("acme-mail-${environment}")
                .on_aws("The whole name of the rule or schedule."),
        )
        .key("names", Schema::reference("trigger-names"))
        .key(
            "renamed_from",
            names_before()
                .describe("The id that the trigger had before, or all of its ids, the oldest first. Its rule keeps the first in its name, and is not replaced.")
                .example("urgent")
                .on_aws("The rule's old name stays; Terraform moves its address in its state."),
        )
        .key("allow", Schema::reference("allow"))
}
