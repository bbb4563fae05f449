//! Where an event arrives.

use serde_json::{Map, Value};

use crate::detail::declared;
use crate::model::{Pipeline, SOURCE_RESERVED, TriggerBus};
use crate::resources::DEFAULT_BUS;

/// The bus that an event comes to: the account's for an event of AWS, the one of another pipeline for its events, or the
/// pipeline's.
pub fn bus_of(
    pipeline: &Pipeline,
    (source, detail_type): (&str, &str),
    detail: &Map<String, Value>,
    environment: &str,
) -> String {
    if source.starts_with(SOURCE_RESERVED) {
        return DEFAULT_BUS.to_owned();
    }
    let found = declared(pipeline, source, detail_type, detail).ok();
    let used = found.flatten().and_then(|(_, event)| event.used.as_ref());
    let used = used.and_then(|used| pipeline.uses.get(&used.pipeline));
    match used.and_then(|used| used.bus.as_ref()) {
        Some(TriggerBus::Default) => DEFAULT_BUS.to_owned(),
        Some(TriggerBus::Existing(name)) => name.value.clone(),
        None => pipeline.bus.name_in(environment),
    }
}
