//! A `subject:` that names no field of an event.

use crate::detail::{field_at, paths};
use crate::diagnostic::{Diagnostic, Lint, Severity::Error, suggest};
use crate::model::{Event, Field, FieldType, Pipeline};
use crate::span::Spanned;

pub(crate) static INVALID_SUBJECT: Lint = Lint {
    id: "invalid-subject",
    severity: Error,
    summary: "a subject that is no field of an event",
    explanation: "\
`subject:` is the field of an event's detail that says whom or what the event is about. Logs, the tree of a run
and the page of the local bus show it, and `codegen run --subject` sets it. The field has one value: it is not a
list or an object; `customer.id` is the field `id` of the object `customer`. An event without the field has no
subject, but if no event declares it, its name is most likely misspelt.

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
        let Some((path, field)) = nearest_field(event, &subject.value) else {
            continue;
        };
        let kind = match &field.field_type {
            FieldType::List(_) => "a list",
            FieldType::Object(_) if path == subject.value => "an object",
            _ => {
                // One event with the field is enough: other events need not be about a subject.
                is_known |= path == subject.value || field.field_type == FieldType::Json;
                continue;
            }
        };
        let message = format!("`{path}` is {kind} in the event `{name}`");
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

/// The declared field at a path, or the last one on the way there.
fn nearest_field<'e>(event: &'e Event, path: &'e str) -> Option<(&'e str, &'e Field)> {
    let ends = path.match_indices('.').map(|(dot, _)| dot);
    let ways = ends.chain([path.len()]).rev().map(|end| &path[..end]);
    let mut found = ways.map(|way| (way, field_at(&event.detail, way)));
    found.find_map(|(way, field)| Some((way, field?)))
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
    let message = format!("no event declares the field `{}`", subject.value);
    let diagnostic = Diagnostic::new(&INVALID_SUBJECT, subject.span, message);
    Some(diagnostic.with_suggestion(subject.span, suggest(&subject.value, &names)))
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
      f: { detail_type: F, external: true, detail: { customer: { id: integer? }, tags: [string], items: [{ sku: string }], any: json } },
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
            let message = format!("no event declares the field `{subject}`");
            let help = Some(format!("did you mean `{near}`?"));
            assert_eq!(said(subject, EVENTS), [(message, help)]);
        }
    }

    #[test]
    fn what_has_no_single_value_is_no_subject() {
        for (subject, kind) in [
            ("customer", "an object"),
            ("tags", "a list"),
            ("items.sku", "a list"),
        ] {
            let field = subject.split('.').next().unwrap();
            let message = format!("`{field}` is {kind} in the event `f`");
            let found = said(subject, EVENTS);
            assert_eq!((found.len(), &found[0].0), (1, &message));
        }
    }

    #[test]
    fn nothing_is_known_of_events_without_fields() {
        assert_eq!(said("x", "g: { detail_type: G, external: true }"), []);
    }
}
