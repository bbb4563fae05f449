//! What platforms ask of a function: its network, keys and layers, and versions behind an alias.

use hcl::structure::{Block, BlockBuilder};
use hcl::{Expression, Identifier};
use pipeline::model::{Code, Function, Job};
use pipeline::platform::{ALIAS, Platform};

use super::hcl::{attribute, block, call, index, list, object, reference, resource, string};

/// The settings that are attributes.
pub(super) fn attributes(mut body: BlockBuilder, platform: &Platform) -> BlockBuilder {
    if let Some(most) = platform.reserved_concurrency {
        body = body.add_attribute(attribute("reserved_concurrent_executions", most));
    }
    if let Some(key) = &platform.kms_key {
        body = body.add_attribute(attribute("kms_key_arn", kms_key(&key.value)));
    }
    if !platform.layers.is_empty() {
        let layers = platform.layers.iter();
        let arns = layers.map(|layer| index(reference(["var", "layers"]), &layer.value));
        body = body.add_attribute(attribute("layers", list(arns)));
    }
    if platform.versions {
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
fn kms_key(name: &str) -> Expression {
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

/// What the role may do for the settings of its function.
pub(super) fn statements(function: &Function) -> Vec<Expression> {
    let mut statements = Vec::new();
    if let Some(key) = &function.platform.kms_key {
        statements.push(object([
            ("Sid", string("UseKey")),
            ("Effect", string("Allow")),
            ("Action", string("kms:Decrypt")),
            ("Resource", kms_key(&key.value)),
        ]));
    }
    if function.platform.network.is_some() {
        // Lambda makes the network interfaces in the function's name; their ARNs are not known before.
        let actions = || list(NETWORK_ACTIONS.map(string));
        statements.push(object([
            ("Sid", string("JoinNetwork")),
            ("Effect", string("Allow")),
            ("Action", actions()),
            ("Resource", string("*")),
        ]));
        // Lambda needs them, the function's code does not: a call by code says which function's, one by Lambda does not.
        let any = string("arn:*:lambda:*:*:function:*");
        let by_code = object([("lambda:SourceFunctionArn", any)]);
        statements.push(object([
            ("Sid", string("LeaveNetworkToLambda")),
            ("Effect", string("Deny")),
            ("Action", actions()),
            ("Resource", string("*")),
            ("Condition", object([("ArnLike", by_code)])),
        ]));
    }
    statements
}

/// The alias that rules invoke: the newest version, or the one that the variable `versions` names.
pub(super) fn alias(name: &str, label: &str, job: &Job) -> Option<Block> {
    if !has_alias(job) {
        return None;
    }
    let of = |field| reference(["aws_lambda_function", label, field]);
    let chosen = call(
        "lookup",
        [reference(["var", "versions"]), string(name), of("version")],
    );
    let alias = resource("aws_lambda_alias", label)
        .add_attribute(attribute("name", string(ALIAS)))
        .add_attribute(attribute("function_name", of("function_name")))
        .add_attribute(attribute("function_version", chosen));
    Some(alias.build())
}

/// Whether the job's function is invoked through an alias.
pub(super) fn has_alias(job: &Job) -> bool {
    job.function.platform.versions && matches!(job.function.code, Code::Package(_))
}

/// The alias, for whatever is said of it and not of the function.
pub(super) fn qualifier(label: &str, job: &Job) -> Option<Expression> {
    has_alias(job).then(|| reference(["aws_lambda_alias", label, "name"]))
}
