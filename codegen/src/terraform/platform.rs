//! What platforms ask of a function: its network, keys and layers, and versions behind an alias.

use hcl::structure::{Block, BlockBuilder};
use hcl::{Expression, Identifier};
use pipeline::Pipeline;
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

/// What the function's role may do for its settings.
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
        let actions = [
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ];
        statements.push(object([
            ("Sid", string("JoinNetwork")),
            ("Effect", string("Allow")),
            ("Action", list(actions.map(string))),
            ("Resource", string("*")),
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

/// A variable that some function of the pipeline needs.
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) kind: Expression,
    /// Whether it may be left out.
    pub(super) optional: bool,
}

/// The variables that the settings of the pipeline's functions need.
pub(super) fn variables(pipeline: &Pipeline, word: impl Fn(&str) -> Expression) -> Vec<Variable> {
    let strings = || call("map", [word("string")]);
    let ids = || call("list", [word("string")]);
    let network = object([("subnet_ids", ids()), ("security_group_ids", ids())]);
    let networks = call("map", [call("object", [network])]);
    let any = |has: fn(&Platform) -> bool| {
        let jobs = pipeline.jobs.values();
        jobs.filter(|job| job.has_own_function())
            .any(|job| has(&job.function.platform))
    };
    let variable = |name, description, kind, optional| Variable {
        name,
        description,
        kind,
        optional,
    };
    let all = [
        (
            any(|platform| platform.kms_key.is_some()),
            variable(
                "kms_keys",
                "The ARN of each key of functions, by its name",
                strings(),
                false,
            ),
        ),
        (
            any(|platform| !platform.layers.is_empty()),
            variable(
                "layers",
                "The ARN of each layer's version, by its name",
                strings(),
                false,
            ),
        ),
        (
            any(|platform| platform.network.is_some()),
            variable(
                "networks",
                "The subnets and security groups of functions, by the network's name",
                networks,
                false,
            ),
        ),
        (
            any(|platform| platform.versions),
            variable(
                "versions",
                "The version that a job's rules invoke, by job; the newest unless said here, so this rolls back",
                strings(),
                true,
            ),
        ),
    ];
    let needed = all.into_iter().filter(|(needed, _)| *needed);
    needed.map(|(_, variable)| variable).collect()
}
