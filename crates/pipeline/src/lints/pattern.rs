//! Event patterns that EventBridge would refuse.

use std::ops::Range;

use eventbridge::pattern::{Pattern, PatternErrorKind, PatternWarningKind};
use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Lint, Severity::Error, Severity::Warning};
use crate::event_pattern::{EventPattern, pointer_at};
use crate::model::{Discriminator, Pipeline, Trigger, TriggerKind};
use crate::resources::{JobResources, RuleSource};
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
    severity: Error,
    summary: "wildcards that EventBridge refuses as too complex",
    explanation: "\
EventBridge refuses a rule whose wildcards are too complex, and says so only when the rule is made.
It follows all wildcards of a field at once, and counts what can be under way at the same time.
AWS documents no figure: 11 is known to be refused, and is an error here.

```yaml
pattern:
  resources: [{ wildcard: \"*:*:*:*:*:event-bus/*\" }]   # write `arn:aws:events:*:*:event-bus/*`
```
",
};

pub(crate) static NEARLY_COMPLEX_PATTERN: Lint = Lint {
    id: "nearly-complex-pattern",
    severity: Warning,
    summary: "wildcards that EventBridge may refuse as too complex",
    explanation: "\
EventBridge refuses a rule whose wildcards are too complex, and documents no figure. A complexity of 7 is
known to be taken, and one of 11 to be refused: this pattern lies between them.

```yaml
pattern:
  resources: [{ wildcard: \"*:*:*:*:event-bus/*\" }]   # write `arn:aws:events:*:*:event-bus/*`
```
",
};

pub(crate) static IMPRECISE_NUMBER: Lint = Lint {
    id: "imprecise-number",
    severity: Warning,
    summary: "a number that EventBridge does not promise to compare",
    explanation: "\
`numeric` works for numbers from -5.0e9 to 5.0e9, of at most 15 digits (EventBridge user guide, \"Comparison
operators\"). EventBridge takes others, and its engine compares them today, but AWS promises nothing.
Milliseconds since 1970 are the commonest such number.

```yaml
where: { at: [{ numeric: [\">=\", 1767225600000] }] }   # compare seconds: 1767225600
```
",
};

pub(crate) static REPLACED_FIELD: Lint = Lint {
    id: "replaced-field",
    severity: Warning,
    summary: "a field of a pattern that a later one replaces",
    explanation: "\
A key with dots is a path: `card.brand` is the `brand` in `card`. If a pattern asks for one path twice,
EventBridge keeps the last and drops the others without a word.

```yaml
where:
  card: { brand: [visa] }   # replaced
  card.brand: [amex]
```
",
};

pub(super) fn check(pipeline: &Pipeline, jobs: &[JobResources<'_>], found: &mut Vec<Diagnostic>) {
    for job in jobs {
        for trigger in &job.spec().triggers {
            let is_valid = match &trigger.kind {
                TriggerKind::Pattern(pattern) => check_pattern(pattern, "", trigger, found),
                TriggerKind::Event { event, filter } => filter.as_ref().is_none_or(|filter| {
                    check_filter(pipeline, &event.value, filter, trigger, found)
                }),
                TriggerKind::Schedule(_) => false,
            };
            if is_valid {
                check_limits(job, trigger, found);
            }
        }
    }
}

fn check_filter(
    pipeline: &Pipeline,
    event: &str,
    filter: &EventPattern,
    trigger: &Trigger,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let declared = pipeline.events.get(event);
    let discriminator = declared.map_or(pipeline.discriminator, |event| event.discriminator);
    let is_set = discriminator == Discriminator::EventType;
    if is_set && filter.json.contains_key("event_type") {
        let span = filter.place("/event_type").map(|place| place.key);
        let message = "`where` narrows on `event_type`, which is set to the event's name";
        let diagnostic = Diagnostic::new(&INVALID_PATTERN, span.unwrap_or(trigger.span), message)
            .with_help("remove it from `where`; wait for another event in another trigger");
        found.push(match span {
            Some(key) => diagnostic.or_remove(key),
            None => diagnostic,
        });
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
    let written = Written::new(pattern, key, trigger);
    let error = match Pattern::parse(&written.text) {
        Ok(parsed) => {
            let warnings = parsed.warnings();
            found.extend(warnings.iter().filter_map(|warning| {
                let (lint, help) = match warning.kind() {
                    PatternWarningKind::ReplacedField => (&REPLACED_FIELD, "ask for it once"),
                    PatternWarningKind::ImpreciseNumber => (
                        &IMPRECISE_NUMBER,
                        "compare a number of at most 15 digits within these bounds, such as seconds instead of milliseconds, or a text",
                    ),
                    // Said of the whole rule, which is longer.
                    _ => return None,
                };
                let span = written.place(&warning.span());
                Some(Diagnostic::new(lint, span, warning.to_string()).with_help(help))
            }));
            return true;
        }
        Err(error) => error,
    };
    let span = written.place(&error.span());
    let (lint, help) = match error.kind() {
        PatternErrorKind::TooComplex => (&COMPLEX_PATTERN, "use a `prefix` or `suffix`"),
        PatternErrorKind::TooLong => (
            &PATTERN_TOO_LONG,
            "use shorter tests, or split the trigger into several",
        ),
        PatternErrorKind::TooManyCombinations => (
            &INVALID_PATTERN,
            "list several values of one field instead: `[a, b]`, or split the trigger into several",
        ),
        _ => (
            &INVALID_PATTERN,
            "every field takes a list of values or operators: `[premium]`, `[{ prefix: x }]`",
        ),
    };
    found.push(Diagnostic::new(lint, span, error.to_string()).with_help(help));
    false
}

/// A pattern as JSON, or the part of one below a key, with the way back to the spec.
struct Written<'p> {
    pattern: &'p EventPattern,
    key: &'p str,
    trigger: &'p Trigger,
    whole: Value,
    text: String,
}

impl<'p> Written<'p> {
    fn new(pattern: &'p EventPattern, key: &'p str, trigger: &'p Trigger) -> Self {
        let own = Value::Object(pattern.json.clone());
        let whole = match key {
            "" => own,
            key => json!({ key: own }),
        };
        Self {
            pattern,
            key,
            trigger,
            text: whole.to_string(),
            whole,
        }
    }

    /// The place in the spec of a part of the text.
    fn place(&self, part: &Range<usize>) -> Span {
        let pointer = pointer_at(&self.whole, part);
        let pointer = match self.key {
            "" => pointer.as_str(),
            key => pointer
                .strip_prefix('/')
                .and_then(|pointer| pointer.strip_prefix(key))
                .unwrap_or_default(),
        };
        let is_key = self.text[part.end..].starts_with(':');
        let place = self.pattern.place(pointer);
        let span = place.map(|place| if is_key { place.key } else { place.value });
        span.unwrap_or(self.trigger.span)
    }
}

/// Checks the pattern that the rule will have.
fn check_limits(job: &JobResources<'_>, trigger: &Trigger, found: &mut Vec<Diagnostic>) {
    let rules = job.rules.iter();
    for rule in rules.filter(|rule| std::ptr::eq(rule.trigger, trigger)) {
        let RuleSource::Pattern(pattern) = &rule.source else {
            continue;
        };
        let shorter = "use shorter tests, or split the trigger into several";
        let warnings = match Pattern::parse(&Value::Object(pattern.json.clone()).to_string()) {
            Ok(pattern) => pattern.warnings(),
            Err(error) => {
                // The trigger's own part is valid: it is what is added that makes the pattern too long.
                let lint = match error.kind() {
                    PatternErrorKind::TooLong => &PATTERN_TOO_LONG,
                    _ => &INVALID_PATTERN,
                };
                let diagnostic = Diagnostic::new(lint, trigger.span, error.to_string());
                found.push(diagnostic.with_help(shorter));
                continue;
            }
        };
        for warning in warnings {
            let (lint, help) = match warning.kind() {
                PatternWarningKind::LongPattern => (&LONG_PATTERN, shorter),
                PatternWarningKind::NearlyTooComplex => (
                    &NEARLY_COMPLEX_PATTERN,
                    "use fewer `*` in one string, or a `prefix` or `suffix`",
                ),
                _ => continue,
            };
            let diagnostic = Diagnostic::new(lint, trigger.span, warning.to_string());
            found.push(diagnostic.with_help(help));
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
