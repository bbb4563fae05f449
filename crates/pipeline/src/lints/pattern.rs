//! Event patterns that EventBridge would refuse.

use serde_json::{Map, Value, json};

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{Pipeline, TriggerKind};
use crate::span::Span;

pub(crate) static INVALID_PATTERN: Lint = Lint {
    id: "invalid-pattern",
    severity: Error,
    summary: "an event pattern that EventBridge refuses",
    explanation: "\
`terraform plan` accepts nearly every pattern, and `apply` then fails with `InvalidEventPatternException`.
Every leaf of a pattern is a list, and operators stand inside that list. `where` is the `detail` part of a
pattern; `event_type` is set for you.

```yaml
triggers:
  - event: user.signup
    where: { plan: premium }   # write `plan: [premium]`
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        for trigger in &job.triggers {
            match &trigger.kind {
                TriggerKind::Pattern(pattern) => check_pattern(pattern, trigger.span, found),
                TriggerKind::Event {
                    filter: Some(filter),
                    ..
                } => {
                    check_filter(filter, trigger.span, found);
                }
                _ => {}
            }
        }
    }
}

fn check_filter(filter: &Map<String, Value>, span: Span, found: &mut Vec<Diagnostic>) {
    if filter.contains_key("event_type") {
        let message = "`where` narrows on `event_type`, which is set to the event's name";
        let diagnostic = Diagnostic::new(&INVALID_PATTERN, span, message)
            .with_help("remove it from `where`; wait for another event in another trigger");
        found.push(diagnostic);
    }
    let mut pattern = Map::new();
    pattern.insert("detail".to_owned(), json!(filter));
    check_pattern(&pattern, span, found);
}

fn check_pattern(pattern: &Map<String, Value>, span: Span, found: &mut Vec<Diagnostic>) {
    let text = Value::Object(pattern.clone()).to_string();
    if let Err(error) = eventbridge::pattern::Pattern::parse(&text) {
        let place = text.get(error.span()).unwrap_or_default();
        let mut diagnostic = Diagnostic::new(&INVALID_PATTERN, span, error.to_string());
        if !place.is_empty() && place.len() < 200 {
            diagnostic = diagnostic.with_note(format!("in the pattern's `{place}`"));
        }
        found.push(diagnostic.with_help(
            "every field takes a list of values or operators: `[premium]`, `[{ prefix: x }]`",
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    fn with_trigger(trigger: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: e, id: x }}, {{ {trigger} }} ] }} }}\n"
        ))
    }

    #[test]
    fn a_scalar_leaf_is_refused() {
        assert_eq!(
            with_trigger("event: e, where: { plan: premium }"),
            ["invalid-pattern"]
        );
        assert_eq!(with_trigger("pattern: { source: x }"), ["invalid-pattern"]);
        assert!(with_trigger("event: e, where: { plan: [premium, { prefix: x }] }").is_empty());
        assert!(with_trigger("pattern: { source: [x] }").is_empty());
    }

    #[test]
    fn where_leaves_event_type_alone() {
        assert_eq!(
            with_trigger("event: e, where: { event_type: [x] }"),
            ["invalid-pattern"]
        );
    }
}
