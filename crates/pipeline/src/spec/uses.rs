//! `uses:`, the pipelines whose events this one waits for.

use indexmap::IndexMap;

use super::bus;
use super::reader::{Fields, Reader};
use crate::diagnostic::Diagnostic;
use crate::lints::{CONFLICTING_KEYS, INVALID_VALUE};
use crate::model::{
    Contract, Discriminator, Event, Foreign, Pipeline, TriggerBus, TriggerKind, Use,
};
use crate::span::{Span, Spanned};
use crate::values::{Part, Text};
use crate::yaml::{Kind, Node};

/// Reads `uses:`.
pub(super) fn read(reader: &mut Reader, fields: &mut Fields<'_>) -> IndexMap<String, Use> {
    let mut uses = IndexMap::new();
    let Some(node) = fields.take("uses").filter(|node| !node.is_null()) else {
        return uses;
    };
    for (name, (at, node)) in reader.entries("`uses`", node).unwrap_or_default() {
        if let Some(read) = read_one(reader, name, node, at) {
            uses.insert(name.to_owned(), read);
        }
    }
    uses
}

fn read_one(reader: &mut Reader, name: &str, node: &Node, at: Span) -> Option<Use> {
    if name.is_empty() || name.contains('.') {
        let message = format!("`{name}` cannot stand in front of the name of an event");
        let help = "write a name without dots, as the first part of `billing.invoice.paid`";
        reader.report(Diagnostic::new(&INVALID_VALUE, at, message).with_help(help));
        return None;
    }
    let (mut account, mut region) = (None, None);
    let path = if matches!(node.kind, Kind::Mapping(_)) {
        let mut fields = reader.fields("an entry of `uses`", node, at)?;
        let path = fields.require("contract");
        account = fields.take("account").and_then(|node| reader.text(node));
        region = fields.take("region").and_then(|node| reader.text(node));
        fields.finish(reader);
        path?
    } else {
        node
    };
    let path = reader.string(path)?;
    let contract = reader
        .used
        .as_ref()
        .map(|used| used.get(&joined("", &path.value)));
    let mut read = Use {
        name_span: at,
        path,
        account,
        region,
        bus: None,
        contract,
    };
    if !read.is_elsewhere()
        && let Some(Ok(contract)) = read.contract.clone()
    {
        read.bus = bus_of(reader, &contract, name, at);
    }
    Some(read)
}

/// Reads the name of a bus of others, whose values are the ones of this spec.
fn bus_of(
    reader: &mut Reader,
    contract: &Contract,
    pipeline: &str,
    at: Span,
) -> Option<TriggerBus> {
    let mut parts = Vec::new();
    let mut rest = contract.bus.as_str();
    while let Some((before, behind)) = rest.split_once("${") {
        let (name, behind) = behind.split_once('}')?;
        let Some(reference) = reader.scope.look_up(name) else {
            let message = format!(
                "the bus of `{pipeline}` is `{}`, and this spec has no value `{name}`",
                contract.bus
            );
            let help = format!(
                "declare it below `values:`, with the values of `{pipeline}`, or name the bus in the triggers: `bus: …`"
            );
            reader.report(Diagnostic::new(&INVALID_VALUE, at, message).with_help(help));
            return None;
        };
        reader.scope.note_use(&reference);
        let value = reader.scope.resolve(&reference).to_owned();
        parts.push(Part::Literal(before.to_owned()));
        parts.push(Part::Reference { reference, value });
        rest = behind;
    }
    parts.push(Part::Literal(rest.to_owned()));
    parts.retain(|part| !matches!(part, Part::Literal(text) if text.is_empty()));
    Some(bus::existing(Text::new(parts, at)))
}

/// Adds the events of others that triggers and `emits` name to those of the pipeline, each as what it is there, and puts
/// the triggers on the bus of those events.
pub(super) fn resolve(reader: &mut Reader, pipeline: &mut Pipeline) {
    let known = reader.used.as_ref();
    pipeline.others = known.map_or_else(Vec::new, |known| known.others(&pipeline.name.value));
    let Pipeline {
        uses, events, jobs, ..
    } = pipeline;
    if uses.is_empty() {
        return;
    }
    refuse_clashes(reader, uses, events);
    let mut found: IndexMap<String, Event> = IndexMap::new();
    let mut of_others = |event: &Spanned<String>| -> Option<Option<TriggerBus>> {
        if events.contains_key(&event.value) {
            return None;
        }
        let (key, name) = event.value.split_once('.')?;
        let source = uses.get(key)?;
        if !found.contains_key(&event.value) {
            found.insert(event.value.clone(), declared(key, source, name)?);
        }
        Some(source.bus.clone())
    };
    for job in jobs.values_mut() {
        for trigger in &mut job.triggers {
            if let TriggerKind::Event { event, .. } = &trigger.kind
                && let Some(bus) = of_others(event)
                && trigger.bus.is_none()
            {
                trigger.bus = bus;
            }
        }
        for event in job.says_emitted() {
            of_others(event);
        }
    }
    events.extend(found);
}

/// Reports events of this pipeline that have the name of one of another.
fn refuse_clashes(
    reader: &mut Reader,
    uses: &IndexMap<String, Use>,
    events: &IndexMap<String, Event>,
) {
    for (name, event) in events {
        let theirs = name.split_once('.').and_then(|(key, theirs)| {
            let source = uses.get(key)?;
            let is_there = source.read()?.events.contains_key(theirs);
            is_there.then_some((key, source))
        });
        if let Some((key, source)) = theirs {
            let message = format!("`{name}` is also an event of the pipeline `{key}`");
            let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, event.name_span, message)
                .with_related(source.name_span, "the pipeline")
                .or_remove(event.name_span)
                .with_help("remove the event here, or give one of the two another name");
            reader.report(diagnostic);
        }
    }
}

/// Makes the event of a pipeline that is used; `None` if it has none of the name. Nothing is known of one whose contract
/// is not there.
fn declared(key: &str, used: &Use, name: &str) -> Option<Event> {
    let at = used.name_span;
    let event = match used.read() {
        Some(contract) => contract.events.get(name)?.clone(),
        None => Event {
            name_span: at,
            description: None,
            source: Spanned::new(key.to_owned(), at),
            detail_type: Spanned::new(name.to_owned(), at),
            discriminator: Discriminator::EventType,
            external: true,
            detail: IndexMap::new(),
            allow: Vec::new(),
            used: None,
        },
    };
    Some(Event {
        name_span: at,
        source: Spanned::new(event.source.value, at),
        detail_type: Spanned::new(event.detail_type.value, at),
        external: true,
        allow: Vec::new(),
        used: Some(Foreign {
            pipeline: key.to_owned(),
            event: name.to_owned(),
        }),
        ..event
    })
}

/// Joins a path to the folder of another one, without the detours.
pub(crate) fn joined(base: &str, path: &str) -> String {
    let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
    if path.starts_with('/') {
        return path.to_owned();
    }
    let is_absolute = folder.starts_with('/') || base.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if is_absolute {
        format!("/{joined}")
    } else {
        joined
    }
}
