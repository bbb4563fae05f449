//! Event patterns that EventBridge would refuse.

use eventbridge::limits::{
    PATTERN_CHARACTERS_MAX, PATTERN_CHARACTERS_QUOTA, WILDCARD_COMPLEXITY_MAX,
};
use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Lint, Severity::Error, Severity::Warning};
use crate::event_pattern::{EventPattern, pointer_at};
use crate::model::{Pipeline, Trigger, TriggerKind};
use crate::resources::{JobRef, RuleSource, rules_of_trigger};

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

pub(crate) static PATTERN_TOO_LONG: Lint = Lint {
    id: "pattern-too-long",
    severity: Error,
    summary: "an event pattern of more characters than EventBridge takes",
    explanation: "\
A rule's pattern has at most 4,096 characters as compact JSON; with more, `apply` fails. Long lists of
values are the usual reason: let a shorter test do, such as a `prefix`, or split the trigger into several.
",
};

pub(crate) static LONG_PATTERN: Lint = Lint {
    id: "long-pattern",
    severity: Warning,
    summary: "an event pattern beyond the default quota",
    explanation: "\
A rule's pattern has at most 2,048 characters as compact JSON unless the account's quota was raised, up to
4,096 (Service Quotas, Amazon EventBridge, \"Event pattern size\"). Without that, `apply` fails.
",
};

pub(crate) static COMPLEX_PATTERN: Lint = Lint {
    id: "complex-pattern",
    severity: Warning,
    summary: "wildcards that EventBridge may refuse as too complex",
    explanation: "\
EventBridge refuses a rule whose wildcards are too complex, and says so only when the rule is made.
It counts how many starts of wildcards one string can fit at a time; about ten are too many.

```yaml
pattern:
  resources: [{ wildcard: \"*:*:*:*:*:event-bus/*\" }]   # write `arn:aws:events:*:*:event-bus/*`
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.job_refs() {
        for trigger in &job.job.triggers {
            let is_valid = match &trigger.kind {
                TriggerKind::Pattern(pattern) => check_pattern(pattern, "", trigger, found),
                TriggerKind::Event { filter, .. } => filter
                    .as_ref()
                    .is_none_or(|filter| check_filter(filter, trigger, found)),
                TriggerKind::Schedule(_) => false,
            };
            if is_valid {
                check_limits(job, trigger, found);
            }
        }
    }
}

fn check_filter(filter: &EventPattern, trigger: &Trigger, found: &mut Vec<Diagnostic>) -> bool {
    if filter.json.contains_key("event_type") {
        let span = filter.place("/event_type").map(|place| place.key);
        let message = "`where` narrows on `event_type`, which is set to the event's name";
        let diagnostic = Diagnostic::new(&INVALID_PATTERN, span.unwrap_or(trigger.span), message)
            .with_help("remove it from `where`; wait for another event in another trigger");
        found.push(diagnostic);
    }
    check_pattern(filter, "detail", trigger, found)
}

/// Whether a pattern is valid, or the part of one below `key`.
fn check_pattern(
    pattern: &EventPattern,
    key: &str,
    trigger: &Trigger,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let own = Value::Object(pattern.json.clone());
    let whole = match key {
        "" => own,
        key => json!({ key: own }),
    };
    let text = whole.to_string();
    let Err(error) = eventbridge::pattern::Pattern::parse(&text) else {
        return true;
    };
    let pointer = pointer_at(&whole, &error.span());
    let pointer = match key {
        "" => pointer.as_str(),
        key => pointer
            .strip_prefix('/')
            .and_then(|pointer| pointer.strip_prefix(key))
            .unwrap_or_default(),
    };
    let is_key = text[error.span().end..].starts_with(':');
    let place = pattern.place(pointer);
    let span = place.map(|place| if is_key { place.key } else { place.value });
    let diagnostic = Diagnostic::new(
        &INVALID_PATTERN,
        span.unwrap_or(trigger.span),
        error.to_string(),
    );
    found.push(diagnostic.with_help(
        "every field takes a list of values or operators: `[premium]`, `[{ prefix: x }]`",
    ));
    false
}

/// Checks the pattern that the rule will have.
fn check_limits(job: JobRef<'_>, trigger: &Trigger, found: &mut Vec<Diagnostic>) {
    for rule in rules_of_trigger(job, trigger) {
        let RuleSource::Pattern(pattern) = rule.source else {
            continue;
        };
        let text = Value::Object(pattern).to_string();
        let Ok(pattern) = eventbridge::pattern::Pattern::parse(&text) else {
            continue;
        };
        let characters = text.chars().count();
        if characters > PATTERN_CHARACTERS_QUOTA {
            let lint = if characters > PATTERN_CHARACTERS_MAX {
                &PATTERN_TOO_LONG
            } else {
                &LONG_PATTERN
            };
            let message = format!("the pattern of this trigger has {characters} characters");
            let diagnostic = Diagnostic::new(lint, trigger.span, message)
                .with_note(format!("the quota is {PATTERN_CHARACTERS_QUOTA}, and can be raised to {PATTERN_CHARACTERS_MAX}"))
                .with_help("use shorter tests, or split the trigger into several");
            found.push(diagnostic);
        }
        let complexity = pattern.wildcard_complexity();
        if complexity >= WILDCARD_COMPLEXITY_MAX {
            let message = format!("the wildcards of this trigger have complexity {complexity}");
            let diagnostic = Diagnostic::new(&COMPLEX_PATTERN, trigger.span, message)
                .with_note(format!(
                    "EventBridge refuses a rule as too complex at about {WILDCARD_COMPLEXITY_MAX}"
                ))
                .with_help("use fewer `*` in one string, or a `prefix` or `suffix`");
            found.push(diagnostic);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    fn with_trigger(trigger: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "{PREFIX}jobs: {{ i: {{ function: {{ package: i }}, triggers: [ {{ event: e }} ] }}, j: {{ function: {{ package: j }}, triggers: [ {{ {trigger} }} ] }} }}\n"
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
