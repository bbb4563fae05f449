//! Scheduled runs: whether a target receives what the spec's schedules send, which part of the run, and what detail.

use pipeline::Spanned;
use pipeline::model::ScheduledDetail;
use pipeline::resources::{self, Shard};
use pipeline::scheduled::{RESERVED_FIELDS, ScheduledInput};
use serde_json::{Map, Value};
use terraform::scheduler_envelope;

use crate::aws::deployed::Input;

/// What a target is told of its run.
#[derive(Default)]
pub(super) struct Run {
    pub(super) shard: Option<Shard>,
    pub(super) detail: Map<String, Value>,
}

/// The run that a rule's target is told of; nothing if it receives something else than a schedule of the spec sends.
pub(super) fn run_of_rule(input: &Input) -> Option<Run> {
    let Input::Transformer { template, .. } = input else {
        return None;
    };
    let found = as_json(template)?;
    let run = run(&found["detail"]);
    let expected = ScheduledInput::new(&said(&run.detail), run.shard).template;
    (as_json(&expected) == Some(found)).then_some(run)
}

/// The run that a schedule of EventBridge Scheduler tells of; nothing if it sends something else.
pub(super) fn run_of_schedule(input: Option<&str>) -> Option<Run> {
    let envelope: Value = serde_json::from_str(input?).ok()?;
    let run = run(&envelope["detail"]);
    let part = |key: &str| envelope[key].as_str().unwrap_or_default();
    let told = resources::Run {
        detail: &said(&run.detail),
        shard: run.shard,
    };
    let expected = scheduler_envelope(told, part("region"), part("account"));
    let expected: Value = serde_json::from_str(&expected).ok()?;
    (expected == envelope).then_some(run)
}

/// Fields of a detail as a spec has them.
fn said(detail: &Map<String, Value>) -> ScheduledDetail {
    let fields = detail.iter().map(|(name, value)| {
        let text = Spanned::new(value.to_string(), pipeline::Span::default());
        (name.clone(), text)
    });
    fields.collect()
}

/// A template as JSON, with a string for each variable.
fn as_json(template: &str) -> Option<Value> {
    let text = template.replace('<', "\"<").replace('>', ">\"");
    serde_json::from_str(&text).ok()
}

fn run(detail: &Value) -> Run {
    let number = |key: &str| u32::try_from(detail[key].as_u64()?).ok();
    let mut fields = detail.as_object().cloned().unwrap_or_default();
    fields.retain(|name, _| !RESERVED_FIELDS.contains(&name.as_str()));
    let shard = number("shard").zip(number("shards"));
    Run {
        shard: shard.map(|(index, of)| Shard { index, of }),
        detail: fields,
    }
}
