//! What lets rules in, and queues, as far as a state has them.

use std::collections::BTreeMap;

use eventbridge::arn::Arn;
use serde_json::{Value, json};

use super::document::Instance;
use crate::aws::Reading;
use crate::aws::deployed::{Function, Queue, asked_for};

/// The function of a permission, with the alias or version that it is for.
pub(super) fn permitted(instance: &Instance) -> Option<String> {
    let said = instance.shown("function_name")?;
    let arn = Arn::parse(said).ok();
    let in_arn = arn.and_then(|arn| arn.function());
    let (name, inside) = match &in_arn {
        Some(found) => (found.name, found.qualifier),
        None => match said.split_once(':') {
            Some((name, alias)) => (name, Some(alias)),
            None => (said, None),
        },
    };
    Some(asked_for(name, instance.shown("qualifier").or(inside)))
}

/// The policies that a state's permissions come to, by their functions.
pub(super) fn functions<'i>(
    permissions: impl Iterator<Item = &'i Instance>,
) -> BTreeMap<String, Function> {
    let mut statements: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for permission in permissions {
        if let Some(function) = permitted(permission) {
            statements
                .entry(function)
                .or_default()
                .push(statement(permission));
        }
    }
    let functions = statements.into_iter().map(|(name, statements)| {
        let policy = json!({ "Version": "2012-10-17", "Statement": statements });
        let function = Function {
            // The state of another root module may have it.
            arn: Reading::Found(String::new()),
            policy: Reading::Found(policy.to_string()),
            concurrency: Reading::Absent,
            failures: Reading::Absent,
        };
        (name, function)
    });
    functions.collect()
}

/// A permission as the statement that Lambda makes of it.
fn statement(permission: &Instance) -> Value {
    let text = |key| permission.shown(key);
    let mut condition = serde_json::Map::new();
    if let Some(source) = text("source_arn") {
        condition.insert("ArnLike".to_owned(), json!({ "AWS:SourceArn": source }));
    }
    let equals = [
        ("source_account", "AWS:SourceAccount"),
        ("principal_org_id", "aws:PrincipalOrgID"),
    ];
    let equals = equals.into_iter();
    let equals: serde_json::Map<String, Value> = equals
        .filter_map(|(key, name)| Some((name.to_owned(), json!(text(key)?))))
        .collect();
    if !equals.is_empty() {
        condition.insert("StringEquals".to_owned(), Value::Object(equals));
    }
    json!({
        "Sid": text("statement_id"),
        "Effect": "Allow",
        "Principal": { "Service": text("principal") },
        "Action": text("action"),
        "Condition": condition,
    })
}

/// A queue, with the policy that another resource may give it.
pub(super) fn queue(instance: &Instance, policies: &[&Instance]) -> Queue {
    let text = |key| instance.shown(key).map(str::to_owned);
    let url = text("url").or_else(|| text("id")).unwrap_or_default();
    let mut policies = policies.iter();
    let policy = policies.find(|policy| policy.shown("queue_url") == Some(&url));
    let policy = policy.and_then(|policy| policy.shown("policy"));
    let redrive = instance.shown("redrive_policy");
    let redrive = redrive.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let redrive = redrive.and_then(|redrive| {
        let target = redrive["deadLetterTargetArn"].as_str()?.to_owned();
        let receives = redrive["maxReceiveCount"].as_u64()?;
        Some((target, u32::try_from(receives).ok()?))
    });
    let visibility = instance.plain("visibility_timeout_seconds").as_u64();
    Queue {
        arn: text("arn").unwrap_or_default(),
        policy: policy.map(str::to_owned).or_else(|| text("policy")),
        kms_key: text("kms_master_key_id"),
        messages: Some(0),
        visibility_seconds: visibility
            .and_then(|seconds| u32::try_from(seconds).ok())
            .unwrap_or_default(),
        redrive,
        url,
    }
}
