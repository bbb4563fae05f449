//! Reading a contract that was written to a file.

use indexmap::IndexMap;

use super::{KIND, VERSION};
use crate::diagnostic::Diagnostic;
use crate::lints::INVALID_VALUE;
use crate::model::{Contract, Discriminator, OnBus, Reaction};
use crate::reading::{Fields, Reader};
use crate::span::Span;
use crate::spec::event;
use crate::syntax::Node;

/// Reads a contract.
pub(super) fn contract(reader: &mut Reader, root: &Node) -> Option<Contract> {
    let at = Span {
        start: root.span.start,
        end: root.span.start,
    };
    let mut fields = reader.fields("a contract", root, at)?;
    fields.take("$comment");
    let version = fields.require(KIND)?;
    let version = reader.plain_text(version)?;
    match version.value.parse::<u32>() {
        Ok(VERSION) => {}
        Ok(newer) if newer > VERSION => {
            let message = format!(
                "the contract has the form {newer}, which a newer codegen wrote: this one reads the form {VERSION}"
            );
            reader.report(Diagnostic::new(&INVALID_VALUE, version.span, message));
            return None;
        }
        _ => {
            let message = format!("`{}` is no form of a contract", version.value);
            reader.report(Diagnostic::new(&INVALID_VALUE, version.span, message));
            return None;
        }
    }
    let text = |reader: &mut Reader, fields: &mut Fields<'_>, key| {
        let node = fields.require(key)?;
        reader.plain_text(node)
    };
    let pipeline = text(reader, &mut fields, "pipeline");
    let source = text(reader, &mut fields, "source");
    let bus = text(reader, &mut fields, "bus");
    let events = fields.require("events");
    let jobs = fields.take("jobs");
    fields.finish(reader);
    let (pipeline, source, bus) = (pipeline?, source?, bus?);
    let defaults = event::Defaults {
        source: source.clone(),
        discriminator: Discriminator::EventType,
    };
    let events: IndexMap<String, _> = reader
        .entries("`events`", events?)?
        .into_iter()
        .map(|(name, (at, node))| {
            let event = event::read(reader, name, node, at, &defaults);
            (name.to_owned(), event)
        })
        .collect();
    let mut read = Contract {
        pipeline: pipeline.value,
        source: source.value,
        bus: bus.value,
        events,
        jobs: IndexMap::new(),
    };
    if let Some(node) = jobs {
        for (name, (at, node)) in reader.entries("`jobs`", node)? {
            let reaction = reaction(reader, node, at)?;
            read.jobs.insert(name.to_owned(), reaction);
        }
    }
    Some(read)
}

fn reaction(reader: &mut Reader, node: &Node, at: Span) -> Option<Reaction> {
    let mut fields = reader.fields("a job", node, at)?;
    let mut reaction = Reaction::default();
    for (key, list) in [
        ("starts_on", &mut reaction.starts_on),
        ("emits", &mut reaction.emits),
    ] {
        if let Some(node) = fields.take(key) {
            for item in reader.list("a list of events", node) {
                list.push(on_bus(reader, item)?);
            }
        }
    }
    if let Some(node) = fields.take("loop_guard") {
        reaction.loop_guard = Some(reader.plain_text(node)?.value);
    }
    fields.finish(reader);
    Some(reaction)
}

fn on_bus(reader: &mut Reader, node: &Node) -> Option<OnBus> {
    let mut fields = reader.fields("an event on a bus", node, node.span)?;
    let source = fields.require("source");
    let detail_type = fields.require("detail_type");
    let event_type = fields.take("event_type");
    fields.finish(reader);
    Some(OnBus {
        source: reader.plain_text(source?)?.value,
        detail_type: reader.plain_text(detail_type?)?.value,
        event_type: event_type
            .and_then(|node| reader.plain_text(node))
            .map(|text| text.value),
    })
}
