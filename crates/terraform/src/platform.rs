//! What platforms ask of a function: its network, keys and layers, and versions behind an alias.

use hcl::structure::{Block, BlockBuilder};
use hcl::{Expression, Identifier};
use pipeline::platform::Platform;
use pipeline::resources::{Function, JobResources};

use super::hcl::{attribute, block, call, index, list, object, reference, resource, string};

/// The settings that are attributes.
pub(super) fn attributes(mut body: BlockBuilder, platform: &Platform) -> BlockBuilder {
    let Platform {
        // The settings that are blocks, and those that belong to other resources too.
        network: _,
        ephemeral_storage_mb: _,
        log_level: _,
        layers,
        reserved_concurrency,
        kms_key,
        versions,
    } = platform;
    if let Some(most) = *reserved_concurrency {
        body = body.add_attribute(attribute("reserved_concurrent_executions", most));
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
        body = body.add_attribute(attribute("publish", true));
    }
    body
}

/// The settings that are blocks.
pub(super) fn blocks(mut body: BlockBuilder, platform: &Platform) -> BlockBuilder {
    if let Some(megabytes) = platform.ephemeral_storage_mb {
        let size = [("size", megabytes.into())];
        body = body.add_block(block("ephemeral_storage", size));
    }
    if let Some(network) = &platform.network {
        let of = |field| {
            let network = index(reference(["var", "networks"]), &network.value);
            let field = Identifier::unchecked(field);
            Expression::from(hcl::expr::Traversal::new(network, [field]))
        };
        let vpc = [
            ("subnet_ids", of("subnet_ids")),
            ("security_group_ids", of("security_group_ids")),
        ];
        body = body.add_block(block("vpc_config", vpc));
    }
    body
}

/// The ARN of a key, which each environment has its own of.
fn key_arn(name: &str) -> Expression {
    index(reference(["var", "kms_keys"]), name)
}

/// What Lambda asks for to connect a function to a network:
/// [permissions](https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).
const NETWORK_ACTIONS: [&str; 6] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

/// To decrypt the environment of the function, and its secrets.
pub(super) fn use_key(name: &str) -> Expression {
    object([
        ("Sid", string("UseKey")),
        ("Effect", string("Allow")),
        ("Action", string("kms:Decrypt")),
        ("Resource", key_arn(name)),
    ])
}

/// To connect the function to its network.
pub(super) fn join_network() -> [Expression; 2] {
    // Lambda makes the network interfaces in the function's name; their ARNs are not known before.
    let actions = || list(NETWORK_ACTIONS.map(string));
    let join = object([
        ("Sid", string("JoinNetwork")),
        ("Effect", string("Allow")),
        ("Action", actions()),
        ("Resource", string("*")),
    ]);
    // Lambda needs them, the function's code does not: a call by code says which function's, one by Lambda does not.
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

/// The alias that rules invoke: the newest version, or the one that the variable `versions` names.
pub(super) fn alias(job: &JobResources<'_>, function: &Function<'_>) -> Option<Block> {
    let label = &function.label;
    let of = |field| reference(["aws_lambda_function", label, field]);
    let chosen = call(
        "lookup",
        [
            reference(["var", "versions"]),
            string(job.job.name),
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

/// The alias of a job's function, for whatever is said of it and not of the function.
pub(super) fn qualifier(job: &JobResources<'_>) -> Option<Expression> {
    qualifier_of(job.receiver.function()?)
}

/// The same of a function.
pub(super) fn qualifier_of(function: &Function<'_>) -> Option<Expression> {
    function.alias?;
    Some(reference(["aws_lambda_alias", &function.label, "name"]))
}
