//! The tags of the spec, on every resource that takes tags.
//!
//! A module cannot set `default_tags`: they belong to the provider, which the root module configures.

use hcl::structure::{Block, BlockLabel, Structure};
use pipeline::Pipeline;

use super::hcl::{Body, attribute, builder, object, reference};
use super::values::text;

/// The kinds of resources that take tags. A schedule of EventBridge Scheduler takes none: only its group does.
const TAGGED: [&str; 8] = [
    "aws_cloudwatch_event_bus",
    "aws_cloudwatch_event_rule",
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_metric_alarm",
    "aws_iam_role",
    "aws_lambda_function",
    "aws_sns_topic",
    "aws_sqs_queue",
];

/// Writes the tags as a local; nothing if the spec has none.
pub(super) fn shared(pipeline: &Pipeline) -> Option<Body> {
    if pipeline.tags.is_empty() {
        return None;
    }
    let mut tags: Vec<_> = pipeline.tags.iter().collect();
    tags.sort_unstable_by_key(|(key, _)| *key);
    let tags = tags.into_iter();
    let tags = object(tags.map(|(key, value)| (key, text(value))));
    let locals = builder("locals").add_attribute(attribute("tags", tags));
    Some(Body::builder().add_block(locals.build()).build())
}

/// Adds the tags to every resource that takes tags, behind its other attributes.
pub(super) fn add(pipeline: &Pipeline, body: Body) -> Body {
    if pipeline.tags.is_empty() {
        return body;
    }
    let structures = body.into_inner().into_iter();
    structures
        .map(|structure| match structure {
            Structure::Block(block) if takes_tags(&block) => Structure::Block(tagged(block)),
            other => other,
        })
        .collect()
}

fn takes_tags(block: &Block) -> bool {
    let kind = match block.labels.first() {
        Some(BlockLabel::String(kind)) => kind.as_str(),
        Some(BlockLabel::Identifier(kind)) => kind.as_str(),
        None => return false,
    };
    block.identifier.as_str() == "resource" && TAGGED.contains(&kind)
}

fn tagged(mut block: Block) -> Block {
    let mut structures = block.body.into_inner();
    // In front of the first block, as Terraform's style has attributes first.
    let is_attribute = |structure: &Structure| matches!(structure, Structure::Attribute(_));
    let place = structures.iter().position(|one| !is_attribute(one));
    let tags = Structure::Attribute(attribute("tags", reference(["local", "tags"])));
    structures.insert(place.unwrap_or(structures.len()), tags);
    block.body = structures.into();
    block
}
