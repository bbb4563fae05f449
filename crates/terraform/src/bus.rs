//! The event bus: the default bus of the account, or a bus of the pipeline's own.

use hcl::Expression;
use hcl::structure::{Block, BlockBuilder};
use pipeline::resources::{Archive, Bus, DEFAULT_BUS, Producers, Resources};

use super::hcl::{
    Body, attribute, block, builder, call, conditional, list, object, reference, resource, string,
    word,
};
use super::policy::only_events_and;
use super::values::text;
use super::{name_in_environment, platform, queue};

/// Refers to the name of the pipeline's bus.
pub(super) fn name() -> Expression {
    reference(["local", "event_bus_name"])
}

/// Refers to the ARN of the pipeline's bus.
pub(super) fn arn() -> Expression {
    reference(["local", "event_bus_arn"])
}

/// Refers to the ARN of a bus that the module makes.
pub(super) fn made_arn() -> Expression {
    reference(["aws_cloudwatch_event_bus", "pipeline", "arn"])
}

/// Refers to the name and the ARN of the bus that stands beside the pipeline's for some steps of a change.
pub(super) fn other() -> [Expression; 2] {
    ["other_bus_name", "other_bus_arn"].map(|name| reference(["local", name]))
}

/// Writes a bus that stands beside the pipeline's for some steps of a change, with its name and ARN as locals.
pub(super) fn beside(resources: &Resources<'_>) -> Body {
    let (bus, name, arn, policy) = written(resources, "other");
    let locals = builder("locals")
        .add_attribute(attribute("other_bus_name", name))
        .add_attribute(attribute("other_bus_arn", arn));
    let unreadable = resources.bus.unreadable();
    Body::builder()
        .add_block(bus.build())
        .add_blocks(policy)
        .add_blocks(unreadable.into_iter().flat_map(queue::queue))
        .add_block(locals.build())
        .build()
}

/// Writes the bus, and its name and ARN as locals. Everything names the bus through `local.event_bus_name`: if one place
/// had its name and another its ARN, Terraform would replace live rules.
pub(super) fn body(resources: &Resources<'_>) -> Body {
    let (bus, name, arn, policy) = written(resources, "pipeline");
    let locals = builder("locals")
        .add_attribute(attribute("event_bus_name", name))
        .add_attribute(attribute("event_bus_arn", arn));
    let unreadable = resources.bus.unreadable();
    Body::builder()
        .add_block(bus.build())
        .add_blocks(policy)
        .add_blocks(unreadable.into_iter().flat_map(queue::queue))
        .add_blocks(resources.archive.as_ref().map(archive))
        .add_block(locals.build())
        .build()
}

/// A bus as it is written: its block, its name, its ARN, and the policy of one that is made.
type Written = (BlockBuilder, Expression, Expression, Vec<Block>);

/// Writes a bus. What is looked up gets a label; what is made has one for ever.
fn written(resources: &Resources<'_>, label: &str) -> Written {
    let kind = "aws_cloudwatch_event_bus";
    match &resources.bus {
        Bus::Default => {
            let found = builder("data")
                .add_labels([kind, label])
                .add_attribute(attribute("name", string(DEFAULT_BUS)));
            let arn = reference(["data", kind, label, "arn"]);
            (found, string(DEFAULT_BUS), arn, Vec::new())
        }
        Bus::Made {
            name,
            producers,
            kms_key,
            unreadable,
        } => {
            let mut made = resource(kind, "pipeline")
                .add_attribute(attribute("name", name_in_environment(name)));
            if let Some(key) = kms_key {
                made = made.add_attribute(attribute("kms_key_identifier", platform::key_arn(key)));
            }
            if let Some(queue) = unreadable {
                let arn = reference(["aws_sqs_queue", &queue.label, "arn"]);
                made = made.add_block(block("dead_letter_config", [("arn", arn)]));
            }
            let of = |field| reference([kind, "pipeline", field]);
            let policy = producers_policy(producers);
            (made, of("name"), of("arn"), policy.into())
        }
        Bus::Existing(name) => {
            let found = builder("data")
                .add_labels([kind, label])
                .add_attribute(attribute("name", text(name)));
            let of = |field| reference(["data", kind, label, field]);
            // The name as the spec has it: one that a plan does not know would replace rules.
            (found, text(name), of("arn"), Vec::new())
        }
    }
}

/// Declares the variables with the accounts and the organizations that may put events on the pipeline's own bus. The
/// default bus may have a policy of the account, which no pipeline should overwrite.
pub(super) fn producers(resources: &Resources<'_>) -> Vec<Block> {
    let Bus::Made { .. } = resources.bus else {
        return Vec::new();
    };
    let declared = [
        (
            ACCOUNTS,
            "The ids of other accounts that may put events on the bus",
        ),
        (
            ORGANIZATIONS,
            "The ids of organizations, all of whose accounts may put events on the bus",
        ),
    ];
    let variable = |(name, description)| {
        builder("variable")
            .add_label(name)
            .add_attribute(attribute("description", string(description)))
            .add_attribute(attribute("type", call("list", [word("string")])))
            .add_attribute(attribute("default", list([])))
            .add_attribute(attribute("nullable", false))
            .build()
    };
    declared.map(variable).into()
}

/// The variables of the module that say who may put events on the bus.
const ACCOUNTS: &str = "producer_accounts";
const ORGANIZATIONS: &str = "producer_organizations";

fn producers_policy(producers: &Producers<'_>) -> [Block; 2] {
    let accounts = || reference(["var", ACCOUNTS]);
    let organizations = || reference(["var", ORGANIZATIONS]);
    let of_accounts = statements(producers, "", &object([("AWS", accounts())]), &[]);
    // Everybody, and the condition says who of them:
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-permissions-manage.html
    let member = [("aws:PrincipalOrgID", organizations())];
    let of_members = statements(producers, "OfMembers", &string("*"), &member);
    // AWS refuses a statement without a principal, and a policy without a statement.
    let written = call(
        "concat",
        [
            if_any(accounts(), of_accounts.len(), "statements_of_accounts"),
            if_any(organizations(), of_members.len(), "statements_of_members"),
        ],
    );
    let document = object([("Version", string("2012-10-17")), ("Statement", written)]);
    let all = call("concat", [accounts(), organizations()]);
    let count = conditional(is_any(all), Expression::from(1), Expression::from(0));
    let allowed = resource("aws_cloudwatch_event_bus_policy", "producers")
        .add_attribute(attribute("count", count))
        .add_attribute(attribute(
            "event_bus_name",
            reference(["aws_cloudwatch_event_bus", "pipeline", "name"]),
        ))
        .add_attribute(attribute("policy", call("jsonencode", [document])));
    let locals = builder("locals")
        .add_attribute(attribute("statements_of_accounts", list(of_accounts)))
        .add_attribute(attribute("statements_of_members", list(of_members)));
    [locals.build(), allowed.build()]
}

/// Writes what producers may do, with `also` as one more condition.
fn statements(
    producers: &Producers<'_>,
    whose: &str,
    principal: &Expression,
    also: &[(&str, Expression)],
) -> Vec<Expression> {
    let Producers {
        own_source,
        external,
        awaited,
    } = producers;
    let put = |sid: String, condition| {
        object([
            ("Sid", string(sid)),
            ("Effect", string("Allow")),
            ("Principal", principal.clone()),
            ("Action", string("events:PutEvents")),
            ("Resource", made_arn()),
            ("Condition", condition),
        ])
    };
    // Other accounts may use any source but the pipeline's own, as only its jobs emit its internal events, and those that
    // its rules wait for.
    let known = if awaited.is_empty() {
        string(*own_source)
    } else {
        let awaited = awaited.keys().map(string);
        list([string(*own_source)].into_iter().chain(awaited))
    };
    let own = object([("events:source", known)]);
    let mut others = vec![("StringNotEquals", own)];
    if !also.is_empty() {
        others.push(("StringEquals", object(also.iter().cloned())));
    }
    let mut statements = vec![put(format!("PutOtherEvents{whose}"), object(others))];
    if !external.is_empty() {
        let external = only_events_and(own_source, external, also);
        statements.push(put(format!("PutExternalEvents{whose}"), external));
    }
    let mut of_any_type = Vec::new();
    for (number, (source, types)) in (1..).zip(awaited) {
        match types {
            None => of_any_type.push(string(source)),
            Some(types) => {
                let types = types.iter().map(String::as_str).collect();
                let condition = only_events_and(source, &types, also);
                statements.push(put(format!("PutAwaitedEvents{number}{whose}"), condition));
            }
        }
    }
    if !of_any_type.is_empty() {
        let sources = [("events:source", list(of_any_type))].into_iter();
        let condition = object([("StringEquals", object(sources.chain(also.iter().cloned())))]);
        statements.push(put(format!("PutAwaitedEvents{whose}"), condition));
    }
    statements
}

/// Refers to a list of statements in a local, or to none of them if another list is empty.
fn if_any(of: Expression, count: usize, local: &str) -> Expression {
    let count = conditional(is_any(of), Expression::from(count), Expression::from(0));
    // Not a conditional of two lists: Terraform wants both branches to have one type, and the statements differ.
    let statements = reference(["local", local]);
    call("slice", [statements, Expression::from(0), count])
}

fn is_any(list: Expression) -> Expression {
    let any = hcl::expr::BinaryOp::new(
        call("length", [list]),
        hcl::BinaryOperator::Greater,
        Expression::from(0),
    );
    Expression::from(hcl::Operation::Binary(any))
}

/// Writes the archive: of everything on the pipeline's own bus, or of declared sources on a bus of others.
fn archive(archive: &Archive<'_>) -> Block {
    let Archive {
        name,
        retention_days,
        sources,
    } = archive;
    let mut body = resource("aws_cloudwatch_event_archive", "pipeline")
        .add_attribute(attribute("name", name_in_environment(name)))
        // Another ARN, or one that the plan does not know, replaces the archive and deletes what it kept.
        .add_attribute(attribute("event_source_arn", arn()))
        .add_attribute(attribute("retention_days", *retention_days));
    if !sources.is_empty() {
        let sources = list(sources.iter().map(|source| string(*source)));
        let pattern = call("jsonencode", [object([("source", sources)])]);
        body = body.add_attribute(attribute("event_pattern", pattern));
    }
    body.build()
}
