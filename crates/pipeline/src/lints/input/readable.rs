//! Inputs that a typed function cannot read.

use eventbridge::transformer::{InputPath, InputTransformer};
use serde_json::{Map, Value};

use super::part::{self, Item, Part, Source};
use crate::detail::EVENT_TYPE;
use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::lints::detail_field::words;
use crate::model::{FieldType, Function, Pipeline, Trigger, TriggerKind};
use crate::span::Span;

pub(in crate::lints) static UNREADABLE_INPUT: Lint = Lint {
    id: "unreadable-input",
    severity: Error,
    summary: "an input that the job's function cannot read",
    explanation: "\
A function with a `package` is written with the crate `job`. It reads an envelope, with `source`,
`detail-type` and `detail`, or a detail alone, with `event_type` and the fields of the declared event. Anything
else fails every run: a text, a list, an object with other keys. A function that is `existing` may take
anything.

```yaml
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { id: string } }
jobs:
  bill:
    function: { package: bill }
    triggers:
      - event: order.placed
        input: { template: '{ \"kind\": \"order\" }' }   # leave it out: the function gets the whole event
```
",
};

/// The field of an envelope that names the rule.
const RESOURCES: &str = "resources";

/// Fields of an envelope without which it is not read.
const NEEDED: [&str; 3] = ["source", "detail-type", "detail"];

/// Who reads an input, and what it is made from.
pub(super) struct Read<'p> {
    pub(super) pipeline: &'p Pipeline,
    pub(super) trigger: &'p Trigger,
    pub(super) made_from: Source<'p>,
    /// Whether the function has to know its schedule, by the envelope's `resources`.
    pub(super) names_schedule: bool,
}

/// Reports what a function cannot read. Functions of other code read what they like.
pub(super) fn report(at: Span, why: &str, function: &Function) -> Option<Diagnostic> {
    let package = function.code.package()?;
    let message = format!(
        "the function `{}` cannot read this input: {why}",
        package.value
    );
    let help = "leave out `input`, or send a declared detail: `input: { path: $.detail }`";
    let found = Diagnostic::new(&UNREADABLE_INPUT, at, message);
    let label = "a function with a `package` reads an envelope, or a declared detail";
    Some(found.with_related(package.span, label).with_help(help))
}

impl Read<'_> {
    /// Says what the input is, if it can be neither an envelope nor a detail.
    pub(super) fn mistake(&self, template: &str, transformer: &InputTransformer) -> Option<String> {
        if !transformer.is_json() {
            return Some("it is a text".to_owned());
        }
        let mut variables = transformer.variables();
        if let Some(variable) = variables.next()
            && template.trim() == &template[variable.span.clone()]
        {
            let Some(path) = variable.path else {
                return match template.trim() {
                    "<aws.events.event.json>" => None,
                    "<aws.events.event>" => Some("it is an envelope without `detail`".to_owned()),
                    _ => Some("it is a text".to_owned()),
                };
            };
            return self.mistake_of_path(path);
        }
        self.mistake_of_json(&with_nulls(template, transformer))
    }

    /// Says what a part of the event is, if the function cannot read it.
    pub(super) fn mistake_of_path(&self, path: &InputPath) -> Option<String> {
        // A path that leads to nothing has a finding of its own.
        self.mistake_of_part(part::follow(path, self.made_from).ok()?)
    }

    /// Says what a JSON text is, if the function cannot read it.
    pub(super) fn mistake_of_json(&self, text: &str) -> Option<String> {
        match serde_json::from_str(text).ok()? {
            Value::Object(fields) => self.mistake_of_object(&fields),
            Value::Array(_) => Some("it is a list".to_owned()),
            other => Some(format!("it is `{other}`")),
        }
    }

    fn mistake_of_part(&self, part: Part<'_>) -> Option<String> {
        let field = match part {
            Part::Envelope | Part::Detail(_) | Part::Anything => return None,
            Part::Nothing => return Some("the detail of a schedule's event is empty".to_owned()),
            Part::Text => return Some("it is a string".to_owned()),
            Part::Texts | Part::All(Item::Field(_) | Item::Text | Item::Anything) => {
                return Some("it is a list".to_owned());
            }
            Part::Field(field) => field,
        };
        match &field.field_type {
            FieldType::Json => None,
            FieldType::Object(fields) => {
                let fields = fields.keys().map(|name| (name.clone(), Value::Bool(true)));
                self.mistake_of_object(&fields.collect())
            }
            _ => Some(format!("it is {}", words(&field.field_type))),
        }
    }

    /// Whether the function has to know which of its schedules has started this run.
    fn is_of_one_schedule(&self) -> bool {
        self.names_schedule && matches!(self.trigger.kind, TriggerKind::Schedule(_))
    }

    /// Looks at the keys as the crate `job` does. A variable is `null` here.
    fn mistake_of_object(&self, fields: &Map<String, Value>) -> Option<String> {
        let has = |name: &str| fields.contains_key(name);
        if has("detail-type") || has("detail") && !has(EVENT_TYPE) {
            let missing = NEEDED.into_iter().find(|name| !has(name));
            let missing = missing.or_else(|| {
                let is_lost = self.is_of_one_schedule() && !has(RESOURCES);
                is_lost.then_some(RESOURCES)
            });
            return missing.map(|missing| format!("it is an envelope without `{missing}`"));
        }
        if self.is_of_one_schedule() {
            return Some(format!(
                "it is no envelope with `{RESOURCES}`, by which the function knows its schedule"
            ));
        }
        let subject = self.pipeline.subject.as_ref();
        let subject = subject.and_then(|path| path.value.split('.').next());
        let Some(event_type) = fields.get(EVENT_TYPE) else {
            // A subject that is null starts a run for everybody.
            let is_for_everybody = subject.is_some_and(has);
            return (!is_for_everybody)
                .then(|| format!("it is no envelope, and has no `{EVENT_TYPE}`"));
        };
        let TriggerKind::Event { event, .. } = &self.trigger.kind else {
            return None;
        };
        // Another name asks for another event, or for a scheduled run. Nobody knows a variable's value.
        if event_type.as_str().is_some_and(|name| *name != event.value) {
            return None;
        }
        let Source::Event(event) = self.made_from else {
            return None;
        };
        let mut declared = event?.detail.iter();
        let (missing, _) = declared.find(|(name, field)| !field.optional && !has(name))?;
        Some(format!("it is a detail without `{missing}`"))
    }
}

/// A JSON template with `null` for each value that a variable stands for.
fn with_nulls(template: &str, transformer: &InputTransformer) -> String {
    let mut text = String::new();
    let mut at = 0;
    for variable in transformer.variables() {
        text.push_str(&template[at..variable.span.start]);
        text.push_str(if variable.is_in_json_string {
            "x"
        } else {
            "null"
        });
        at = variable.span.end;
    }
    text.push_str(&template[at..]);
    text
}
