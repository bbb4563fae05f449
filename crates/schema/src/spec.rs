//! The top of a spec.

use pipeline::language::{
    ARCHIVE_DAYS, BUS_NAME, BUS_NAME_MAX, DISCRIMINATORS, Defaults, EVENT_NAME, RESOURCE_NAME,
    SOURCE_MAX, SOURCE_RESERVED, TAG_KEY_MAX, TAG_VALUE_MAX, TAGS_MAX, TERRAFORM_FOLDER,
};
use pipeline::resources::MAX_ENVIRONMENT;
use serde_json::json;

use super::quantity::integer;
use super::text::{name, text, with_charset};
use super::{Schema, alarms, backend, function, retry};

pub(super) fn spec() -> Schema {
    Schema::mapping()
        .describe("Event-driven jobs on AWS: the jobs, what triggers them, what they emit.")
        .required_key("pipeline", pipeline())
        .required_key("source", source())
        .key("subject", subject())
        .key("bus", bus())
        .key("discriminator", discriminator())
        .key("events", events())
        .key("defaults", defaults())
        .key("archive", archive())
        .key("alarms", alarms::of_pipeline())
        .key("tags", tags())
        .key("jobs", jobs())
        .key("output", output())
        .key("terraform", backend::terraform())
        .key("local", local())
}

fn pipeline() -> Schema {
    let sentence = "The pipeline's name, the first part of every name on AWS.";
    name(&RESOURCE_NAME)
        .describe(with_charset(sentence, &RESOURCE_NAME))
        .example("spendsense")
}

fn source() -> Schema {
    let reserved = SOURCE_RESERVED.replace('.', r"\.");
    text()
        .describe(format!(
            "`source` of the events that the jobs emit: up to {SOURCE_MAX} bytes, not beginning with `{SOURCE_RESERVED}`, which only AWS uses."
        ))
        .example("spendsense")
        .characters(1, Some(SOURCE_MAX))
        .except(Schema::string().matching(format!("^{reserved}")))
}

fn subject() -> Schema {
    text()
        .describe("The field of a detail that says whom or what an event is about, as a path with dots: logs and the local bus show it, and `--subject` sets it. An event without the field has no subject.")
        .example("customer.id")
}

fn bus() -> Schema {
    // The environment is appended to the name.
    let most = BUS_NAME_MAX - 1 - MAX_ENVIRONMENT;
    name(&BUS_NAME)
        .describe("The event bus. `default` is the account's own; any other name is a bus that is created, one for each environment.")
        .default_value("default")
        .example("orders")
        .characters(0, Some(most))
}

fn discriminator() -> Schema {
    let words = DISCRIMINATORS.map(|(word, _)| word);
    Schema::choice(words)
        .describe("How rules tell two events of one detail type apart: by the event's name, which every detail has as `event_type`, or not at all.")
        .default_value(words[0])
}

fn events() -> Schema {
    let sentence = "The events that jobs emit or wait for, by name.";
    Schema::each(Schema::reference("event"))
        .or_nothing()
        .describe(with_charset(sentence, &EVENT_NAME))
        .names(name(&EVENT_NAME))
}

fn defaults() -> Schema {
    let Defaults {
        settings,
        delivery,
        execution,
        scheduled_detail: _,
    } = Defaults::default();
    Schema::mapping()
        .describe("What every job has, unless the job itself says otherwise.")
        .key(
            "function",
            function::with_settings(Schema::mapping(), Some(&settings))
                .describe("The settings of functions."),
        )
        .key("delivery", retry::delivery(Some(delivery)))
        .key("execution", retry::execution(Some(execution)))
        .key(
            "schedule",
            Schema::mapping()
                .describe("What every scheduled event has, unless its trigger says otherwise.")
                .key("detail", Schema::reference("scheduled-detail")),
        )
}

fn archive() -> Schema {
    Schema::mapping()
        .describe("Keeps events, so that they can be replayed: all events of a bus that the pipeline makes, or those with the pipeline's source on the account's bus.")
        .required_key("days", integer(&ARCHIVE_DAYS, "How long they are kept; 0 is for ever."))
}

fn tags() -> Schema {
    let allowed = r"[\p{L}\p{N} _.:/=+@-]";
    let key = Schema::default()
        .matching(format!("^{allowed}{{1,{TAG_KEY_MAX}}}$"))
        .except(Schema::default().matching("^[aA][wW][sS]:"));
    let value = text().matching(format!("^{allowed}{{0,{TAG_VALUE_MAX}}}$"));
    Schema::each(value)
        .describe("The tags of every resource that takes tags, in addition to the provider's `default_tags`.")
        .example(json!({ "Team": "growth" }))
        .names(key)
        .keys_between(0, Some(TAGS_MAX))
}

fn jobs() -> Schema {
    let sentence = "The jobs by name: a function, what triggers it, what it emits.";
    Schema::each(Schema::reference("job"))
        .or_nothing()
        .describe(with_charset(sentence, &RESOURCE_NAME))
        .names(name(&RESOURCE_NAME))
}

/// What a path cannot hold.
const ODD: &str = r"\\:\x00-\x1f\x7f-\x9f";

fn output() -> Schema {
    let folder = format!("^[^{ODD}]+$");
    let rust_file = format!(r"^[^{ODD}]*[^/{ODD}]\.rs$");
    Schema::mapping()
        .describe("Where generated files go: paths below the spec's folder, with `/` between their parts.")
        .key(
            "terraform",
            path(folder)
                .describe("The folder of the Terraform module.")
                .default_value(TERRAFORM_FOLDER),
        )
        .key(
            "events",
            path(rust_file)
                .describe("The file of the typed Rust events, which ends in `.rs`; without it none is written.")
                .example("lambdas/events/src/generated.rs"),
        )
}

fn local() -> Schema {
    Schema::mapping()
        .describe("What functions receive from `codegen run` and `codegen dev`, on this machine only.")
        .key(
            "environment",
            function::environment().describe("Environment variables. A variable of the same name in the caller's environment overrides it."),
        )
}

/// A path that stays below the spec's folder: no part is empty, `.` or `..`.
fn path(expression: String) -> Schema {
    Schema::string()
        .matching(expression)
        .except(Schema::default().matching(r"(^|/)(\.{0,2}/|\.{1,2}$)"))
}
