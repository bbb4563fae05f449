//! The tags of functions and of queues, which services write alike.

use serde_json::Value;

use crate::local_bus::LocalBus;

/// Adds tags, which are an object of texts.
pub(super) fn set(bus: &LocalBus, arn: &str, tags: &Value) {
    let given = tags.as_object().into_iter().flatten();
    let given = given.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    let mut control = bus.control();
    control.tags.get_or_default(arn.to_owned()).extend(given);
}
