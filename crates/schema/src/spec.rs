//! The top of a spec.

use pipeline::language::{
    ARCHIVE_DAYS, BUS_NAME, BUS_NAME_MAX, DISCRIMINATORS, Defaults, EVENT_NAME, RESOURCE_NAME,
    SOURCE_MAX, SOURCE_RESERVED, TAG_KEY_MAX, TAG_VALUE_MAX, TAGS_MAX, TERRAFORM_FOLDER,
    VALUE_TYPES,
};
use pipeline::resources::MAX_ENVIRONMENT;
use pipeline::values::BUILT_IN;
use serde_json::json;

use super::quantity::integer;
use super::text::{name, text, with_charset};
use super::told::REFERENCE;
use super::{Schema, alarms, backend, encryption, function, removed, retry, uses, volumes};

pub(super) fn spec() -> Schema {
    Schema::mapping()
        .describe("Event-driven jobs on AWS: the jobs, what triggers them, what they emit.")
        .required_key("pipeline", pipeline())
        .required_key("source", source())
        .key("subject", subject())
        .key("values", values())
        .key("bus", bus())
        .key("names", names())
        .key("discriminator", discriminator())
        .key("events", events())
        .key("uses", uses::uses())
        .key("defaults", defaults())
        .key("archive", archive())
        .key("alarms", alarms::of_pipeline())
        .key("tags", tags())
        .key("jobs", jobs())
        .key("output", output())
        .key("terraform", backend::terraform())
        .key("local", local())
        .key("encryption", encryption::encryption())
        .key("allow", Schema::reference("allow"))
        .key("removed", removed::removed())
        .key("volumes", volumes::volumes())
}

fn pipeline() -> Schema {
    let sentence = "The pipeline's name, the first part of every name on AWS.";
    name(&RESOURCE_NAME)
        .describe(with_charset(sentence, &RESOURCE_NAME))
        .example("shop")
        .on_aws(
            "The first part of every name: of rules, functions, roles, queues, log groups, alarms.",
        )
}

fn source() -> Schema {
    let reserved = SOURCE_RESERVED.replace('.', r"\.");
    text()
        .describe(format!(
            "`source` of the events that the jobs emit: up to {SOURCE_MAX} characters. It cannot begin with `{SOURCE_RESERVED}`, which is AWS's own."
        ))
        .example("shop.orders")
        .on_aws("`source` in the pattern of every rule for a declared event. A job's role may put events with this source only.")
        .characters(1, Some(SOURCE_MAX))
        // The type is needed: without it, `pattern` holds for every number, and `not` would refuse them all.
        .except(Schema::string().matching(format!("^{reserved}")))
}

fn subject() -> Schema {
    text()
        .describe("The field of a detail that says whom or what an event is about, as a path with dots: logs and the local bus show it, and `--subject` sets it. An event without the field has no subject.")
        .example("customer.id")
        .not_on_aws()
}

fn values() -> Schema {
    let built_in = Schema::choice(BUILT_IN.map(|(name, _)| name));
    Schema::each(Schema::reference("value"))
        .or_nothing()
        .describe("What each environment says for itself, by name: a name has small letters, digits and underscores, a letter first. `environment`, `region` and `account` are there without being declared.")
        .example(json!({ "invoices_bucket": { "local": "invoices-local" } }))
        .on_aws("The variable `values` of the Terraform module, in which every environment sets all of them.")
        .names(Schema::default().matching("^[a-z][a-z0-9_]{0,63}$").except(built_in))
}

/// One declared value.
pub(super) fn value() -> Schema {
    let words = VALUE_TYPES.map(|(word, _)| word);
    Schema::mapping()
        .describe("A value that each environment sets.")
        .kind("value")
        .example(json!({ "local": "invoices-local" }))
        .key(
            "description",
            text()
                .describe("What it means, for people.")
                .example("Where invoices are uploaded")
                .not_on_aws(),
        )
        .key(
            "type",
            Schema::choice(words)
                .describe("What it may be. A number or a switch is for the settings that take one; in a text any may stand.")
                .default_value(words[0])
                .example("integer")
                .on_aws("Its type in the variable `values`; a duration is a text such as `30s`."),
        )
        .required_key(
            "local",
            text()
                .describe("What it is on this machine, and wherever no environment is named.")
                .example("invoices-local")
                .on_aws("The value in the module's own tests."),
        )
}

fn bus() -> Schema {
    // The environment is appended to the name.
    let most = BUS_NAME_MAX - 1 - MAX_ENVIRONMENT;
    let made = name(&BUS_NAME).characters(0, Some(most));
    let existing = Schema::mapping().required_key(
        "existing",
        existing_bus()
            .describe("A bus of the account that exists already, such as one that teams share, or a partner's: its name or its ARN. Its owner's policy, archives and other rules stay as they are.")
            .example("acme-${environment}")
            .on_aws("Nothing of its own: rules on this bus, and the right to put the jobs' events onto it."),
    );
    Schema::any_of([made, existing.kind("mapping with `existing`")])
        .describe("The event bus. `default` is the account's own; any other name is a bus that is created, one for each environment; `existing` names one that is there.")
        .default_value("default")
        .example("orders")
        .example(json!({ "existing": "acme-${environment}" }))
        .on_aws("With a name of your own, the event bus `<bus>-<environment>`. Rules for events are on the pipeline's bus unless their trigger names another; rules for schedules are always on the account's.")
}

/// The name of a bus that exists already, or its ARN.
pub(super) fn existing_bus() -> Schema {
    Schema::string()
        .kind("name or ARN of a bus")
        .with_values()
        .characters(1, None)
}

fn names() -> Schema {
    Schema::mapping()
        .describe("How names on AWS are made that the spec does not give.")
        .kind("mapping")
        .example(json!({ "region": true }))
        .on_aws("Nothing alone.")
        .key(
            "region",
            Schema::boolean()
                .describe("Whether names that an account has once for all of its regions say the region: then two regions of one account may have the same environment. Names of `names.role` stay as they are written. To change it later replaces the roles and the dashboards.")
                .default_value(false)
                .example(true)
                .on_aws("The names of IAM roles and CloudWatch dashboards are `<pipeline>-<job>-<environment>-<region>` and the like."),
        )
}

fn discriminator() -> Schema {
    let words = DISCRIMINATORS.map(|(word, _)| word);
    Schema::choice(words)
        .describe("How rules tell two events of one detail type apart: by the event's name, which every detail has as `event_type`, or not at all.")
        .default_value(words[0])
        .example("none")
        .on_aws("With `event_type`, one more field in the pattern of every rule for a declared event.")
}

fn events() -> Schema {
    let sentence = "The events that jobs emit or wait for, by name.";
    Schema::each(Schema::reference("event"))
        .or_nothing()
        .describe(with_charset(sentence, &EVENT_NAME))
        .example(json!({ "order.billed": { "detail_type": "Order Billed" } }))
        .on_aws("Nothing alone: a trigger on the event makes a rule, and a job that emits it may put it on the bus.")
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
        .describe("What holds for every job that does not say otherwise.")
        .example(json!({ "function": { "timeout": "30s" } }))
        .on_aws("Nothing alone: the settings of every function, target and retry that says nothing else.")
        .key(
            "function",
            function::with_settings(Schema::mapping(), Some(&settings))
                .describe("The settings of functions.")
                .example(json!({ "memory_mb": 512 }))
                .on_aws("The settings of every function that is built here and does not say otherwise."),
        )
        .key(
            "delivery",
            retry::delivery(Some(delivery))
                .on_aws("The retry policy of every target and schedule that does not say otherwise."),
        )
        .key(
            "execution",
            retry::execution(Some(execution))
                .on_aws("The asynchronous invocation settings of every function that does not say otherwise."),
        )
        .key(
            "schedule",
            Schema::mapping()
                .describe("What scheduled events have.")
                .example(json!({ "detail": { "kind": "weekly" } }))
                .on_aws("Part of what every schedule sends, if its trigger does not say otherwise.")
                .key("detail", Schema::reference("scheduled-detail")),
        )
}

fn archive() -> Schema {
    let days = integer(&ARCHIVE_DAYS, "How many days they are kept; 0 is for ever.")
        .example(90)
        .on_aws("The archive's retention.");
    Schema::mapping()
        .describe("Keeps the events of the bus, so that they can be replayed: all of them on a bus of the pipeline's own, and those with the pipeline's source on the account's bus.")
        .example(json!({ "days": 90 }))
        .on_aws("An EventBridge archive, `<pipeline>-<environment>`.")
        .required_key("days", days)
}

fn tags() -> Schema {
    let allowed = r"[\p{L}\p{N} _.:/=+@-]";
    // AWS reserves `aws:` in any case of its letters, and an expression here has no flag for that.
    let key = Schema::default()
        .matching(format!("^{allowed}{{1,{TAG_KEY_MAX}}}$"))
        .except(Schema::default().matching("^[aA][wW][sS]:"));
    let value = text()
        .matching(format!("^({allowed}|{REFERENCE})*$"))
        .characters(0, Some(TAG_VALUE_MAX));
    Schema::each(value)
        .with_values()
        .describe("The tags of everything that takes tags, together with the provider's own `default_tags`.")
        .example(json!({ "Team": "growth" }))
        .on_aws("These tags on every resource that takes tags.")
        .names(key)
        .keys_between(0, Some(TAGS_MAX))
}

fn jobs() -> Schema {
    let sentence = "The jobs by name: a function, what triggers it, what it emits.";
    Schema::each(Schema::reference("job"))
        .or_nothing()
        .describe(with_charset(sentence, &RESOURCE_NAME))
        .example(json!({ "bill": { "function": { "package": "bill" } } }))
        .on_aws("A file of the Terraform module for each job, with all that the job is made of.")
        .names(name(&RESOURCE_NAME))
}

/// What a path cannot hold.
const ODD: &str = r"\\:\x00-\x1f\x7f-\x9f";

fn output() -> Schema {
    let folder = || format!("^[^{ODD}]+$");
    // At least one character stands before `.rs`: a file that is named `.rs` alone has no extension.
    let file = |ending| format!(r"^[^{ODD}]*[^/{ODD}]\.{ending}$");
    Schema::mapping()
        .describe("Where generated files go: paths below the spec's folder, with `/` between their parts.")
        .example(json!({ "terraform": "terraform/pipeline" }))
        .not_on_aws()
        .key(
            "terraform",
            path(folder())
                .describe("The folder of the Terraform module.")
                .kind("path of a folder")
                .default_value(TERRAFORM_FOLDER)
                .example("terraform/pipeline")
                .not_on_aws(),
        )
        .key(
            "events",
            path(file("rs"))
                .describe("The file of the typed Rust events, which ends in `.rs`; without this key none is written.")
                .kind("path of a file")
                .example("lambdas/events/src/generated.rs")
                .not_on_aws(),
        )
        .key(
            "schemas",
            path(folder())
                .describe("The folder of a JSON Schema (draft 2020-12) for each event, `<event>.json`: its envelope and its detail. Without this key none is written.")
                .kind("path of a folder")
                .example("schemas")
                .not_on_aws(),
        )
        .key(
            "python",
            path(file("py"))
                .describe("The file of the events as typed dictionaries, for Python 3.11 and later, which ends in `.py`; without this key none is written.")
                .kind("path of a file")
                .example("mail/events.py")
                .not_on_aws(),
        )
}

fn local() -> Schema {
    Schema::mapping()
        .describe("What functions get on this machine, from `codegen run` and `codegen dev`, and never on AWS.")
        .example(json!({ "environment": { "DATABASE_URL": "sqlite:target/shop.sqlite" } }))
        .not_on_aws()
        .key(
            "environment",
            function::environment()
                .describe("Environment variables. One of the same name in the caller's own environment wins.")
                .example(json!({ "DATABASE_URL": "sqlite:target/shop.sqlite" }))
                .not_on_aws(),
        )
}

/// A path that stays below the spec's folder: no part is empty, `.` or `..`.
fn path(expression: String) -> Schema {
    Schema::string()
        .matching(expression)
        // `not` instead of a lookahead, which the expressions of many validators do not have.
        .except(Schema::default().matching(r"(^|/)(\.{0,2}/|\.{1,2}$)"))
}
