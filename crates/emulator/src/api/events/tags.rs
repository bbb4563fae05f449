//! Tags on buses and rules.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::answer::required;
use crate::control::ControlPlane;
use crate::refusal::{Answer, Refusal};

/// The most tags that one resource may have.
const TAGS: usize = 50;

/// Reads the tags of a request.
pub(super) fn read(input: &Value) -> Answer<BTreeMap<String, String>> {
    let tags = input["Tags"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let tags = tags.iter().map(|tag| {
        let value = tag["Value"].as_str().unwrap_or_default();
        Ok((required(tag, "Key")?.to_owned(), value.to_owned()))
    });
    tags.collect()
}

pub(super) fn tag(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    let arn = existing(control, input)?;
    let mut tags = control.tags.get(&arn).cloned().unwrap_or_default();
    tags.extend(read(input)?);
    if tags.len() > TAGS {
        return Err(Refusal::validation(format!(
            "A resource has at most {TAGS} tags."
        )));
    }
    control.tags.insert(arn, tags);
    Ok(json!({}))
}

pub(super) fn untag(control: &mut ControlPlane, input: &Value) -> Answer<Value> {
    let arn = existing(control, input)?;
    let keys = input["TagKeys"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let tags = control.tags.get_or_default(arn);
    tags.retain(|key, _| !keys.iter().any(|of| of.as_str() == Some(key)));
    Ok(json!({}))
}

pub(super) fn list(control: &ControlPlane, input: &Value) -> Answer<Value> {
    let arn = existing(control, input)?;
    let tags = control.tags.get(&arn).into_iter().flatten();
    let tags = tags.map(|(key, value)| json!({ "Key": key, "Value": value }));
    Ok(json!({ "Tags": tags.collect::<Vec<_>>() }))
}

/// Returns the ARN that a request names, if there is a bus or a rule with it.
fn existing(control: &ControlPlane, input: &Value) -> Answer<String> {
    let arn = required(input, "ResourceARN")?;
    let is_bus = || control.buses.values().any(|bus| bus.arn == arn);
    if control.rule_by_arn(arn).is_some() || is_bus() {
        return Ok(arn.to_owned());
    }
    Err(Refusal::not_found(format!("{arn} does not exist.")))
}
