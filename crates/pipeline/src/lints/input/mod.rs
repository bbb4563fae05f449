//! Inputs: what EventBridge would refuse, what it would not deliver, and what a function could not read.

mod part;
mod readable;

use std::collections::BTreeMap;

use eventbridge::transformer::{InputPath, InputTransformer, TransformerError, check_constant};

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::lints::detail_field::only_own_event;
use crate::model::{
    DeliverTo, Event, InputTemplate, Job, Pipeline, Schedule, Trigger, TriggerInput, TriggerKind,
    Work,
};
use crate::reach::Reach;
use crate::span::Spanned;
pub(super) use part::OBJECT_IN_QUOTES;
pub(super) use readable::UNREADABLE_INPUT;

pub(crate) static INVALID_INPUT: Lint = Lint {
    id: "invalid-input",
    severity: Error,
    summary: "an input that EventBridge refuses",
    explanation: "\
A template is JSON in which `<name>` may stand for a value or be a part of a string, or it is text: one or
several strings in double quotes. `terraform plan` takes anything else, and EventBridge refuses it: text
without quotes, an object that is not closed, a comma behind the last value, a variable as the key of an
object.

A template takes values from the event by the names under `paths`. One that is not defined there is refused,
as are paths that are no JSON paths and names that begin with `AWS.`. EventBridge's own variables need no
path: `<aws.events.rule-arn>`, `<aws.events.rule-name>`, `<aws.events.event.ingestion-time>`,
`<aws.events.event>` and `<aws.events.event.json>`.

A `path` is one JSON path of at most 256 characters, and a `value` has at most 8,192 characters as JSON. EventBridge
Scheduler has no event: a schedule with a `timezone` takes a `value` only, and there `<aws.scheduler.…>` would be
replaced.

```yaml
- event: parcel.ready
  input:
    paths: { id: $.detail.order_id }
    template: '{ \"parcel\": <order> }'   # write `<id>`
- event: parcel.lost
  input:
    paths: { id: $.detail.order_id }
    template: 'Where is <id>?'   # write `'\"Where is <id>?\"'`
- schedule: rate(1 day)
  timezone: UTC
  input: { path: $.time }   # write `input: { value: { kind: daily } }`, or leave it out
```
",
};

/// Checks what EventBridge checks.
pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for trigger in pipeline.jobs.values().flat_map(|job| &job.triggers) {
        let Some(input) = &trigger.input else {
            continue;
        };
        let schedule = trigger.schedule();
        if schedule.is_some_and(Schedule::needs_scheduler) {
            found.extend(check_of_scheduler(input));
            continue;
        }
        let wrong = match input {
            TriggerInput::Template(input) => {
                transformer(input).err().map(|error| refused(input, &error))
            }
            TriggerInput::Value(text) => {
                let error = check_constant(&text.value).err();
                error.map(|error| Diagnostic::new(&INVALID_INPUT, text.span, error.to_string()))
            }
            TriggerInput::Path(path) => {
                let error = InputPath::parse(&path.value).err();
                error.map(|error| refused_path(path, &error))
            }
        };
        found.extend(wrong);
    }
}

/// Checks the input of a schedule of EventBridge Scheduler, which makes no event to take anything from.
fn check_of_scheduler(input: &TriggerInput) -> Option<Diagnostic> {
    // [Context attributes](https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html)
    const ATTRIBUTE: &str = "<aws.scheduler.";
    let (message, help) = match input {
        TriggerInput::Value(text) if text.value.contains(ATTRIBUTE) => (
            format!("EventBridge Scheduler replaces `{ATTRIBUTE}…>`, and a value stays as it is"),
            "leave out `input`: the scheduled event has the time and the schedule's ARN",
        ),
        TriggerInput::Value(_) => return None,
        TriggerInput::Template(_) | TriggerInput::Path(_) => (
            "EventBridge Scheduler has no event to take a part of".to_owned(),
            "write `input: { value: … }`, or leave it out: the function gets a scheduled event",
        ),
    };
    Some(Diagnostic::new(&INVALID_INPUT, input.span(), message).with_help(help))
}

fn refused_path(path: &Spanned<String>, error: &TransformerError) -> Diagnostic {
    let span = error.span().map_or(path.span, |place| path.part(&place));
    let found = Diagnostic::new(&INVALID_INPUT, span, error.to_string());
    found.with_help("write a JSON path into the event, as in `$.detail.order_id`")
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
                part::check_path(key, part::Source::Event(event), found);
            }
            let Some(input) = &trigger.input else {
                continue;
            };
            let event = declared_event(pipeline, reach, name, trigger);
            let made_from = match &trigger.kind {
                TriggerKind::Schedule(_) => part::Source::Schedule,
                TriggerKind::Event { .. } | TriggerKind::Pattern(_) => part::Source::Event(event),
            };
            let read = readable::Read {
                pipeline,
                trigger,
                made_from,
                names_schedule: names_schedule(job),
            };
            check_input(input, &read, job, found);
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

/// Checks what one input means.
fn check_input(
    input: &TriggerInput,
    read: &readable::Read<'_>,
    job: &Job,
    found: &mut Vec<Diagnostic>,
) {
    let is_schedulers = read
        .trigger
        .schedule()
        .is_some_and(Schedule::needs_scheduler);
    let mistake = match input {
        TriggerInput::Template(_) | TriggerInput::Path(_) if is_schedulers => return,
        TriggerInput::Template(input) => {
            for path in input.paths.values() {
                part::check_path(path, read.made_from, found);
            }
            let Ok(transformer) = transformer(input) else {
                return;
            };
            part::check_quotes(input, &transformer, read.made_from, found);
            read.mistake(&input.template.value, &transformer)
        }
        TriggerInput::Path(path) => {
            part::check_path(path, read.made_from, found);
            InputPath::parse(&path.value)
                .ok()
                .and_then(|path| read.mistake_of_path(&path))
        }
        TriggerInput::Value(text) => read.mistake_of_json(&text.value),
    };
    if let (Some(function), Some(why)) = (job.work.function(), mistake) {
        found.extend(readable::report(input.span(), &why, function));
    }
}

/// Whether the function of a job has to know which schedule has started it: several do, and one of them emits.
fn names_schedule(job: &Job) -> bool {
    let schedules = || job.triggers.iter().filter_map(Trigger::schedule);
    schedules().count() > 1 && schedules().any(|schedule| !schedule.emits.is_empty())
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
