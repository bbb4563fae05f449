//! `removed:`, what left the spec and is still on AWS.

use pipeline::language::{EVENT_NAME, KEEPS};
use serde_json::json;

use super::Schema;
use super::text::name;

/// One entry.
pub(super) fn removal() -> Schema {
    let words = KEEPS.map(|(word, _)| word);
    let keep = Schema::list(Schema::choice(words))
        .or_nothing()
        .describe("What stays on AWS, with the data in it: Terraform forgets it instead of destroying it, which takes Terraform 1.7. `archive` is the pipeline's; the others are what the job had, `queue` the one that it delivered to.")
        .example(json!(["dead_letter_queue", "failure_queue"]))
        .on_aws("A `removed` block with `destroy = false` for each. Nothing on AWS changes.");
    Schema::mapping()
        .or_nothing()
        .kind("mapping")
        .describe("A job that left the spec, or has lost something, by its name; or an event that left, for an `allow` alone.")
        .key("keep", keep)
        .key("allow", Schema::reference("allow"))
}

pub(super) fn removed() -> Schema {
    Schema::each(Schema::reference("removal"))
        .or_nothing()
        .describe("What left the spec, until that is applied everywhere: what stays on AWS, and which findings of `check --against` and `check --plan` about it are allowed. An entry may be erased afterwards.")
        .example(json!({ "old-bill": { "keep": ["failure_queue"] } }))
        .on_aws("What its entries keep.")
        .names(name(&EVENT_NAME))
}
