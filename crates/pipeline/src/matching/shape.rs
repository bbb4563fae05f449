//! Contents of an event at a path, as its spec declares them.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde_json::Value;

use super::branches::Branch;
use super::passes;
use super::verdict::{Verdict, judge_list};
use crate::detail::EVENT_TYPE;
use crate::model::{Discriminator, Field, FieldType, Pipeline};

/// The fields of an event's envelope but `detail`; an event that is replayed from an archive also has `replay-name`.
/// Source: EventBridge user guide, "Event structure".
pub(crate) static ENVELOPE: LazyLock<IndexMap<String, Field>> = LazyLock::new(|| {
    let string = |optional| Field {
        field_type: FieldType::String,
        optional,
    };
    let text = [
        "version",
        "id",
        "detail-type",
        "source",
        "account",
        "region",
    ];
    let fields = text.map(|name| (name.to_owned(), string(false)));
    let mut fields: IndexMap<String, Field> = fields.into_iter().collect();
    let mut put = |name: &str, field_type| {
        let optional = false;
        fields.insert(
            name.to_owned(),
            Field {
                field_type,
                optional,
            },
        );
    };
    put("time", FieldType::Timestamp);
    put("resources", FieldType::List(Box::new(string(false))));
    fields.insert("replay-name".to_owned(), string(true));
    fields
});

/// The type of `detail.event_type` in a declared event.
static EVENT_TYPE_FIELD: Field = Field {
    field_type: FieldType::String,
    optional: false,
};

/// Facts about some events before there is one.
pub(crate) struct Shape<'p> {
    /// Declared fields of the detail; `None` if it may have any.
    detail: Option<&'p IndexMap<String, Field>>,
    /// Values that all of the events have, by their paths.
    known: Vec<(&'static str, &'p str)>,
    has_event_type: bool,
}

impl<'p> Shape<'p> {
    /// The events of a declared name.
    pub(crate) fn new(pipeline: &'p Pipeline, name: &'p str) -> Self {
        let Some(event) = pipeline.events.get(name) else {
            return Self::unknown();
        };
        let mut known = vec![
            ("source", event.source.value.as_str()),
            ("detail-type", event.detail_type.value.as_str()),
        ];
        // Without a discriminator nobody asks for `event_type`, so an event of others may lack it.
        let has_event_type = event.discriminator == Discriminator::EventType;
        known.extend(has_event_type.then_some(("detail.event_type", event.event_type(name))));
        Self {
            // An event that declares no fields may have any.
            detail: Some(&event.detail).filter(|detail| !detail.is_empty()),
            known,
            has_event_type,
        }
    }

    /// Any events: only the envelope is known.
    pub(crate) fn unknown() -> Self {
        Self {
            detail: None,
            known: Vec::new(),
            has_event_type: false,
        }
    }

    /// The declared fields of the detail; `None` if it may have any.
    pub(crate) fn detail(&self) -> Option<&'p IndexMap<String, Field>> {
        self.detail
    }

    /// Finds what the events hold at a path from the top of the event.
    pub(crate) fn find(&self, path: &str) -> Held<'p> {
        if path == "detail" {
            return Held::Object(self.detail);
        }
        let Some(path) = path.strip_prefix("detail.") else {
            return find(&ENVELOPE, path, Within::default());
        };
        let below = path.strip_prefix(EVENT_TYPE);
        match (below, self.detail) {
            (Some(""), _) if self.has_event_type => Held::Value(Values {
                field: &EVENT_TYPE_FIELD,
                within: Within::default(),
            }),
            (Some(below), _) if self.has_event_type && below.starts_with('.') => Held::Nothing,
            (Some(_), Some(fields)) if fields.contains_key(EVENT_TYPE) => {
                find(fields, path, Within::default())
            }
            // Without a discriminator the detail may have an `event_type` all the same.
            (Some(below), _) if below.is_empty() || below.starts_with('.') => Held::Anything,
            (_, Some(fields)) => find(fields, path, Within::default()),
            (_, None) => Held::Anything,
        }
    }

    /// Whether all of the events have one known value at a path.
    pub(crate) fn is_known(&self, path: &str) -> bool {
        self.known.iter().any(|(known, _)| *known == path)
    }

    /// Judges a list of tests on a path.
    pub(crate) fn judge(&self, path: &str, tests: &[Value]) -> Verdict {
        let known = self.known.iter().find(|(known, _)| *known == path);
        let Some((_, value)) = known else {
            return judge_list(tests, &self.find(path));
        };
        match passes(tests, &Value::from(*value)) {
            Some(true) => Verdict::Always,
            Some(false) => Verdict::Never,
            None => Verdict::Sometimes,
        }
    }

    /// Judges one alternative of a pattern.
    pub(crate) fn judge_branch(&self, branch: &Branch) -> Verdict {
        let fields = branch.iter();
        let verdicts = fields.map(|(path, tests)| self.judge(path, tests));
        verdicts.min().unwrap_or(Verdict::Sometimes)
    }
}

/// Contents of events at a path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Held<'p> {
    /// No event has a field there.
    Nothing,
    /// An object, or a list of objects. It has no value of its own; its fields, if they are known.
    Object(Option<&'p IndexMap<String, Field>>),
    Value(Values<'p>),
    /// Any value, none, or an object.
    Anything,
}

/// The values of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values<'p> {
    /// The type of each. It is no list and no object.
    pub(crate) field: &'p Field,
    pub(crate) within: Within,
}

impl Values<'_> {
    /// Whether an event may have no value there.
    pub(crate) fn may_be_absent(&self) -> bool {
        self.field.optional || self.within.list
    }
}

/// Whether values lie in lists.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Within {
    /// In a list: there may be none, or several.
    pub(crate) list: bool,
    /// In an object or a list that is an element of a list. Two fields of a pattern never match in different elements of
    /// one list, so what one field finds there depends on the others.
    pub(crate) element: bool,
}

fn find<'p>(fields: &'p IndexMap<String, Field>, path: &str, within: Within) -> Held<'p> {
    let mut found = Held::Nothing;
    for (name, field) in fields {
        let held = match path.strip_prefix(name.as_str()) {
            // Whether the matcher sees a value behind an empty name depends on where it stands.
            Some(_) if name.is_empty() => Held::Anything,
            Some("") => descend(field, None, within),
            Some(below) if below.starts_with('.') => descend(field, Some(&below[1..]), within),
            // A declared name may have dots: `o.a` is the field `a` of an object `o`.
            None if name
                .strip_prefix(path)
                .is_some_and(|below| below.starts_with('.')) =>
            {
                Held::Object(None)
            }
            _ => continue,
        };
        found = match (found, held) {
            (Held::Nothing, held) => held,
            (found, Held::Nothing) => found,
            // Two declared names lead to one path, so the event may hold either.
            _ => return Held::Anything,
        };
    }
    found
}

fn descend<'p>(field: &'p Field, below: Option<&str>, mut within: Within) -> Held<'p> {
    let mut field = field;
    // EventBridge compares the elements of a list, never the list itself. Plain values of one list stand side by side;
    // those of a list in a list lie in its elements.
    while let FieldType::List(item) = &field.field_type {
        within.element |= within.list || matches!(item.field_type, FieldType::Object(_));
        within.list = true;
        field = item;
    }
    match (&field.field_type, below) {
        (FieldType::Json, _) => Held::Anything,
        (FieldType::Object(fields), None) => Held::Object(Some(fields)),
        (FieldType::Object(fields), Some(_)) if fields.is_empty() => Held::Anything,
        (FieldType::Object(fields), Some(below)) => find(fields, below, within),
        (_, None) => Held::Value(Values { field, within }),
        (_, Some(_)) => Held::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Surroundings, parse};

    #[track_caller]
    fn check(path: &str, expected: &str) {
        let spec =
            "pipeline: p\nsource: s\nevents: { e: { detail_type: E, external: true, detail: {
            a: string, b: integer?, raw: json, l: [string], ll: [[string]], o: { a: date, x: {} },
            lo: [{ a: string, l: [string] }], p.q: string, p: { q: string, r: string } } } }\n";
        let pipeline = parse(spec, &Surroundings::default()).pipeline.unwrap();
        let found = match Shape::new(&pipeline, "e").find(path) {
            Held::Nothing => "nothing".to_owned(),
            Held::Object(_) => "object".to_owned(),
            Held::Anything => "anything".to_owned(),
            Held::Value(Values { field, within }) => {
                let lists = ["", " in a list"][usize::from(within.list)];
                let elements = ["", " in an element"][usize::from(within.element)];
                format!("{:?}{lists}{elements}", field.field_type)
            }
        };
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn a_path_leads_to_what_is_declared() {
        for (path, expected) in [
            ("source", "String"),
            ("source.x", "nothing"),
            ("sorce", "nothing"),
            ("resources", "String in a list"),
            ("detail", "object"),
            ("detail.event_type", "String"),
            ("detail.event_type.x", "nothing"),
            ("detail.b", "Integer"),
            ("detail.c", "nothing"),
            ("detail.a.b", "nothing"),
            ("detail.raw", "anything"),
            ("detail.raw.a.b", "anything"),
            ("detail.l", "String in a list"),
            ("detail.ll", "String in a list in an element"),
            ("detail.o", "object"),
            ("detail.o.a", "Date"),
            ("detail.o.x", "object"),
            ("detail.o.x.y", "anything"),
            ("detail.lo", "object"),
            ("detail.lo.a", "String in a list in an element"),
            ("detail.lo.l", "String in a list in an element"),
            ("detail.lo.b", "nothing"),
            ("detail.p", "anything"),
            ("detail.p.q", "anything"),
            ("detail.p.r", "String"),
        ] {
            check(path, expected);
        }
    }
}
