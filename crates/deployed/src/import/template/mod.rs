//! CloudFormation templates, as written by hand or synthesised by the CDK.

mod conditions;
mod document;
mod functions;
mod loops;
mod parts;
mod references;
mod resolve;
mod rest;
mod rules;
mod sam;
mod schedules;
mod serverless;
mod stack;
mod unknown;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::Value;

use super::found::{Found, bus_of};
use super::note::{Kind, Note};
use crate::aws::deployed::Deployed;
use document::Aliases;
use parts::place;
use rest::Rest;
use stack::{Stack, World};

/// A file that is read.
pub(super) struct Source {
    /// The name of the file.
    pub(super) name: String,
    pub(super) text: String,
    /// The folder of the file, in which others may be that it names.
    pub(super) folder: Option<PathBuf>,
}

/// Reads files.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn read_files(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in paths {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the template {}", path.display()))?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        sources.push(Source {
            name: name.to_string_lossy().into_owned(),
            text,
            folder: path.parent().map(Path::to_owned),
        });
    }
    Ok(sources)
}

/// Reads templates, of which one may export what another imports.
///
/// # Errors
/// A text that is no template.
pub(super) fn read_sources(
    sources: &[Source],
    parameters: &[(String, String)],
    environment: &str,
) -> anyhow::Result<(Found, Deployed)> {
    let mut found = Found::default();
    let world = world(sources, parameters, environment, &mut found)?;
    for index in 0..world.stacks.len() {
        read_resources(&world, index, &mut found);
    }
    found.bus = bus_of(&found.rules);
    let rest = Rest::new(&found);
    for (index, stack) in world.stacks.iter().enumerate() {
        let resolver = world.resolver(index);
        for (id, resource) in &stack.resources {
            if is_there(resolver, resource) != Ok(false) {
                rest.note(resolver, id, resource, &mut found);
            }
        }
    }
    note_parameters(&world, parameters, &mut found);
    found.notes.push(
        Note::new(
            Kind::Remark,
            "import blocks",
            "are made for rules and schedules whose names the template says: other ids are CloudFormation's own",
        )
        .help("import the live bus of the stack for all of them; keep its resources when you remove the stack (`DeletionPolicy: Retain`)"),
    );
    let deployed = found.deployed();
    Ok((found, deployed))
}

/// All templates, with their loops written out.
fn world(
    sources: &[Source],
    parameters: &[(String, String)],
    environment: &str,
    found: &mut Found,
) -> anyhow::Result<World> {
    let pseudo = parameters
        .iter()
        .filter(|(name, _)| name.starts_with("AWS::"));
    let mut world = World {
        pseudo: pseudo.cloned().collect(),
        ..World::default()
    };
    for source in sources {
        let name = &source.name;
        let document =
            read_document(source).with_context(|| format!("cannot read the template {name}"))?;
        world.inexact.extend(document.inexact);
        let prefix = match sources {
            [_] => String::new(),
            _ => format!("{name}: "),
        };
        let stack = if serverless::is_service(&document.value) {
            let folder = source.folder.as_deref();
            let unknowns = &world.unknowns;
            let service =
                serverless::write_out(&document.value, folder, environment, parameters, unknowns);
            found.notes.extend(service.notes);
            let mut stack = Stack::new(prefix, service.template, parameters);
            stack.places.extend(service.places);
            stack.is_service = true;
            stack
        } else {
            Stack::new(prefix, document.value, parameters)
        };
        world.stacks.push(stack);
    }
    for index in 0..world.stacks.len() {
        write_out_loops(&mut world, index, found);
        world.add_exports(index);
    }
    for index in 0..world.stacks.len() {
        sam::write_out(&mut world, index, found);
    }
    Ok(world)
}

/// A template, or the configuration of a service, in which YAML's aliases may stand.
fn read_document(source: &Source) -> anyhow::Result<document::Document> {
    let document = match document::parse_template(&source.text, Aliases::Refused) {
        Ok(document) => document,
        Err(error) => match document::parse_template(&source.text, Aliases::Taken) {
            Ok(document) if serverless::is_service(&document.value) => document,
            _ => return Err(error),
        },
    };
    if !document.value["Resources"].is_object() && !serverless::is_service(&document.value) {
        bail!("it has no `Resources`");
    }
    Ok(document)
}

fn write_out_loops(world: &mut World, index: usize, found: &mut Found) {
    for section in ["Conditions", "Resources", "Outputs"] {
        let Some(entries) = world.stacks[index].template[section].as_object() else {
            continue;
        };
        let resolver = world.resolver(index);
        let written = loops::write_out(resolver, section, entries, &mut found.notes);
        let stack = &mut world.stacks[index];
        if section == "Resources" {
            stack.resources.clone_from(&written);
        }
        stack.template[section] = Value::Object(written);
    }
}

/// Whether a resource is in the stack, as far as its condition is known.
fn is_there(resolver: resolve::Resolver<'_>, resource: &Value) -> Result<bool, Vec<String>> {
    match resource.get("Condition") {
        None => Ok(true),
        Some(Value::String(name)) => resolver.condition(name),
        Some(_) => Err(vec!["Condition".to_owned()]),
    }
}

fn read_resources(world: &World, index: usize, found: &mut Found) {
    let resolver = world.resolver(index);
    for (id, resource) in &world.stacks[index].resources {
        let kind = resource["Type"].as_str().unwrap_or_default();
        if kind == "AWS::CDK::Metadata" {
            continue;
        }
        let condition = resource["Condition"].as_str().unwrap_or("of it");
        let place = place(resolver, id);
        match is_there(resolver, resource) {
            Ok(true) => {}
            Ok(false) => {
                let message = format!("the condition {condition} does not hold");
                let note = Note::left_out(place, message);
                found
                    .notes
                    .push(note.help("say another environment's parameters with `--parameter`"));
                continue;
            }
            Err(names) => {
                let names = names.join(", ");
                let message = format!(
                    "it is read as if the condition {condition} held: the template alone does not say what {names} is"
                );
                found
                    .notes
                    .push(Note::left_out(format!("{place}/Condition"), message));
            }
        }
        match kind {
            "AWS::Events::Rule" => rules::read_rule(resolver, id, resource, found),
            "AWS::Scheduler::Schedule" => schedules::read_schedule(resolver, id, resource, found),
            "AWS::Lambda::Function" => functions::read_function(resolver, id, resource, found),
            _ => {}
        }
    }
}

/// Notes what is said of parameters that no template has.
fn note_parameters(world: &World, parameters: &[(String, String)], found: &mut Found) {
    for (name, _) in parameters {
        // Options and variables of services are found by other names.
        let mut stacks = world.stacks.iter();
        let is_known = name.starts_with("AWS::")
            || stacks.any(|stack| stack.is_service || stack.parameters.contains_key(name));
        if !is_known {
            let place = format!("parameter {name}");
            let note = Note::left_out(place, "no template has a parameter of this name");
            found.notes.push(note);
        }
    }
}

/// A template as values, for tests that change it.
#[cfg(test)]
pub(super) fn value_of(text: &str) -> anyhow::Result<Value> {
    Ok(document::parse_template(text, Aliases::Refused)?.value)
}
