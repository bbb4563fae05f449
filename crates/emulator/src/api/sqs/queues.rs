//! Operations on queues.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::answer::page;
use super::input::{nothing, queue_of, required, texts};
use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};

/// The longest name of a queue, in characters.
const NAME: usize = 80;

pub(super) fn create(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let name = required(input, "QueueName")?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    if stem.is_empty() || name.len() > NAME || !stem.bytes().all(allowed) {
        return Err(Refusal::new(
            "InvalidParameterValue",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ));
    }
    let given = given(input)?;
    // On AWS it is no error to create a queue again, unless an attribute differs.
    let has = bus.queues.create(name, given.clone(), bus.clock.now())?;
    if given
        .iter()
        .any(|(name, value)| has.get(name) != Some(value))
    {
        return Err(Refusal::new(
            "QueueNameExists",
            "A queue already exists with the same name and a different value for an attribute.",
        ));
    }
    // The JSON protocol has a small letter here, and no other operation has.
    crate::api::tags::set(bus, &bus.queues.arn(name), &input["tags"]);
    Ok(json!({ "QueueUrl": bus.queue_url(name) }))
}

/// Returns the attributes of a request.
fn given(input: &Value) -> Answer<BTreeMap<String, String>> {
    let bad = |what: &str| {
        let message = format!("{what}: attributes are an object of texts");
        Refusal::new("SerializationException", message)
    };
    let given = match &input["Attributes"] {
        Value::Null => return Ok(BTreeMap::new()),
        Value::Object(given) => given.iter(),
        _ => return Err(bad("Attributes")),
    };
    let given = given.map(|(name, value)| {
        let text = value.as_str().ok_or_else(|| bad(name))?;
        Ok((name.clone(), text.to_owned()))
    });
    given.collect()
}

pub(super) fn set(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    bus.queues.set(queue_of(input)?, given(input)?)?;
    Ok(nothing())
}

pub(super) fn delete(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let name = queue_of(input)?;
    bus.queues.delete(name)?;
    bus.control().tags.remove(&bus.queues.arn(name));
    Ok(nothing())
}

pub(super) fn list(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let prefix = input["QueueNamePrefix"].as_str().unwrap_or_default();
    let names = bus.queues.names();
    let names = names.iter().filter(|name| name.starts_with(prefix));
    let urls: Vec<String> = names.map(|name| bus.queue_url(name)).collect();
    let paging = json!({ "NextToken": input["NextToken"], "Limit": input["MaxResults"] });
    let (urls, next) = page(urls, &paging, 1_000)
        .map_err(|refused| Refusal::new("InvalidParameterValue", refused.message))?;
    let mut output = json!({ "QueueUrls": urls });
    if let Some(next) = next {
        output["NextToken"] = Value::from(next);
    }
    Ok(output)
}

pub(super) fn url(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let name = required(input, "QueueName")?;
    if !bus.queues.has(name) {
        return Err(Refusal::no_queue());
    }
    Ok(json!({ "QueueUrl": bus.queue_url(name) }))
}

pub(super) fn attributes(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let all = bus.queues.attributes(queue_of(input)?, bus.clock.now())?;
    let asked = texts(input, "AttributeNames");
    if let Some(unknown) = asked.iter().find(|name| !is_attribute(name, &all)) {
        return Err(Refusal::new(
            "InvalidAttributeName",
            format!("Unknown Attribute {unknown}."),
        ));
    }
    let wanted = |name: &str| asked.contains(&"All") || asked.contains(&name);
    let wanted = all.into_iter().filter(|(name, _)| wanted(name));
    let wanted: Map<String, Value> = wanted
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    Ok(json!({ "Attributes": wanted }))
}

fn is_attribute(name: &str, all: &BTreeMap<String, String>) -> bool {
    // AWS knows these names, and leaves them out of the response while they have no value.
    const UNSET: [&str; 7] = [
        "All",
        "ContentBasedDeduplication",
        "FifoQueue",
        "Policy",
        "RedrivePolicy",
        "RedriveAllowPolicy",
        "KmsMasterKeyId",
    ];
    all.contains_key(name) || UNSET.contains(&name)
}

pub(super) fn purge(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    bus.queues.purge(queue_of(input)?)?;
    Ok(nothing())
}
