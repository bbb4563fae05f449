//! `encryption:`, with the names of keys.

use serde_json::json;

use super::Schema;
use super::text::text;

pub(super) fn encryption() -> Schema {
    let key = |what: &str| {
        text()
            .describe(format!(
                "The name, in the Terraform variable `kms_keys`, of the key that encrypts {what}."
            ))
            .example("main")
    };
    Schema::mapping()
        .describe("Keys of your own for what AWS keeps: each has a name in the Terraform variable `kms_keys`. Without one AWS encrypts with a key of its own. The policy of a key has to let AWS's services in, or events are lost: [production.md](production.md#keys-of-your-own) has the statements.")
        .example(json!({ "queues": "main" }))
        .on_aws("The KMS key of these resources, and the permission to use it for the roles that send to them.")
        .key(
            "queues",
            key("every queue: for dead letters, for failed runs, and for events that a job delivers to one")
                .on_aws("`kms_master_key_id` of every queue; roles of functions and of EventBridge Scheduler may encrypt with the key."),
        )
        .key(
            "topics",
            key("every topic: that a job delivers to, and that alarms tell if it is made here")
                .on_aws("`kms_master_key_id` of every topic."),
        )
        .key(
            "bus",
            key("the bus, if it is the pipeline's own")
                .on_aws("`kms_key_identifier` of the event bus, and a queue `<pipeline>-bus_dlq-<environment>` for events that cannot be encrypted or decrypted."),
        )
        .key(
            "logs",
            key("every log group").on_aws("`kms_key_id` of every log group."),
        )
}
