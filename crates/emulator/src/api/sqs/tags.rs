//! Operations on the tags of queues.

use std::sync::Arc;

use serde_json::{Value, json};

use super::input::{nothing, queue_of, texts};
use crate::api::tags;
use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};

/// Returns the ARN of the queue that a request is about, if it is there.
fn arn(bus: &LocalBus, input: &Value) -> Answer<String> {
    let name = queue_of(input)?;
    if !bus.queues.has(name) {
        return Err(Refusal::no_queue());
    }
    Ok(bus.queues.arn(name))
}

pub(super) fn tag(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let arn = arn(bus, input)?;
    tags::set(bus, &arn, &input["Tags"]);
    Ok(nothing())
}

pub(super) fn untag(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let arn = arn(bus, input)?;
    let keys = texts(input, "TagKeys");
    let mut control = bus.control();
    let tags = control.tags.get_or_default(arn);
    tags.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(nothing())
}

pub(super) fn list(bus: &Arc<LocalBus>, input: &Value) -> Answer<Value> {
    let arn = arn(bus, input)?;
    let tags = bus.control().tags.get(&arn).cloned();
    let tags = tags.filter(|tags| !tags.is_empty());
    Ok(tags.map_or_else(nothing, |tags| json!({ "Tags": tags })))
}
