//! References to events that are not declared.

use crate::diagnostic::{Diagnostic, Lint, Severity::Error, suggest};
use crate::model::{Pipeline, TriggerKind};
use crate::span::Spanned;
use crate::suggestion::Suggestion;

pub(crate) static UNKNOWN_EVENT: Lint = Lint {
    id: "unknown-event",
    severity: Error,
    summary: "an event that is not declared",
    explanation: "\
A job emits or waits for an event that `events:` does not declare. On AWS a rule for it would be
created, and would never match anything.

```yaml
events:
  features.computed: { detail_type: Features Computed }
jobs:
  assign-persona:
    triggers:
      - event: feature.computed   # did you mean `features.computed`?
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        for trigger in &job.triggers {
            if let TriggerKind::Event { event, .. } = &trigger.kind {
                check_reference(pipeline, event, found);
            }
        }
        for event in job.says_emitted() {
            check_reference(pipeline, event, found);
        }
    }
}

fn check_reference(pipeline: &Pipeline, event: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    found.extend(not_declared(pipeline, event));
}

/// Returns the finding of an event that a pipeline does not have which is used.
fn not_there(pipeline: &Pipeline, event: &Spanned<String>) -> Option<Diagnostic> {
    let (key, name) = event.value.split_once('.')?;
    let used = pipeline.uses.get(key)?;
    let events: Vec<&str> = used.read()?.events.keys().map(String::as_str).collect();
    let message = format!("the pipeline `{key}` has no event `{name}`");
    let with_key: Vec<String> = events.iter().map(|name| format!("{key}.{name}")).collect();
    let with_key: Vec<&str> = with_key.iter().map(String::as_str).collect();
    let diagnostic = Diagnostic::new(&UNKNOWN_EVENT, event.span, message)
        .with_related(used.name_span, "the pipeline")
        .with_suggestion(event.span, suggest(&event.value, &with_key));
    Some(diagnostic)
}

/// The events that the pipelines have which are used, as this one names them.
fn events_of_others(pipeline: &Pipeline) -> Vec<String> {
    let uses = pipeline.uses.iter();
    let events = uses.flat_map(|(key, used)| {
        let events = used
            .read()
            .into_iter()
            .flat_map(|contract| contract.events.keys());
        events.map(move |name| format!("{key}.{name}"))
    });
    let events = events.filter(|name| !pipeline.events.contains_key(name));
    events.collect()
}

/// Returns the finding of an event that is not declared.
pub(crate) fn not_declared(pipeline: &Pipeline, event: &Spanned<String>) -> Option<Diagnostic> {
    if pipeline.events.contains_key(&event.value) {
        return None;
    }
    if let Some(of_others) = not_there(pipeline, event) {
        return Some(of_others);
    }
    // A list is made only for a mistake: a spec may declare thousands of events.
    let mut declared: Vec<&str> = pipeline.events.keys().map(String::as_str).collect();
    let used = events_of_others(pipeline);
    declared.extend(used.iter().map(String::as_str));
    let message = format!("the event `{}` is not declared", event.value);
    let mut events = pipeline.events.iter();
    let by_type = events.find(|(_, declared)| declared.detail_type.value == event.value);
    let help = match by_type {
        Some((name, _)) => {
            let help = format!("write its name, `{name}`: this is its detail type");
            Suggestion::one_of(help, [name])
        }
        // An item that is indented further than the one above becomes a part of its text.
        None if event.value.contains(" - ") => {
            "put the `-` of each item below the `-` of the first one".into()
        }
        None if declared.is_empty() => {
            format!("declare it: `events: {{ {}: … }}`", event.value).into()
        }
        None => suggest(&event.value, &declared),
    };
    let diagnostic = Diagnostic::new(&UNKNOWN_EVENT, event.span, message);
    Some(diagnostic.with_suggestion(event.span, help))
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;

    #[test]
    fn triggers_and_emits_name_declared_events() {
        let spec = "pipeline: p\nsource: s\njobs: { j: { function: { package: j }, triggers: [ { event: a }, { schedule: rate(1 hour), emits: [c] } ], emits: [b] } }\n";
        assert_eq!(ids_of(spec), ["unknown-event"; 3]);
    }
}
