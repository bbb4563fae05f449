//! `import` blocks: what is there and is in the generated module under the same name.

use eventbridge::arn::Arn;
use hcl::Expression;
use hcl::structure::Block;

use crate::aws::Reading;
use crate::aws::deployed::{self, Deployed, Schedule};
use crate::verify::expected::{Function, Queue, Rule, RuleSource};
use crate::verify::{DEFAULT_BUS, Expected, Named};
use terraform::hcl::{Body, attribute, file, reference, string};

/// A resource of the generated module, and what finds it on AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) kind: &'static str,
    pub(super) label: String,
    pub(super) id: String,
}

/// Everything that Terraform can take over as it is; the bus only if the module makes it.
pub(super) fn imports(expected: &Expected, deployed: &Deployed, makes_bus: bool) -> Vec<Import> {
    let mut imports = Vec::new();
    let bus = &expected.buses[0];
    let is_there = deployed
        .rules
        .iter()
        .any(|(name, rules)| name == bus && rules.found().is_some());
    if makes_bus && is_there {
        imports.push(import("aws_cloudwatch_event_bus", "pipeline", bus.clone()));
    }
    for rule in &expected.rules {
        match &rule.waits_for {
            RuleSource::Scheduler { role, .. } => {
                add_schedule_imports(rule, role, deployed, &mut imports);
            }
            _ => imports.extend(rule_imports(rule, deployed)),
        }
    }
    for function in &expected.functions {
        imports.extend(permission_imports(function, deployed));
    }
    for queue in &expected.queues {
        imports.extend(queue_imports(queue, deployed));
    }
    imports
}

fn import(kind: &'static str, label: &str, id: String) -> Import {
    Import {
        kind,
        label: label.to_owned(),
        id,
    }
}

fn rule_imports(rule: &Rule, deployed: &Deployed) -> Vec<Import> {
    let Some(bus) = rule.waits_for.bus() else {
        return Vec::new();
    };
    let mut on_bus = deployed.rules.iter().filter(|(name, _)| name == bus);
    let found = on_bus
        .find_map(|(_, rules)| rules.found())
        .and_then(|rules| rules.iter().find(|found| found.name == rule.name));
    let Some(found) = found else {
        return Vec::new();
    };
    let id = if bus == DEFAULT_BUS {
        rule.name.clone()
    } else {
        format!("{bus}/{}", rule.name)
    };
    let targets: &[deployed::Target] = found.targets.found().map_or(&[], Vec::as_slice);
    let same = rule
        .targets
        .iter()
        .filter(|target| targets.iter().any(|found| found.id == target.id));
    let targets = same.map(|target| {
        let id = format!("{id}/{}", target.id);
        import("aws_cloudwatch_event_target", &target.label, id)
    });
    let of_rule = import("aws_cloudwatch_event_rule", &rule.label, id.clone());
    [of_rule].into_iter().chain(targets).collect()
}

fn add_schedule_imports(
    rule: &Rule,
    invoker: &Named,
    deployed: &Deployed,
    imports: &mut Vec<Import>,
) {
    let found = deployed.schedules.found();
    // A name is unique in its group alone.
    let is_it = |found: &&Schedule| found.name == rule.name && rule.is_in_group(&found.group);
    let Some(found) = found.and_then(|found| found.iter().find(is_it)) else {
        return;
    };
    let id = format!("{}/{}", found.group, found.name);
    imports.push(import("aws_scheduler_schedule", &rule.label, id));
    let taken = found.body.found().and_then(|body| body.role.as_deref());
    let taken = taken.and_then(|arn| Arn::parse(arn).ok()?.role_name());
    // One without a label stays its owner's.
    let is_ours = !invoker.label.is_empty() && taken == Some(invoker.name.as_str());
    let of_role = import("aws_iam_role", &invoker.label, invoker.name.clone());
    if is_ours && !imports.contains(&of_role) {
        imports.push(of_role);
    }
}

/// Permissions for functions that are there already, by the name that the module has for them too.
fn permission_imports(function: &Function, deployed: &Deployed) -> Vec<Import> {
    let policy = deployed.functions.get(&function.asked_for());
    let Some(Reading::Found(policy)) = policy.map(|found| &found.policy) else {
        return Vec::new();
    };
    let statements = statement_ids(policy);
    let own = function.permissions.iter();
    let own = own.filter_map(|permission| {
        let mut statements = statements.iter();
        let statement = statements.find(|id| is_statement(id, &permission.name))?;
        // The provider takes the function with its qualifier in front of the statement's id.
        let id = format!("{}/{statement}", function.asked_for());
        Some(import("aws_lambda_permission", &permission.label, id))
    });
    own.collect()
}

/// Whether a statement's id is a permission's name, or that with what the provider puts behind a prefix: a hyphen, and a
/// time and a counter in 26 digits.
pub(super) fn is_statement(id: &str, name: &str) -> bool {
    let Some(rest) = id.strip_prefix(name) else {
        return false;
    };
    let digits = rest.strip_prefix('-').unwrap_or_default();
    let is_made = digits.len() == 26 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    rest.is_empty() || is_made
}

/// The ids of the statements of a policy.
pub(super) fn statement_ids(policy: &str) -> Vec<String> {
    let policy: serde_json::Value = serde_json::from_str(policy).unwrap_or_default();
    let statements = policy["Statement"].as_array().into_iter().flatten();
    let ids = statements.filter_map(|statement| Some(statement["Sid"].as_str()?.to_owned()));
    ids.collect()
}

fn queue_imports(queue: &Queue, deployed: &Deployed) -> Vec<Import> {
    let Some(Reading::Found(found)) = deployed.queues.get(&queue.name) else {
        return Vec::new();
    };
    let of_kind = |kind| import(kind, &queue.label, found.url.clone());
    let policy = found.policy.is_some().then_some("aws_sqs_queue_policy");
    ["aws_sqs_queue"]
        .into_iter()
        .chain(policy)
        .map(of_kind)
        .collect()
}

/// The address of a resource in the root module.
pub(super) fn address(import: &Import) -> Expression {
    reference(["module", "pipeline", import.kind, &import.label])
}

pub(super) fn import_block(import: &Import) -> Block {
    Block::builder("import")
        .add_attribute(attribute("to", address(import)))
        .add_attribute(attribute("id", string(import.id.as_str())))
        .build()
}

/// The file that holds them, below the root module.
pub(super) fn file_text(imports: &[Import]) -> String {
    let header = [
        "Written by `codegen import`: what is deployed becomes the module's with the first apply.",
        "Remove the file afterwards.",
    ];
    let blocks = imports.iter().map(import_block);
    let body = Body::builder()
        .add_blocks(blocks.collect::<Vec<_>>())
        .build();
    file(&header.map(str::to_owned), &body)
}
