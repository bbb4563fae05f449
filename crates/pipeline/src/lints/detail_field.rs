//! Fields that a pattern asks for and an event does not have.

use serde_json::{Map, Value};

use crate::detail;
use crate::diagnostic::{Diagnostic, Lint, Severity::Error, suggest};
use crate::event_pattern::{EventPattern, below};
use crate::matching::{ENVELOPE, Held, Shape, Values, Verdict, join, judge, or_is_an_operator};
use crate::model::{Field, FieldType, Pipeline, Trigger, TriggerKind};
use crate::reach::Reach;
use crate::suggestion::Suggestion;

pub(crate) static UNKNOWN_FIELD: Lint = Lint {
    id: "unknown-field",
    severity: Error,
    summary: "a pattern or an input asks for a field that the event does not have",
    explanation: "\
EventBridge takes any field name, and nothing says that a test of a field that is not there never passes.
`exists: false` passes always, so it tests nothing. An event has `version`, `id`, `detail-type`, `source`,
`account`, `time`, `region`, `resources` and `detail`; below `detail`, a declared event has the fields of its
`detail:`. A key with dots, such as `customer.id`, is a path.

```yaml
events:
  user.signup: { detail_type: User Signup, external: true, detail: { plan: string } }
jobs:
  welcome:
    triggers:
      - event: user.signup
        where: { plam: [premium] }   # did you mean `plan`?
```

A path of an `input` that leads to no field puts an empty string into the template. A path enters a list by an
element, `$.detail.items[0].sku`, or by all of them, `$.detail.items[*].sku`.
",
};

pub(crate) static IMPOSSIBLE_VALUE: Lint = Lint {
    id: "impossible-value",
    severity: Error,
    summary: "a pattern asks for a value that the field cannot hold",
    explanation: "\
EventBridge compares text with text and numbers with numbers: a number never equals a string of its digits.
A test that no value of the field's declared type passes is a mistake, even beside tests that can pass. Without
those, the rule never matches.

```yaml
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { total: number } }
jobs:
  bill:
    triggers:
      - event: order.placed
        where: { total: [\"100\"] }   # write `[100]`, or `[{ numeric: [\">=\", 100] }]`
```

The fields of an event's envelope are strings, too: an account is `\"123456789012\"`, with quotes.

An object, and a list of objects, has no value of its own. There `exists: false` passes always, and any other test
never: ask for a field of the object, as in `customer: { id: [...] }`. An empty list has no value either, so
`exists: false` can pass on a list.
",
};

pub(super) fn check<'p>(pipeline: &'p Pipeline, reach: &Reach<'p>, found: &mut Vec<Diagnostic>) {
    for (name, job) in &pipeline.jobs {
        for trigger in &job.triggers {
            match &trigger.kind {
                TriggerKind::Event {
                    event,
                    filter: Some(filter),
                } => {
                    let shape = Shape::new(pipeline, &event.value);
                    let search = Search::new(filter, trigger, &shape);
                    search.check_object(&filter.json, "detail", "", found);
                }
                TriggerKind::Pattern(pattern) => {
                    let own_events = reach.own_events(name, trigger);
                    let own_event = only_own_event(pipeline, own_events, pattern);
                    let shape = own_event.map(|name| Shape::new(pipeline, name));
                    // Nobody has declared the detail of events that others emit.
                    let shape = shape.unwrap_or_else(Shape::unknown);
                    let search = Search::new(pattern, trigger, &shape);
                    search.check_object(&pattern.json, "", "", found);
                }
                _ => {}
            }
        }
    }
}

/// The declared event that a pattern is about, if it names the event's source and can match that one alone.
pub(super) fn only_own_event<'p>(
    pipeline: &Pipeline,
    own_events: &[&'p str],
    pattern: &EventPattern,
) -> Option<&'p str> {
    let [only] = own_events else {
        return None;
    };
    let event = pipeline.events.get(*only)?;
    let asks_for = |key: &str, value: &str| {
        let values = pattern.json.get(key).and_then(Value::as_array);
        values.is_some_and(|values| *values == [Value::from(value)])
    };
    // A pattern with two sources, or with one of others and no detail type, may mean an event that is not declared.
    let is_meant = asks_for("source", &event.source.value)
        && (pipeline.is_own(event) || asks_for("detail-type", &event.detail_type.value));
    is_meant.then_some(only)
}

/// A pattern, or the `detail` part of one, that is held against what its events have.
struct Search<'p> {
    pattern: &'p EventPattern,
    trigger: &'p Trigger,
    shape: &'p Shape<'p>,
    or_is_operator: bool,
}

impl<'p> Search<'p> {
    fn new(pattern: &'p EventPattern, trigger: &'p Trigger, shape: &'p Shape<'p>) -> Self {
        let or_is_operator = or_is_an_operator(&pattern.json);
        Self {
            pattern,
            trigger,
            shape,
            or_is_operator,
        }
    }

    /// Checks the fields of an object that asks for something at a path of the event.
    fn check_object(
        &self,
        object: &Map<String, Value>,
        path: &str,
        pointer: &str,
        found: &mut Vec<Diagnostic>,
    ) {
        for (key, value) in object {
            let pointer = below(pointer, key);
            match value {
                Value::Array(alternatives) if self.or_is_operator && key == "$or" => {
                    for (index, alternative) in alternatives.iter().enumerate() {
                        if let Value::Object(alternative) = alternative {
                            let pointer = below(&pointer, &index.to_string());
                            self.check_object(alternative, path, &pointer, found);
                        }
                    }
                }
                value => self.check_field(key, value, path, &pointer, found),
            }
        }
    }

    fn check_field(
        &self,
        key: &str,
        value: &Value,
        parent: &str,
        pointer: &str,
        found: &mut Vec<Diagnostic>,
    ) {
        let path = join(parent, key);
        let held = self.shape.find(&path);
        match (value, held) {
            (_, Held::Nothing) => found.push(self.unknown_field(key, parent, pointer)),
            (Value::Object(inner), Held::Value(values)) => {
                let asked = inner.keys().next().map_or("", String::as_str);
                let pointer = below(pointer, asked);
                found.push(self.field_of_a_value(key, values, asked, &pointer));
            }
            (Value::Object(inner), Held::Object(_)) => {
                self.check_object(inner, &path, pointer, found);
            }
            (Value::Array(tests), held) => {
                for (index, test) in tests.iter().enumerate() {
                    if judge(test, &held) == Verdict::Never {
                        let pointer = below(pointer, &index.to_string());
                        found.push(self.impossible_value(key, test, &held, &pointer));
                    }
                }
            }
            _ => {}
        }
    }

    fn unknown_field(&self, key: &str, parent: &str, pointer: &str) -> Diagnostic {
        let path = join(parent, key);
        // The nearest value on the way to a field that cannot be there.
        let mut ways = path.match_indices('.').rev();
        let value = ways.find_map(|(dot, _)| match self.shape.find(&path[..dot]) {
            Held::Value(values) => Some((&path[..dot], values, &path[dot + 1..])),
            _ => None,
        });
        if let Some((name, values, asked)) = value {
            return self.field_of_a_value(in_detail(name).unwrap_or(name), values, asked, pointer);
        }
        let message = match in_detail(&path) {
            Some(path) => format!("the event's detail has no field `{path}`"),
            None => format!("an event has no field `{path}`"),
        };
        let names = self.names(key, parent);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.report(&UNKNOWN_FIELD, message, suggest(key, &names), pointer)
    }

    /// The names that may be meant by a key.
    fn names(&self, key: &str, parent: &str) -> Vec<String> {
        let in_detail = parent.is_empty() && key.starts_with("detail.");
        let fields = match (self.shape.detail(), self.shape.find(parent)) {
            (Some(fields), _) if in_detail => {
                let paths = detail::paths(fields).into_iter();
                return paths.map(|path| format!("detail.{path}")).collect();
            }
            _ if parent.is_empty() => {
                let names = ENVELOPE.keys().map(String::as_str);
                return names.chain(["detail"]).map(str::to_owned).collect();
            }
            (_, Held::Object(Some(fields))) => fields,
            _ => return Vec::new(),
        };
        // A key with dots is a path.
        if key.contains('.') {
            return detail::paths(fields);
        }
        fields.keys().cloned().collect()
    }

    fn field_of_a_value(
        &self,
        name: &str,
        values: Values<'_>,
        asked: &str,
        pointer: &str,
    ) -> Diagnostic {
        let field_type = words_of(values);
        let message = format!("`{name}` is {field_type}, and has no field `{asked}`");
        let help = format!("ask for its value: `{name}: [...]`");
        self.report(&UNKNOWN_FIELD, message, help, pointer)
    }

    fn impossible_value(
        &self,
        name: &str,
        test: &Value,
        held: &Held<'_>,
        pointer: &str,
    ) -> Diagnostic {
        let (kind, advice) = if let Held::Value(values) = held {
            (words_of(*values), help(test, values.field))
        } else {
            let advice = "ask for one of its fields: an object has no value of its own";
            ("an object".to_owned(), advice.into())
        };
        let message = format!("`{name}` is {kind}, and never passes `{test}`");
        self.report(&IMPOSSIBLE_VALUE, message, advice, pointer)
    }

    fn report(
        &self,
        lint: &'static Lint,
        message: String,
        help: impl Into<Suggestion>,
        pointer: &str,
    ) -> Diagnostic {
        let place = self.pattern.place(pointer);
        let span = place.map_or(self.trigger.span, |place| place.key);
        Diagnostic::new(lint, span, message).with_suggestion(span, help)
    }
}

/// The path below `detail`.
fn in_detail(path: &str) -> Option<&str> {
    path.strip_prefix("detail.")
}

/// Says what some values are: those of a list are compared one by one.
fn words_of(values: Values<'_>) -> String {
    let words = words(&values.field.field_type);
    if values.within.list && !values.within.element {
        return format!("a list, in which each value is {words}");
    }
    words.to_owned()
}

pub(super) fn words(field_type: &FieldType) -> &'static str {
    match field_type {
        FieldType::String => "a string",
        FieldType::Integer => "a whole number",
        FieldType::Number => "a number",
        FieldType::Boolean => "`true` or `false`",
        FieldType::Timestamp => "a timestamp, which is a string",
        FieldType::Date => "a date, which is a string",
        FieldType::Json => "any value",
        FieldType::Enum(_) => "one of the texts that the event declares for it",
        FieldType::List(_) => "a list",
        FieldType::Object(_) => "an object",
    }
}

/// Says what to write instead of a test that no value of a field passes.
fn help(test: &Value, field: &Field) -> Suggestion {
    let field_type = &field.field_type;
    let is_number = matches!(field_type, FieldType::Integer | FieldType::Number);
    let is_text = matches!(
        field_type,
        FieldType::String | FieldType::Timestamp | FieldType::Date | FieldType::Enum(_)
    );
    if let (Value::String(written), FieldType::Enum(texts)) = (test, field_type) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        return suggest(written, &texts);
    }
    match test {
        // `null` in a pattern matches null alone. An absent field needs `exists: false`.
        Value::Null => "the field is never null: write `?` behind its type if it can be".into(),
        Value::String(written) if is_number && written.parse::<f64>().is_ok() => {
            let help = format!("write `{written}` without quotes");
            Suggestion::one_of(help, [written]).without_quotes()
        }
        Value::Number(_) | Value::Bool(_) if *field_type == FieldType::String => {
            let yaml = format!("\"{test}\"");
            Suggestion::yaml(format!("write `{yaml}`, in quotes"), Some(yaml))
        }
        Value::Object(operator) => match operator.iter().next() {
            Some((name, operand)) => help_with_operator(name, operand, field_type, is_text).into(),
            None => format!("ask for {}", words(field_type)).into(),
        },
        _ => match example(field_type) {
            Some(example) => {
                format!("write it like `{example}`, or ask for its start: `{{ prefix: … }}`").into()
            }
            None => format!("ask for {}", words(field_type)).into(),
        },
    }
}

fn help_with_operator(
    name: &str,
    operand: &Value,
    field_type: &FieldType,
    is_text: bool,
) -> String {
    match (name, example(field_type)) {
        ("exists", _) => {
            "the field is always there: write `?` behind its type if it may be missing".to_owned()
        }
        ("numeric", _) if *field_type == FieldType::Integer => {
            "no whole number is in that range".to_owned()
        }
        ("numeric", _) => {
            "`numeric` is for numbers: strings have `prefix`, `suffix` and `wildcard`".to_owned()
        }
        ("cidr", Some(_)) => "`cidr` is for IP addresses".to_owned(),
        ("anything-but", _) => format!("`{operand}` is every string"),
        (_, Some(example)) => format!("the text is like `{example}`"),
        _ if is_text => format!("ask for {}", words(field_type)),
        _ => format!("`{name}` is for strings: write the value itself, or `numeric`"),
    }
}

/// A value of a type whose texts have one form.
fn example(field_type: &FieldType) -> Option<&'static str> {
    match field_type {
        FieldType::Timestamp => Some("2026-01-31T09:00:00Z"),
        FieldType::Date => Some("2026-01-31"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;

    fn with_where(filter: &str) -> Vec<&'static str> {
        let detail = "{ plan: string, total: number, seats: integer?, free: boolean, at: timestamp, tags: [string], raw: json, card: { brand: string }, items: [{ sku: string }] }";
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
    fn objects_and_lists_are_judged_as_the_matcher_does() {
        // Source: EventBridge user guide, "Comparison operators", "Exists matching".
        for filter in [
            "{ card: [{ exists: false }] }",
            "{ tags: [{ exists: false }] }",
            "{ items: [{ exists: false }], items.sku: [{ exists: false }] }",
        ] {
            assert!(with_where(filter).is_empty(), "{filter}");
        }
        for filter in [
            "{ card: [{ exists: true }] }",
            "{ card: [{ anything-but: [a] }] }",
            "{ items: [{ exists: true }] }",
        ] {
            assert_eq!(with_where(filter), ["impossible-value"], "{filter}");
        }
    }

    #[test]
    fn a_key_with_dots_is_followed() {
        for (filter, id) in [
            ("{ card.bran: [visa] }", "unknown-field"),
            ("{ card.brand.x: [visa] }", "unknown-field"),
            ("{ card.brand: [1] }", "impossible-value"),
            (
                "{ $or: [ { plan: [a] }, { card.brand: [1] } ] }",
                "impossible-value",
            ),
        ] {
            assert_eq!(with_where(filter), [id], "{filter}");
        }
    }

    #[test]
    fn a_pattern_on_own_events_is_held_against_their_detail() {
        let with_pattern = |pattern: &str| {
            ids_of(&format!(
                "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true, detail: {{ plan: string }} }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: e }} ] }}, k: {{ function: {{ package: k }}, triggers: [ {{ pattern: {pattern} }} ] }} }}\n"
            ))
        };
        // No event has the field, so the pattern does not take the pipeline's own.
        assert_eq!(with_pattern("{ sorce: [x] }"), ["unknown-field"]);
        let own = "{ source: [s], detail-type: [E], detail: { plam: [x] } }";
        assert_eq!(with_pattern(own), ["unknown-field"]);
        let dotted = "{ source: [s], detail-type: [E], detail.plam: [x], detail: { plan: [1] } }";
        assert_eq!(with_pattern(dotted), ["unknown-field", "impossible-value"]);
        let account = "{ source: [aws.s3], account: [123456789012] }";
        assert_eq!(with_pattern(account), ["impossible-value"]);
        let others = "{ source: [aws.s3], detail: { plam: [x] } }";
        assert!(with_pattern(others).is_empty());
    }
}
