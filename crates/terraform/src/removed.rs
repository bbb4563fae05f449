//! `removed` blocks: Terraform forgets what stays on AWS, and does not destroy it.

use hcl::structure::Block;
use pipeline::removed::Keep;
use pipeline::resources::Forgotten;

use super::hcl::{Body, attribute, block, builder, reference};

/// Writes a block for everything that stays on AWS; nothing if nothing does.
pub(super) fn body(forgotten: &[Forgotten]) -> Option<Body> {
    if forgotten.is_empty() {
        return None;
    }
    let blocks = forgotten.iter().flat_map(|Forgotten { keep, label }| {
        let kinds = kinds(*keep).iter();
        kinds.map(|kind| removed(kind, label))
    });
    Some(Body::builder().add_blocks(blocks).build())
}

/// The kinds of resources that stay. A queue keeps its policy, which refuses plain HTTP.
pub(super) fn kinds(keep: Keep) -> &'static [&'static str] {
    match keep {
        Keep::Archive => &["aws_cloudwatch_event_archive"],
        Keep::LogGroup => &["aws_cloudwatch_log_group"],
        Keep::Buffer | Keep::DeadLetterQueue | Keep::FailureQueue | Keep::Queue => {
            &["aws_sqs_queue", "aws_sqs_queue_policy"]
        }
    }
}

fn removed(kind: &str, label: &str) -> Block {
    builder("removed")
        .add_attribute(attribute("from", reference([kind, label])))
        .add_block(block("lifecycle", [("destroy", false.into())]))
        .build()
}
