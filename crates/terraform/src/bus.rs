//! The event bus: the default bus of the account, or a bus of the pipeline's own.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::resources::{Archive, Bus, DEFAULT_BUS, Producers, Resources};

use super::hcl::{
    Body, attribute, call, conditional, list, object, reference, resource, string, word,
};
use super::name_in_environment;
use super::policy::{only_events, policy};
use super::values::text;

/// Refers to the name of the pipeline's bus.
pub(super) fn name() -> Expression {
    reference(["local", "event_bus_name"])
}

/// Refers to the ARN of the pipeline's bus.
pub(super) fn arn() -> Expression {
    reference(["local", "event_bus_arn"])
}

/// Writes the bus, and its name and ARN as locals. Everything names the bus through `local.event_bus_name`: if one place
/// had its name and another its ARN, Terraform would replace live rules.
pub(super) fn body(resources: &Resources<'_>) -> Body {
    let kind = "aws_cloudwatch_event_bus";
    let (bus, name, arn, policy) = match &resources.bus {
        Bus::Default => {
            let found = Block::builder("data")
                .add_labels([kind, "pipeline"])
                .add_attribute(attribute("name", string(DEFAULT_BUS)));
            let arn = reference(["data", kind, "pipeline", "arn"]);
            (found, string(DEFAULT_BUS), arn, None)
        }
        Bus::Made { name, producers } => {
            let made = resource(kind, "pipeline")
                .add_attribute(attribute("name", name_in_environment(name)));
            let of = |field| reference([kind, "pipeline", field]);
            let policy = producers_policy(producers);
            (made, of("name"), of("arn"), Some(policy))
        }
        Bus::Existing(name) => {
            let found = Block::builder("data")
                .add_labels([kind, "pipeline"])
                .add_attribute(attribute("name", text(name)));
            let of = |field| reference(["data", kind, "pipeline", field]);
            // The name as the spec has it: one that a plan does not know would replace rules.
            (found, text(name), of("arn"), None)
        }
    };
    let locals = Block::builder("locals")
        .add_attribute(attribute("event_bus_name", name))
        .add_attribute(attribute("event_bus_arn", arn));
    Body::builder()
        .add_block(bus.build())
        .add_blocks(policy)
        .add_blocks(resources.archive.as_ref().map(archive))
        .add_block(locals.build())
        .build()
}

/// Declares the variable with the accounts that may put events on the pipeline's own bus. The default bus may have a
/// policy of the account, which no pipeline should overwrite.
pub(super) fn producers(resources: &Resources<'_>) -> Option<Block> {
    let Bus::Made { .. } = resources.bus else {
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

fn producers_policy(producers: &Producers<'_>) -> Block {
    let Producers {
        own_source,
        external,
    } = producers;
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
    // Other accounts may use any source but the pipeline's own: only its jobs emit its internal events.
    let own = object([("events:source", string(*own_source))]);
    let mut statements = vec![put("PutOtherEvents", object([("StringNotEquals", own)]))];
    if !external.is_empty() {
        let external = only_events(own_source, external);
        statements.push(put("PutExternalEvents", external));
    }
    // AWS refuses a statement without a principal, so there is no policy without accounts.
    let count = conditional(any, Expression::from(1), Expression::from(0));
    let allowed = resource("aws_cloudwatch_event_bus_policy", "producers")
        .add_attribute(attribute("count", count))
        .add_attribute(attribute(
            "event_bus_name",
            reference(["aws_cloudwatch_event_bus", "pipeline", "name"]),
        ))
        .add_attribute(attribute("policy", policy(statements)));
    allowed.build()
}

/// Writes the archive: of everything on the pipeline's own bus, or of the pipeline's own events on the default bus.
fn archive(archive: &Archive<'_>) -> Block {
    let Archive {
        name,
        retention_days,
        source,
    } = archive;
    let mut body = resource("aws_cloudwatch_event_archive", "pipeline")
        .add_attribute(attribute("name", name_in_environment(name)))
        // Another ARN, or one that the plan does not know, replaces the archive and deletes what it kept.
        .add_attribute(attribute("event_source_arn", arn()))
        .add_attribute(attribute("retention_days", *retention_days));
    if let Some(source) = source {
        let source = list([string(*source)]);
        let pattern = call("jsonencode", [object([("source", source)])]);
        body = body.add_attribute(attribute("event_pattern", pattern));
    }
    body.build()
}
