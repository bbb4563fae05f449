//! Operations on the policy of a bus. It is kept and returned; who may do what, nobody checks here.

use serde_json::{Value, json};

use super::super::answer::{optional, required};
use super::input::bus_of;
use crate::control::{Bus, ControlPlane, check_name};
use crate::refusal::{Answer, Refusal};

pub(super) fn put(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    let bus = control.bus_mut(bus_of(input))?;
    if let Some(policy) = optional(input, "Policy") {
        let policy: Value = serde_json::from_str(policy).map_err(|error| {
            Refusal::validation(format!("Parameter Policy is not valid. Reason: {error}"))
        })?;
        bus.policy = match &policy["Statement"] {
            Value::Array(statements) => statements.clone(),
            one @ Value::Object(_) => vec![one.clone()],
            _ => return Err(Refusal::validation("Parameter Policy is not valid.")),
        };
        return Ok(json!({}));
    }
    let id = required(input, "StatementId")?;
    check_name("statementId", id, 64)?;
    let action = required(input, "Action")?;
    let principal = match required(input, "Principal")? {
        "*" => json!("*"),
        account if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) => {
            json!({ "AWS": format!("arn:aws:iam::{account}:root") })
        }
        other => {
            return Err(Refusal::validation(format!(
                "1 validation error detected: Value '{other}' at 'principal' failed to satisfy constraint: Member must satisfy regular expression pattern: (\\d{{12}}|\\*)"
            )));
        }
    };
    let mut statement = json!({
        "Sid": id,
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": bus.arn,
    });
    if let Some(condition) = input["Condition"].as_object() {
        let part = |name: &str| condition.get(name).and_then(Value::as_str);
        let (Some(kind), Some(key), Some(value)) = (part("Type"), part("Key"), part("Value"))
        else {
            return Err(Refusal::validation("Parameter Condition is not valid."));
        };
        statement["Condition"] = json!({ kind: { key: value } });
    }
    bus.policy.retain(|statement| statement["Sid"] != id);
    bus.policy.push(statement);
    Ok(json!({}))
}

pub(super) fn remove(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    let bus = control.bus_mut(bus_of(input))?;
    if input["RemoveAllPermissions"] == true {
        bus.policy.clear();
        return Ok(json!({}));
    }
    if bus.policy.is_empty() {
        return Err(Refusal::not_found("EventBus does not have a policy."));
    }
    let id = required(input, "StatementId")?;
    let before = bus.policy.len();
    bus.policy.retain(|statement| statement["Sid"] != id);
    if bus.policy.len() == before {
        return Err(Refusal::not_found(
            "Statement with the provided id does not exist.",
        ));
    }
    Ok(json!({}))
}

/// Returns a bus's policy as a text, if it has one.
pub(super) fn policy(bus: &Bus) -> Option<String> {
    let policy = json!({ "Version": "2012-10-17", "Statement": bus.policy });
    (!bus.policy.is_empty()).then(|| policy.to_string())
}
