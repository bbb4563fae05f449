//! Fields that a pattern asks for and an event does not have.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Lint, Severity::Error, suggest};
use crate::event_pattern::{EventPattern, below};
use crate::model::{Event, Field, FieldType, Pipeline, Trigger, TriggerKind};
use crate::reach::Reach;

pub(crate) static UNKNOWN_FIELD: Lint = Lint {
    id: "unknown-field",
    severity: Error,
    summary: "a pattern asks for a field that the event does not have",
    explanation: "\
Such a rule never matches, and nothing says so: EventBridge takes any field name. An event has `version`,
`id`, `detail-type`, `source`, `account`, `time`, `region`, `resources` and `detail`; below `detail`, a
declared event has the fields of its `detail:`.

```yaml
events:
  user.signup: { detail_type: User Signup, external: true, detail: { plan: string } }
jobs:
  welcome:
    triggers:
      - event: user.signup
        where: { plam: [premium] }   # did you mean `plan`?
```
",
};

pub(crate) static IMPOSSIBLE_VALUE: Lint = Lint {
    id: "impossible-value",
    severity: Error,
    summary: "a pattern asks for a value that the field cannot hold",
    explanation: "\
EventBridge compares text with text and numbers with numbers: a number never equals a string of its digits.
A test that the field's declared type can never pass is a rule that never matches.

```yaml
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { total: number } }
jobs:
  bill:
    triggers:
      - event: order.placed
        where: { total: [\"100\"] }   # write `[100]`, or `[{ numeric: [\">=\", 100] }]`
```
",
};

/// The fields of an event's envelope; one that is replayed from an archive also has `replay-name`.
const ENVELOPE: [&str; 10] = [
    "version",
    "id",
    "detail-type",
    "source",
    "account",
    "time",
    "region",
    "resources",
    "detail",
    "replay-name",
];

pub(super) fn check<'p>(pipeline: &'p Pipeline, reach: &Reach<'p>, found: &mut Vec<Diagnostic>) {
    for (name, job) in &pipeline.jobs {
        for trigger in &job.triggers {
            match &trigger.kind {
                TriggerKind::Event {
                    event,
                    filter: Some(filter),
                } => {
                    if let Some(event) = pipeline.events.get(&event.value) {
                        let asked = Asked::new(filter, trigger);
                        check_detail(&asked, &filter.json, &event.detail, found);
                    }
                }
                TriggerKind::Pattern(pattern) => {
                    let own_events = reach.own_events(name, trigger);
                    let own_event = only_own_event(pipeline, own_events, pattern);
                    check_pattern(pattern, trigger, own_event, found);
                }
                _ => {}
            }
        }
    }
}

/// The part of a pattern that is being checked.
struct Asked<'p> {
    pattern: &'p EventPattern,
    trigger: &'p Trigger,
    pointer: String,
}

impl<'p> Asked<'p> {
    fn new(pattern: &'p EventPattern, trigger: &'p Trigger) -> Self {
        Self {
            pattern,
            trigger,
            pointer: String::new(),
        }
    }

    fn below(&self, key: &str) -> Self {
        Self {
            pattern: self.pattern,
            trigger: self.trigger,
            pointer: below(&self.pointer, key),
        }
    }

    fn report(&self, lint: &'static Lint, message: String, help: String) -> Diagnostic {
        let place = self.pattern.place(&self.pointer);
        let span = place.map_or(self.trigger.span, |place| place.key);
        Diagnostic::new(lint, span, message).with_help(help)
    }
}

fn check_pattern(
    pattern: &EventPattern,
    trigger: &Trigger,
    own_event: Option<&Event>,
    found: &mut Vec<Diagnostic>,
) {
    let asked = Asked::new(pattern, trigger);
    for key in pattern.json.keys() {
        // A key with dots is a path: `detail.plan`.
        let top = key.split('.').next().unwrap_or_default();
        if !ENVELOPE.contains(&top) && key != "$or" {
            let message = format!("an event has no field `{key}`");
            let help = suggest(key, &ENVELOPE);
            found.push(asked.below(key).report(&UNKNOWN_FIELD, message, help));
        }
    }
    // Nobody has declared the detail of events that others emit.
    let Some(event) = own_event else {
        return;
    };
    if let Some(Value::Object(detail)) = pattern.json.get("detail") {
        check_detail(&asked.below("detail"), detail, &event.detail, found);
    }
}

/// The declared event that a pattern is about, if it names the pipeline's source and can match that
/// one alone.
fn only_own_event<'p>(
    pipeline: &'p Pipeline,
    own_events: &[&str],
    pattern: &EventPattern,
) -> Option<&'p Event> {
    let own = Value::from(pipeline.source.value.as_str());
    let source = pattern.json.get("source")?.as_array()?;
    match own_events {
        // A pattern with two sources may mean a field of an event that is not declared.
        [only] if *source == [own] => pipeline.events.get(*only),
        _ => None,
    }
}

fn check_detail(
    asked: &Asked<'_>,
    pattern: &Map<String, Value>,
    fields: &IndexMap<String, Field>,
    found: &mut Vec<Diagnostic>,
) {
    // An event that declares no fields may have any.
    if fields.is_empty() {
        return;
    }
    for (key, value) in pattern {
        let asked = asked.below(key);
        if let ("$or", Value::Array(alternatives)) = (key.as_str(), value) {
            for (index, alternative) in alternatives.iter().enumerate() {
                if let Value::Object(alternative) = alternative {
                    check_detail(&asked.below(&index.to_string()), alternative, fields, found);
                }
            }
            continue;
        }
        // A key with dots is a path: this check does not follow it.
        if key == "event_type" || key.contains('.') {
            continue;
        }
        if let Some(field) = fields.get(key) {
            check_field(&asked, key, value, field, found);
            continue;
        }
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        let message = format!("the event's detail has no field `{key}`");
        let help = suggest(key, &names);
        found.push(asked.report(&UNKNOWN_FIELD, message, help));
    }
}

fn check_field(
    asked: &Asked<'_>,
    name: &str,
    value: &Value,
    field: &Field,
    found: &mut Vec<Diagnostic>,
) {
    let mut field = field;
    // EventBridge compares the elements of a list, never the list itself.
    while let FieldType::List(item) = &field.field_type {
        field = item;
    }
    match (value, &field.field_type) {
        (_, FieldType::Json) => {}
        (Value::Object(inner), FieldType::Object(fields)) => {
            check_detail(asked, inner, fields, found);
        }
        (Value::Object(inner), _) => {
            let key = inner.keys().next().map_or("", String::as_str);
            let message = format!("`{name}` is {}, and has no field `{key}`", words(field));
            let help = format!("ask for its value: `{name}: [...]`");
            found.push(asked.below(key).report(&UNKNOWN_FIELD, message, help));
        }
        (Value::Array(tests), _) => {
            for (index, test) in tests.iter().enumerate() {
                if let Some(help) = impossible(test, field) {
                    let message =
                        format!("`{name}` is {}, and never passes `{test}`", words(field));
                    let asked = asked.below(&index.to_string());
                    found.push(asked.report(&IMPOSSIBLE_VALUE, message, help));
                }
            }
        }
        _ => {}
    }
}

fn words(field: &Field) -> &'static str {
    match &field.field_type {
        FieldType::String => "a string",
        FieldType::Integer => "a whole number",
        FieldType::Number => "a number",
        FieldType::Boolean => "`true` or `false`",
        FieldType::Timestamp => "a timestamp, which is a string",
        FieldType::Date => "a date, which is a string",
        FieldType::Json => "any value",
        FieldType::List(_) => "a list",
        FieldType::Object(_) => "an object",
    }
}

/// The JSON type that a field's values are compared as.
#[derive(Clone, Copy, PartialEq)]
enum Compared {
    Text,
    Number,
    Boolean,
    Object,
}

fn compared(field: &Field) -> Compared {
    match &field.field_type {
        FieldType::Integer | FieldType::Number => Compared::Number,
        FieldType::Boolean => Compared::Boolean,
        FieldType::Object(_) => Compared::Object,
        _ => Compared::Text,
    }
}

/// Says what to write instead of a test that no value of a field passes.
fn impossible(test: &Value, field: &Field) -> Option<String> {
    let compared = compared(field);
    match (test, compared) {
        // `null` in a pattern matches null alone. An absent field needs `exists: false`.
        (Value::Null, _) if !field.optional => {
            Some("the field is never null: write `?` behind its type if it can be".to_owned())
        }
        (Value::String(written), Compared::Number) if written.parse::<f64>().is_ok() => {
            Some(format!("write `{written}` without quotes"))
        }
        (Value::Number(_) | Value::Bool(_), Compared::Text) => {
            Some(format!("write `\"{test}\"`, in quotes"))
        }
        (Value::String(_), Compared::Text)
        | (Value::Number(_), Compared::Number)
        | (Value::Bool(_), Compared::Boolean)
        | (Value::Null, _) => None,
        (Value::Object(operator), _) => {
            let (name, operand) = operator.iter().next()?;
            impossible_operator(name, operand, compared, field.optional)
        }
        _ => Some(format!("ask for {}", words(field))),
    }
}

fn impossible_operator(
    name: &str,
    operand: &Value,
    compared: Compared,
    optional: bool,
) -> Option<String> {
    match name {
        "prefix" | "suffix" | "wildcard" | "equals-ignore-case" | "cidr"
            if compared != Compared::Text =>
        {
            Some(format!(
                "`{name}` is for strings: write the value itself, or `numeric`"
            ))
        }
        "numeric" if compared != Compared::Number => Some(
            "`numeric` is for numbers: strings have `prefix`, `suffix` and `wildcard`".to_owned(),
        ),
        "exists" if *operand == Value::Bool(false) && !optional => Some(
            "the field is always there: write `?` behind its type if it may be missing".to_owned(),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;

    fn with_where(filter: &str) -> Vec<&'static str> {
        let detail = "{ plan: string, total: number, seats: integer?, free: boolean, at: timestamp, tags: [string], raw: json, card: { brand: string } }";
        ids_of(&format!(
            "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true, detail: {detail} }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: e, where: {filter} }} ] }} }}\n"
        ))
    }

    #[test]
    fn what_the_event_may_hold_is_fine() {
        for filter in [
            "{ plan: [premium, { prefix: p }, { exists: true }] }",
            "{ total: [1, { numeric: ['>', 1] }, { anything-but: 2 }] }",
            "{ seats: [null, { exists: false }, 3] }",
            "{ free: [true], at: [{ prefix: '2026' }], tags: [a] }",
            "{ raw: { anything: [1, x] } }",
            "{ raw: [{ cidr: 10.0.0.0/8 }] }",
            "{ card: { brand: [visa] } }",
            "{ $or: [ { plan: [a] }, { card: { brand: [b] } } ] }",
            "{ card.brand: [visa] }",
        ] {
            assert!(with_where(filter).is_empty(), "{filter}");
        }
    }

    #[test]
    fn fields_that_are_not_there_are_found() {
        for filter in [
            "{ plam: [premium] }",
            "{ card: { bran: [visa] } }",
            "{ plan: { name: [x] } }",
            "{ $or: [ { plan: [a] }, { plam: [b] } ] }",
        ] {
            assert_eq!(with_where(filter), ["unknown-field"], "{filter}");
        }
    }

    #[test]
    fn values_that_cannot_be_are_found() {
        for filter in [
            "{ total: ['100'] }",
            "{ plan: [1] }",
            "{ plan: [true] }",
            "{ free: [yes] }",
            "{ plan: [null] }",
            "{ plan: [{ exists: false }] }",
            "{ total: [{ prefix: '1' }] }",
            "{ plan: [{ numeric: ['>', 1] }] }",
            "{ tags: [1] }",
            "{ card: [visa] }",
        ] {
            assert_eq!(with_where(filter), ["impossible-value"], "{filter}");
        }
    }

    #[test]
    fn a_pattern_on_own_events_is_held_against_their_detail() {
        let with_pattern = |pattern: &str| {
            ids_of(&format!(
                "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true, detail: {{ plan: string }} }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: e }} ] }}, k: {{ function: {{ package: k }}, triggers: [ {{ pattern: {pattern} }} ] }} }}\n"
            ))
        };
        assert_eq!(
            with_pattern("{ sorce: [x] }"),
            ["wide-pattern", "unknown-field"]
        );
        let own = "{ source: [s], detail-type: [E], detail: { plam: [x] } }";
        assert_eq!(with_pattern(own), ["unknown-field"]);
        let others = "{ source: [aws.s3], detail: { plam: [x] } }";
        assert!(with_pattern(others).is_empty());
    }
}
