//! The event bus: the account's own, or one of the pipeline's.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::Pipeline;
use pipeline::model::Bus;

use super::hcl::{
    Body, attribute, call, conditional, list, object, reference, resource, string, word,
};
use super::name_in_environment;
use super::role::{only_events, policy};

/// The bus, and its name and ARN as locals. Everything names the bus through `local.event_bus_name`:
/// a name in one place and an ARN in another make Terraform replace rules that are live.
pub(super) fn body(pipeline: &Pipeline) -> Body {
    let kind = "aws_cloudwatch_event_bus";
    let (bus, name, arn) = match &pipeline.bus {
        Bus::Default => {
            let found = Block::builder("data")
                .add_labels([kind, "pipeline"])
                .add_attribute(attribute("name", string("default")));
            let arn = reference(["data", kind, "pipeline", "arn"]);
            (found, string("default"), arn)
        }
        Bus::Custom(name) => {
            let made = resource(kind, "pipeline")
                .add_attribute(attribute("name", name_in_environment(&name.value)));
            let of = |field| reference([kind, "pipeline", field]);
            (made, of("name"), of("arn"))
        }
    };
    let locals = Block::builder("locals")
        .add_attribute(attribute("event_bus_name", name))
        .add_attribute(attribute("event_bus_arn", arn));
    Body::builder()
        .add_block(bus.build())
        .add_blocks(producers_policy(pipeline))
        .add_blocks(archive(pipeline))
        .add_block(locals.build())
        .build()
}

/// The variable with the accounts that may put events on the pipeline's own bus. The account's bus has a policy
/// of its own, which is not this pipeline's to overwrite.
pub(super) fn producers(pipeline: &Pipeline) -> Option<Block> {
    let Bus::Custom(_) = pipeline.bus else {
        return None;
    };
    let description = "The ids of other accounts that may put events on the bus";
    let producers = Block::builder("variable")
        .add_label("producer_accounts")
        .add_attribute(attribute("description", string(description)))
        .add_attribute(attribute("type", call("list", [word("string")])))
        .add_attribute(attribute("default", list([])))
        .add_attribute(attribute("nullable", false));
    Some(producers.build())
}

fn producers_policy(pipeline: &Pipeline) -> Option<Block> {
    let Bus::Custom(_) = pipeline.bus else {
        return None;
    };
    let accounts = || reference(["var", "producer_accounts"]);
    let any = hcl::expr::BinaryOp::new(
        call("length", [accounts()]),
        hcl::BinaryOperator::Greater,
        Expression::from(0),
    );
    let any = Expression::from(hcl::Operation::Binary(any));
    let put = |sid, condition| {
        object([
            ("Sid", string(sid)),
            ("Effect", string("Allow")),
            ("Principal", object([("AWS", accounts())])),
            ("Action", string("events:PutEvents")),
            (
                "Resource",
                reference(["aws_cloudwatch_event_bus", "pipeline", "arn"]),
            ),
            ("Condition", condition),
        ])
    };
    // What the pipeline's own jobs emit is theirs alone.
    let own = object([("events:source", string(pipeline.source.value.as_str()))]);
    let mut statements = vec![put("PutOtherEvents", object([("StringNotEquals", own)]))];
    let mut external = pipeline
        .events
        .values()
        .filter(|event| event.external)
        .peekable();
    if external.peek().is_some() {
        statements.push(put("PutExternalEvents", only_events(pipeline, external)));
    }
    let count = conditional(any, Expression::from(1), Expression::from(0));
    let allowed = resource("aws_cloudwatch_event_bus_policy", "producers")
        .add_attribute(attribute("count", count))
        .add_attribute(attribute(
            "event_bus_name",
            reference(["aws_cloudwatch_event_bus", "pipeline", "name"]),
        ))
        .add_attribute(attribute("policy", policy(statements)));
    Some(allowed.build())
}

/// What may be replayed: everything on the pipeline's own bus, and on the account's what has the pipeline's source.
fn archive(pipeline: &Pipeline) -> Option<Block> {
    let days = pipeline.archive_days.as_ref()?;
    let mut archive = resource("aws_cloudwatch_event_archive", "pipeline")
        .add_attribute(attribute("name", name_in_environment(&pipeline.name.value)))
        .add_attribute(attribute(
            "event_source_arn",
            reference(["local", "event_bus_arn"]),
        ))
        .add_attribute(attribute("retention_days", days.value));
    if pipeline.bus == Bus::Default {
        let source = list([string(pipeline.source.value.as_str())]);
        let pattern = call("jsonencode", [object([("source", source)])]);
        archive = archive.add_attribute(attribute("event_pattern", pattern));
    }
    Some(archive.build())
}
