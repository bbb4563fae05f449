//! What a spec says of an event.

use indexmap::IndexMap;
use pipeline::model::{Discriminator, Event, Field, FieldType};

use super::fact::Fact;
use super::pipeline::allowed;

pub(super) fn facts(event: &Event) -> Vec<Fact> {
    let Event {
        name_span: _,
        description,
        source,
        detail_type,
        discriminator,
        external,
        detail,
        allow,
        // Its name says it.
        used: _,
    } = event;
    let mut facts = vec![
        Fact::main("", "detail type", &detail_type.value),
        Fact::new("", "source", &source.value),
        Fact::new("", "discriminator", show_discriminator(*discriminator)),
        Fact::new(
            "",
            "emitted by",
            if *external {
                "others, too"
            } else {
                "jobs alone"
            },
        ),
    ];
    let description = description.iter();
    facts.extend(description.map(|text| Fact::new("", "description", text)));
    add_fields("", detail, &mut facts);
    facts.extend(allowed("", allow));
    facts
}

pub(super) fn show_discriminator(discriminator: Discriminator) -> &'static str {
    match discriminator {
        Discriminator::EventType => "event_type",
        Discriminator::None => "none",
    }
}

fn add_fields(within: &str, fields: &IndexMap<String, Field>, facts: &mut Vec<Fact>) {
    for (name, field) in fields {
        let path = format!("{within}{name}");
        match &field.field_type {
            FieldType::Object(inner) if !inner.is_empty() => {
                let mark = if field.optional { "object?" } else { "object" };
                facts.push(Fact::new("", format!("field `{path}`"), mark));
                add_fields(&format!("{path}."), inner, facts);
            }
            _ => facts.push(Fact::main("", format!("field `{path}`"), field.to_string())),
        }
    }
}
