//! Operations on targets.

use serde_json::{Value, json};

use super::super::answer::{optional, page, required, with_next};
use super::input::bus_of;
use crate::control::{ControlPlane, Target, listed};
use crate::refusal::{Answer, Refusal};

/// The most targets of one request.
const TARGETS: usize = 100;

pub(super) fn put(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    let rule = required(input, "Rule")?;
    let targets = input["Targets"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if targets.is_empty() || targets.len() > TARGETS {
        return Err(Refusal::validation(
            "1 validation error detected: Value at 'targets' failed to satisfy constraint: Member must have length from 1 to 100",
        ));
    }
    let targets = targets.iter().map(Target::read).collect::<Answer<_>>()?;
    control.put_targets(bus_of(input), rule, targets)?;
    Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
}

pub(super) fn remove(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    let rule = required(input, "Rule")?;
    let ids = input["Ids"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let ids: Vec<String> = ids
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if ids.is_empty() {
        return Err(Refusal::validation(
            "1 validation error detected: Value at 'ids' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ));
    }
    let missing = control.remove_targets(bus_of(input), rule, &ids)?;
    let failed = missing.iter().map(|id| {
        json!({
            "TargetId": id,
            "ErrorCode": "ResourceNotFoundException",
            "ErrorMessage": format!("Rule {rule} does not have target {id}."),
        })
    });
    let failed: Vec<Value> = failed.collect();
    Ok(json!({ "FailedEntryCount": failed.len(), "FailedEntries": failed }))
}

pub(super) fn list(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let rule = control.rule(bus_of(input), required(input, "Rule")?)?;
    let (targets, next) = page(rule.targets.iter().map(listed).collect(), input, 100)?;
    Ok(with_next(json!({ "Targets": targets }), next))
}

pub(super) fn rule_names(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let arn = required(input, "TargetArn")?;
    let rules = control.bus(optional(input, "EventBusName"))?.rules();
    let rules = rules.filter(|rule| rule.targets.iter().any(|target| &*target.arn == arn));
    let (names, next) = page(
        rules.map(|rule| rule.name.to_string()).collect(),
        input,
        100,
    )?;
    Ok(with_next(json!({ "RuleNames": names }), next))
}
