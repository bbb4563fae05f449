//! The top of the spec.

use indexmap::IndexMap;

use super::quantity::ARCHIVE_DAYS;
use super::reader::{Fields, Reader};
use super::{
    Defaults, alarms, allow, backend, bus, defaults, encryption, event, function, job, names,
    removed, tags, uses, values, volumes,
};
use crate::alarms::{Alarms, JobAlarms};
use crate::allow::Scope;
use crate::model::{Bus, Discriminator, Output, Pipeline};
use crate::span::{Span, Spanned};
use crate::values::Text;
use crate::yaml::Node;

/// Where Terraform is written unless the spec says otherwise.
pub const TERRAFORM_FOLDER: &str = "terraform/pipeline";

/// How rules tell events apart, by the words for it; the first is the default.
pub const DISCRIMINATORS: [(&str, Discriminator); 2] = [
    ("event_type", Discriminator::EventType),
    ("none", Discriminator::None),
];

/// Reads the whole spec. Returns `None` only if it is not a mapping or has no name.
pub(crate) fn read_pipeline(reader: &mut Reader, root: &Node) -> Option<Pipeline> {
    // A span of the whole file would underline all of it: a mistake of the file points at its first byte.
    let at = Span {
        start: root.span.start,
        end: root.span.start,
    };
    let mut fields = reader.fields("the spec", root, at)?;
    let name = fields
        .require("pipeline")
        .and_then(|node| reader.plain_text(node));
    // First of all: every text behind it may name one.
    let values = values::read(reader, fields.take("values"));
    let source = fields
        .require("source")
        .and_then(|node| reader.string(node));
    let subject = fields.take("subject").and_then(|node| reader.string(node));
    let uses = uses::read(reader, &mut fields);
    let bus = fields.take_entry("bus");
    let bus = bus.map_or(Bus::Default, |entry| bus::read(reader, entry));
    let names = names::read_of_pipeline(reader, &mut fields);
    let discriminator = read_discriminator(reader, &mut fields);
    let defaults = match fields.take_entry("defaults") {
        Some((at, node)) => defaults::read(reader, node, at),
        None => Defaults::default(),
    };
    let (alarms, job_alarms) = match fields.take_entry("alarms") {
        Some((at, node)) => alarms::read(reader, node, at),
        None => (Alarms::default(), JobAlarms::default()),
    };
    let archive_days = read_archive(reader, &mut fields);
    let tags = fields.take("tags");
    let tags = tags.map_or_else(IndexMap::new, |node| tags::read(reader, node));
    let event_defaults = event::Defaults {
        // The missing name or source is reported.
        source: source
            .clone()
            .or_else(|| name.clone())
            .unwrap_or_else(|| Spanned::new(String::new(), at)),
        discriminator,
    };
    let events = read_each(reader, &mut fields, "events", |reader, name, node, at| {
        event::read(reader, name, node, at, &event_defaults)
    });
    let jobs = read_each(reader, &mut fields, "jobs", |reader, name, node, at| {
        job::read(reader, name, node, at, &defaults, &job_alarms)
    });
    let output = read_output(reader, &mut fields, at);
    let backend = fields.take_entry("terraform");
    let backend = backend.and_then(|(at, node)| backend::read(reader, node, at));
    // A variable of this machine alone is not Terraform's.
    let built_in = reader.scope.built_in().to_vec();
    let local_environment = read_local(reader, &mut fields);
    let encryption = encryption::read(reader, &mut fields);
    let allow = allow::read(reader, &mut fields, || Scope::Pipeline);
    let removed = removed::read(reader, &mut fields, at);
    let volumes = volumes::read(reader, &mut fields);
    fields.finish(reader);
    // Every name on AWS begins with this one, so there is nothing to check without it.
    let name = name?;
    let mut pipeline = Pipeline {
        // The missing source is reported. With this one the other checks can run.
        source: source.unwrap_or_else(|| name.clone()),
        name,
        subject,
        uses,
        others: Vec::new(),
        bus,
        names,
        discriminator,
        values,
        built_in,
        events,
        jobs,
        alarms,
        archive_days,
        tags,
        output,
        backend,
        local_environment,
        encryption,
        allow,
        removed,
        volumes,
    };
    uses::resolve(reader, &mut pipeline);
    Some(pipeline)
}

/// Reads `discriminator:`.
fn read_discriminator(reader: &mut Reader, fields: &mut Fields<'_>) -> Discriminator {
    fields
        .take("discriminator")
        .and_then(|node| reader.choice(node, &DISCRIMINATORS))
        .unwrap_or(Discriminator::EventType)
}

/// Reads a mapping from names to things of one kind.
fn read_each<T>(
    reader: &mut Reader,
    fields: &mut Fields<'_>,
    key: &'static str,
    read: impl Fn(&mut Reader, &str, &Node, Span) -> T,
) -> IndexMap<String, T> {
    let Some(node) = fields.take(key).filter(|node| !node.is_null()) else {
        return IndexMap::new();
    };
    let what = format!("`{key}`");
    let entries = reader.entries(&what, node).unwrap_or_default();
    entries
        .into_iter()
        .map(|(name, (at, node))| (name.to_owned(), read(reader, name, node, at)))
        .collect()
}

/// Reads `archive:`.
fn read_archive(reader: &mut Reader, fields: &mut Fields<'_>) -> Option<Spanned<u32>> {
    let (at, node) = fields.take_entry("archive")?;
    let mut fields = reader.fields("`archive`", node, at)?;
    let days = fields
        .require("days")
        .and_then(|node| reader.integer(node, &ARCHIVE_DAYS));
    fields.finish(reader);
    days.map(|days| Spanned::new(days, at))
}

fn read_output(reader: &mut Reader, fields: &mut Fields<'_>, at: Span) -> Output {
    let mut output = Output {
        terraform: Spanned::new(TERRAFORM_FOLDER.to_owned(), at),
        events: None,
        schemas: None,
        python: None,
    };
    if let Some((at, node)) = fields.take_entry("output")
        && let Some(mut fields) = reader.fields("`output`", node, at)
    {
        if let Some(folder) = fields
            .take("terraform")
            .and_then(|node| reader.string(node))
        {
            output.terraform = folder;
        }
        output.events = fields.take("events").and_then(|node| reader.string(node));
        output.schemas = fields.take("schemas").and_then(|node| reader.string(node));
        output.python = fields.take("python").and_then(|node| reader.string(node));
        fields.finish(reader);
    }
    output
}

/// Reads `local:`, which sets what functions get on this machine only.
fn read_local(reader: &mut Reader, fields: &mut Fields<'_>) -> IndexMap<String, Text> {
    let mut environment = IndexMap::new();
    if let Some((at, node)) = fields.take_entry("local")
        && let Some(mut fields) = reader.fields("`local`", node, at)
    {
        if let Some(node) = fields.take("environment") {
            environment = function::read_environment(reader, node);
        }
        fields.finish(reader);
    }
    environment
}
