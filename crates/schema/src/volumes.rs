//! `volumes:`, how much there is.

use pipeline::language::{DELIVERIES_PER_DAY, EVENT_NAME, EVENTS_PER_DAY, RESOURCE_NAME, RUN_MS};
use serde_json::json;

use super::Schema;
use super::quantity::integer;
use super::text::name;

pub(super) fn volumes() -> Schema {
    Schema::mapping()
        .or_nothing()
        .describe("How much there is, for `codegen cost`. What is not said is counted as nothing, and the estimate says so.")
        .example(json!({ "events_per_day": { "order.placed": 20000 } }))
        .on_aws("Nothing.")
        .key(
            "events_per_day",
            Schema::each(integer(&EVENTS_PER_DAY, "Events of a day."))
                .or_nothing()
                .describe("Events of a day, by the event's name: of one that others put onto the bus, and of one that jobs emit if it is not one for each run.")
                .example(json!({ "order.placed": 20000 }))
                .on_aws("Nothing.")
                .names(name(&EVENT_NAME)),
        )
        .key(
            "deliveries_per_day",
            Schema::each(integer(&DELIVERIES_PER_DAY, "Deliveries of a day."))
                .or_nothing()
                .describe("Deliveries of events to a job in a day, by the job's name, where its triggers do not tell: with a `where` or a `pattern`. Its schedules are counted beside them.")
                .example(json!({ "audit": 400 }))
                .on_aws("Nothing.")
                .names(name(&RESOURCE_NAME)),
        )
        .key(
            "run_ms",
            Schema::each(integer(&RUN_MS, "Milliseconds."))
                .or_nothing()
                .describe("The usual length of a run in milliseconds, by the job's name. Without it a run is counted with a second, and the estimate says so.")
                .example(json!({ "pack": 300 }))
                .on_aws("Nothing.")
                .names(name(&RESOURCE_NAME)),
        )
}
