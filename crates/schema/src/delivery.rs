//! `deliver_to:`.

use pipeline::language::{
    BATCH_ARRAY, BATCH_ATTEMPTS, BATCH_NAME_MAX, DESTINATIONS, GROUP_MAX, LAUNCH_TYPES, TARGETS,
    TASK_COUNT,
};
use serde_json::json;

use super::quantity::integer;
use super::text::text;
use super::{Schema, api};

/// What a job delivers its events to, instead of a function.
pub(super) fn deliver_to() -> Schema {
    let target = Schema::mapping()
        .key("state_machine", state_machine())
        .key("bus", bus())
        .key("task", task())
        .key("batch", batch())
        .key("queue", queue())
        .key("topic", topic())
        .key("stream", stream())
        .key("firehose", firehose())
        .key("api", api::api())
        .and_one_of(TARGETS.map(|key| Schema::default().requiring(key)));
    Schema::any_of([Schema::choice(DESTINATIONS), target.kind("mapping with one key")])
        .describe("Where the events go if that is not a function: to a `queue`, `topic` or `log_group` that is made, or to a `state_machine` or `bus` whose ARN is in the Terraform variable `destinations` under the job's name. A mapping says where something is that is there already, or that the queue is a FIFO queue.")
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

fn task() -> Schema {
    Schema::mapping()
        .describe("A task of Amazon ECS that each event starts, in a cluster that is there already. A task does not get the event: `input` of the trigger may write it into the task's overrides.")
        .example(json!({ "cluster": "shop-${environment}", "definition": "pick", "network": "private" }))
        .on_aws("`EcsParameters` of the target, and the role `<pipeline>-<job>-<environment>` that may run the task.")
        .required_key("cluster", existing("cluster", "shop-${environment}"))
        .required_key("definition", definition("task definition", "pick:3").on_aws("`TaskDefinitionArn`."))
        .key(
            "launch_type",
            Schema::choice(LAUNCH_TYPES.map(|(word, _)| word))
                .describe("What the task runs on: `fargate`, or machines of the cluster.")
                .default_value("fargate")
                .example("ec2")
                .on_aws("`LaunchType`."),
        )
        .key(
            "network",
            text()
                .describe("The name of the task's subnets and security groups in the Terraform variable `networks`. A task on Fargate needs it.")
                .example("private")
                .on_aws("`NetworkConfiguration`."),
        )
        .key(
            "public_ip",
            Schema::boolean()
                .describe("Whether a task on Fargate has a public address. In a public subnet it needs one to get its image.")
                .default_value(false)
                .example(true)
                .on_aws("`AssignPublicIp`."),
        )
        .key(
            "count",
            integer(&TASK_COUNT, "How many tasks an event starts.")
                .default_value(1)
                .example(2)
                .on_aws("`TaskCount`."),
        )
        .key(
            "roles",
            Schema::list(Schema::string().kind("ARN of a role").with_values())
                .describe("The roles that the task definition names: that of the task and that of its execution. Without them ECS refuses to run a task that has such roles.")
                .example(vec!["arn:aws:iam::${account}:role/pick-${environment}"])
                .on_aws("The right of the role to hand them on to ECS (`iam:PassRole`)."),
        )
}

fn batch() -> Schema {
    Schema::mapping()
        .describe("A job of AWS Batch that each event submits, for a job queue that is there already. `input` of the trigger may give the job parameters.")
        .example(json!({ "queue": "nightly-${environment}", "definition": "settle" }))
        .on_aws("`BatchParameters` of the target, and the role `<pipeline>-<job>-<environment>` that may submit the job.")
        .required_key("queue", existing("job queue", "nightly-${environment}"))
        .required_key("definition", definition("job definition", "settle:7").on_aws("`JobDefinition`."))
        .key(
            "job_name",
            Schema::string()
                .characters(1, Some(BATCH_NAME_MAX))
                .matching("^[A-Za-z0-9][A-Za-z0-9_-]*$")
                .describe("The name of the jobs, `<pipeline>-<job>` unless it is said.")
                .example("settlement")
                .on_aws("`JobName`."),
        )
        .key(
            "attempts",
            integer(&BATCH_ATTEMPTS, "How often AWS Batch tries a job.")
                .example(3)
                .on_aws("`RetryStrategy`."),
        )
        .key(
            "array_size",
            integer(&BATCH_ARRAY, "How many children an array job has.")
                .example(10)
                .on_aws("`ArrayProperties`."),
        )
}

fn definition(what: &str, example: &str) -> Schema {
    Schema::string()
        .kind("name or ARN")
        .with_values()
        .characters(1, None)
        .describe(format!("The name of the {what}, with a revision behind a colon or without: then it is the newest. Or its ARN."))
        .example(example)
}

fn queue() -> Schema {
    Schema::mapping()
        .describe("A queue of SQS that is there already, or one that is made, which may be a FIFO queue. An existing queue of another account has to let the role in with its own policy. A FIFO queue that exists has to have content-based deduplication, as EventBridge sends no deduplication id.")
        .example(json!({ "existing": "orders-${environment}" }))
        .example(json!({ "fifo": true, "group": "orders" }))
        .on_aws("For an existing queue, `Arn` of the target, and the role `<pipeline>-<job>-<environment>` that may send to it. Otherwise a queue, as with `deliver_to: queue`; with `fifo` it is `<pipeline>-<job>-<environment>.fifo`, with content-based deduplication. The dead-letter queue is a standard one, as EventBridge takes no other.")
        .key("existing", existing("queue", "orders-${environment}.fifo"))
        .key(
            "fifo",
            Schema::boolean()
                .describe("Whether the queue that is made keeps the order of its messages. It needs a `group`. The name of an existing queue says it.")
                .example(true)
                .on_aws("`FifoQueue` of the queue."),
        )
        .key(
            "group",
            Schema::string()
                .characters(1, Some(GROUP_MAX))
                .describe("The message group of every event of the job, which a FIFO queue needs. It is a fixed text: EventBridge takes no path there. For an existing standard queue it makes the job one of the senders among which a fair queue shares its readers.")
                .example("orders")
                .on_aws("`MessageGroupId` in `SqsParameters` of the target."),
        )
        .key("kms_key", kms_key("existing queue"))
}

fn topic() -> Schema {
    Schema::mapping()
        .describe("A topic of SNS that is there already, but no FIFO topic: EventBridge does not deliver to those. A topic of another account has to let the role in with its own policy.")
        .example(json!({ "existing": "orders-${environment}" }))
        .on_aws("`Arn` of the target, and the role `<pipeline>-<job>-<environment>` that may publish to it.")
        .required_key("existing", existing("topic", "orders-${environment}"))
        .key("kms_key", kms_key("topic"))
}

fn stream() -> Schema {
    Schema::mapping()
        .describe("A data stream of Kinesis that is there already. A stream of another account has to let the role in with its own policy.")
        .example(json!({ "existing": "orders-${environment}", "partition_key": "$.detail.order_id" }))
        .on_aws("`Arn` of the target, and the role `<pipeline>-<job>-<environment>` that may put records into it.")
        .required_key("existing", existing("stream", "orders-${environment}"))
        .key(
            "partition_key",
            Schema::string()
                .characters(1, Some(256))
                .matching("^\\$")
                .describe("The path to the part of an event that says to which shard it goes: what has the same stays in order. Without it, that is the id of the event.")
                .example("$.detail.order_id")
                .on_aws("`PartitionKeyPath` in `KinesisParameters` of the target."),
        )
        .key("kms_key", kms_key("stream"))
}

fn firehose() -> Schema {
    Schema::mapping()
        .describe("A stream of Amazon Data Firehose that is there already, in this account: EventBridge reaches none of another one. Firehose puts nothing between two events, no line break either.")
        .example(json!({ "existing": "lake-${environment}" }))
        .on_aws("`Arn` of the target, and the role `<pipeline>-<job>-<environment>` that may put records into it.")
        .required_key("existing", existing("Firehose stream", "lake-${environment}"))
}

fn kms_key(what: &str) -> Schema {
    Schema::string()
        .describe(format!("The name, in the Terraform variable `kms_keys`, of the customer's key that encrypts the {what}. The policy of a key of another account has to let the role in, too."))
        .example("orders")
        .on_aws("A statement in the policy of the role: it may use the key to encrypt what it sends.")
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
