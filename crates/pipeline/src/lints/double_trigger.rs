//! Triggers of one job that one event starts.

use std::collections::HashMap;

use eventbridge::pattern::{Event, Pattern};
use serde_json::{Map, Value, json};

use crate::diagnostic::{Diagnostic, Lint, Severity::Warning};
use crate::model::{Trigger, TriggerKind};
use crate::reach::Reach;

pub(crate) static DOUBLE_TRIGGER: Lint = Lint {
    id: "double-trigger",
    severity: Warning,
    summary: "one event starts a job twice",
    explanation: "\
Every trigger is a rule of its own, and EventBridge delivers an event once for each rule that matches. So the
job runs several times for one event.

```yaml
triggers:
  - event: user.signup
  - event: user.signup            # the first trigger already takes all of them
    id: premium
    where: { plan: [premium] }
```

Two triggers on one event are fine if each takes other values of one field:
`where: { plan: [free] }` and `where: { plan: [premium] }`.
",
};

pub(super) fn check(reach: &Reach<'_>, found: &mut Vec<Diagnostic>) {
    for (event, starts) in reach.iter() {
        let mut by_job: HashMap<&str, Vec<&Trigger>> = HashMap::new();
        for start in starts {
            let before = by_job.entry(start.job).or_default();
            // Two triggers with one id are a `name-collision`: one mistake, one finding.
            let other = before.iter().find(|other| {
                other.id.value != start.trigger.id.value && !are_disjoint(other, start.trigger)
            });
            if let Some(other) = other {
                let message = format!("the event `{event}` starts `{}` twice", start.job);
                let diagnostic = Diagnostic::new(&DOUBLE_TRIGGER, start.trigger.span, message)
                    .with_related(other.span, "this trigger takes it too")
                    .with_help(
                        "remove one of the two, or narrow both to other values of one field",
                    );
                found.push(diagnostic);
            }
            before.push(start.trigger);
        }
    }
}

/// Whether two triggers ask one field for different values.
fn are_disjoint(one: &Trigger, other: &Trigger) -> bool {
    match (detail_tests(one), detail_tests(other)) {
        (Some(one), Some(other)) => objects_are_disjoint(one, other),
        _ => false,
    }
}

/// The tests of the detail in a trigger.
fn detail_tests(trigger: &Trigger) -> Option<&Map<String, Value>> {
    match &trigger.kind {
        TriggerKind::Event { filter, .. } => filter.as_ref().map(|filter| &filter.json),
        TriggerKind::Pattern(pattern) => pattern.json.get("detail")?.as_object(),
        TriggerKind::Schedule(_) => None,
    }
}

fn objects_are_disjoint(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    // All fields of a pattern must match, so one field that rules out the other pattern is enough.
    one.iter().any(|(key, one)| match (one, other.get(key)) {
        (Value::Object(one), Some(Value::Object(other))) => objects_are_disjoint(one, other),
        (Value::Array(one), Some(Value::Array(other))) => one
            .iter()
            .all(|one| other.iter().all(|other| tests_are_disjoint(one, other))),
        _ => false,
    })
}

/// Whether no value passes both tests of a pattern.
fn tests_are_disjoint(one: &Value, other: &Value) -> bool {
    match (operator(one), operator(other)) {
        (None, None) => one != other,
        (Some(_), None) => !passes(one, other),
        (None, Some(_)) => !passes(other, one),
        (Some(("prefix", one)), Some(("prefix", other))) => match (one.as_str(), other.as_str()) {
            (Some(one), Some(other)) => !one.starts_with(other) && !other.starts_with(one),
            _ => false,
        },
        (Some(("suffix", one)), Some(("suffix", other))) => match (one.as_str(), other.as_str()) {
            (Some(one), Some(other)) => !one.ends_with(other) && !other.ends_with(one),
            _ => false,
        },
        (Some(("exists", one)), Some(("exists", other))) => one != other,
        (Some(("numeric", one)), Some(("numeric", other))) => ranges_are_disjoint(one, other),
        _ => false,
    }
}

/// The operator of a test and what it is about; nothing for a plain value.
fn operator(test: &Value) -> Option<(&str, &Value)> {
    let (name, operand) = test.as_object()?.iter().next()?;
    Some((name, operand))
}

/// Whether a value passes a test.
fn passes(test: &Value, value: &Value) -> bool {
    let pattern = Pattern::parse(&json!({ "v": [test] }).to_string());
    let event = Event::parse(&json!({ "v": value }).to_string());
    match (pattern, event) {
        (Ok(pattern), Ok(event)) => pattern.matches(&event),
        // `invalid-pattern` reports a test that cannot be read; here it must not hide a double trigger.
        _ => true,
    }
}

/// The two ends of a range of numbers, each with whether it is part of the range.
type Range = [(f64, bool); 2];

fn ranges_are_disjoint(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (parse_range(one), parse_range(other)) else {
        return false;
    };
    let ends_before = |[_, (end, closed)]: Range, [(start, open), _]: Range| {
        end < start || end <= start && !(closed && open)
    };
    ends_before(one, other) || ends_before(other, one)
}

/// Reads the operand of `numeric`: `["=", 1]`, `[">", 0, "<=", 5]`.
fn parse_range(operand: &Value) -> Option<Range> {
    let mut range = [(f64::NEG_INFINITY, false), (f64::INFINITY, false)];
    for comparison in operand.as_array()?.chunks(2) {
        let [name, number] = comparison else {
            return None;
        };
        let number = number.as_f64()?;
        match name.as_str()? {
            "=" => range = [(number, true); 2],
            ">" => range[0] = (number, false),
            ">=" => range[0] = (number, true),
            "<" => range[1] = (number, false),
            "<=" => range[1] = (number, true),
            _ => return None,
        }
    }
    Some(range)
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    fn with_triggers(triggers: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {triggers} ] }} }}\n"
        ))
    }

    #[test]
    fn what_one_event_starts_twice_is_pointed_out() {
        for second in [
            "{ event: e, id: b }",
            "{ event: e, id: b, where: { n: [1] } }",
            "{ pattern: { source: [s], detail-type: [E] } }",
            "{ event: e, id: b, where: { n: [{ numeric: ['<', 1] }] } }",
        ] {
            assert_eq!(
                with_triggers(&format!("{{ event: e }}, {second}")),
                ["double-trigger"],
                "{second}"
            );
        }
    }

    #[test]
    fn triggers_that_take_other_values_are_fine() {
        for (first, second) in [
            ("where: { n: [1] }", "where: { n: [2, 3] }"),
            ("where: { n: [1] }", "enabled: false"),
            ("where: { a: { b: [x] } }", "where: { a: { b: [y] } }"),
            (
                "where: { n: [a] }",
                "where: { n: [{ anything-but: [a, b] }] }",
            ),
            (
                "where: { n: [{ prefix: a }] }",
                "where: { n: [{ prefix: b }, c] }",
            ),
            (
                "where: { n: [{ exists: true }] }",
                "where: { n: [{ exists: false }] }",
            ),
            (
                "where: { n: [{ numeric: ['<', 100] }] }",
                "where: { n: [{ numeric: ['>=', 100, '<', 200] }, 300] }",
            ),
        ] {
            let triggers = format!("{{ event: e, {first} }}, {{ event: e, id: b, {second} }}");
            assert!(with_triggers(&triggers).is_empty(), "{triggers}");
        }
    }
}
