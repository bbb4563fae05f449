//! `events:`.

use indexmap::IndexMap;

use super::allow;
use super::pipeline::DISCRIMINATORS;
use super::reader::{Fields, Reader};
use crate::aws_events::AWS_EVENTS;
use crate::detail::EVENT_TYPE;
use crate::diagnostic::{Diagnostic, suggest};
use crate::lints::{CONFLICTING_KEYS, INVALID_VALUE, WRONG_TYPE};
use crate::model::{Discriminator, Event, Field, FieldType};
use crate::span::{Span, Spanned};
use crate::yaml::{Kind, Node};

/// The types of a field that are words; a `?` behind one makes the field optional.
pub const FIELD_TYPES: [(&str, FieldType); 7] = [
    ("string", FieldType::String),
    ("integer", FieldType::Integer),
    ("number", FieldType::Number),
    ("boolean", FieldType::Boolean),
    ("timestamp", FieldType::Timestamp),
    ("date", FieldType::Date),
    ("json", FieldType::Json),
];

/// How the type of a field begins that is one of some texts: `enum(a, b)`.
pub(crate) const ENUM: &str = "enum(";

/// What an event has unless it says otherwise.
pub(crate) struct Defaults {
    /// The pipeline's source.
    pub(crate) source: Spanned<String>,
    pub(crate) discriminator: Discriminator,
}

/// Reads one event. One that cannot be read stays declared, so that references to it hold.
pub(crate) fn read(
    reader: &mut Reader,
    name: &str,
    node: &Node,
    at: Span,
    defaults: &Defaults,
) -> Event {
    let mut event = Event {
        name_span: at,
        description: None,
        source: defaults.source.clone(),
        detail_type: Spanned::new(name.to_owned(), at),
        discriminator: defaults.discriminator,
        external: false,
        detail: IndexMap::new(),
        allow: Vec::new(),
        used: None,
    };
    let Some(mut fields) = reader.fields("an event", node, at) else {
        return event;
    };
    if let Some(node) = fields.take("description") {
        event.description = reader.description(node);
    }
    event.allow = allow::read(reader, &mut fields, || allow::scope_of(Some(at), node));
    if let Some((at, node)) = fields.take_entry("aws") {
        read_of_aws(reader, &mut fields, &mut event, (at, node));
        fields.finish(reader);
        return event;
    }
    if let Some(node) = fields.require("detail_type")
        && let Some(detail_type) = reader.string(node)
    {
        event.detail_type = detail_type;
    }
    let source = fields.take_entry("source");
    if let Some((_, node)) = source
        && let Some(source) = reader.string(node)
    {
        event.source = source;
    }
    if event.is_of_aws() {
        event.discriminator = Discriminator::None;
    }
    if let Some(node) = fields.take("discriminator")
        && let Some(discriminator) = reader.choice(node, &DISCRIMINATORS)
    {
        if event.is_of_aws() && discriminator == Discriminator::EventType {
            let message = "no event of AWS has `event_type`";
            let diagnostic = Diagnostic::new(&INVALID_VALUE, node.span, message);
            let help = "remove it: such an event has no discriminator";
            reader.report(diagnostic.or_remove(node.span).with_help(help));
        } else {
            event.discriminator = discriminator;
        }
    }
    let is_of_others = event.source.value != defaults.source.value;
    event.external = is_of_others;
    if let Some((external_at, node)) = fields.take_entry("external")
        && let Some(external) = reader.boolean(node)
    {
        event.external = external || is_of_others;
        if let (false, true, Some((source_at, _))) = (external, is_of_others, source) {
            let message = "an event of another source is emitted by others";
            let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, external_at, message)
                .with_related(source_at, "the other source")
                .or_remove(external_at)
                .or_remove(source_at)
                .with_help("remove `external: false`, or the `source`");
            reader.report(diagnostic);
        }
    }
    if let Some(node) = fields.take("detail") {
        event.detail = read_detail(reader, node);
        let is_theirs = is_of_others && event.discriminator == Discriminator::None;
        if !is_theirs && event.detail.shift_remove(EVENT_TYPE).is_some() {
            reader.report(declared_event_type(node, is_of_others));
        }
    }
    fields.finish(reader);
    event
}

/// Reports a field `event_type` of an event whose `event_type` is its name.
fn declared_event_type(detail: &Node, is_of_others: bool) -> Diagnostic {
    let message = "the detail declares `event_type`, which is the name of the event";
    let help = if is_of_others {
        "remove the field, or say `discriminator: none` if theirs is another text"
    } else {
        "remove the field: every event of the pipeline has it"
    };
    let place = match &detail.kind {
        Kind::Mapping(entries) => {
            let is_it =
                |key: &&Node| matches!(&key.kind, Kind::Scalar { text, .. } if text == EVENT_TYPE);
            entries.iter().map(|(key, _)| &**key).find(is_it)
        }
        _ => None,
    };
    // A merge key may bring the field from elsewhere.
    let span = place.unwrap_or(detail).span;
    let diagnostic = Diagnostic::new(&INVALID_VALUE, span, message).with_help(help);
    match place {
        Some(field) if !is_of_others => diagnostic.or_remove(field.span),
        _ => diagnostic,
    }
}

/// Reads an event that is named by `aws:`, which says everything but what it means for people.
fn read_of_aws(
    reader: &mut Reader,
    fields: &mut Fields<'_>,
    event: &mut Event,
    (at, node): (Span, &Node),
) {
    event.external = true;
    event.discriminator = Discriminator::None;
    for key in [
        "source",
        "detail_type",
        "discriminator",
        "external",
        "detail",
    ] {
        if let Some((span, _)) = fields.take_entry(key) {
            let message = format!("`aws` says the `{key}` of the event");
            let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, span, message)
                .with_related(at, "the event of AWS")
                .with_help(format!(
                    "remove `{key}`, or write the event out without `aws`"
                ));
            reader.report(diagnostic);
        }
    }
    let words = AWS_EVENTS.each_ref().map(|event| (event.name, event));
    let Some(known) = reader.choice(node, &words) else {
        return;
    };
    event.source = Spanned::new(known.source.to_owned(), node.span);
    event.detail_type = Spanned::new(known.detail_type.to_owned(), node.span);
    event.detail = known.detail();
}

fn read_detail(reader: &mut Reader, node: &Node) -> IndexMap<String, Field> {
    let mut detail = IndexMap::new();
    for (name, (_, node)) in reader.entries("a detail", node).unwrap_or_default() {
        // A field that cannot be read is left out. Checks of patterns run only on a complete spec, so nothing misses
        // it.
        if let Some(field) = read_field(reader, node) {
            detail.insert(name.to_owned(), field);
        }
    }
    detail
}

fn read_field(reader: &mut Reader, node: &Node) -> Option<Field> {
    let field_type = match &node.kind {
        Kind::Mapping(_) => FieldType::Object(read_detail(reader, node)),
        Kind::Sequence(items) => {
            let [item] = items.as_slice() else {
                let message = "a list names the one type of its items, as in `[string]`";
                let mut diagnostic = Diagnostic::new(&WRONG_TYPE, node.span, message);
                if items.first().is_some_and(|item| begins_enum(item)) {
                    diagnostic = diagnostic.with_help(QUOTE_ENUM);
                }
                reader.report(diagnostic);
                return None;
            };
            FieldType::List(Box::new(read_field(reader, item)?))
        }
        Kind::Scalar { .. } => return read_scalar_type(reader, node),
    };
    Some(Field {
        field_type,
        optional: false,
    })
}

const QUOTE_ENUM: &str =
    "put it in quotes, as in `\"enum(a, b)\"`: within braces or brackets a comma ends a value";

fn begins_enum(node: &Node) -> bool {
    matches!(&node.kind, Kind::Scalar { text, .. } if text.starts_with(ENUM) && !text.contains(')'))
}

/// Reads the values of `enum(a, b)`, from behind its opening bracket.
fn read_enum(reader: &mut Reader, rest: &str, node: &Node) -> Option<FieldType> {
    let mistake = |message: String, help: &str| {
        let help = help.to_owned();
        Some(Diagnostic::new(&INVALID_VALUE, node.span, message).with_help(help))
    };
    let Some(list) = rest.strip_suffix(')') else {
        let message = format!("`{ENUM}{rest}` has no closing bracket");
        reader.diagnostics.extend(mistake(message, QUOTE_ENUM));
        return None;
    };
    let values: Vec<String> = list
        .split(',')
        .map(|value| value.trim().to_owned())
        .collect();
    let found = values.iter().enumerate().find_map(|(at, value)| {
        if value.is_empty() {
            let message = "a value of `enum(…)` is empty".to_owned();
            return mistake(message, "write every value, as in `enum(a, b)`");
        }
        if value.contains(['(', ')', '"', '\'']) {
            let message = format!(
                "`{value}` is no value of `enum(…)`: values have no brackets and no quotes"
            );
            return mistake(message, "write the values as they are, or use `string`");
        }
        if values[..at].contains(value) {
            let message = format!("`{value}` stands twice in `enum(…)`");
            return mistake(message, "keep one of the two");
        }
        None
    });
    if found.is_some() {
        reader.diagnostics.extend(found);
        return None;
    }
    Some(FieldType::Enum(values))
}

fn read_scalar_type(reader: &mut Reader, node: &Node) -> Option<Field> {
    let written = reader.string(node)?.value;
    // Only one `?`: with two the rest is not the name of a type.
    let name = written.strip_suffix('?').unwrap_or(&written);
    if let Some(values) = name.strip_prefix(ENUM) {
        let field_type = read_enum(reader, values, node)?;
        let optional = written.ends_with('?');
        return Some(Field {
            field_type,
            optional,
        });
    }
    let found = FIELD_TYPES.iter().find(|(word, _)| *word == name);
    if found.is_none() {
        let words = FIELD_TYPES.map(|(word, _)| word);
        let message = format!("`{written}` is not the type of a field");
        let help = match name.to_lowercase().as_str() {
            "array" | "list" => "write a list with the type of its items, as in `[string]`".into(),
            "enum" => "name the values: `enum(a, b)`".into(),
            "dict" | "map" | "object" | "struct" => {
                "write a mapping of its fields to their types, or `json` for any".into()
            }
            // What stands behind the name stays: a `?`.
            _ => suggest(name, &words).map(|word| written.replacen(name, word, 1)),
        };
        let diagnostic = Diagnostic::new(&INVALID_VALUE, node.span, message)
            .with_note("a `?` behind the type lets the field be null or absent; `[string]` is a list; a mapping is an object")
            .with_suggestion(node.span, help);
        reader.report(diagnostic);
    }
    found.map(|(_, field_type)| Field {
        field_type: field_type.clone(),
        optional: written.ends_with('?'),
    })
}

#[cfg(test)]
mod tests {
    use crate::model::FieldType;
    use crate::testing::ids_of;
    use crate::{Surroundings, parse};

    fn spec(event: &str) -> String {
        format!(
            "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, {event} }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: e }} ] }} }}\n"
        )
    }

    #[test]
    fn an_event_of_another_source_is_external() {
        assert!(ids_of(&spec("source: acme")).is_empty());
        assert!(ids_of(&spec("source: acme, external: true")).is_empty());
        let conflict = ids_of(&spec("source: acme, external: false"));
        assert_eq!(conflict, ["conflicting-keys"]);
        assert_eq!(ids_of(&spec("source: s")), ["unemitted-event"]);
        assert_eq!(
            ids_of(&spec("discriminator: off, external: true")),
            ["invalid-value"]
        );
    }

    #[test]
    fn event_type_is_a_field_of_others_alone() {
        let detail = "detail: { a: string, event_type: string }";
        let found = |event: &str| {
            let spec = spec(&format!("external: true, {event}, {detail}"));
            let found = parse(&spec, &Surroundings::default()).diagnostics;
            let found = found.into_iter().map(|one| {
                assert_eq!(one.lint.id, "invalid-value");
                assert_eq!(&spec[one.span.range()], "event_type");
                one.help.unwrap_or_default()
            });
            found.collect::<Vec<_>>()
        };
        let remove = "remove the field: every event of the pipeline has it";
        assert_eq!(found("description: own"), [remove]);
        assert_eq!(found("discriminator: none"), [remove]);
        let or_none = "remove the field, or say `discriminator: none` if theirs is another text";
        assert_eq!(found("source: acme"), [or_none]);
        assert!(found("source: acme, discriminator: none").is_empty());
        assert!(found("source: aws.x").is_empty());
    }

    #[test]
    fn a_pattern_knows_the_event_type_of_others() {
        let found = |test: &str| {
            ids_of(&format!(
                "pipeline: p\nsource: s\nevents: {{ e: {{ source: acme, detail_type: E, discriminator: none, detail: {{ event_type: \"enum(new, old)\" }} }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ pattern: {{ source: [acme], detail-type: [E], detail: {{ event_type: [{test}] }} }} }} ] }} }}\n"
            ))
        };
        assert!(found("new").is_empty());
        assert_eq!(found("nwe"), ["impossible-value"]);
    }

    #[test]
    fn an_enum_lists_its_texts() {
        let field = |written: &str| {
            let spec = spec(&format!("external: true, detail: {{ f: {written} }}"));
            let parsed = parse(&spec, &Surroundings::default());
            assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
            parsed.pipeline.unwrap().events["e"].detail["f"].clone()
        };
        let texts = FieldType::Enum(vec!["a".to_owned(), "b c".to_owned()]);
        let plain = field("\"enum(a, b c)\"");
        assert_eq!((plain.field_type, plain.optional), (texts.clone(), false));
        let optional = field("\"enum( a ,b c)?\"");
        assert_eq!(
            (optional.field_type, optional.optional),
            (texts.clone(), true)
        );
        let FieldType::List(item) = field("[\"enum(a, b c)\"]").field_type else {
            panic!("no list");
        };
        assert_eq!(item.field_type, texts);
    }

    #[test]
    fn an_enum_that_is_none_is_refused_with_a_way_out() {
        for (written, ids) in [
            ("\"enum()\"", &["invalid-value"][..]),
            ("\"enum(a, , b)\"", &["invalid-value"]),
            ("\"enum(a, a)\"", &["invalid-value"]),
            ("\"enum(a\"", &["invalid-value"]),
            ("\"enum('a', b)\"", &["invalid-value"]),
            ("\"enum(a))\"", &["invalid-value"]),
            ("enum", &["invalid-value"]),
            ("[enum(a, b)]", &["wrong-type"]),
            // YAML ends the value at the comma.
            ("enum(a, b)", &["invalid-value"]),
            ("enum(a, b)?, g: enum(a, b)", &["invalid-value"; 2]),
            ("enum(a, a)", &["invalid-value"; 2]),
        ] {
            let found = ids_of(&spec(&format!(
                "external: true, detail: {{ f: {written} }}"
            )));
            assert_eq!(found, ids, "{written}");
        }
    }

    #[test]
    fn a_value_that_is_not_of_the_enum_is_impossible() {
        let found = |event: &str, trigger: &str| {
            ids_of(&format!(
                "pipeline: p\nsource: s\nevents: {{ e: {{ {event}, detail_type: E, detail: {{ channel: \"enum(web, shop)\", free: boolean }} }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ {trigger} }} ] }} }}\n"
            ))
        };
        let of_others = "source: acme, discriminator: none";
        for (test, ids) in [
            ("channel: [web]", &[][..]),
            ("channel: [{ prefix: sh }]", &[]),
            ("channel: [wbe]", &["impossible-value"]),
            ("channel: [{ prefix: x }]", &["impossible-value"]),
            ("chanel: [web]", &["unknown-field"]),
        ] {
            let own = format!("event: e, where: {{ {test} }}");
            assert_eq!(found("external: true", &own), ids, "{test}");
            let theirs = [
                "pattern: { source: [acme], detail-type: [E], detail: {",
                test,
                "} }",
            ];
            let theirs = theirs.concat();
            assert_eq!(found(of_others, &theirs), ids, "{test}");
        }
    }
}
