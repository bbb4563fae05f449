//! Details that a scheduled event cannot have.

use eventbridge::transformer::InputTransformer;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{Pipeline, Schedule, TriggerKind};
use crate::resources::Shard;
use crate::scheduled::{RESERVED_FIELDS, ScheduledInput};
use crate::span::Spanned;

pub(crate) static INVALID_SCHEDULED_DETAIL: Lint = Lint {
    id: "invalid-scheduled-detail",
    severity: Error,
    summary: "a detail that a scheduled event cannot have",
    explanation: "\
A scheduled event has `event_type`, the fields of the trigger's `detail:` (or else of
`defaults.schedule.detail`), `timestamp`, and `shard` and `shards` if the run is split. Those four names are
taken.

The fields are part of a template, in which EventBridge takes `<name>` for a variable, also inside a text:
it replaces the variable with a value, or refuses a name that it does not know. The whole template has at
most 8,192 characters.

```yaml
triggers:
  - schedule: rate(1 day)
    detail: { kind: weekly, timestamp: noon, greeting: \"Dear <name>\" }   # write `at: noon` and `Dear {name}`
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        for trigger in &job.triggers {
            if let TriggerKind::Schedule(schedule) = &trigger.kind {
                let before = found.len();
                check_fields(schedule, found);
                // A variable that is not known is said once, and better.
                if found.len() == before {
                    found.extend(check_template(schedule));
                }
            }
        }
    }
}

fn check_fields(schedule: &Schedule, found: &mut Vec<Diagnostic>) {
    for (name, json) in &schedule.detail {
        if RESERVED_FIELDS.contains(&name.as_str()) {
            let message = format!("a scheduled event has a `{name}` of its own");
            let help = "give the field another name";
            let diagnostic = Diagnostic::new(&INVALID_SCHEDULED_DETAIL, json.span, message);
            found.push(diagnostic.with_help(help));
        }
        if let Some(variable) = variable(name).or_else(|| variable(&json.value)) {
            let message =
                format!("EventBridge takes `{variable}` for a variable of the event's template");
            let help = "write it without the angle brackets, as in `{name}`";
            let diagnostic = Diagnostic::new(&INVALID_SCHEDULED_DETAIL, json.span, message);
            found.push(diagnostic.with_help(help));
        }
    }
}

/// The first `<name>` of a text.
///
/// In the template, angle brackets are written as JSON escapes. It is not documented that EventBridge and Scheduler
/// leave an escaped `<name>` alone, so a text that would be a variable without the escape is refused.
fn variable(text: &str) -> Option<&str> {
    let shaped = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.match_indices('<').find_map(|(start, _)| {
        let inside = &text[start + 1..];
        let end = inside.find(|c| !shaped(c)).filter(|end| *end > 0)?;
        let is_closed = inside[end..].starts_with('>');
        is_closed.then(|| &text[start..=start + 1 + end])
    })
}

/// Checks the longest template of the schedule.
fn check_template(schedule: &Schedule) -> Option<Diagnostic> {
    // Without fields of the spec's it is the same for every schedule.
    if schedule.detail.is_empty() {
        return None;
    }
    // The last shard has the longest number.
    let last = Shard {
        index: schedule.shards.saturating_sub(1),
        of: schedule.shards,
    };
    let input = ScheduledInput::new(&schedule.detail, (schedule.shards > 1).then_some(last));
    let paths = input.paths.iter();
    let paths = paths.map(|(name, path)| ((*name).to_owned(), (*path).to_owned()));
    let error = InputTransformer::new(paths.collect(), &input.template).err()?;
    let longest = schedule.detail.values().max_by_key(|json| json.value.len());
    let span = longest.map_or(schedule.expression.span, |Spanned { span, .. }| *span);
    let diagnostic = Diagnostic::new(&INVALID_SCHEDULED_DETAIL, span, error.to_string());
    Some(diagnostic.with_help("leave out what the function can look up itself"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ids_of;

    fn with_detail(detail: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "pipeline: p\nsource: s\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ schedule: rate(1 hour), detail: {detail} }} ] }} }}\n"
        ))
    }

    #[test]
    fn what_a_scheduled_event_has_already_is_refused() {
        for name in RESERVED_FIELDS {
            assert_eq!(
                with_detail(&format!("{{ {name}: 1 }}")),
                ["invalid-scheduled-detail"],
                "{name}"
            );
        }
        // Only at the top.
        assert_eq!(with_detail("{ of: { shard: 1 } }"), [""; 0]);
    }

    #[test]
    fn a_variable_is_refused_wherever_it_stands() {
        for detail in [
            "{ a: <time> }",
            "{ a: 'x <b> y' }",
            "{ a: [{ b: '1 < 2 <aws.events.event>' }] }",
            "{ '<a>': 1 }",
            "{ a: { '<b>': 1 } }",
        ] {
            assert_eq!(
                with_detail(detail),
                ["invalid-scheduled-detail"],
                "{detail}"
            );
        }
        for detail in [
            "{ a: '1 < 2 > 0' }",
            "{ a: '<>' }",
            "{ a: '<a b>' }",
            "{ a: 'x<y' }",
        ] {
            assert_eq!(with_detail(detail), [""; 0], "{detail}");
        }
    }

    #[test]
    fn a_template_that_is_too_long_is_refused() {
        let long = "x".repeat(8_192);
        assert_eq!(
            with_detail(&format!("{{ a: {long} }}")),
            ["invalid-scheduled-detail"]
        );
    }

    #[test]
    fn the_same_mistake_of_the_defaults_is_said_once() {
        let spec = "pipeline: p\nsource: s\ndefaults: { schedule: { detail: { shard: 1 } } }\njobs:
  j: { function: { package: j }, triggers: [ { schedule: rate(1 hour) }, { id: b, schedule: rate(2 hours) } ] }\n";
        assert_eq!(ids_of(spec), ["invalid-scheduled-detail"]);
    }
}
