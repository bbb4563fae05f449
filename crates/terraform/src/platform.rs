//! Settings of functions that platform teams ask for: network, keys, layers, and versions behind an alias.

use std::collections::BTreeSet;

use hcl::structure::{Block, BlockBuilder};
use hcl::{Expression, Identifier};
use pipeline::platform::Platform;
use pipeline::resources::{Function, JobResources, Receiver};

use super::hcl::{attribute, block, call, index, list, object, reference, resource, string};
use super::values;

/// Adds the settings that are attributes of the function.
pub(super) fn attributes(mut body: BlockBuilder, platform: &Platform) -> BlockBuilder {
    let Platform {
        // `blocks` writes the first two, the function's logging block has the third, and its log group the others.
        network: _,
        ephemeral_storage_mb: _,
        log_level: _,
        log_events: _,
        log_class: _,
        keep_log: _,
        layers,
        reserved_concurrency,
        kms_key,
        versions,
    } = platform;
    if let Some(most) = reserved_concurrency {
        body = body.add_attribute(attribute(
            "reserved_concurrent_executions",
            values::number(most),
        ));
    }
    if let Some(key) = kms_key {
        body = body.add_attribute(attribute("kms_key_arn", key_arn(&key.value)));
    }
    if !layers.is_empty() {
        let arns = layers
            .iter()
            .map(|layer| index(reference(["var", "layers"]), &layer.value));
        body = body.add_attribute(attribute("layers", list(arns)));
    }
    if *versions {
        // Each change of the code then makes a version. Otherwise `version` is `$LATEST`, and there is nothing to
        // roll back to.
        body = body.add_attribute(attribute("publish", true));
    }
    body
}

/// Adds the settings that are blocks of the function.
pub(super) fn blocks(mut body: BlockBuilder, platform: &Platform) -> BlockBuilder {
    if let Some(megabytes) = platform.ephemeral_storage_mb {
        let size = [("size", megabytes.into())];
        body = body.add_block(block("ephemeral_storage", size));
    }
    if let Some(network) = &platform.network {
        let of = |field| of_network(&network.value, field);
        let vpc = [
            ("subnet_ids", of("subnet_ids")),
            ("security_group_ids", of("security_group_ids")),
        ];
        body = body.add_block(block("vpc_config", vpc));
    }
    body
}

/// Looks up the subnets or the security groups of a network.
pub(super) fn of_network(name: &str, field: &str) -> Expression {
    let network = index(reference(["var", "networks"]), name);
    let field = Identifier::unchecked(field);
    Expression::from(hcl::expr::Traversal::new(network, [field]))
}

/// Looks up the ARN of a key: each environment has its own.
pub(super) fn key_arn(name: &str) -> Expression {
    index(reference(["var", "kms_keys"]), name)
}

/// The [permissions](https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html) that Lambda needs to connect a
/// function to a network.
const NETWORK_ACTIONS: [&str; 6] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

/// Allows the function to decrypt its environment and its secrets.
pub(super) fn use_keys(names: &BTreeSet<&str>) -> Expression {
    let mut arns = names.iter().map(|name| key_arn(name));
    let resource = match (arns.next(), names.len()) {
        (Some(only), 1) => only,
        (first, _) => list(first.into_iter().chain(arns)),
    };
    object([
        ("Sid", string("UseKey")),
        ("Effect", string("Allow")),
        ("Action", string("kms:Decrypt")),
        ("Resource", resource),
    ])
}

/// Allows a role to encrypt what it sends to a queue:
/// [key management of SQS](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html)
/// asks a producer for both.
pub(super) fn encrypt(name: &str) -> Expression {
    object([
        ("Sid", string("EncryptMessages")),
        ("Effect", string("Allow")),
        (
            "Action",
            list(["kms:Decrypt", "kms:GenerateDataKey"].map(string)),
        ),
        ("Resource", key_arn(name)),
    ])
}

/// Allows Lambda to connect the function to its network, and denies that to the function's own code.
pub(super) fn join_network() -> [Expression; 2] {
    // Lambda makes the network interfaces with the function's role. Nobody knows their ARNs in advance.
    let actions = || list(NETWORK_ACTIONS.map(string));
    let join = object([
        ("Sid", string("JoinNetwork")),
        ("Effect", string("Allow")),
        ("Action", actions()),
        ("Resource", string("*")),
    ]);
    // A call by the function's code has a source function in its context, a call by Lambda itself has none. So
    // this denies the code what only Lambda needs.
    let any = string("arn:*:lambda:*:*:function:*");
    let by_code = object([("lambda:SourceFunctionArn", any)]);
    let leave = object([
        ("Sid", string("LeaveNetworkToLambda")),
        ("Effect", string("Deny")),
        ("Action", actions()),
        ("Resource", string("*")),
        ("Condition", object([("ArnLike", by_code)])),
    ]);
    [join, leave]
}

/// Writes the alias that rules invoke: it names the newest version, or the one in the variable `versions`.
pub(super) fn alias(job: &JobResources<'_>, function: &Function<'_>) -> Option<Block> {
    let label = &function.label;
    let of = |field| reference(["aws_lambda_function", label, field]);
    let chosen = call(
        "lookup",
        [
            reference(["var", "versions"]),
            string(job.name()),
            of("version"),
        ],
    );
    let alias = resource("aws_lambda_alias", label)
        .add_attribute(attribute("name", string(function.alias?)))
        .add_attribute(attribute("function_name", of("function_name")))
        .add_attribute(attribute("function_version", chosen));
    Some(alias.build())
}

/// Whether the job's function is invoked through an alias.
pub(super) fn has_alias(job: &JobResources<'_>) -> bool {
    let function = job.receiver.function();
    function.is_some_and(|function| function.alias.is_some())
}

/// Returns the alias of a job's function, for settings that AWS keeps for the alias and not for the function.
pub(super) fn qualifier(job: &JobResources<'_>) -> Option<Expression> {
    match &job.receiver {
        Receiver::Function(function) => qualifier_of(function),
        Receiver::Existing(existing) => existing.qualifier.as_ref().map(values::text),
        _ => None,
    }
}

/// Returns the alias of a function, if it has one.
pub(super) fn qualifier_of(function: &Function<'_>) -> Option<Expression> {
    function.alias?;
    Some(reference(["aws_lambda_alias", &function.label, "name"]))
}
