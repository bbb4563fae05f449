//! Scheduled runs: whether a target receives what the spec's schedules send, which part of the run, and what detail.

use pipeline::Spanned;
use pipeline::model::ScheduledDetail;
use pipeline::resources::Shard;
use pipeline::scheduled::{RESERVED_FIELDS, ScheduledInput};
use serde_json::{Map, Value};

use crate::aws::deployed::Input;

/// What a target is told of its run; nothing if the run is whole, or something else is sent.
#[derive(Default)]
pub(super) struct Run {
    pub(super) shard: Option<Shard>,
    pub(super) detail: Map<String, Value>,
}

/// The run of a rule's target.
pub(super) fn run_of_rule(input: &Input) -> Run {
    let Input::Transformer { template, .. } = input else {
        return Run::default();
    };
    let Some(found) = as_json(template) else {
        return Run::default();
    };
    let run = run(&found["detail"]);
    let detail = run.detail.iter();
    let detail: ScheduledDetail = detail
        .map(|(name, value)| {
            let text = Spanned::new(value.to_string(), pipeline::Span::default());
            (name.clone(), text)
        })
        .collect();
    let expected = ScheduledInput::new(&detail, run.shard).template;
    if as_json(&expected) == Some(found) {
        run
    } else {
        Run::default()
    }
}

/// The run of a schedule of EventBridge Scheduler.
pub(super) fn run_of_schedule(input: Option<&str>) -> Run {
    let envelope: Option<Value> = input.and_then(|input| serde_json::from_str(input).ok());
    let envelope = envelope.unwrap_or_default();
    if envelope["detail"]["event_type"] == "scheduled" {
        run(&envelope["detail"])
    } else {
        Run::default()
    }
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
