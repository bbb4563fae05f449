//! `events:`.

use pipeline::language::{DETAIL_TYPE_MAX, FIELD_TYPES};

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
        .required_key("detail_type", detail_type())
        .key(
            "external",
            Schema::boolean()
                .describe("Whether something outside the pipeline emits it.")
                .default_value(false)
                .example(true)
                .on_aws("On a bus of the pipeline's own, other accounts may put the event, if the Terraform variable `producer_accounts` names them, or `producer_organizations` their organization."),
        )
        .key("detail", Schema::reference("detail"))
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
        Schema::list(item).items_between(1, Some(1)),
        Schema::each(Schema::reference("field")),
    ])
    .describe(
        "The type of a field. A `?` lets it be null or absent, `[string]` is a list, and a mapping is an object. A `timestamp` is RFC 3339 in UTC, a `date` a calendar day, and `json` any value.",
    )
}
