//! `events:`.

use pipeline::language::{AWS_EVENTS, DETAIL_TYPE_MAX, DISCRIMINATORS, FIELD_TYPES, SOURCE_MAX};

use serde_json::json;

use super::Schema;
use super::text::text;

pub(super) fn event() -> Schema {
    Schema::mapping()
        .describe("An event that jobs emit or wait for.")
        .key(
            "description",
            text()
                .describe("What the event means, for people.")
                .example("A customer has paid")
                .not_on_aws(),
        )
        .key("source", source())
        .key("aws", aws())
        .key("detail_type", detail_type())
        .key("discriminator", discriminator())
        .key(
            "external",
            Schema::boolean()
                .describe("Whether something outside the pipeline emits it. An event with another `source` than the pipeline's is external without it.")
                .default_value(false)
                .example(true)
                .on_aws("On a bus of the pipeline's own, other accounts may put the event, if the Terraform variable `producer_accounts` names them, or `producer_organizations` their organization."),
        )
        .key("detail", Schema::reference("detail"))
        .key("allow", Schema::reference("allow"))
        .and_one_of(["detail_type", "aws"].map(|key| Schema::default().requiring(key)))
}

fn aws() -> Schema {
    Schema::choice(AWS_EVENTS.each_ref().map(|event| event.name))
        .describe("A well-known event of AWS. It says the event's `source`, `detail_type` and `detail`, so that `where` is checked and Rust has its type; none of them, nor `external` or `discriminator`, stands beside it. Fields that AWS adds later are left out. Any other event of AWS is written out: `source: aws.batch`.")
        .example("s3.object-created")
        .on_aws("`source` and `detail-type` in the pattern of every rule for the event. AWS sends its events to the account's `default` bus.")
}

fn source() -> Schema {
    text()
        .describe(format!("`source` of the event on the bus: the pipeline's, unless others emit it with one of their own. 1 to {SOURCE_MAX} characters."))
        .example("acme.checkout")
        .on_aws("`source` in the pattern of every rule for the event. No job may emit an event of another source.")
        .characters(1, Some(SOURCE_MAX))
}

fn discriminator() -> Schema {
    Schema::choice(DISCRIMINATORS.map(|(word, _)| word))
        .describe("Whether every detail of the event has its name as `event_type`. Events of others rarely do: `none`.")
        .example("none")
        .on_aws("With `event_type`, one more field in the pattern of every rule for the event.")
}

fn detail_type() -> Schema {
    text()
        .describe(format!(
            "`detail-type` of the event on the bus: 1 to {DETAIL_TYPE_MAX} characters."
        ))
        .example("Order Placed")
        .on_aws("`detail-type` in the pattern of every rule for the event, and in the permission of the jobs that emit it.")
        .characters(1, Some(DETAIL_TYPE_MAX))
}

pub(super) fn detail() -> Schema {
    Schema::each(Schema::reference("field"))
        .describe(
            "The fields of the event's detail, with their types. `event_type` is there by itself.",
        )
        .kind("mapping from fields to their types")
        .example(json!({ "order_id": "string" }))
        .example(json!({ "items": [{ "sku": "string" }] }))
        .not_on_aws()
}

/// A word, a list of one type, or an object.
pub(super) fn field() -> Schema {
    let words = FIELD_TYPES
        .iter()
        .flat_map(|(word, _)| [(*word).to_owned(), format!("{word}?")]);
    let item = Schema::reference("field");
    Schema::any_of([
        Schema::choice(words),
        Schema::string().matching(r"^enum\(.+\)\??$"),
        Schema::list(item).items_between(1, Some(1)),
        Schema::each(Schema::reference("field")),
    ])
    .describe(
        "The type of a field. A `?` lets it be null or absent, `[string]` is a list, and a mapping is an object. A `timestamp` is RFC 3339 in UTC, a `date` a calendar day, and `json` any value; `enum(web, shop)` is one of the texts in its brackets.",
    )
}
