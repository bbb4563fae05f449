//! Inputs: what EventBridge would refuse, what it would not deliver, and what a function could not read.

mod part;
mod readable;

use std::collections::BTreeMap;

use eventbridge::transformer::{InputTransformer, TransformerError};

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::lints::detail_field::only_own_event;
use crate::model::{DeliverTo, Event, InputTemplate, Pipeline, Trigger, TriggerKind, Work};
use crate::reach::Reach;
use crate::span::Spanned;
pub(super) use part::OBJECT_IN_QUOTES;
pub(super) use readable::UNREADABLE_INPUT;

pub(crate) static INVALID_INPUT: Lint = Lint {
    id: "invalid-input",
    severity: Error,
    summary: "an input transformer that EventBridge refuses",
    explanation: "\
A template is JSON in which `<name>` may stand for a value or be a part of a string, or it is text: one or
several strings in double quotes. `terraform plan` takes anything else, and EventBridge refuses it: text
without quotes, an object that is not closed, a comma behind the last value, a variable as the key of an
object.

A template takes values from the event by the names under `paths`. One that is not defined there is refused,
as are paths that are no JSON paths and names that begin with `AWS.`. EventBridge's own variables need no
path: `<aws.events.rule-arn>`, `<aws.events.rule-name>`, `<aws.events.event.ingestion-time>`,
`<aws.events.event>` and `<aws.events.event.json>`.

```yaml
- event: parcel.ready
  input:
    paths: { id: $.detail.order_id }
    template: '{ \"parcel\": <order> }'   # write `<id>`
- event: parcel.lost
  input:
    paths: { id: $.detail.order_id }
    template: 'Where is <id>?'   # write `'\"Where is <id>?\"'`
```
",
};

/// Checks what EventBridge checks.
pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    let triggers = pipeline.jobs.values().flat_map(|job| &job.triggers);
    for input in triggers.filter_map(|trigger| trigger.input.as_ref()) {
        found.extend(transformer(input).err().map(|error| refused(input, &error)));
    }
}

/// Checks what inputs mean for the events that they are made from, and for the functions that receive them.
pub(super) fn check_meaning<'p>(
    pipeline: &'p Pipeline,
    reach: &Reach<'p>,
    found: &mut Vec<Diagnostic>,
) {
    for (name, job) in &pipeline.jobs {
        let key = partition_key(&job.work);
        for trigger in &job.triggers {
            if let Some(key) = key {
                let event = declared_event(pipeline, reach, name, trigger);
                found.extend(part::check_path(key, event));
            }
            let Some(input) = &trigger.input else {
                continue;
            };
            let event = declared_event(pipeline, reach, name, trigger);
            part::check_paths(input, event, found);
            let Ok(transformer) = transformer(input) else {
                continue;
            };
            part::check_quotes(input, &transformer, event, found);
            if let Some(function) = job.work.function() {
                let read = readable::Read {
                    pipeline,
                    trigger,
                    event,
                };
                found.extend(read.check(input, &transformer, function));
            }
        }
    }
}

/// The path to what says to which shard of a stream an event goes. It is a path from the event, whatever the `input`.
fn partition_key(work: &Work) -> Option<&Spanned<String>> {
    match work {
        Work::DeliverTo(delivery) => match &delivery.to.value {
            DeliverTo::Existing(target) => target.kind.partition_key(),
            _ => None,
        },
        Work::Function(_) | Work::Existing(_) => None,
    }
}

/// The declared event that an input is made from, if there is just one that it can be.
fn declared_event<'p>(
    pipeline: &'p Pipeline,
    reach: &Reach<'p>,
    job: &'p str,
    trigger: &Trigger,
) -> Option<&'p Event> {
    match &trigger.kind {
        TriggerKind::Event { event, .. } => pipeline.events.get(&event.value),
        TriggerKind::Pattern(pattern) => {
            let own_event = only_own_event(pipeline, reach.own_events(job, trigger), pattern);
            pipeline.events.get(own_event?)
        }
        TriggerKind::Schedule(_) => None,
    }
}

fn transformer(input: &InputTemplate) -> Result<InputTransformer, TransformerError> {
    let paths = input.paths.iter();
    let paths: BTreeMap<String, String> = paths
        .map(|(name, path)| (name.clone(), path.value.clone()))
        .collect();
    InputTransformer::new(paths, &input.template.value)
}

fn refused(input: &InputTemplate, error: &TransformerError) -> Diagnostic {
    let path = error.path().and_then(|name| input.paths.get(name));
    let text = path.unwrap_or(&input.template);
    let span = error.span().map_or(text.span, |place| text.part(&place));
    let found = Diagnostic::new(&INVALID_INPUT, span, error.to_string());
    match help(input, error) {
        Some(help) => found.with_help(help),
        None => found,
    }
}

fn help(input: &InputTemplate, error: &TransformerError) -> Option<String> {
    use eventbridge::transformer::TransformerErrorKind as Kind;
    Some(match error.kind() {
        Kind::UndefinedVariable => {
            let names = input.paths.keys().map(|name| format!("`<{name}>`"));
            match names.collect::<Vec<_>>().as_slice() {
                [] => {
                    "define the names of the template under `paths`: `paths: { id: $.detail.id }`"
                        .to_owned()
                }
                names => format!("`paths` defines {}", names.join(", ")),
            }
        }
        Kind::EmptyTemplate => "write JSON, as in `'{ \"id\": <id> }'`".to_owned(),
        Kind::InvalidTemplate if input.template.value.trim_start().starts_with(['{', '[']) => {
            "text inside JSON needs double quotes, also around a variable: `\"items/<id>\"`"
                .to_owned()
        }
        Kind::InvalidTemplate => {
            "put text in double quotes within the quotes of YAML: `'\"Order <id>\"'`".to_owned()
        }
        Kind::VariableAsKey => "give the value a key of its own: `{ \"id\": <id> }`".to_owned(),
        Kind::EventInString => "take the quotes around it away".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
