//! The event bus: the account's own, or one of the pipeline's.

use hcl::structure::Block;
use pipeline::Pipeline;
use pipeline::model::Bus;

use super::hcl::{Body, attribute, reference, resource, string};
use super::name_in_environment;

/// The bus, and its name and ARN as locals. Everything names the bus through `local.event_bus_name`:
/// a name in one place and an ARN in another make Terraform replace rules that are live.
pub(super) fn body(pipeline: &Pipeline) -> Body {
    let kind = "aws_cloudwatch_event_bus";
    let (bus, name, arn) = match &pipeline.bus {
        Bus::Default => {
            let found = Block::builder("data")
                .add_labels([kind, "pipeline"])
                .add_attribute(attribute("name", string("default")));
            let of = |field| reference(["data", kind, "pipeline", field]);
            (found, of("name"), of("arn"))
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
        .add_block(locals.build())
        .build()
}
