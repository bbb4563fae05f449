//! `events:`.

use pipeline::language::{DETAIL_TYPE_MAX, FIELD_TYPES};

use super::Schema;
use super::text::text;

pub(super) fn event() -> Schema {
    Schema::mapping()
        .describe("An event that jobs emit or wait for.")
        .key(
            "description",
            text().describe("What the event means, for people."),
        )
        .required_key("detail_type", detail_type())
        .key(
            "external",
            Schema::boolean()
                .describe("Whether something outside the pipeline emits it.")
                .default_value(false),
        )
        .key("detail", Schema::reference("detail"))
}

fn detail_type() -> Schema {
    text()
        .describe(format!(
            "`detail-type` of the event on the bus: 1 to {DETAIL_TYPE_MAX} bytes."
        ))
        .example("User Signup")
        .characters(1, Some(DETAIL_TYPE_MAX))
}

pub(super) fn detail() -> Schema {
    Schema::each(Schema::reference("field")).describe(
        "The fields of the event's detail, with their types. Every detail has `event_type` too; it is not declared.",
    )
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
