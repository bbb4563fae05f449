//! Reading `buffer:`, a queue between the rules of a job and its function.

use super::quantity::{BUFFER_BATCH, BUFFER_CONCURRENCY, BUFFER_RECEIVES, BUFFER_WINDOW};
use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::lints::CONFLICTING_KEYS;
use crate::model::{Buffer, Work};
use crate::span::{Span, Spanned};
use crate::yaml::Node;

/// Messages of a batch unless the spec says it: Lambda's own default.
pub const BATCH: u32 = 10;

/// Receives of a message unless the spec says it. AWS
/// [recommends](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html) at least five: a function that
/// is throttled for a while then gives no message up.
pub const RECEIVES: u32 = 5;

/// Reads the value of `buffer:`. Reports a job that has no function of its own to put a queue before.
pub(super) fn read(
    reader: &mut Reader,
    (at, node): (Span, &Node),
    work: &Work,
    execution: Option<Span>,
) -> Option<Buffer> {
    let mut buffer = Buffer {
        batch: Spanned::new(BATCH, at),
        window_seconds: 0,
        max_concurrency: None,
        max_receives: RECEIVES,
        fifo: None,
    };
    let mut fields = reader.fields("`buffer`", node, at)?;
    if let Some(node) = fields.take("batch") {
        let batch = reader.integer(node, &BUFFER_BATCH);
        buffer.batch = Spanned::new(batch.unwrap_or(BATCH), node.span);
    }
    if let Some(node) = fields.take("window") {
        buffer.window_seconds = reader.duration(node, &BUFFER_WINDOW).unwrap_or_default();
    }
    if let Some(node) = fields.take("max_concurrency") {
        let most = reader.valued_integer(node, &BUFFER_CONCURRENCY);
        buffer.max_concurrency = most.map(|most| Spanned::new(most, node.span));
    }
    if let Some(node) = fields.take("max_receives") {
        let most = reader.integer(node, &BUFFER_RECEIVES);
        buffer.max_receives = most.unwrap_or(RECEIVES);
    }
    if let Some((at, node)) = fields.take_entry("fifo") {
        let is_fifo = reader.boolean(node).unwrap_or_default();
        buffer.fifo = is_fifo.then_some(at);
    }
    fields.finish(reader);
    if let Some(conflict) = conflict(at, work, execution) {
        reader.report(conflict);
        return None;
    }
    Some(buffer)
}

fn conflict(at: Span, work: &Work, execution: Option<Span>) -> Option<Diagnostic> {
    let conflicting = |span, message| Diagnostic::new(&CONFLICTING_KEYS, span, message);
    match work {
        Work::Function(_) => {
            let execution = execution?;
            let message = "with a `buffer`, nothing is left for `execution` to say";
            Some(
                conflicting(execution, message)
                    .with_related(at, "the queue, which repeats what failed")
                    .with_note("`execution` is about events that Lambda's own queue holds")
                    .with_help("remove `execution`, and say `max_receives` in the `buffer`"),
            )
        }
        Work::Existing(existing) => {
            let message = "a function that exists already cannot have a `buffer`";
            Some(
                conflicting(at, message)
                    .with_related(existing.function.span, "the function")
                    .with_note(
                        "its role is its owner's, and would have to let Lambda read the queue",
                    )
                    .with_help("remove `buffer`, or deliver to a queue with `deliver_to: queue`"),
            )
        }
        Work::DeliverTo(delivery) => {
            let message = "a job without a function cannot have a `buffer`";
            Some(
                conflicting(at, message)
                    .with_related(delivery.to.span, "what the job has instead of a function")
                    .or_remove(at)
                    .with_help("remove `buffer`"),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of, pipeline};

    fn job(rest: &str) -> String {
        format!("jobs: {{ j: {{ {rest}, triggers: [ {{ event: e }} ] }} }}\n")
    }

    #[test]
    fn a_buffer_has_the_defaults_of_aws() {
        let spec = job("function: { package: j }, buffer: { window: 5s }");
        let pipeline = pipeline(&spec);
        let buffer = pipeline.jobs["j"].buffer.as_ref().unwrap();
        assert_eq!((buffer.batch.value, buffer.window_seconds), (10, 5));
        assert_eq!(
            (buffer.max_receives, buffer.max_concurrency.is_none()),
            (5, true)
        );
    }

    #[test]
    fn ranges_are_those_of_aws() {
        let none: &[&str] = &[];
        for (buffer, ids) in [
            ("{}", none),
            (
                "{ batch: 10000, window: 5m, max_concurrency: 1000, max_receives: 1000 }",
                none,
            ),
            (
                "{ batch: 1, window: 0s, max_concurrency: 2, max_receives: 1 }",
                none,
            ),
            ("{ batch: 0 }", &["out-of-range"]),
            ("{ batch: 10001 }", &["out-of-range"]),
            ("{ window: 301s }", &["out-of-range"]),
            ("{ max_concurrency: 1 }", &["out-of-range"]),
            ("{ max_concurrency: 1001 }", &["out-of-range"]),
            ("{ max_receives: 0 }", &["out-of-range"]),
            ("{ max_receives: 1001 }", &["out-of-range"]),
            ("{ size: 3 }", &["unknown-key"]),
            ("10", &["wrong-type"]),
        ] {
            let spec = job(&format!("function: {{ package: j }}, buffer: {buffer}"));
            assert_eq!(ids_of(&format!("{PREFIX}{spec}")), ids, "{buffer}");
        }
    }

    #[test]
    fn only_a_function_of_the_pipeline_has_a_buffer_and_then_no_execution() {
        for rest in [
            "function: { package: j }, buffer: {}, execution: { max_attempts: 1 }",
            "function: { existing: j }, buffer: {}",
            "deliver_to: queue, buffer: {}",
        ] {
            let ids = ids_of(&format!("{PREFIX}{}", job(rest)));
            assert_eq!(ids, ["conflicting-keys"], "{rest}");
        }
    }
}
