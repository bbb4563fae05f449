//! How Lambda reads the queue between rules and a function.

use hcl::structure::Block;
use pipeline::resources::{Buffer, JobResources};

use super::hcl::{attribute, block, list, reference, resource, string};
use super::{function, values};

/// Writes the event source mapping.
pub(super) fn mapping(job: &JobResources<'_>, buffer: &Buffer) -> Block {
    let Buffer {
        // `job::blocks` writes it.
        queue,
        // Targets and schedules have it.
        group: _,
        label,
        batch,
        window_seconds,
        max_concurrency,
    } = buffer;
    let scaling = max_concurrency.as_ref().map(|most| {
        let most = [("maximum_concurrency", values::number(most))];
        block("scaling_config", most)
    });
    resource("aws_lambda_event_source_mapping", label)
        .add_attribute(attribute(
            "event_source_arn",
            reference(["aws_sqs_queue", &queue.label, "arn"]),
        ))
        .add_attribute(attribute("function_name", function::invoked(job)))
        .add_attribute(attribute("batch_size", *batch))
        .add_attribute(attribute(
            "maximum_batching_window_in_seconds",
            *window_seconds,
        ))
        // Without this Lambda does not read which messages failed, and deletes them with the others.
        .add_attribute(attribute(
            "function_response_types",
            list([string("ReportBatchItemFailures")]),
        ))
        .add_blocks(scaling)
        // Lambda asks at once whether the role may read the queue.
        .add_attribute(attribute(
            "depends_on",
            list([reference(["aws_iam_role_policy", label])]),
        ))
        .build()
}
