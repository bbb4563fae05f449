//! Texts that look as if something would fill them in.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Lint, Severity::Warning};
use crate::event_pattern::{EventPattern, below};
use crate::model::{Function, InputTemplate, Pipeline, Trigger, TriggerKind};
use crate::span::{Span, Spanned};

pub(crate) static LITERAL_INTERPOLATION: Lint = Lint {
    id: "literal-interpolation",
    severity: Warning,
    summary: "a `${…}` that nothing fills in",
    explanation: "\
Terraform, CloudFormation and shells put a value where `${…}` stands. A spec does not: every text of it arrives
on AWS as it is written, with the dollar sign and the brackets. A source or a pattern with such a text never
matches, and a function gets the text instead of a value.

Write the value itself. A function learns its environment from the variable `PIPELINE_ENVIRONMENT`, and every
name that Terraform makes has the environment at its end. If you mean the text itself, live with the warning.

```yaml
function:
  package: bill
  environment: { BUCKET: \"invoices-${var.environment}\" }   # arrives as `invoices-${var.environment}`
```
",
};

const SAME_EVERYWHERE: &str = "write the value itself: it is the same in every environment";

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    check_text(&pipeline.source, SAME_EVERYWHERE, found);
    for event in pipeline.events.values() {
        check_text(&event.detail_type, SAME_EVERYWHERE, found);
    }
    for job in pipeline.jobs.values() {
        if let Some(function) = job.work.function() {
            check_function(function, found);
        }
        for trigger in &job.triggers {
            check_trigger(trigger, found);
        }
    }
}

fn check_function(function: &Function, found: &mut Vec<Diagnostic>) {
    for value in function.environment.values() {
        let help = "write the value itself, or let the function make it from `PIPELINE_ENVIRONMENT`, which it gets";
        check_text(value, help, found);
    }
    for name in function.secrets.values() {
        let help = "write a name: Terraform's variable `secrets` says which secret it is in an environment";
        check_text(name, help, found);
    }
}

fn check_trigger(trigger: &Trigger, found: &mut Vec<Diagnostic>) {
    match &trigger.kind {
        TriggerKind::Schedule(schedule) => {
            for text in schedule.detail.values() {
                check_text(text, SAME_EVERYWHERE, found);
            }
        }
        TriggerKind::Pattern(pattern)
        | TriggerKind::Event {
            filter: Some(pattern),
            ..
        } => {
            for (field, value) in &pattern.json {
                check_value(pattern, value, &below("", field), found);
            }
        }
        TriggerKind::Event { filter: None, .. } => {}
    }
    if let Some(InputTemplate { paths: _, template }) = &trigger.input {
        let help = "write `<name>`, with a path in `paths`, for a value of the event";
        check_text(template, help, found);
    }
}

/// Checks the texts of a part of a pattern.
fn check_value(pattern: &EventPattern, value: &Value, pointer: &str, found: &mut Vec<Diagnostic>) {
    match value {
        Value::String(text) => {
            let span = pattern
                .place(pointer)
                .map_or(Span::default(), |place| place.value);
            let text = Spanned::new(text.clone(), span);
            check_text(&text, SAME_EVERYWHERE, found);
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check_value(pattern, item, &below(pointer, &index.to_string()), found);
            }
        }
        Value::Object(fields) => {
            for (field, value) in fields {
                check_value(pattern, value, &below(pointer, field), found);
            }
        }
        _ => {}
    }
}

fn check_text(text: &Spanned<String>, help: &str, found: &mut Vec<Diagnostic>) {
    let Some(part) = interpolation(&text.value) else {
        return;
    };
    let message = format!("nothing fills in `{}`", &text.value[part.clone()]);
    found.push(
        Diagnostic::new(&LITERAL_INTERPOLATION, text.part(&part), message)
            .with_note("a spec has no expressions: the text arrives as it is written")
            .with_help(help),
    );
}

/// Finds the first `${` with a letter behind it, up to its closing bracket.
fn interpolation(text: &str) -> Option<std::ops::Range<usize>> {
    let starts = text.match_indices("${").map(|(at, _)| at);
    let mut starts = starts.filter(|at| {
        let inside = &text[at + 2..];
        inside.starts_with(|c: char| c.is_ascii_alphabetic())
    });
    let start = starts.next()?;
    let end = text[start..]
        .find('}')
        .map_or(text.len(), |end| start + end + 1);
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PREFIX;
    use crate::{Surroundings, parse};

    /// Finds the warnings: the piece of the spec that each points at.
    fn pieces(spec: &str) -> Vec<String> {
        let mut found = parse(spec, &Surroundings::default()).diagnostics;
        found.retain(|found| found.lint == &LITERAL_INTERPOLATION);
        found
            .iter()
            .map(|found| spec[found.span.range()].to_owned())
            .collect()
    }

    #[test]
    fn every_text_that_arrives_on_aws_is_looked_at() {
        let spec = "
pipeline: p
source: ${SOURCE}
events:
  e: { detail_type: 'E ${env}', external: true, detail: { id: string } }
jobs:
  j:
    description: the ${every} day of it
    function:
      package: j
      environment: { BUCKET: \"inv-${var.environment}\" }
      secrets: { KEY_ARN: '${secret}' }
    triggers:
      - { event: e, where: { id: [x, { prefix: '${environment}-' }] } }
      - { pattern: { source: ['${local.source}'] }, input: { template: '\"${text}\"' } }
      - { schedule: rate(1 day), detail: { texts: ['${value}'] } }
local: { environment: { HOME_FOLDER: '${HOME}' } }
";
        assert_eq!(
            pieces(spec),
            [
                "${SOURCE}",
                "${env}",
                // A variable, like the field of a scheduled event, is known by the place of its name.
                "BUCKET",
                "KEY_ARN",
                "${environment}",
                "${local.source}",
                "${text}",
                "texts",
            ]
        );
    }

    #[test]
    fn other_dollars_are_texts_like_any_other() {
        for text in [
            "$HOME", "${}", "${1}", "$ {a}", "100%{of}", "${{ x }}", "$${", "{a}",
        ] {
            assert_eq!(interpolation(text), None, "{text}");
            let job = format!(
                "{PREFIX}jobs: {{ j: {{ function: {{ package: j, environment: {{ A1: '{text}' }} }} }} }}\n"
            );
            assert!(pieces(&job).is_empty(), "{text}");
        }
        assert_eq!(interpolation("a ${b c"), Some(2..7));
        assert_eq!(interpolation("${1} é${b}c"), Some(7..11));
    }
}
