//! Follows the paths of an input through the declared detail: which fields there are not, and what may not stand inside
//! quotes.

use std::ops::Range;

use eventbridge::transformer::{InputPath, InputTransformer, PathStep};

use crate::detail::EVENT_TYPE;
use crate::diagnostic::{Diagnostic, Lint, Severity::Error, suggest};
use crate::lints::detail_field::{UNKNOWN_FIELD, words};
use crate::matching::ENVELOPE;
use crate::model::{Event, Field, FieldType, InputTemplate};
use crate::span::Spanned;
use crate::suggestion::Suggestion;

pub(in crate::lints) static OBJECT_IN_QUOTES: Lint = Lint {
    id: "object-in-quotes",
    severity: Error,
    summary: "an object or a list inside quotes, of which EventBridge delivers nothing",
    explanation: "\
In a template that is JSON, a variable inside quotes is a part of that string. EventBridge puts an object or a
list there as it is, with its own quotes, and the result is not JSON. Then it delivers nothing, keeps no dead
letter, and says nothing.

```yaml
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { items: [string] } }
jobs:
  bill:
    triggers:
      - event: order.placed
        input:
          paths: { items: $.detail.items }
          template: '{ \"items\": \"<items>\" }'   # write `{ \"items\": <items> }`
```

In a template that is text, such as `'\"Items: <items>\"'`, they lose their quotes, and arrive.
",
};

/// The part of an event that a path leads to, as far as the spec says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'p> {
    Envelope,
    /// The whole detail, of an event that is declared or not.
    Detail(Option<&'p Event>),
    /// The detail of a schedule's event, which is empty.
    Nothing,
    Field(&'p Field),
    /// A list of texts, as `resources` is.
    Texts,
    Text,
    /// Something that no spec declares.
    Anything,
    /// A list of such parts, by a path with `*`.
    All(Item<'p>),
}

/// The parts in a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item<'p> {
    Field(&'p Field),
    Text,
    Anything,
}

/// A step that leads to nothing.
pub(super) struct Miss {
    span: Range<usize>,
    message: String,
    help: Suggestion,
}

/// What an input is made from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'p> {
    /// An event, which is declared or not.
    Event(Option<&'p Event>),
    /// The event that a rule makes of its schedule. Its detail is empty.
    Schedule,
}

/// Reports a path that leads to no field of the event.
pub(super) fn check_path(text: &Spanned<String>, from: Source<'_>, found: &mut Vec<Diagnostic>) {
    let Ok(path) = InputPath::parse(&text.value) else {
        return;
    };
    if let Err(Miss {
        span,
        message,
        help,
    }) = follow(&path, from)
    {
        let found_miss = Diagnostic::new(&UNKNOWN_FIELD, text.part(&span), message);
        found.push(found_miss.with_suggestion(text.span, help.within(text, &span)));
    }
}

/// Reports objects and lists inside the strings of a JSON template.
pub(super) fn check_quotes(
    input: &InputTemplate,
    transformer: &InputTransformer,
    from: Source<'_>,
    found: &mut Vec<Diagnostic>,
) {
    for variable in transformer.variables() {
        let path = variable.path.filter(|_| variable.is_in_json_string);
        let Some(Ok(part)) = path.map(|path| follow(path, from)) else {
            continue;
        };
        let Some(what) = part.breaks_string() else {
            continue;
        };
        let template = &input.template;
        let name = &template.value[variable.span.clone()];
        let message =
            format!("`{name}` is {what} inside quotes, so that EventBridge delivers nothing");
        let span = template.part(&variable.span);
        let help =
            format!("let `{name}` be a value by itself, without quotes: `{{ \"x\": {name} }}`");
        found.push(Diagnostic::new(&OBJECT_IN_QUOTES, span, message).with_help(help));
    }
}

/// Follows a path from the envelope of an event.
pub(super) fn follow<'p>(path: &InputPath, from: Source<'p>) -> Result<Part<'p>, Miss> {
    let mut part = Part::Envelope;
    let mut is_list = false;
    for (step, span) in path.steps() {
        part = part
            .enter(step, from)
            .map_err(|why| why.at(path.as_str(), span))?;
        is_list |= *step == PathStep::Every;
    }
    Ok(match part {
        part if !is_list => part,
        Part::Field(field) => Part::All(Item::Field(field)),
        Part::Text => Part::All(Item::Text),
        _ => Part::All(Item::Anything),
    })
}

/// Why a step leads to nothing.
enum Why<'p> {
    /// The object has other fields.
    OtherFields(&'static str, Vec<&'p str>),
    /// The value has no such parts at all.
    Is(&'static str),
}

impl Why<'_> {
    /// Words a step that leads to nothing from what the path before it leads to.
    fn at(&self, path: &str, span: Range<usize>) -> Miss {
        let step = &path[span.clone()];
        let is_key = !step.starts_with(['[', '*']);
        let before = path[..span.start].trim_end_matches('.');
        let (message, help) = match self {
            Self::OtherFields(object, names) => (
                format!("{object} has no field `{step}`"),
                suggest(step, names),
            ),
            Self::Is(what @ "a list") => (
                format!("`{before}` is {what}, and has no field `{step}`"),
                format!("take one element or all: `{before}[0].{step}` or `{before}[*].{step}`")
                    .into(),
            ),
            Self::Is(what) => {
                let lacks = if is_key {
                    format!("field `{step}`")
                } else {
                    "elements".to_owned()
                };
                (
                    format!("`{before}` is {what}, and has no {lacks}"),
                    format!("end the path here: `{before}`").into(),
                )
            }
        };
        Miss {
            span,
            message,
            help,
        }
    }
}

impl<'p> Part<'p> {
    /// Takes one step.
    fn enter(self, step: &PathStep, from: Source<'p>) -> Result<Self, Why<'p>> {
        match (self, step) {
            (Self::Envelope, PathStep::Key(key)) => match key.as_str() {
                "detail" => Ok(match from {
                    Source::Event(event) => Self::Detail(event),
                    Source::Schedule => Self::Nothing,
                }),
                "resources" => Ok(Self::Texts),
                key if ENVELOPE.contains_key(key) => Ok(Self::Text),
                _ => {
                    let names = ENVELOPE.keys().map(String::as_str).chain(["detail"]);
                    Err(Why::OtherFields("an event", names.collect()))
                }
            },
            (Self::Detail(Some(event)), PathStep::Key(key)) if !event.detail.is_empty() => {
                let names = || event.detail.keys().map(String::as_str).collect();
                match event.detail.get(key) {
                    Some(field) => Ok(Self::Field(field)),
                    // With another discriminator it can be any field of the event's own.
                    None if key == EVENT_TYPE => Ok(Self::Anything),
                    None => Err(Why::OtherFields(DETAIL, names())),
                }
            }
            (Self::Envelope | Self::Detail(_), PathStep::Index(_)) => Err(Why::Is("an object")),
            (Self::Nothing, _) => Err(Why::Is(EMPTY)),
            (Self::Field(field), step) => enter_field(field, step),
            (Self::Texts, PathStep::Key(_)) => Err(Why::Is("a list")),
            (Self::Texts, _) => Ok(Self::Text),
            (Self::Text, _) => Err(Why::Is("a string")),
            (Self::Envelope | Self::Detail(_) | Self::Anything | Self::All(_), _) => {
                Ok(Self::Anything)
            }
        }
    }

    /// Says what it is, if its JSON has quotes of its own that end a string around it.
    fn breaks_string(self) -> Option<&'static str> {
        match self {
            Self::Envelope | Self::Detail(Some(_)) | Self::Nothing => Some("an object"),
            Self::Field(field) if has_quotes(field) => match field.field_type {
                FieldType::List(_) => Some("a list"),
                FieldType::Object(_) => Some("an object"),
                _ => None,
            },
            Self::All(Item::Text) => Some("a list"),
            Self::All(Item::Field(field)) if has_quotes(field) => Some("a list"),
            // Events rarely have resources, and an empty list breaks nothing.
            _ => None,
        }
    }
}

/// The detail of a schedule's event.
const EMPTY: &str = "empty on a schedule";

/// The object that an event's own fields are in.
const DETAIL: &str = "the event's detail";

fn enter_field<'p>(field: &'p Field, step: &PathStep) -> Result<Part<'p>, Why<'p>> {
    match (&field.field_type, step) {
        (FieldType::Json, _) | (FieldType::Object(_), PathStep::Every) => Ok(Part::Anything),
        (FieldType::Object(fields), PathStep::Key(key)) => {
            let names = || fields.keys().map(String::as_str).collect();
            let field = fields.get(key).map(Part::Field);
            field.ok_or_else(|| Why::OtherFields(DETAIL, names()))
        }
        (FieldType::List(item), PathStep::Index(_) | PathStep::Every) => Ok(Part::Field(item)),
        (FieldType::List(_), _) => Err(Why::Is("a list")),
        _ => Err(Why::Is(words(&field.field_type))),
    }
}

/// Whether the JSON of a field has quotes in it.
fn has_quotes(field: &Field) -> bool {
    match &field.field_type {
        FieldType::String | FieldType::Timestamp | FieldType::Date | FieldType::Enum(_) => true,
        FieldType::Integer | FieldType::Number | FieldType::Boolean | FieldType::Json => false,
        FieldType::List(item) => has_quotes(item),
        FieldType::Object(fields) => !fields.is_empty(),
    }
}
