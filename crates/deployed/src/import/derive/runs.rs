//! Scheduled runs: whether a target receives what the spec's schedules send, and which part of the run.

use pipeline::resources::{self, Shard};
use serde_json::Value;

use crate::aws::deployed::Input;

/// Which part of a split run a target of a rule gets; nothing where the run is whole, or something else is sent.
pub(super) fn shard_of_rule(input: &Input) -> Option<Shard> {
    let Input::Transformer { template, .. } = input else {
        return None;
    };
    let number = |key: &str| {
        let (_, rest) = template.split_once(&format!("\"{key}\": "))?;
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        rest[..end].parse().ok()
    };
    let shard = Shard {
        index: number("shard")?,
        of: number("shards")?,
    };
    let input = resources::Input::Scheduled(Some(shard));
    let expected = input.scheduled_input()?.template;
    (expected.trim() == template.trim()).then_some(shard)
}

/// The same for a schedule of EventBridge Scheduler.
pub(super) fn shard_of_schedule(input: Option<&str>) -> Option<Shard> {
    let envelope: Value = serde_json::from_str(input?).ok()?;
    let detail = &envelope["detail"];
    if detail["event_type"] != "scheduled" {
        return None;
    }
    let number = |key: &str| u32::try_from(detail[key].as_u64()?).ok();
    Some(Shard {
        index: number("shard")?,
        of: number("shards")?,
    })
}
