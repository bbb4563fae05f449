//! Parts of IAM policies.

use std::collections::BTreeSet;

use hcl::Expression;
use pipeline::resources::Service;

use super::hcl::{call, list, object, string};

/// Makes a policy document of statements.
pub(super) fn policy(statements: Vec<Expression>) -> Expression {
    let document = object([
        ("Version", string("2012-10-17")),
        ("Statement", Expression::Array(statements)),
    ]);
    call("jsonencode", [document])
}

/// Writes a statement that allows one action on one resource.
pub(super) fn allow(sid: &str, action: &str, resource: Expression) -> Expression {
    object([
        ("Sid", string(sid)),
        ("Effect", string("Allow")),
        ("Action", string(action)),
        ("Resource", resource),
    ])
}

/// Lets a service take on a role, under a condition.
pub(super) fn trust(service: Service, condition: Option<Expression>) -> Expression {
    let principal = object([("Service", string(service.principal()))]);
    let trust = [
        ("Effect", string("Allow")),
        ("Action", string("sts:AssumeRole")),
        ("Principal", principal),
    ];
    let condition = condition.map(|condition| ("Condition", condition));
    object(trust.into_iter().chain(condition))
}

/// Restricts a statement to what the service does for the account of `arn`: other accounts use the service, too.
pub(super) fn from_account(arn: Expression) -> Expression {
    from_account_and(arn, [])
}

/// Restricts a statement to what the service does for the account of `arn`, and to what `also` compares.
pub(super) fn from_account_and<const N: usize>(
    arn: Expression,
    also: [(&str, Expression); N],
) -> Expression {
    let parts = call("split", [string(":"), arn]);
    // `arn:partition:service:region:account:…`. The data source of the account would be one more call for each plan.
    let account = call("element", [parts, Expression::from(4)]);
    let source = object([("aws:SourceAccount", account)]);
    let account = [("StringEquals", source)];
    object(also.into_iter().chain(account))
}

/// Refers to the ARN of something of another service, in the region and the account of `arn`, which is of the service
/// `of`.
pub(super) fn beside(arn: Expression, of: &str, service: &str, name: &str) -> Expression {
    let parts = [
        arn,
        string(format!("/:{of}:([^:]*:[^:]*):.*$/")),
        string(format!(":{service}:$1:{name}")),
    ];
    call("replace", parts)
}

/// Restricts a statement to events of one source with these detail types.
pub(super) fn only_events(source: &str, detail_types: &BTreeSet<&str>) -> Expression {
    only_events_and(source, detail_types, &[])
}

/// Restricts a statement to such events, and to what `also` compares.
pub(super) fn only_events_and(
    source: &str,
    detail_types: &BTreeSet<&str>,
    also: &[(&str, Expression)],
) -> Expression {
    let detail_types = detail_types.iter().map(|name| string(*name));
    let events = [
        ("events:detail-type", list(detail_types)),
        ("events:source", string(source)),
    ];
    let condition = events.into_iter().chain(also.iter().cloned());
    object([("StringEquals", object(condition))])
}
