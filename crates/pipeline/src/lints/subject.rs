//! A `subject:` that names no field of an event.

use crate::detail::{field_at, paths};
use crate::diagnostic::{Diagnostic, Lint, Severity::Error, suggest};
use crate::model::{FieldType, Pipeline};
use crate::span::Spanned;

pub(crate) static INVALID_SUBJECT: Lint = Lint {
    id: "invalid-subject",
    severity: Error,
    summary: "a subject that is no field of an event",
    explanation: "\
`subject:` is the field of an event's detail that says whom or what the event is about. Logs, the tree of a run
and the page of the local bus show it, and `codegen run --subject` sets it. The field has one value: it is not a
list or an object; `customer.id` is the field `id` of the object `customer`. An event without the field has no
subject, but if no event has it, its name is most likely misspelt.

```yaml
subject: costumer_id   # did you mean `customer_id`?
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { customer_id: string } }
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    let Some(subject) = &pipeline.subject else {
        return;
    };
    let mut is_known = false;
    for (name, event) in &pipeline.events {
        let Some(field) = field_at(&event.detail, &subject.value) else {
            continue;
        };
        // One event with the field is enough: other events need not be about a subject.
        is_known = true;
        let kind = match &field.field_type {
            FieldType::List(_) => "a list",
            FieldType::Object(_) => "an object",
            _ => continue,
        };
        let message = format!("`{}` is {kind} in the event `{name}`", subject.value);
        let help = "name a field that has one value, as in `customer.id`";
        let diagnostic = Diagnostic::new(&INVALID_SUBJECT, subject.span, message)
            .with_related(event.name_span, "this event")
            .with_help(help);
        found.push(diagnostic);
        return;
    }
    if !is_known {
        found.extend(unknown(pipeline, subject));
    }
}

/// Events that declare no fields may have any.
fn unknown(pipeline: &Pipeline, subject: &Spanned<String>) -> Option<Diagnostic> {
    let mut known: Vec<String> = Vec::new();
    for event in pipeline.events.values() {
        for path in paths(&event.detail) {
            if !known.contains(&path) {
                known.push(path);
            }
        }
    }
    // No event declares a field, so any field may be there.
    if known.is_empty() {
        return None;
    }
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let message = format!("no event has the field `{}`", subject.value);
    let diagnostic = Diagnostic::new(&INVALID_SUBJECT, subject.span, message);
    Some(diagnostic.with_help(suggest(&subject.value, &names)))
}

#[cfg(test)]
mod tests {
    use crate::{Surroundings, parse};

    /// What is said of a subject, with its help.
    fn said(subject: &str, events: &str) -> Vec<(String, Option<String>)> {
        let spec = format!("pipeline: p\nsource: s\nsubject: {subject}\nevents: {{ {events} }}\n");
        let found = parse(&spec, &Surroundings::default()).diagnostics;
        let found = found.into_iter();
        let found = found.filter(|found| found.lint.id == "invalid-subject");
        found.map(|found| (found.message, found.help)).collect()
    }

    const EVENTS: &str = "
      e: { detail_type: E, external: true, detail: { order_id: string, at: timestamp } },
      f: { detail_type: F, external: true, detail: { customer: { id: integer? }, tags: [string], any: json } },
      g: { detail_type: G, external: true }";

    #[test]
    fn a_field_of_any_event_is_a_subject() {
        for subject in ["order_id", "customer.id", "any", "any.thing"] {
            assert_eq!(said(subject, EVENTS), [], "{subject}");
        }
    }

    #[test]
    fn a_field_that_no_event_has_is_pointed_out_with_the_near_one() {
        for (subject, near) in [
            ("order", "order_id"),
            ("costumer.id", "customer.id"),
            ("order_id.x", "order_id"),
        ] {
            let message = format!("no event has the field `{subject}`");
            let help = Some(format!("did you mean `{near}`?"));
            assert_eq!(said(subject, EVENTS), [(message, help)]);
        }
    }

    #[test]
    fn what_has_no_single_value_is_no_subject() {
        for (subject, kind) in [("customer", "an object"), ("tags", "a list")] {
            let message = format!("`{subject}` is {kind} in the event `f`");
            let found = said(subject, EVENTS);
            assert_eq!((found.len(), &found[0].0), (1, &message));
        }
    }

    #[test]
    fn nothing_is_known_of_events_without_fields() {
        assert_eq!(said("x", "g: { detail_type: G, external: true }"), []);
    }
}
