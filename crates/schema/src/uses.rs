//! `uses:`, the pipelines whose events are used.

use serde_json::json;

use super::Schema;
use super::text::text;

/// One entry.
pub(super) fn used() -> Schema {
    let path = text().kind("path");
    let mapping = Schema::mapping()
        .kind("mapping with `contract`")
        .required_key(
            "contract",
            text()
                .describe("Its spec, or the contract that `codegen export contract` wrote of it: a path relative to the folder of this spec.")
                .example("../billing/contract.json")
                .not_on_aws(),
        )
        .key(
            "account",
            text()
                .with_values()
                .describe("The account of its bus, if that is another one. Rules then wait on the bus of this pipeline, and the other side has to send the events there.")
                .example("111122223333")
                .on_aws("Rules on this pipeline's bus instead of the other one."),
        )
        .key(
            "region",
            text()
                .with_values()
                .describe("The region of its bus, if that is another one, as with `account`.")
                .example("eu-west-1")
                .on_aws("Rules on this pipeline's bus instead of the other one."),
        );
    Schema::any_of([path, mapping])
        .describe("A pipeline whose events are used: the path of its spec or of its contract, or a mapping that also says where it is.")
        .example("../billing/pipeline.yaml")
}

pub(super) fn uses() -> Schema {
    Schema::each(Schema::reference("use"))
        .or_nothing()
        .describe("Pipelines whose events jobs wait for, each under the word that stands in front of its events: `event: billing.invoice.paid`. Their events are external here, with the source, the detail type and the fields that they have there.")
        .example(json!({ "billing": "../billing/pipeline.yaml" }))
        .on_aws("Rules on the bus of that pipeline, in the same environment.")
        .names(Schema::default().matching("^[^.]+$"))
}
