//! `deliver_to:`.

use pipeline::language::{DESTINATIONS, TARGETS};
use serde_json::json;

use super::Schema;

/// What a job delivers its events to, instead of a function.
pub(super) fn deliver_to() -> Schema {
    let target = Schema::mapping()
        .key("state_machine", state_machine())
        .key("bus", bus())
        .and_one_of(TARGETS.map(|key| Schema::default().requiring(key)));
    Schema::any_of([Schema::choice(DESTINATIONS), target.kind("mapping with one key")])
        .describe("Where the events go if that is not a function: to a `queue`, `topic` or `log_group` that is made, or to a `state_machine` or `bus` whose ARN is in the Terraform variable `destinations` under the job's name. A mapping says where something is that is there already.")
        .example("queue")
        .example(json!({ "state_machine": { "existing": "orders-${environment}" } }))
        .on_aws("An SQS queue or an SNS topic `<pipeline>-<job>-<environment>`, or a log group `/aws/events/<pipeline>-<job>-<environment>`, with the policy that lets EventBridge in; for what is there already, a role that may reach it.")
}

fn state_machine() -> Schema {
    Schema::mapping()
        .describe("A state machine of Step Functions that is there already. Each event starts an execution.")
        .example(json!({ "existing": "orders-${environment}" }))
        .on_aws("`Arn` of the target, and the role `<pipeline>-<job>-<environment>` that may start it.")
        .required_key("existing", existing("state machine", "orders-${environment}"))
}

fn bus() -> Schema {
    Schema::mapping()
        .describe("A bus that is there already, in this account or another one, whose policy then has to let the role in.")
        .example(json!({ "existing": "arn:aws:events:${region}:123456789012:event-bus/orders" }))
        .on_aws("`Arn` of the target, and the role `<pipeline>-<job>-<environment>` that may put events on it.")
        .required_key(
            "existing",
            existing("bus", "arn:aws:events:${region}:123456789012:event-bus/orders"),
        )
}

fn existing(what: &str, example: &str) -> Schema {
    Schema::string()
        .kind("name or ARN")
        .with_values()
        .characters(1, None)
        .describe(format!("The name of the {what}, in the account and the region that Terraform deploys to, or its ARN."))
        .example(example)
        .on_aws("`Arn` of the target.")
}
