//! `buffer:`.

use pipeline::language::{
    BATCH, BUFFER_BATCH, BUFFER_CONCURRENCY, BUFFER_RECEIVES, BUFFER_WINDOW, RECEIVES,
    show_duration,
};
use serde_json::json;

use super::Schema;
use super::quantity::{duration, integer};

/// A queue between the rules of a job and its function.
pub(super) fn buffer() -> Schema {
    Schema::mapping()
        .describe("A queue between the rules and the function, which then gets its events in batches. What fails comes again, and is given up after `max_receives`. `execution` does not apply.")
        .example(json!({ "batch": 10, "window": "5s", "max_concurrency": 5 }))
        .on_aws("An SQS queue `<pipeline>-<job>-buffer-<environment>`, to which rules and schedules deliver, and an event source mapping by which Lambda reads it for the function. A received message is hidden for six times the function's timeout and the window.")
        .key(
            "batch",
            integer(
                &BUFFER_BATCH,
                "The most events of a batch. More than 10 need a `window`.",
            )
            .default_value(BATCH)
            .example(100)
            .on_aws("`BatchSize` of the event source mapping."),
        )
        .key(
            "window",
            duration(
                &BUFFER_WINDOW,
                "How long a batch waits for more events.",
            )
            .default_value(show_duration(BUFFER_WINDOW.least))
            .example("5s")
            .on_aws("`MaximumBatchingWindowInSeconds` of the event source mapping."),
        )
        .key(
            "max_concurrency",
            integer(
                &BUFFER_CONCURRENCY,
                "The most batches at a time. Without it there may be as many as the account allows.",
            )
            .example(5)
            .or_value()
            .on_aws("`MaximumConcurrency` in the scaling of the event source mapping."),
        )
        .key(
            "max_receives",
            integer(
                &BUFFER_RECEIVES,
                "How often an event is tried before it goes to the job's failure queue.",
            )
            .default_value(RECEIVES)
            .example(3)
            .on_aws("`maxReceiveCount` in the redrive policy of the queue, with `<pipeline>-<job>-on-failure-<environment>` as the queue of what is given up."),
        )
        .key(
            "fifo",
            Schema::boolean()
                .describe("Whether the function gets its events one batch after the other, in the order in which they came, and waits for one that fails. A batch then has at most 10 events, and no `window`.")
                .default_value(false)
                .example(true)
                .on_aws("FIFO queues, with `.fifo` at the end of their names, with deduplication by content, and with the job's name as the message group of every event."),
        )
}
